"""Whose is it? Every address that names something is tried by somebody whose it is not, and then by whom it belongs to.

A member's things are asked for by another member, a store's by the manager of another store: they are not there (404), and stay as they were.
Then the one who may asks for the same, and finds it: so each address here is a real one. A new address must say whose its things are.
"""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import models
from models import Staff
from tests.kit.doors import AsMember, AsStaff
from tests.kit.rows import Rows
from tests.world import World

# The beginning of an address → the table of what it names. `<offer>`, `<tag>` and `<code>` further on name what belongs to that.
MEMBERS = {
    "/bookings/<code>": "Booking",
    "/waiting/<id>": "Waiter",
    "/questions/<code>": "Question",
    "/standings/<id>": "Standing",
    "/me/addresses/<id>": "Address",
    "/thanks/<code>": "Thanks",
    "/complaints/about/<about>/<ref>": "Garment",
    "/complaints/<code>": "Case",
    "/orders/<code>": "Order",
    "/wardrobe/<id>": "Wear",
    "/me/devices/<id>": "Device",
    "/me/passkeys/<id>": "Passkey",
    "/me/memory/<id>": "Memory",
    "/me/doubles/<code>": "Merge",
    "/me/family/<code>": "Kin",
    "/coupons/<code>": "Coupon",
    "/points/<id>": "LedgerLine",
    "/redemptions/<code>": "Redemption",
    "/gifts/<code>": "Gift",
    "/visits/<id>": "Visit",
    "/photos/<code>": "Photo",
}
STORES = {
    "/desk/bookings/supply/services/<id>": "Service",
    "/desk/bookings/supply/dates/<id>": "Occurrence",
    "/desk/bookings/supply/resources/<id>": "Resource",
    "/desk/bookings/closing/<id>": "Closure",
    "/desk/bookings/questions/<code>": "Question",
    "/desk/bookings/<code>": "Booking",
    "/desk/follow-ups/<code>": "Follow",
    "/desk/care/thanks/<code>": "Thanks",
    "/desk/cases/<code>": "Case",
    "/desk/amends/<code>": "CaseOffer",
    "/desk/improvements/<id>": "Improvement",
    "/desk/rechecks/<ref>": "Improvement",
    "/desk/imports/<code>": "Intake",
    "/desk/orders/<code>": "Order",
    "/desk/garments/<tag>": "Garment",
    "/desk/prices/<id>": "PriceItem",
    "/desk/purchases/<code>": "Purchase",
    "/desk/ratings/<id>": "Rating",
    "/desk/redemptions/<code>": "Redemption",
    "/desk/gifts/<code>": "Gift",
    "/desk/settings/devices/<id>": "Device",
    "/desk/settings/people/<id>": "Staff",
    "/desk/settings/tills/<id>": "ApiKey",
    "/desk/posters/<placement>": "Placement",
    "/desk/arrivals/<ref>": "Visit",
    "/desk/ratings/slip/<code>": "Purchase",
    "/desk/handshakes/<digits>": "Handshake",
    "/desk/cases/coaching/<id>": "Staff",
}


# Anybody's, and why.
OPEN = {
    "the address is the secret": "/calendar/<secret> /partners/<token> /claim/<token> /rate/<token> /c/<token>",
    "the shop's window": "/s/<slug> /tips/<id> /rewards/<id> /coupons/partners/<id> /t/<tag>",
}
# The brand's: whoever works in one of its stores may, as far as their role goes.
BRAND = """
    /desk/members/<code> /desk/members/doubles/<code> /desk/orders/of/<code> /desk/cases/of/<code> /desk/coupons/of/<code>
    /desk/gifts/of/<code> /desk/ratings/ask/<code> /desk/ratings/spoken/<code> /desk/bookings/brief/<code>
    /desk/bookings/again/<code> /desk/follow-ups/new/<code> /desk/care/rules/<id> /desk/care/tips/<id> /desk/causes/<id>
    /desk/starters/<id> /desk/insight/segments/<id> /desk/advice/<id> /desk/chips/<id> /desk/coupons/kinds/<id>
    /desk/coupons/codes/<id> /desk/coupons/handouts/<id> /desk/coupons/<code> /desk/partners/<id> /desk/promotions/<id>
    /desk/rewards/<id> /desk/hooks/<code> /desk/outbox/<id>
"""
# Another no: a tag of another store is told so, to whoever holds the piece in their hand; the list of one's own; a step that finds nothing to do.
TOLD_SO = {
    "laundry_desk.garment": 422,
    "complaints_desk.coaching": 403,
    "complaints.about": 303,
    "members.passkey_remove": 303,
}
# Where the row alone is not enough to show something; the tests of these rooms do.
SHOWN_ELSEWHERE = {
    "photos.small",
    "photos.whole",
    "members_desk.arrival",
    "members_desk.handshake",
    "imports_desk.show",
    "complaints.about",
    "bookings.times",
}
LEADS_ON = {"/desk/cases/of/<code>"}  # to the list of cases, with no card in it
GIVEN: dict[str, dict[str, Any]] = {"Redemption": {"words": "1-2"}, "Placement": {"slug": "gate"}}


def plain(rule: str) -> str:
    return re.sub(r"<[^:<>]+:(\w+)>", r"<\1>", rule)


def beginning(address: str, table: dict[str, str]) -> str | None:
    """The longest of these that this address begins with."""
    fitting = [known for known in table if re.match(re.escape(known) + r"(?=$|[/.])", address)]
    return max(fitting, key=len, default=None)


def is_open(address: str) -> bool:
    known = dict.fromkeys([*" ".join(OPEN.values()).split(), *BRAND.split()], "")
    return address.startswith("/api/") or beginning(address, known) is not None


def test_every_address_that_names_something_says_whose_it_is(app: Flask) -> None:
    named = {address for rule in app.url_map.iter_rules() if "<" in (address := plain(rule.rule))}
    unsaid = {address for address in named if not is_open(address) and not beginning(address, MEMBERS | STORES)}
    assert unsaid == set()


@pytest.fixture
def things(world: World) -> Rows:
    """One row of each table, Mei's and the bath house's."""
    made = Rows(world, world.mei, world.member("三", "13800000003"), world.bath, world.chen)
    for name in sorted({*MEMBERS.values(), *STORES.values(), "Chip", "Pin"}):
        if getattr(models, name) not in made.last:
            made.make(getattr(models, name), **GIVEN.get(name, {}))
    return made


def addresses(app: Flask, things: Rows, table: dict[str, str]) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of everything in this table, with the names of the rows that were made."""
    found = []
    for rule in app.url_map.iter_rules():
        address = plain(rule.rule)
        start = beginning(address, table)
        if start is None or len(start) < len(beginning(address, dict.fromkeys(BRAND.split(), "")) or ""):
            continue
        whole = _filled(address, table[start], things)
        found += [(rule.endpoint, method, whole) for method in sorted((rule.methods or set()) & {"GET", "POST"})]
    return found


def _filled(address: str, name: str, things: Rows) -> str:
    row = things.last[getattr(models, name)]
    further = {"offer": "CaseOffer.code", "tag": "Garment.tag", "code": "Photo.code", "id": "Pin.id"}
    own = {"ref": "tag" if name == "Garment" else "id", "placement": "slug"}
    for number, wanted in enumerate(re.findall(r"<(\w+)>", address)):
        if wanted == "about":
            value = "garment"
        elif number and wanted in further:
            table, column = further[wanted].split(".")
            value = getattr(things.last[getattr(models, table)], column)
        else:
            value = getattr(row, own.get(wanted, wanted))
        address = address.replace(f"<{wanted}>", str(value), 1)
    return address


def as_they_are(things: Rows) -> dict[str, Any]:
    rows = {model.__name__: row for model, row in things.last.items() if model not in (models.Store, models.Calendar)}
    return {name: things.world.fresh(row).__data__ for name, row in rows.items() if row._meta.primary_key.name == "id"}


def try_all(
    app: Flask, things: Rows, table: dict[str, str], stranger: FlaskClient, owner: FlaskClient
) -> tuple[list[str], list[str]]:
    """Where the stranger was not told that there is nothing, and where the one who may was."""
    let_in, kept_out, before = [], [], as_they_are(things)
    found = addresses(app, things, table)
    for endpoint, method, address in found:
        status = stranger.open(address, method=method).status_code
        if status != TOLD_SO.get(endpoint, 404):
            let_in.append(f"{method} {address} ({endpoint}): {status}")
    assert as_they_are(things) == before
    for endpoint, method, address in found:
        if method == "GET" and endpoint not in SHOWN_ELSEWHERE:
            status = owner.get(address).status_code
            if status not in (200, 303):
                kept_out.append(f"{address} ({endpoint}): {status}")
    return let_in, kept_out


@pytest.mark.only_on("sqlite")
def test_what_is_another_members_is_not_there(app: Flask, world: World, things: Rows, as_member: AsMember) -> None:
    let_in, kept_out = try_all(app, things, MEMBERS, as_member(world.xin), as_member(world.mei))
    assert (let_in, kept_out) == ([], [])


@pytest.mark.only_on("sqlite")
def test_what_is_another_stores_is_not_there(app: Flask, world: World, things: Rows, as_staff: AsStaff) -> None:
    hua = Staff.create(
        brand=world.brand.id, store=world.laundry.id, username="hua", name="阿花", role="manager", password_hash="x",
        made_at=world.at,
    )  # fmt: skip
    let_in, kept_out = try_all(app, things, STORES, as_staff(hua), as_staff(world.lin))
    assert (let_in, kept_out) == ([], [])


@pytest.mark.only_on("sqlite")
def test_nothing_of_a_member_is_shown_to_staff_without_a_line_about_it(
    app: Flask, world: World, things: Rows, as_staff: AsStaff
) -> None:
    su = as_staff(world.su)
    unseen = []
    for rule in app.url_map.iter_rules():
        address = plain(rule.rule)
        of_member = address.startswith("/desk/members/<code>") or re.search(
            r"/(of|brief|ask|spoken|new)/<code>$", address
        )
        if "GET" not in (rule.methods or set()) or not of_member:
            continue
        models.Event.delete().where(models.Event.member == world.mei.id).execute()
        assert su.get(address.replace("<code>", world.mei.code), follow_redirects=True).status_code == 200, address
        seen = models.Event.select().where(models.Event.member == world.mei.id, models.Event.staff == world.su.id)
        if not seen.exists() and address not in LEADS_ON:
            unseen.append(address)
    assert unseen == []

"""Home, and the member's own code."""

from typing import Any

from flask import Response

from webapp import access, clock, hx, policy, qr, storage, words
from webapp.members import codes, home
from webapp.members.views import bp, visitor
from webapp.outbox import inbox
from webapp.points import ledger
from webapp.prices import notices


@bp.get("/", endpoint="home")
def index() -> Response:
    """GET: home; whoever is not signed in goes to the shop's page."""
    entry = access.entry()
    if entry is None or entry.member is None:
        return hx.go(visitor.shop_page())
    brand = access.brand()
    assert brand is not None  # members exist only after set-up
    rules, at = policy.of_brand(brand), clock.now()
    page = home.read(entry.member, entry.store, rules, at, words.timezone())
    today = notices.today(entry.store, entry.member, at) if entry.store else []
    return hx.page("members/home.html", **page._asdict(), today=today)


@bp.get("/code")
def code() -> Response:
    """GET: my code, full screen. Kept by the service worker for when there is no network."""
    return hx.page("members/code.html", **_code(), unread=inbox.unread(access.member().id))


@bp.get("/code/part")
def code_part() -> Response:
    """GET: the code alone, renewed every 30 seconds."""
    return hx.page("members/_code.html", **_code())


# --- what the pages show -----------------------------------------------------------------------------------------------


def _code() -> dict[str, Any]:
    at = clock.now()
    member = ledger.up_to_date(access.member(), at)
    six = ""
    with storage.in_passing():
        six, _ = codes.digits(member, at)
    return {
        "me": member,
        "svg": qr.svg(codes.text(member, at)),
        "digits": six,
        "until": at + codes.NEW_EVERY,
        "at": at,
    }

"""Home, the member's own code, and the inbox."""

from typing import Any

from flask import Response

from models import Message
from webapp import access, clock, hx, policy, qr, storage, words
from webapp.members import codes, home
from webapp.members.views import bp, visitor
from webapp.outbox import inbox
from webapp.outbox import words as message_words
from webapp.points import ledger


@bp.get("/", endpoint="home")
def index() -> Response:
    """GET: home; whoever is not signed in goes to the shop's page."""
    entry = access.entry()
    if entry is None or entry.member is None:
        return hx.go(visitor.shop_page())
    brand = access.brand()
    assert brand is not None  # members exist only after set-up
    rules = policy.of_brand(brand)
    page = home.read(entry.member, entry.store, rules, clock.now(), words.timezone())
    return hx.page("members/home.html", **page._asdict())


@bp.get("/code")
def code() -> Response:
    """GET: my code, full screen. Kept by the service worker for when there is no network."""
    return hx.page("members/code.html", **_code(), unread=inbox.unread(access.member().id))


@bp.get("/code/part")
def code_part() -> Response:
    """GET: the code alone, renewed every 30 seconds."""
    return hx.page("members/_code.html", **_code())


@bp.get("/inbox", endpoint="inbox")
def inbox_page() -> Response:
    """GET: the newest messages; they count as read from now on."""
    member, at = access.member(), clock.now()
    days = _days(inbox.latest(member.id))
    inbox.mark_read(member.id, at)
    return hx.page("members/inbox.html", days=days, unread=0)


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


def _days(messages: list[Message]) -> list[dict[str, Any]]:
    """Messages under their days, in the reader's words."""
    zone, found = words.timezone(), dict[int, list[dict[str, Any]]]()
    for message in messages:
        said = message_words.read(message.text, message.params, words.locale(), zone)
        shown = {"id": message.id, "kind": message.kind, "url": message.url, "at": message.at, "read": message.read_at}
        found.setdefault(clock.day_start(message.at, zone), []).append(shown | said._asdict())
    return [{"at": day, "messages": group} for day, group in found.items()]

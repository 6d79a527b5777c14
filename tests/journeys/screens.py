"""Every screen there is, in the demo: its name and the address to open it by, found the way a person would find it."""

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.journeys import hands

Screens = dict[str, str]

STRANGER: Screens = {
    "chooser": "/s",
    "shop": "/s/bath?p=door",
    "shop-laundry": "/s/laundry",
    "shop-kind-words": "/s/bath/thanks",
    "tip": "/tips/1",
    "join": "/join?store=bath",
    "sign-in": "/sign-in",
    "offline": "/offline",
    "insecure": "/insecure",
    "desk-sign-in": "/desk/sign-in",
}
REFUSALS: Screens = {"nowhere": "/nowhere", "old-code": "/c/copied-badly", "no-claim": "/claim/copied-badly"}

_MEMBER: Screens = {
    "home": "/",
    "code": "/code",
    "points": "/points",
    "points-pending": "/points?tab=pending",
    "points-expiring": "/points?tab=expiring",
    "what-if": "/points/what-if?amount=80",
    "tier": "/tier",
    "rewards": "/rewards",
    "rewards-afford": "/rewards?afford=1",
    "book": "/book",
    "bookings": "/bookings",
    "addresses": "/me/addresses",
    "clothes": "/orders",
    "wardrobe": "/wardrobe",
    "inbox": "/inbox",
    "inbox-care": "/inbox?of=care",
    "tips": "/tips",
    "kind-words": "/thanks",
    "me": "/me",
    "questions": "/questions",
    "profile": "/me/profile",
    "pin": "/me/pin",
    "devices": "/me/devices",
    "preferences": "/me/preferences",
    "privacy": "/me/privacy",
    "erasure": "/me/erasure",
    "phone": "/me/phone",
}
_DESK: Screens = {
    "desk": "/desk/",
    "who": "/desk/who",
    "own": "/desk/own",
    "award": "/desk/award",
    "claim": "/desk/claim",
    "scan": "/desk/scan",
    "members": "/desk/members",
    "members-found": "/desk/members?q=0001",
    "counter": "/desk/counter",
    "catalogue": "/desk/rewards",
    "reward-new": "/desk/rewards/new",
    "reward-edit": "/desk/rewards/1",
    "settings": "/desk/settings",
    "hours": "/desk/settings/hours",
    "numbers": "/desk/settings/numbers",
    "numbers-brand": "/desk/settings/numbers?of=brand",
    "posters": "/desk/posters",
    "people": "/desk/settings/people",
    "person": "/desk/settings/people/4",
    "desk-devices": "/desk/settings/devices",
    "tills": "/desk/settings/tills",
    "audit": "/desk/audit",
    "desk-bookings": "/desk/bookings",
    "desk-route": "/desk/bookings/route",
    "desk-again": "/desk/bookings/again",
    "members-mine": "/desk/members/mine",
    "desk-closing": "/desk/bookings/closing",
    "desk-figures": "/desk/bookings/figures?days=90",
    "desk-supply": "/desk/bookings/supply",
    "desk-days": "/desk/bookings/supply/days",
    "desk-cases": "/desk/cases",
    "desk-cases-closed": "/desk/cases?lane=closed",
    "desk-case-new": "/desk/cases/new",
    "desk-ladder": "/desk/cases/ladder",
    "desk-care": "/desk/care",
    "desk-care-rule": "/desk/care/rules/1",
    "desk-care-dry": "/desk/care/rules/1/dry",
    "desk-kind-words": "/desk/care/thanks",
    "desk-tips": "/desk/care/tips",
    "desk-follow-ups": "/desk/follow-ups",
    "desk-follow-heard": "/desk/follow-ups/heard?all=1",
    "desk-outbox": "/desk/outbox",
    "desk-hooks": "/desk/hooks",
    "desk-tip": "/desk/care/tips/1",
    "desk-causes": "/desk/causes",
    "desk-starters": "/desk/starters",
    "desk-improvements": "/desk/improvements",
    "desk-kept": "/desk/cases/report?days=365",
    "desk-coaching": "/desk/cases/coaching",
    "desk-purses": "/desk/purses",
    "desk-ratings": "/desk/ratings",
    "desk-rating-settings": "/desk/ratings/settings",
    "desk-pulse": "/desk/pulse",
    "desk-service-new": "/desk/bookings/supply/services/new",
    "desk-resource-new": "/desk/bookings/supply/resources/new",
}
POSTERS: Screens = {f"poster-{paper}": f"/desk/posters/door?paper={paper}" for paper in ("a4", "tent", "locker")}


def of_member(phone: Page) -> Screens:
    """Those of a signed-in member: the fixed ones, one reward, one receipt."""
    found = dict(_MEMBER)
    for name, start, pattern in (
        ("receipt", "/points", r"/points/\d+"),
        ("reward", "/rewards", r"/rewards/\d+"),
    ):
        found[name] = _first(phone, start, pattern)
    return found


def of_desk(tablet: Page) -> Screens:
    """Those of the desk for its owner: the fixed ones, and one of each thing that waits or was done."""
    found = dict(_DESK)
    for name, start, pattern in (
        ("redemption", "/desk/", r"/desk/redemptions/\w+"),
        ("arrival", "/desk/", r"/desk/arrivals/\d+"),
        ("desk-question", "/desk/", r"/desk/bookings/questions/\w+"),
        ("member", "/desk/members?q=0001", r"/desk/members/[0-9A-Z]{10}"),
        ("desk-booking", "/desk/bookings", r"/desk/bookings/[0-9A-Z]{10}"),
        ("desk-case", "/desk/cases", r"/desk/cases/[0-9A-Z]{10}"),
        ("desk-service", "/desk/bookings/supply", r"/desk/bookings/supply/services/\d+"),
        ("desk-resource", "/desk/bookings/supply", r"/desk/bookings/supply/resources/\d+"),
    ):
        found[name] = _first(tablet, start, pattern)
    found["refund"] = _first(tablet, found["member"], r"/desk/purchases/\w+/refund")
    found["award-to"] = f"/desk/award?member={found['member'].rsplit('/', 1)[1]}"
    return found


def _first(page: Page, start: str, pattern: str) -> str:
    links = re.findall(rf'href="({pattern})"', page.request.get(start, headers=hands.OURS).text())
    assert links, f"{start} shows no {pattern}"
    return str(links[0])


def walk(page: Page, screens: Screens) -> Iterator[str]:
    """Open one after the other; each must answer with 200."""
    for name, address in screens.items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{name} ({address}) answered {answer.status}"
        yield name

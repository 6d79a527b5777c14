"""What the tests of these pages say briefly: a page as it is read, a form as it is sent."""

import re
from typing import Any

from models import Booking, Member, Service
from tests.bookings.places import DAY, Bath, moment

EVENING = moment("19:00")
TODAY = DAY.isoformat()
BOARD = f"/desk/bookings?day={TODAY}"


def text(answer: Any) -> str:
    """The page as it is read: without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def html(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


def path(booking: Booking, then: str = "") -> str:
    """The desk's address of a booking."""
    return f"/desk/bookings/{booking.code}{then}"


def latest(member: Member) -> Booking:
    return Booking.select().where(Booking.member == member.id).order_by(Booking.id.desc()).get()


def send(browser: Any, what: Service, at: int, people: int = 2, *, htmx: bool = False, **form: Any) -> Any:
    """A member says yes to what the page has confirmed."""
    data = {"ticket": f"ticket of {at}", "service": what.id, "people": people, "at": at, "edition": what.version}
    return browser.post("/bookings", data=data | form, htmx=htmx)


def stand(browser: Any, bath: Bath, people: int = 2, **form: Any) -> Any:
    data = {"service": bath.family.id, "people": people, "first": EVENING, "until": EVENING, "travel": 20}
    return browser.post("/waiting", data=data | {"until": moment("19:30")} | form)


def walk_in(bath: Bath, **more: Any) -> dict[str, Any]:
    form = {
        "ticket": "a ticket of the desk",
        "resource": bath.small.id,
        "service": bath.family.id,
        "at": moment("19:00"),
        "people": 2,
        "who": "",
        "source": "walk_in",
    }
    return form | more


def terms(bath: Bath, **more: Any) -> dict[str, Any]:
    form = {
        "ticket": "a ticket of the desk",
        "name": "汗蒸",
        "kind": "sweat",
        "minutes": 60,
        "clean_minutes": 0,
        "step_minutes": 30,
        "price": "58",
        "per_person": "1",
        "people_min": 1,
        "people_max": 2,
        "lead_minutes": 0,
        "horizon_days": 14,
        "early_days": 2,
        "cancel_minutes": 120,
        "on_request": "0",
        "art": "tea",
        f"does_{bath.small.id}": "y",
    }
    return form | more

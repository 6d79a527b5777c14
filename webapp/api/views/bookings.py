"""Free times and bookings: what a shop's own site, or another machine of the shop, may ask and do."""

import datetime as dt

import msgspec
from flask import Response, request

from models import Booking, Member, Part, Service, Store
from webapp import clock
from webapp.api import shapes
from webapp.api.views import asked, bp
from webapp.api.who import member_of
from webapp.bookings import bookings, days, free, prices, supply
from webapp.bookings.holding import For, Wish
from webapp.members import phones
from webapp.refusals import Missing, Refusal

MOST_A_DAY = 1000


@bp.get("/services")
def services() -> Response:
    """GET: what can be booked in this store, as it is offered now."""
    here = supply.of(asked.store(), clock.now())
    return _json(shapes.Services([_service(row) for row in here.services.values()]))


@bp.get("/slots")
def slots() -> Response:
    """GET ?service=&day=&people=: the times of a day, full ones too, as somebody without a tier may book them now."""
    store, at = asked.store(), clock.now()
    day, people = _day(), _number("people", 1)
    here = supply.of(store, at)
    service = here.services.get(_number("service"))
    if service is None:
        raise Missing("没有找到这项服务", code="no_such_service")
    starts = free.bookable(here, service, day, at, "ordinary")
    times = [_slot(start, people, prices.at(here, service, people, start.at)) for start in starts]
    return _json(shapes.Slots(service.id, service.version, day.isoformat(), people, times))


@bp.post("/bookings")
def book() -> Response:
    """POST: hold a time, for a member or for a guest by name. 201 with the booking; 422 `taken` names the nearest free times."""
    store, at = asked.store(), clock.now()
    key, body = asked.key(), asked.body(shapes.NewBooking)

    def work() -> tuple[int, str]:
        wish = Wish(body.service, body.at, body.people, body.resource, body.version)
        whom = For(
            member_of(body.member, at), body.guest, _phone(body.guest_phone), body.note.strip(), tuple(body.options)
        )
        own = f"{asked.own(key)}:{store.id}"
        return 201, asked.text(_answer(bookings.book([wish], store, whom, key=own, at=at, source="till")))

    return asked.once(store, key, at, work)


@bp.get("/bookings")
def booked() -> Response:
    """GET ?day=: the bookings that begin on that day, by time; those that ended otherwise too."""
    store, day = asked.store(), _day()
    first, last = (days.moment(one, 0, store.timezone) for one in (day, day + dt.timedelta(days=1)))
    mine = (Booking.store == store.id) & (Booking.starts_at >= first) & (Booking.starts_at < last)
    rows = list(Booking.select().where(mine).order_by(Booking.starts_at, Booking.id).limit(MOST_A_DAY))
    return _json(shapes.Bookings(day.isoformat(), _answers(rows)))


@bp.get("/bookings/<id>")
def booking(id: str) -> Response:
    """GET: one booking as it stands."""
    return _json(_answer(_find(asked.store(), id)))


@bp.post("/bookings/<id>/move")
def move(id: str) -> Response:
    """POST: to another time; the old one is kept until the new one is held. 200 with the booking as it stands now."""
    store, at = asked.store(), clock.now()
    key, body = asked.key(), asked.body(shapes.NewTime)
    found = _find(store, id)
    return asked.once(store, key, at, lambda: (200, asked.text(_answer(bookings.move(found, body.at, at)))))


@bp.post("/bookings/<id>/cancel")
def cancel(id: str) -> Response:
    """POST: called off by the shop; the member is told, and the place goes to the waiting list first. 200 with the booking."""
    store, at = asked.store(), clock.now()
    key = asked.key()
    asked.body(shapes.Nothing)
    found = _find(store, id)
    return asked.once(store, key, at, lambda: (200, asked.text(_answer(bookings.cancel(found, at)))))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _find(store: Store, code: str) -> Booking:
    return asked.find(Booking, code, store, Missing("没有找到这个预约", code="no_such_booking"))


def _service(row: Service) -> shapes.ServiceAnswer:
    options = [shapes.Option(option["key"], option["name"], option["price"]) for option in row.options]
    return shapes.ServiceAnswer(
        id=row.id,
        version=row.version,
        kind=row.kind,
        name=row.name,
        minutes=row.minutes,
        price=row.price,
        per_person=row.per_person,
        people_min=row.people_min,
        people_max=row.people_max,
        on_request=row.on_request,
        options=options,
        packages=[shapes.Package(**package) for package in row.packages],
    )


def _slot(start: free.Start, people: int, cost: prices.Cost) -> shapes.Slot:
    slot = shapes.Slot(start.at, start.left, start.fits(people), cost.price)
    if cost.package:
        slot.package = cost.package["name"]
    return slot


def _answer(row: Booking) -> shapes.BookingAnswer:
    return _answers([row])[0]


def _answers(rows: list[Booking]) -> list[shapes.BookingAnswer]:
    """Two queries more, however many there are: their services and their members."""
    parts = Part.select(Part.booking, Part.service).where(Part.booking.in_([row.id for row in rows]))
    services: dict[int, list[int]] = {}
    for row, service in parts.order_by(Part.starts_at, Part.id).tuples():
        if service not in services.setdefault(row, []):
            services[row].append(service)
    members = Member.select(Member.id, Member.code).where(Member.id.in_([row.member_id for row in rows]))
    codes = dict(members.tuples())
    return [_shape(row, services.get(row.id, []), codes.get(row.member_id)) for row in rows]


def _shape(row: Booking, services: list[int], member: str | None) -> shapes.BookingAnswer:
    answer = shapes.BookingAnswer(
        id=row.code,
        state=row.state,
        services=services,
        people=row.people,
        at=row.starts_at,
        ends_at=row.ends_at,
        price=row.price,
        made_at=row.requested_at,
        cancel_until=row.cancel_until,
        packages=[package["name"] for package in prices.agreed(row)],
    )
    if member:
        answer.member = member
    if row.guest:
        answer.guest = row.guest
    if row.state == "offered" and row.offer_until:
        answer.offer_until = row.offer_until
    return answer


def _phone(typed: str) -> str:
    """The guest's number in one form, for the shop to call; empty when none was given."""
    number = phones.number_in(typed) if typed.strip() else ""
    if number is None:
        raise Refusal("请求内容不对：%(what)s", code="invalid_body", field="guest_phone", what="not a phone number")
    return number


def _day() -> dt.date:
    try:
        day = dt.date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = dt.date.min
    if not 1970 < day.year < 2200:
        raise Refusal("请求内容不对：%(what)s", code="invalid_query", field="day", what="day=YYYY-MM-DD")
    return day


def _number(name: str, missing: int | None = None) -> int:
    typed = request.args.get(name, "" if missing is None else str(missing))
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise Refusal("请求内容不对：%(what)s", code="invalid_query", field=name, what=f"{name}=1…999999999")
    return int(typed)


def _json(answer: msgspec.Struct) -> Response:
    return asked.json(200, asked.text(answer))

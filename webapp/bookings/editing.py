"""The supply as a manager edits it: services, resources, dates of events, days with hours of their own. Bookings that stand keep their terms.

Each verb takes the store's calendar, so that nobody books by the old edition at the same moment, and writes an event that says what changed.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from models import (
    QUARTER,
    RESOURCE_KINDS,
    SERVICE_KINDS,
    Ability,
    Booking,
    Occurrence,
    Part,
    Resource,
    Service,
    SpecialDay,
    Staff,
    Standing,
    Store,
    Waiter,
    transaction,
)
from webapp.bookings import days, free, holding, outside, prices, seats, supply, waiting
from webapp.bookings.holding import AHEAD
from webapp.clock import DAY, MINUTE
from webapp.outbox import events, inbox
from webapp.refusals import Missing, Refusal
from webapp.staff import queue
from webapp.stores.hours import MOST_A_DAY, Interval

OPTIONS_MOST = 12
EVENT_DAYS = 366  # so far ahead an event may be dated
# What the table allows, said next to the field instead.
BOUNDS = {
    "minutes": (5, 1440),
    "clean_minutes": (0, 240),
    "step_minutes": (15, 1440),
    "price": (0, 10_000_000),
    "people_min": (1, 200),
    "people_max": (1, 200),
    "lead_minutes": (0, 43_200),
    "horizon_days": (1, 366),
    "early_days": (0, 90),
    "cancel_minutes": (0, 43_200),
}


class Terms(NamedTuple):
    """What a service is, as the manager's form has it. `resources` are those that can do it; hours None is whenever the store is open."""

    name: dict[str, str]
    note: dict[str, str] = {"zh": ""}
    kind: str = "bath"
    minutes: int = 60
    clean_minutes: int = 0
    step_minutes: int = 30
    price: int = 0
    per_person: bool = True
    people_min: int = 1
    people_max: int = 1
    lead_minutes: int = 0
    horizon_days: int = 14
    early_days: int = 0
    cancel_minutes: int = 120
    on_request: bool = False
    options: Sequence[dict[str, Any]] = ()
    perks: Sequence[dict[str, Any]] = ()
    packages: Sequence[dict[str, Any]] = ()
    hours: dict[str, list[Interval]] | None = None
    art: str = "bath"
    resources: tuple[int, ...] = ()


def put_service(store: Store, terms: Terms, by: Staff, at: int, service: Service | None = None) -> Service:
    """Add a service, or edit one: a new edition, so that nobody books by the old terms. The same terms again change nothing."""
    _check_terms(terms)
    with transaction():
        supply.take(store.id)
        if service:
            service = _mine(Service, service.id, store)
        able = _able(store, terms.resources)
        fields = _fields(terms)
        if service is None:
            last = Service.select().where(Service.store == store.id).count()
            row: Service = Service.create(store=store.id, place=last, made_at=at, **fields)
            _record("service_added", store, by, at, row, name=terms.name)
        else:
            row = service
            had = {one.resource_id for one in Ability.select().where(Ability.service == row.id)}
            changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
            if not changed and had == set(able):
                return row
            Service.update(**changed, version=Service.version + 1).where(Service.id == row.id).execute()
            _record("service_changed", store, by, at, row, name=terms.name, changed=sorted(changed))
        Ability.delete().where(Ability.service == row.id, Ability.resource.not_in(able)).execute()
        for one in able:
            Ability.insert(service=row.id, resource=one).on_conflict_ignore().execute()
        events.tick(store.id)
        return Service.get_by_id(row.id)


def retire_service(service: Service, by: Staff, at: int) -> Service:
    """Nobody can book it any more. Bookings that stand take place; lines and weekly wishes for it end, and who waits is told."""
    store = service.store
    with transaction():
        supply.take(store.id)
        if Service.update(retired_at=at).where(Service.id == service.id, Service.retired_at.is_null()).execute():
            for waiter in Waiter.select().where(Waiter.service == service.id, Waiter.state == "waiting"):
                Waiter.update(state="over", ended_at=at).where(Waiter.id == waiter.id).execute()
                key = f"waiting_over:{waiter.id}"
                inbox.tell(waiter.member_id, "waiting_over", at, key=key, url="/bookings", service=service.name)
            for weekly in Standing.select().where(Standing.service == service.id, Standing.ended_at.is_null()):
                Standing.update(ended_at=at).where(Standing.id == weekly.id).execute()
                key = f"standing_over:{weekly.id}"
                inbox.tell(weekly.member_id, "standing_over", at, key=key, url="/bookings", service=service.name)
            _record("service_retired", store, by, at, service, name=service.name)
            events.tick(store.id)
        return Service.get_by_id(service.id)


def put_resource(
    store: Store,
    name: dict[str, str],
    kind: str,
    capacity: int,
    shared: bool,
    hours: dict[str, list[Interval]] | None,
    by: Staff,
    at: int,
    resource: Resource | None = None,
) -> Resource:
    """Add a room, pool, person, place or van, or edit one. Refuses fewer places than are booked already."""
    if not name.get("zh", "").strip():
        raise Refusal("请填写", code="name_missing", field="name")
    if kind not in RESOURCE_KINDS:
        raise Refusal("请选择一种", code="kind_unknown", field="kind")
    _between("capacity", capacity, 1, 500)
    _check_hours(hours)
    fields = {"name": name, "kind": kind, "capacity": capacity, "shared": shared, "hours": _plain(hours)}
    with transaction():
        supply.take(store.id)
        if resource is None:
            last = Resource.select().where(Resource.store == store.id).count()
            row: Resource = Resource.create(store=store.id, place=last, made_at=at, **fields)
            _record("resource_added", store, by, at, row, name=name)
        else:
            row = _mine(Resource, resource.id, store)
            changed = {field: value for field, value in fields.items() if getattr(row, field) != value}
            if not changed:
                return row
            if changed.keys() & {"capacity", "shared"}:
                _check_capacity(row, capacity, shared)
            Resource.update(**changed).where(Resource.id == row.id).execute()
            _record("resource_changed", store, by, at, row, name=name, changed=sorted(changed))
        events.tick(store.id)
        return Resource.get_by_id(row.id)


def retire_resource(resource: Resource, by: Staff, at: int) -> Resource:
    """It is gone for good. Refuses while bookings or dates of events stand on it: they are moved first (or it is closed)."""
    store = resource.store
    with transaction():
        supply.take(store.id)
        ahead = len(_parts_ahead(resource))
        dates = (Occurrence.resource == resource.id) & Occurrence.cancelled_at.is_null() & (Occurrence.starts_at > at)
        if ahead or Occurrence.select().where(dates).exists():
            raise Refusal("还有预约或活动排在这里，先改到别处再撤", code="in_use", n=ahead)
        if Resource.update(retired_at=at).where(Resource.id == resource.id, Resource.retired_at.is_null()).execute():
            _record("resource_retired", store, by, at, resource, name=resource.name)
            events.tick(store.id)
        return Resource.get_by_id(resource.id)


def put_special_day(
    store: Store, day_number: int, intervals: Sequence[Interval], name: dict[str, str], by: Staff, at: int
) -> list[Booking]:
    """One calendar day with hours of its own; none is closed. Returns the bookings that stand outside them now: somebody should call."""
    _check_spans(intervals, "hours")
    spans = [list(span) for span in sorted(intervals)]
    with transaction():
        supply.take(store.id)
        old = SpecialDay.get_or_none(SpecialDay.store == store.id, SpecialDay.day == day_number)
        if old is None or (old.hours, old.name) != (spans, name):
            SpecialDay.insert(store=store.id, day=day_number, hours=spans, name=name).on_conflict(
                conflict_target=[SpecialDay.store, SpecialDay.day],
                update={SpecialDay.hours: spans, SpecialDay.name: name},
            ).execute()
            day = days.date(day_number).isoformat()
            _record("day_set", store, by, at, None, day=day, name=name, hours=spans)
            events.tick(store.id)
    return outside.of_day(store, day_number, at)


def drop_special_day(store: Store, day_number: int, by: Staff, at: int) -> None:
    """That day is like its weekday (or holiday) again. Twice is once."""
    with transaction():
        supply.take(store.id)
        mine = (SpecialDay.store == store.id) & (SpecialDay.day == day_number)
        if SpecialDay.delete().where(mine).execute():
            _record("day_dropped", store, by, at, None, day=days.date(day_number).isoformat())
            events.tick(store.id)


def put_occurrence(service: Service, resource: Resource, starts_at: int, by: Staff, at: int) -> Occurrence:
    """One date of an event at its place. Refuses what is past, and a place that is taken then."""
    if service.kind != "event":
        raise Refusal("只有活动才定日子", code="not_event", field="service")
    if starts_at <= at:
        raise Refusal("这个时间已经过了，请另选一个", code="past", field="at")
    if starts_at > at + EVENT_DAYS * DAY or starts_at % QUARTER:
        raise Refusal("请选一年以内的整刻钟", code="odd_time", field="at")
    store = service.store
    with transaction():
        here = supply.held(store, at)
        if service.id not in here.services or resource.id not in here.doing.get(service.id, ()):
            raise Refusal("这个活动不在那里办", code="not_able", field="resource")
        same = (Occurrence.service == service.id) & (Occurrence.starts_at == starts_at)
        seen: Occurrence | None = Occurrence.get_or_none(same)
        if seen and seen.cancelled_at is None and seen.resource_id == resource.id:
            return seen
        _check_place(here, service, resource, starts_at)
        if seen and seen.cancelled_at is None:
            raise Refusal("这个时间已经有一场了", code="twice", field="at")
        if seen:
            Occurrence.update(resource=resource.id, cancelled_at=None).where(Occurrence.id == seen.id).execute()
            row: Occurrence = seen
        else:
            row = Occurrence.create(service=service.id, resource=resource.id, starts_at=starts_at)
        _record("date_set", store, by, at, service, name=service.name, starts_at=starts_at)
        events.tick(store.id)
        return Occurrence.get_by_id(row.id)


def cancel_occurrence(occurrence: Occurrence, by: Staff, at: int) -> list[Booking]:
    """The event does not take place on that date: everybody who comes is told, their places are free. Returns whom it touched."""
    service = occurrence.service
    store = service.store
    with transaction():
        supply.take(store.id)
        still = (Occurrence.id == occurrence.id) & Occurrence.cancelled_at.is_null()
        if not Occurrence.update(cancelled_at=at).where(still).execute():
            return []
        coming = (
            Booking.select()
            .join(Part)
            .where(
                Part.service == service.id,
                Part.starts_at == occurrence.starts_at,
                Booking.state.in_(AHEAD),
            )
        )
        touched = list(coming.distinct().order_by(Booking.id))
        for booking in touched:
            ended = {"ended_at": at, "ended_by": by.id, "why": "closed"}
            if holding.swap(booking, AHEAD, state="cancelled", sequence=Booking.sequence + 1, **ended):
                seats.release(booking.id)
                for kind in ("booking", "rebook"):
                    queue.finish(kind, booking.code, at)
                waiting.returned(booking, at)
                holding.tell(booking, "booking_cancelled", at, why="closed")
                events.record(
                    "booking_cancelled", at, store=store.id, staff=by.id, member=booking.member_id, ref=booking.code
                )
        _record("date_cancelled", store, by, at, service, name=service.name, starts_at=occurrence.starts_at)
        events.tick(store.id)
    waiting.refill(store, at)
    return [holding.fresh(booking) for booking in touched]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _record(verb: str, store: Store, by: Staff, at: int, row: Any, **data: Any) -> None:
    events.record(verb, at, store=store.id, staff=by.id, ref=str(row.id) if row else "", **data)


def _mine(model: Any, row_id: int, store: Store) -> Any:
    row = model.get_or_none(model.id == row_id, model.store == store.id)
    if row is None:
        raise Missing("没有找到", code="not_here")
    return row


def _able(store: Store, resources: Sequence[int]) -> list[int]:
    mine = (Resource.store == store.id) & Resource.retired_at.is_null() & Resource.id.in_(list(resources))
    found = [row.id for row in Resource.select(Resource.id).where(mine)]
    if len(found) != len(set(resources)):
        raise Refusal("有一处不是这家店的，请再选一次", code="not_able", field="resources")
    return found


def _fields(terms: Terms) -> dict[str, Any]:
    fields = terms._asdict()
    del fields["resources"]
    fields["options"] = [dict(option) for option in terms.options]
    fields["perks"] = [dict(perk) for perk in terms.perks]
    fields["packages"] = [dict(package) for package in terms.packages]
    fields["hours"] = _plain(terms.hours)
    return fields


def _plain(hours: dict[str, list[Interval]] | None) -> dict[str, list[list[int]]] | None:
    """Intervals as the table keeps them: lists, sorted, only days that have some."""
    if hours is None:
        return None
    return {str(day): [list(span) for span in sorted(spans)] for day, spans in sorted(hours.items()) if spans}


def _check_terms(terms: Terms) -> None:
    if not terms.name.get("zh", "").strip():
        raise Refusal("请填写", code="name_missing", field="name")
    if terms.kind not in SERVICE_KINDS:
        raise Refusal("请选择一种", code="kind_unknown", field="kind")
    for field, (low, high) in BOUNDS.items():
        _between(field, getattr(terms, field), low, high)
    if terms.people_max < terms.people_min:
        raise Refusal("最多的人数不能比最少的还少", code="people_crossed", field="people_max")
    if terms.step_minutes * MINUTE % QUARTER:
        raise Refusal("开始的时间按一刻钟排", code="step_odd", field="step_minutes")
    _check_hours(terms.hours)
    keys = [option["key"] for option in terms.options]
    if len(keys) > OPTIONS_MOST or len(set(keys)) != len(keys) or any(option["price"] < 0 for option in terms.options):
        raise Refusal("加选项有重复，或者太多", code="options_odd", field="options")
    for perk in terms.perks:
        right = 0 <= perk["from"] < perk["until"] <= 2 * 1440 and all(0 <= day <= 6 for day in perk["days"])
        if not right:
            raise Refusal("时间像这样写：10:00-22:00", code="hours_shape", field="perks")
    _check_packages(terms)


def _check_packages(terms: Terms) -> None:
    """Each has a name, a party the service takes, days, and a price below the usual one; no two are for the same party and days."""
    listed = terms.packages
    parties = {(package["people"], package["when"]) for package in listed}
    keys = {package["key"] for package in listed}
    if len(listed) > prices.MOST or len(parties) != len(listed) or len(keys) != len(listed):
        raise Refusal("套餐有重复，或者太多", code="packages_odd", field="packages")
    for package in listed:
        if not package["name"].get("zh", "").strip() or package["when"] not in prices.WHEN:
            raise Refusal("套餐要有名字，还要选哪些日子", code="packages_odd", field="packages")
        if not terms.people_min <= package["people"] <= terms.people_max:
            raise Refusal(
                "「%(name)s」：这项服务接 %(low)s 到 %(high)s 位",
                code="party",
                field="packages",
                name=package["name"],
                low=terms.people_min,
                high=terms.people_max,
            )
        usual = terms.price * (package["people"] if terms.per_person else 1)
        if not 0 < package["price"] < usual:
            raise Refusal(
                "「%(name)s」要比平常的 %(amount)s 便宜",
                code="package_dear",
                field="packages",
                name=package["name"],
                amount={"fen": usual},
            )


def _check_hours(hours: dict[str, list[Interval]] | None) -> None:
    for day, spans in (hours or {}).items():
        if day not in "0123456":
            raise Refusal("时间像这样写：10:00-22:00", code="hours_shape", field="hours")
        _check_spans(spans, f"day{day}")


def _check_spans(intervals: Sequence[Interval], field: str) -> None:
    spans = sorted(intervals)
    if len(spans) > MOST_A_DAY:
        raise Refusal("一天最多写 %(n)s 段", code="hours_many", field=field, n=MOST_A_DAY)
    if any(not 0 <= opens < closes <= opens + 1440 or opens >= 1440 for opens, closes in spans):
        raise Refusal("时间像这样写：10:00-22:00", code="hours_shape", field=field)
    if any(first[1] > second[0] for first, second in itertools.pairwise(spans)):
        raise Refusal("营业时间不能重叠", code="hours_overlap", field=field)


def _between(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise Refusal("这个数字只能从 %(low)s 到 %(high)s", code="out_of_bounds", field=field, low=low, high=high)


def _parts_ahead(resource: Resource) -> list[Part]:
    holds = Booking.state.in_((*AHEAD, "arrived"))
    return list(Part.select(Part, Booking).join(Booking).where(Part.resource == resource.id, holds))


def _check_capacity(resource: Resource, capacity: int, shared: bool) -> None:
    """Seats are numbered rows: what is held already must fit the new number of them."""
    ahead = _parts_ahead(resource)
    if ahead and shared != resource.shared:
        raise Refusal("还有预约排在这里，先改到别处再改成别的用法", code="in_use", field="shared")
    if not shared:
        if any(part.people > capacity for part in ahead):
            raise Refusal("已经订出去的比这个多", code="booked_more", field="capacity")
        return
    full: dict[int, int] = {}
    for part in ahead:
        for quarter in free.quarters(part.starts_at, part.free_at):
            full[quarter] = full.get(quarter, 0) + part.people
    if max(full.values(), default=0) > capacity:
        raise Refusal("已经订出去的比这个多", code="booked_more", field="capacity")


def _check_place(here: supply.Supply, service: Service, resource: Resource, starts_at: int) -> None:
    """Is the place free of other dates and of bookings then?"""
    ends = free.free_at(service, starts_at)
    for other, dates in here.occurrences.items():
        lasts = here.services.get(other, service)
        for date in dates:
            overlaps = date.starts_at < ends and starts_at < free.free_at(lasts, date.starts_at)
            if date.resource_id == resource.id and overlaps and (other, date.starts_at) != (service.id, starts_at):
                raise Refusal("那里那时已经有一场活动", code="place_taken", field="at")
    taken = (
        Part.select()
        .join(Booking)
        .where(Part.resource == resource.id, Part.starts_at < ends, Part.free_at > starts_at, Booking.state.in_(AHEAD))
    )
    if taken.exists():
        raise Refusal("那里那时已经有预约", code="place_taken", field="at")

"""What a store can give: its services, the resources that do them, and the hours. Read once per edition and kept in memory.

`Calendar.version` rises with every seat that moves and with every edit of the supply, under a lock that all writers take first (`take`).
Its upper half counts the edits (`models.EDIT`), its lower half the moves: seats that move leave what was read of the supply true.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from models import (
    EDIT,
    Ability,
    Brand,
    Calendar,
    Closure,
    Occurrence,
    Param,
    Prepared,
    Resource,
    Service,
    SpecialDay,
    Store,
    database,
)
from webapp import policy
from webapp.clock import DAY
from webapp.stores import hours
from webapp.stores.hours import Interval, Week

_VERSION = Prepared(
    lambda: (
        Store.select(Calendar.version, Brand.policy_version)
        .join(Brand)
        .switch(Store)
        .left_outer_join(Calendar)
        .where(Store.id == Param("store"))
    )
)
_TAKE = Prepared(
    lambda: (
        Calendar.update({Calendar.version: Calendar.version + Param("by")})
        .where(Calendar.store == Param("store"))
        .returning(Calendar.version)
    )
)
_BEGIN = Prepared(lambda: Calendar.insert({Calendar.store: Param("store"), Calendar.version: 0}).on_conflict_ignore())


class Shut(NamedTuple):
    """A time in which something cannot be had; no resource means the whole store."""

    resource: int | None
    starts_at: int
    ends_at: int


class Supply(NamedTuple):
    """A store's supply in one edition. Not to be changed: it is shared by all requests."""

    store: int
    version: int  # rises also when seats move
    edition: tuple[int, int]  # rises only when something here does
    timezone: str
    week: Week
    specials: dict[int, list[Interval]]  # by day number
    holiday_as: int  # what a public holiday counts as: 0 its weekday, 1 a Sunday, 2 closed
    services: dict[int, Service]
    resources: dict[int, Resource]
    doing: dict[int, tuple[int, ...]]  # service → the resources that do it, in the order of the shop
    occurrences: dict[int, list[Occurrence]]  # event → its dates that stand
    shut: tuple[Shut, ...]


def version(store: int) -> int:
    """The newest edition of the store's calendar."""
    row = _VERSION.row(store=store)
    return int(row[0] or 0) if row else 0


def take(store: int, by: int = EDIT) -> int:
    """Stand in line for this store's calendar until the transaction ends. Returns the version as it was before: what was read for it holds.

    The first thing after the member's own row, and once in a transaction: everybody who moves seats or edits the supply passes here.
    """
    row = _TAKE.row(store=store, by=by)
    if row is None:
        _BEGIN.run(store=store)
        row = _TAKE.row(store=store, by=by)
        assert row is not None
    return int(row[0]) - by


def of(store: Store, at: int) -> Supply:
    """The supply of a store around `at`, as it is committed. Not for inside a transaction that has the calendar: that is `held`."""
    row = _VERSION.row(store=store.id)
    newest, rules = (int(row[0] or 0), int(row[1])) if row else (0, 0)
    return _at(store, newest, rules, at)


def held(store: Store, at: int) -> Supply:
    """`take` the calendar to edit the supply (and to move seats); returns it as it was before the edit."""
    return _at(store, take(store.id), policy.version_of(store), at)


def moving(store: Store, at: int) -> Supply:
    """`take` the calendar to move seats only: how every transaction of a booking begins."""
    return _at(store, take(store.id, 1), policy.version_of(store), at)


def _at(store: Store, newest: int, rules: int, at: int) -> Supply:
    return _read(database.obj, store.id, (newest // EDIT, rules), at // DAY)._replace(version=newest)


@lru_cache(maxsize=256)
def _read(_database: Any, store_id: int, edition: tuple[int, int], day: int) -> Supply:
    store = Store.get_by_id(store_id)
    services = Service.select().where(Service.store == store_id, Service.retired_at.is_null())
    resources = Resource.select().where(Resource.store == store_id, Resource.retired_at.is_null())
    doing: dict[int, tuple[int, ...]] = {}
    able = Ability.select(Ability.service, Ability.resource).join(Resource)
    able = able.where(Resource.store == store_id, Resource.retired_at.is_null())
    for service, resource in able.order_by(Resource.place, Resource.id).tuples():
        doing[service] = (*doing.get(service, ()), resource)
    occurrences: dict[int, list[Occurrence]] = {}
    dates = Occurrence.select().join(Service).where(Service.store == store_id, Occurrence.cancelled_at.is_null())
    for date in dates.where(Occurrence.starts_at > (day - 1) * DAY).order_by(Occurrence.starts_at):
        occurrences.setdefault(date.service_id, []).append(date)
    closures = Closure.select(Closure.resource, Closure.starts_at, Closure.ends_at).where(
        Closure.store == store_id, Closure.lifted_at.is_null(), Closure.ends_at > (day - 2) * DAY
    )
    specials = SpecialDay.select().where(SpecialDay.store == store_id, SpecialDay.day > day - 3)
    return Supply(
        store=store_id,
        version=0,
        edition=edition,
        timezone=store.timezone,
        week=hours.of([store])[store_id],
        specials={row.day: [(opens, closes) for opens, closes in row.hours] for row in specials},
        holiday_as=policy.of(store).holiday_as,
        services={row.id: row for row in services.order_by(Service.place, Service.id)},
        resources={row.id: row for row in resources.order_by(Resource.place, Resource.id)},
        doing=doing,
        occurrences=occurrences,
        shut=tuple(Shut(*row) for row in closures.order_by(Closure.starts_at).tuples()),
    )

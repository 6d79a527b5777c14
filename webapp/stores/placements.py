"""Posters and where they hang: each has its own `?p=`, so that the shop sees which one brings people (A3).

Scans are counted here, once per browser and day as the door sees it; joins are counted by the members' room when somebody joins.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from peewee import fn

from models import Placement, PlacementDay, Staff, Store, transaction
from webapp import clock, storage, vault
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

SLUG = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")
MOST = 200


@dataclass(frozen=True)
class Count:
    """One poster and what it brought in the last days."""

    placement: Placement
    scans: int
    joins: int


def create(store: Store, name: str, slug: str, by: Staff | None, at: int, **others: str) -> Placement:
    """A new place for a poster. Without a slug it gets a short one; the same slug and name again is the same poster.
    `others` are names in other languages (en, zh_Hant).

    Refuses a slug that another one has.
    """
    name = name.strip()[:40]
    slug = slug.strip().lower() or f"p-{vault.code(5).lower()}"
    if not SLUG.match(slug):
        raise Refusal("网址里只用小写字母、数字和短横", code="slug_shape", field="slug")
    with transaction():
        if Placement.select().where(Placement.store == store.id).count() >= MOST:
            raise Refusal("海报位置太多了", code="too_many_placements")
        new = Placement.insert(store=store.id, slug=slug, name={"zh": name or slug, **others}, made_at=at)
        made = new.on_conflict_ignore().as_rowcount().execute() == 1
        placement: Placement = Placement.get(Placement.store == store.id, Placement.slug == slug)
        if made:
            events.record("placement_made", at, store=store.id, staff=by.id if by else None, ref=slug, name=name)
        elif placement.name["zh"] != (name or slug):
            raise Refusal("这个名字已经用过了", code="slug_taken", field="slug")
        return placement


def find(store: Store, slug: str) -> Placement:
    """The poster behind a `?p=`, or Missing."""
    placement = Placement.get_or_none(Placement.store == store.id, Placement.slug == slug) if SLUG.match(slug) else None
    if placement is None:
        raise Missing("没有这张海报", code="no_such_placement")
    return placement


def scanned(store: Store, slug: str, seen: str, at: int) -> tuple[Placement | None, str]:
    """Count a scan unless this browser was counted today. `seen` is what its cookie says; returns what it should say from now on."""
    placement = Placement.get_or_none(Placement.store == store.id, Placement.slug == slug) if SLUG.match(slug) else None
    if placement is None:
        return None, seen
    day = clock.day_number(at, store.timezone)
    today = [mark for mark in seen.split(" ")[:20] if mark.endswith(f".{day}")]
    mark = f"{placement.id}.{day}"
    if mark in today:
        return placement, seen
    with storage.in_passing(), transaction():
        PlacementDay.insert(placement=placement.id, day=day).on_conflict_ignore().execute()
        here = (PlacementDay.placement == placement.id) & (PlacementDay.day == day)
        PlacementDay.update({PlacementDay.scans: PlacementDay.scans + 1}).where(here).execute()
    return placement, " ".join([*today, mark])


def counts(store: Store, at: int, days: int = 30) -> Sequence[Count]:
    """All posters of a store with their last `days`, today included, in the order they were hung. One query."""
    since = clock.day_number(at, store.timezone) - days + 1
    rows = (
        Placement.select(
            Placement,
            fn.COALESCE(fn.SUM(PlacementDay.scans), 0).alias("scans"),
            fn.COALESCE(fn.SUM(PlacementDay.joins), 0).alias("joins"),
        )
        .left_outer_join(PlacementDay, on=((PlacementDay.placement == Placement.id) & (PlacementDay.day >= since)))
        .where(Placement.store == store.id)
        .group_by(Placement.id)
        .order_by(Placement.id)
        .limit(MOST)
    )
    return [Count(row, int(row.scans), int(row.joins)) for row in rows.objects()]

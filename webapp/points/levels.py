"""Levels in time: reached at once, looked at again on a published day, lowered only after a warning that one visit answers (C1).

A row of `Level` stands for everybody above the first level; who has none above it has nothing to lose. Every step is a `LevelMove` with
what was counted. Spending, a refund, a rating or another member never lowers anybody: only `review` does, and only who was warned. What a wrong
tap reached goes away with the tap (`undone`).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import JOIN

from models import TIERS, Level, LevelMove, Member, Param, Prepared, Store, transaction
from webapp import policy
from webapp.clock import DAY, month_end_after
from webapp.outbox import events, inbox
from webapp.points import ledger, tiers
from webapp.points.phrases import N_, TIER_NAMES, Phrase, phrase
from webapp.policy import Policy
from webapp.prices import quotes

FIRST = TIERS[0]
LONGEST = 180  # days: no shop warns earlier
_LEVEL = Prepared(
    lambda: Level.select(Level.tier, Level.review_at, Level.warned_at).where(Level.member == Param("member"))
)


class Outlook(NamedTuple):
    """What a member is told about their level: since when, looked at again when, and what stands then as things are now.

    `falls_to` is the level that would follow as things are, empty when it stays; `missing` are the points that would keep it; `warned`:
    they have been told so, and one visit keeps it.
    """

    tier: str
    reached_at: int | None = None
    review_at: int | None = None
    falls_to: str = ""
    missing: int = 0
    warned: bool = False


def lift(member: Member, rules: Policy, at: int, timezone: str) -> str:
    """Raise the member to the level that was reached, inside the transaction that gave the points. Never lowers. Returns the tier."""
    counted = tiers.counted(member.id, at, timezone, rules)
    reached = tiers.reached(counted, rules)
    if _above(reached, member.tier):
        why = "points" if tiers.by_points(counted.points, rules) == reached else "visits"
        _raise(member, reached, why, counted, rules, at, timezone)
    return str(member.tier)


def came(member: Member, store: Store, rules: Policy, at: int) -> None:
    """They are here: a level that was about to go stays, and one that goes by visits may be reached. In the visit's own transaction."""
    row = _LEVEL.row(member=member.id) if member.tier != FIRST else None
    if row and row[2] is not None and row[2] <= at:
        _keep(member, row, rules, at, store.timezone)
    if tiers.counts_visits(rules):
        lift(member, rules, at, store.timezone)


def undone(member: Member, since: int, rules: Policy, at: int, timezone: str) -> None:
    """A bill was a wrong tap: a step up made `since` then, that is not earned without it, is taken back with it, and said."""
    steps = list(LevelMove.select().where(LevelMove.member == member.id).order_by(LevelMove.id.desc()).limit(20))
    if not steps or steps[0].at < since or steps[0].why != "points" or steps[0].after != member.tier:
        return
    counted = tiers.counted(member.id, at, timezone, rules)
    stays: str = max(steps[0].before, tiers.reached(counted, rules), key=TIERS.index)
    if not _above(member.tier, stays):
        return
    Member.update({Member.tier: stays}).where(Member.id == member.id).execute()
    if stays == FIRST:
        Level.delete().where(Level.member == member.id).execute()
    else:
        old = next((step for step in steps[1:] if step.after == stays), None)
        review_at = old.counted.get("review_at") if old else None
        reached_at = old.at if old else at
        _stand(member.id, stays, reached_at, review_at or month_end_after(reached_at, rules.tier_months, timezone))
    _move(member.id, member.tier, stays, "undone", counted, at)
    events.record("tier_undone", at, member=member.id, tier=stays)
    inbox.tell(member.id, "level_undone", at, key=f"level-undone:{member.id}:{at}", url="/tier", tier=stays)
    member.tier = stays


def of(member: Member, rules: Policy, at: int, timezone: str) -> Outlook:
    """How it stands with this member's level, for their page and the card at the desk."""
    level = Level.get_or_none(Level.member == member.id)
    if level is None:
        return Outlook(member.tier)
    counted = tiers.counted(member.id, max(level.review_at, at), timezone, rules)
    stays, warned = tiers.reached(counted, rules), level.warned_at is not None
    if not _above(level.tier, stays):
        return Outlook(level.tier, level.reached_at, level.review_at, warned=warned)
    missing = max(0, tiers.thresholds(rules)[level.tier] - counted.points)
    return Outlook(level.tier, level.reached_at, level.review_at, stays, missing, warned)


def said(move: LevelMove) -> Phrase:
    """One step as the member reads it."""
    after, before = TIER_NAMES[move.after], TIER_NAMES[move.before]
    if move.why == "kept":
        return phrase(N_("来过了，%(tier)s留住"), tier=after)
    if move.why == "merged":
        return phrase(N_("两张卡合到一起，是%(tier)s"), tier=after)
    if move.why == "undone":
        return phrase(N_("那一单撤了，还是%(tier)s"), tier=after)
    if move.after == move.before:
        return phrase(N_("近一年积了 %(points)s 分，接着是%(tier)s"), points=move.counted.get("points", 0), tier=after)
    if _above(move.before, move.after):
        return phrase(N_("%(before)s到期，现在是%(tier)s"), before=before, tier=after)
    if move.why == "visits":
        return phrase(N_("近一年来过 %(visits)s 天，升为%(tier)s"), visits=move.counted.get("visits", 0), tier=after)
    return phrase(N_("近一年积了 %(points)s 分，升为%(tier)s"), points=move.counted.get("points", 0), tier=after)


def moves(member: int, limit: int = 10) -> list[LevelMove]:
    """Every step up and down, newest first."""
    return list(
        LevelMove.select()
        .where(LevelMove.member == member)
        .order_by(LevelMove.at.desc(), LevelMove.id.desc())
        .limit(limit)
    )


# --- every night -------------------------------------------------------------------------------------------------------


def begin(at: int, limit: int = 500, after: int = 0) -> int:
    """A row for everybody above the first level who has none yet: their time begins now. Returns where to go on from, 0 at the end."""
    missing = Member.id.not_in(Level.select(Level.member))
    query = Member.select().where(Member.id > after, Member.tier != FIRST, missing, *_here())
    found = list(query.order_by(Member.id).limit(limit))
    known: dict[int | None, tuple[Policy, str]] = {}
    rows = []
    for member in found:
        if member.store_id not in known:
            known[member.store_id] = rules_of(member)
        rules, zone = known[member.store_id]
        review_at = month_end_after(at, rules.tier_months, zone)
        rows.append({"member": member.id, "tier": member.tier, "reached_at": at, "review_at": review_at})
    if rows:
        with transaction():
            Level.insert_many(rows).on_conflict_ignore().execute()
    return found[-1].id if len(found) == limit else 0


def warn(at: int, limit: int = 500, after: tuple[int, int] = (0, 0)) -> tuple[int, int] | None:
    """Tell who would go down at the next look, so many days before it. Returns where to go on from, None at the end; twice tells once.

    A warning that comes late (the worker was off) moves the day: nobody has less time than was promised.
    """
    rows = _batch(Level.warned_at.is_null() & (Level.review_at <= at + (LONGEST + 1) * DAY), after, limit)
    known: dict[int | None, tuple[Policy, str]] = {}
    for member, rules, zone in _short_of_points(rows, at, known):
        _warn(member, rules, at, zone)
    return (rows[-1][1].review_at, rows[-1][0].id) if len(rows) == limit else None


def review(at: int, limit: int = 500) -> int:
    """The published day has come: who has earned the level keeps it, who was warned in time goes to what was reached. Returns how many."""
    rows = _batch(Level.review_at <= at, (0, 0), limit)
    for member, _ in rows:
        rules, zone = rules_of(member)
        _review(member, rules, at, zone)
    return len(rows)


def rules_of(member: Member) -> tuple[Policy, str]:
    """The numbers and the wall clock that this member's level goes by: those of the store where they joined."""
    store: Store | None = member.store or Store.select().order_by(Store.id).first()
    return (policy.of(store), store.timezone) if store else (policy.Policy(), "Asia/Shanghai")


# --- two cards become one ------------------------------------------------------------------------------------------------


def joined(guest: Member, owner: Member, rules: Policy, at: int, timezone: str) -> str:
    """Two cards are one: the higher level of both, or what both together have reached. Returns it; nobody loses by it."""
    both = tiers.counted_together((guest.id, owner.id), at, timezone, rules)
    best: str = max(owner.tier, guest.tier, tiers.reached(both, rules), key=TIERS.index)
    old = Level.get_or_none(Level.member == guest.id)
    Level.delete().where(Level.member == guest.id).execute()
    LevelMove.update({LevelMove.member: owner.id}).where(LevelMove.member == guest.id).execute()
    if _above(best, owner.tier):
        mine = old if old and old.tier == best else None
        review_at = mine.review_at if mine else month_end_after(at, rules.tier_months, timezone)
        _stand(owner.id, best, mine.reached_at if mine else at, review_at)
        _move(owner.id, owner.tier, best, "merged", both, at)
    elif old and old.tier == owner.tier:
        sooner = (Level.member == owner.id) & (Level.review_at < old.review_at)
        Level.update({Level.review_at: old.review_at, Level.warned_at: None}).where(sooner).execute()
    return best


# --- how it is done ----------------------------------------------------------------------------------------------------


def _above(one: str, other: str) -> bool:
    return TIERS.index(one) > TIERS.index(other)


def _here() -> tuple[Any, ...]:
    return Member.erased_at.is_null(), Member.merged_into.is_null()


def _batch(due: Any, after: tuple[int, int], limit: int) -> list[tuple[Member, Level]]:
    further = (Level.review_at > after[0]) | ((Level.review_at == after[0]) & (Level.member > after[1]))
    query = Level.select(Level, Member, Store).join(Member).join(Store, JOIN.LEFT_OUTER, on=(Member.store == Store.id))
    rows: Iterable[Level] = query.where(due, further, *_here()).order_by(Level.review_at, Level.member).limit(limit)
    return [(level.member, level) for level in list(rows)]


def _short_of_points(
    rows: list[tuple[Member, Level]], at: int, known: dict[int | None, tuple[Policy, str]]
) -> list[tuple[Member, Policy, str]]:
    """Of these, whose day is near and who has not earned enough in the year before it: one sum for each day, not for each member."""
    near: dict[tuple[int, int | None], list[tuple[Member, Level]]] = {}
    for member, level in rows:
        if member.store_id not in known:
            known[member.store_id] = rules_of(member)
        rules, _ = known[member.store_id]
        if level.review_at <= at + (rules.tier_warn_days + 1) * DAY:
            near.setdefault((level.review_at, member.store_id), []).append((member, level))
    found = []
    for (review_at, store), group in near.items():
        rules, zone = known[store]
        points = tiers.earned_by([member.id for member, _ in group], max(review_at, at), zone)
        short = [m for m, level in group if _above(level.tier, tiers.by_points(points.get(m.id, 0), rules))]
        found += [(member, rules, zone) for member in short]
    return found


def _stays(member: Member, review_at: int, rules: Policy, at: int, timezone: str) -> str:
    """What the year before that day has reached so far."""
    return tiers.reached(tiers.counted(member.id, max(review_at, at), timezone, rules), rules)


def _raise(member: Member, tier: str, why: str, counted: tiers.Counted, rules: Policy, at: int, timezone: str) -> None:
    before = member.tier
    if not Member.update({Member.tier: tier}).where(Member.id == member.id, Member.tier == before).execute():
        return
    member.tier = tier
    _stand(member.id, tier, at, month_end_after(at, rules.tier_months, timezone))
    _move(member.id, before, tier, why, counted, at)
    events.record("tier_reached", at, member=member.id, tier=tier, earned=counted.points)
    _tell_reached(member, tier, rules, at)


def _tell_reached(member: Member, tier: str, rules: Policy, at: int) -> None:
    percent = quotes.discount(rules, tier)
    inbox.tell(
        member.id,
        f"level_{tier}",
        at,
        key=f"level:{member.id}:{tier}:{at}",
        url="/tier",
        points=tiers.per_hundred(rules, tier),
        **({"percent": percent, "pays": {"fen": 10_000 - 100 * percent}} if percent else {}),
    )


def _stand(member: int, tier: str, at: int, review_at: int) -> None:
    values = {"tier": tier, "reached_at": at, "review_at": review_at, "warned_at": None, "told_at": at}
    Level.insert(member=member, **values).on_conflict(conflict_target=[Level.member], update=values).execute()


def _move(member: int, before: str, after: str, why: str, counted: tiers.Counted, at: int, **more: Any) -> None:
    LevelMove.create(member=member, before=before, after=after, why=why, counted={**counted._asdict(), **more}, at=at)


def _keep(member: Member, row: Any, rules: Policy, at: int, timezone: str) -> None:
    tier, review_at, warned_at = row
    later = max(review_at, month_end_after(at, rules.tier_keep_months, timezone))
    mine = (Level.member == member.id) & (Level.warned_at == warned_at)
    if Level.update({Level.review_at: later, Level.warned_at: None}).where(mine).execute():
        _move(member.id, tier, tier, "kept", tiers.Counted(0, 0), at, warned_at=warned_at, review_at=later)
        inbox.tell(
            member.id, "level_kept", at, key=f"level-kept:{member.id}:{at}", url="/tier", tier=tier, until_on=later - 1
        )


def _warn(member: Member, rules: Policy, at: int, timezone: str) -> None:
    """Under the member's lock, because a visit may come at the same moment."""
    with transaction():
        ledger.lock(member.id)
        level = Level.get_or_none(Level.member == member.id, Level.warned_at.is_null())
        if level is None:
            return
        stays = _stays(member, level.review_at, rules, at, timezone)
        if not _above(level.tier, stays):
            return
        review_at = _not_before(level.review_at, at + rules.tier_warn_days * DAY, timezone)
        Level.update({Level.warned_at: at, Level.review_at: review_at}).where(Level.member == member.id).execute()
        events.record("tier_warned", at, member=member.id, tier=level.tier)
        inbox.tell(
            member.id,
            "level_warned",
            at,
            key=f"level-warned:{member.id}:{at}",
            url="/tier",
            tier=level.tier,
            lower=stays,
            until_on=review_at - 1,
            months=rules.tier_keep_months,
        )


def _not_before(review_at: int, earliest: int, timezone: str) -> int:
    """The published day, or the end of the month in which the promised time is over, if that is later."""
    return review_at if review_at >= earliest else month_end_after(earliest, 0, timezone)


def _review(member: Member, rules: Policy, at: int, timezone: str) -> None:
    with transaction():
        ledger.lock(member.id)
        level = Level.get_or_none(Level.member == member.id, Level.review_at <= at)
        if level is None:
            return
        member = Member.get_by_id(member.id)
        counted = tiers.counted(member.id, level.review_at, timezone, rules)
        stays = tiers.reached(counted, rules)
        if not _above(level.tier, stays):
            review_at = month_end_after(at, rules.tier_months, timezone)
            Level.update({Level.review_at: review_at, Level.warned_at: None}).where(Level.member == member.id).execute()
            _move(member.id, level.tier, level.tier, "review", counted, at)
        elif level.warned_at is None:
            _warn(member, rules, at, timezone)
        elif (earliest := level.warned_at + rules.tier_warn_days * DAY) > at:
            later = _not_before(level.review_at, earliest, timezone)
            Level.update({Level.review_at: later}).where(Level.member == member.id).execute()
        else:
            _lower(member, level, stays, counted, rules, at, timezone)


def _lower(
    member: Member, level: Level, to: str, counted: tiers.Counted, rules: Policy, at: int, timezone: str
) -> None:
    Member.update({Member.tier: to}).where(Member.id == member.id).execute()
    if to == FIRST:
        Level.delete().where(Level.member == member.id).execute()
    else:
        _stand(member.id, to, at, month_end_after(at, rules.tier_months, timezone))
    days = {"warned_at": level.warned_at, "days": rules.tier_warn_days}
    _move(member.id, level.tier, to, "review", counted, at, **days)
    events.record("tier_lowered", at, member=member.id, tier=to)
    inbox.tell(
        member.id, "level_lowered", at, key=f"level-lowered:{member.id}:{at}", url="/tier", tier=to, before=level.tier
    )

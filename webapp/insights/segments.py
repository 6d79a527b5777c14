"""Segments: saved rules that say who belongs, counted when asked; never a list that grows old (B9).

`rule` is JSON as `language.checked` knows it, or what that returned. Reading verbs write nothing. Times: seconds, UTC.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from peewee import JOIN, ModelSelect, chunked

from models import Brand, Grade, Member, Segment, Staff, transaction
from webapp.insights import compiling, language, words
from webapp.insights.language import Rule, checked, plain
from webapp.insights.patience import patience
from webapp.outbox import events
from webapp.phrases import Phrase
from webapp.refusals import Missing, Refusal

__all__ = [
    "among",
    "checked",
    "count",
    "holds",
    "members",
    "plain",
    "put",
    "query",
    "recount",
    "retire",
    "rule_of",
    "sample",
    "saved",
    "table",
]
FILE_MOST = 50_000  # rows of a file
Said = Rule | dict[str, Any]


def query(rule: Said, at: int) -> ModelSelect:
    """SELECT member.id of everybody who belongs; join, order and cut it as you like. Gone and merged cards never belong."""
    return compiling.select(checked(rule), at)


def count(rule: Said, at: int) -> int:
    """How many belong now."""
    with patience():
        return int(compiling.select(checked(rule), at, whole=True).count())


def members(rule: Said, at: int, after_id: int = 0, limit: int = 500) -> list[int]:
    """Ids of those who belong, in order, after this one: call it again with the last until it is empty."""
    found = query(rule, at).where(Member.id > after_id).order_by(Member.id).limit(limit)
    with patience():
        return [int(row[0]) for row in found.tuples()]


def holds(rule: Said, member: int, at: int) -> bool:
    """Does this one belong? One query on their own rows."""
    return bool(query(rule, at).where(Member.id == member).exists())


def among(rule: Said, ids: Iterable[int], at: int) -> set[int]:
    """Those of these members who belong. One query."""
    return {int(row[0]) for row in query(rule, at).where(Member.id.in_(list(ids))).tuples()}


def rule_of(segment: int | None) -> Rule:
    """The rule of a saved segment; of none: everybody. A retired one keeps its meaning for who still points at it."""
    if segment is None:
        return language.EVERYBODY
    row = Segment.get_or_none(Segment.id == segment)
    if row is None:
        raise Missing("没有这个人群", code="no_such_segment")
    return checked(row.rule)


def saved(brand: Brand) -> list[Segment]:
    """The brand's segments, by name."""
    mine = Segment.select().where(Segment.brand == brand.id, Segment.retired_at.is_null())
    return list(mine.order_by(Segment.name, Segment.id))


def put(brand: Brand, name: str, rule: Said, staff: Staff, at: int, segment: Segment | None = None) -> Segment:
    """Save a rule under a name, or put another in its place. Refuses what the language cannot say, and a name that is taken."""
    kept = plain(checked(rule))
    if not name.strip():
        raise Refusal("给这个人群起个名字", code="no_name", field="name")
    with transaction():
        same = Segment.select().where(Segment.brand == brand.id, Segment.name == name, Segment.retired_at.is_null())
        if same.where(Segment.id != (segment.id if segment else 0)).exists():
            raise Refusal("已经有一个叫这个名字的人群", code="name_taken", field="name")
        if segment is None:
            segment = Segment.create(brand=brand.id, name=name, rule=kept, made_by=staff.id, made_at=at)
            events.record("segment_made", at, staff=staff.id, ref=f"segment:{segment.id}", name=name)
        else:
            changed = {Segment.name: name, Segment.rule: kept, Segment.count: None, Segment.counted_at: None}
            Segment.update(changed).where(Segment.id == segment.id, Segment.retired_at.is_null()).execute()
            events.record("segment_changed", at, staff=staff.id, ref=f"segment:{segment.id}", name=name)
        return Segment.get_by_id(segment.id)


def retire(segment: Segment, staff: Staff, at: int) -> None:
    """Off the list; whatever was sent by it stays explained. Twice is once."""
    with transaction():
        mine = (Segment.id == segment.id) & Segment.retired_at.is_null()
        if Segment.update({Segment.retired_at: at}).where(mine).execute():
            events.record("segment_retired", at, staff=staff.id, ref=f"segment:{segment.id}", name=segment.name)


def recount(segment: Segment, at: int, found: int | None = None) -> int:
    """Count it, if that has not just been done, and remember the number beside its name for the list."""
    found = count(segment.rule, at) if found is None else found
    with transaction():
        Segment.update({Segment.count: found, Segment.counted_at: at}).where(Segment.id == segment.id).execute()
    return found


def sample(rule: Said, at: int, most: int) -> list[tuple[Member, Grade | None, list[Phrase]]]:
    """Some who belong, the newest members first, with what the night knows of them; and, where one of several is enough, why they are in."""
    known = checked(rule)
    ids = [int(row[0]) for row in query(rule, at).order_by(Member.id.desc()).limit(most).tuples()]
    reasons: dict[int, list[Phrase]] = {member: [] for member in ids}
    for leaf in language.said(known) if language.has_choice(known) else ():
        for member in among(leaf, ids, at):
            reasons[member].append(words.sentence(leaf))
    people = {row.id: row for row in Member.select().where(Member.id.in_(ids))}
    graded = {row.member_id: row for row in Grade.select().where(Grade.member.in_(ids))}
    return [(people[member], graded.get(member), reasons[member]) for member in ids if member in people]


def table(segment: Segment, staff: Staff, at: int) -> Iterator[tuple[Any, ...]]:
    """Code, name, level, last visit and days of coming of everybody who belongs, for a file; that it was taken is written down."""
    ids = members(segment.rule, at, limit=FILE_MOST)
    events.record(
        "segment_exported", at, staff=staff.id, ref=f"segment:{segment.id}", name=segment.name, people=len(ids)
    )
    for some in chunked(ids, 500):
        columns = (Member.code, Member.name, Member.tier, Member.seen_at, Grade.visits)
        query_ = Member.select(*columns).join(Grade, JOIN.LEFT_OUTER, on=(Grade.member == Member.id))
        yield from query_.where(Member.id.in_(some)).order_by(Member.id).tuples()

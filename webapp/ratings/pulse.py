"""What it is like to work here (K9): one face a month and person, without a name. Shown only where at least five have answered."""

from typing import NamedTuple

from peewee import fn

from models import Pulse, PulseGiven, Staff, Store, transaction
from webapp import clock, vault
from webapp.refusals import Refusal

ENOUGH = 5
TEXT_MOST = 300


class Month(NamedTuple):
    """One month of one store: how many answered; the mean in hundredths and the words only when they are enough."""

    month: int
    n: int
    mean: int | None
    texts: tuple[str, ...]


def month_of(at: int, timezone: str) -> int:
    """Year and month on the store's wall, as 202605."""
    day = clock.local(at, timezone)
    return day.year * 100 + day.month


def given(staff: Staff, store: Store, at: int) -> bool:
    """Has this person answered this month?"""
    month = month_of(at, store.timezone)
    return bool(PulseGiven.select().where(PulseGiven.staff == staff.id, PulseGiven.month == month).exists())


def give(staff: Staff, store: Store, score: int, text: str, at: int) -> None:
    """One answer a month; who gave it is kept apart from what it says."""
    if not 1 <= score <= 5:
        raise Refusal("请点一张脸", code="unknown", field="score")
    text = text.strip()
    if len(text) > TEXT_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="text", n=TEXT_MOST)
    month = month_of(at, store.timezone)
    with transaction():
        first = PulseGiven.insert(staff=staff.id, month=month).on_conflict_ignore().as_rowcount().execute()
        if first != 1:
            raise Refusal("这个月你已经说过了，下个月再来", code="given")
        Pulse.create(code=vault.code(12), store=store.id, month=month, score=score, text=text)


def months(store: Store, limit: int = 12) -> list[Month]:
    """The last months, newest first. The words are in no order that tells who wrote them."""
    rows = Pulse.select(Pulse.month, fn.COUNT(Pulse.code), fn.AVG(Pulse.score)).where(Pulse.store == store.id)
    found = []
    for month, n, mean in rows.group_by(Pulse.month).order_by(Pulse.month.desc()).limit(limit).tuples():
        said = Pulse.select(Pulse.text).where(Pulse.store == store.id, Pulse.month == month, Pulse.text != "")
        texts = tuple(sorted(text for (text,) in said.tuples())) if n >= ENOUGH else ()
        found.append(Month(month, n, round(100 * float(mean)) if n >= ENOUGH else None, texts))
    return found

"""What the desk's page of care shows: every rule, what it did today, what came of the last weeks; and what is late (L9).

Read in a few questions, however many members there are. It writes nothing.
"""

from typing import Any, NamedTuple

from peewee import fn

from models import Brand, Follow, Reward, Rule, RuleRun, Segment, Send, Store, Template
from webapp import clock, policy
from webapp.care import effects, rules, sending
from webapp.clock import DAY

LATELY = 90 * DAY
LATE_AFTER = 2  # days without a run are too many


class Came(NamedTuple):
    """Of the last weeks: how many got a message or none, and how many of those whose fourteen days are over came."""

    sent: int = 0
    opened: int = 0
    n: int = 0
    visited: int = 0
    held: int = 0
    held_visited: int = 0

    @property
    def share(self) -> int | None:
        """Per cent who came, where there are enough to say so."""
        return round(100 * self.visited / self.n) if self.n >= effects.LEAST else None

    @property
    def held_share(self) -> int | None:
        return round(100 * self.held_visited / self.held) if self.held >= effects.LEAST else None


class Line(NamedTuple):
    """One rule as its line says it. `today` is what was done with it today, by what came of it."""

    rule: Rule
    sentence: Any
    title: Any
    came: Came
    run: RuleRun | None
    today: dict[str, int]
    late: bool
    rests_until: str = ""  # it is quiet now, and there is something left to do today

    @property
    def waiting_until(self) -> int | None:
        return self.today.get("again_at") or None


def lines(brand: Brand, at: int) -> list[Line]:
    """The rules in the order in which they are run, with what belongs to them at hand."""
    mine = rules.of(brand)
    _bring(mine, brand)
    first = Store.select().where(Store.brand == brand.id).order_by(Store.id).limit(1).get()
    today = clock.day_number(at, first.timezone)
    came, runs = _came([rule.id for rule in mine], at), _runs([rule.id for rule in mine], today)
    wakes = _wakes(first) if sending.is_quiet(first, at) else ""
    return [_line(rule, came.get(rule.id, Came()), runs.get(rule.id), today, at, wakes) for rule in mine]


def line(rule: Rule, at: int) -> Line:
    """One of them."""
    return next(one for one in lines(rule.brand, at) if one.rule.id == rule.id)


def calls(store: Store, at: int) -> int:
    """How many customers are to be rung today, and were to be before."""
    today = clock.day_number(at, store.timezone)
    return int(Follow.select().where(Follow.store == store.id, Follow.state == "open", Follow.due_day <= today).count())


# --- how it is done ----------------------------------------------------------------------------------------------------


def _line(rule: Rule, came: Came, run: RuleRun | None, today: int, at: int, wakes: str) -> Line:
    done = dict(run.counts) if run and run.day == today else {}
    on_for = (at - rule.on_since) // DAY if rule.on_since else 0
    late = on_for >= LATE_AFTER and (run is None or run.day <= today - LATE_AFTER)
    left = run is None or run.day < today or run.done_at is None
    return Line(rule, rules.sentence(rule), rules.title(rule), came, run, done, late, wakes if left else "")


def _wakes(store: Store) -> str:
    """When somebody may be written to again, on the shop's clock."""
    minute = policy.of(store).quiet_until
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _bring(mine: list[Rule], brand: Brand) -> None:
    """What the sentences name, in one question for each kind of thing."""
    for name, model in (("reward", Reward), ("template", Template), ("segment", Segment)):
        wanted = {number for rule in mine if (number := getattr(rule, f"{name}_id"))}
        rows = {row.id: row for row in model.select().where(model.id.in_(list(wanted)))} if wanted else {}
        for rule in mine:
            rule.brand = brand
            if getattr(rule, f"{name}_id"):
                setattr(rule, name, rows[getattr(rule, f"{name}_id")])


def _came(numbers: list[int], at: int) -> dict[int, Came]:
    over = Send.at <= at - effects.WITHIN
    query = Send.select(
        Send.rule,
        Send.state,
        fn.COUNT(Send.id),
        fn.COUNT(Send.opened_at),
        fn.COUNT(Send.id).filter(over),
        fn.COUNT(Send.visited_at).filter(over),
    ).where(Send.rule.in_(numbers), Send.at > at - LATELY, Send.state.in_(("sent", "held_out")))
    found: dict[int, Came] = {}
    for rule, state, count, opened, ended, visited in query.group_by(Send.rule, Send.state).tuples():
        had = found.get(rule, Came())
        if state == "sent":
            found[rule] = had._replace(sent=count, opened=opened, n=ended, visited=visited)
        else:
            found[rule] = had._replace(held=ended, held_visited=visited)
    return found


def _runs(numbers: list[int], today: int) -> dict[int, RuleRun]:
    """The newest run of each, of the last weeks."""
    rows = RuleRun.select().where(RuleRun.rule.in_(numbers), RuleRun.day > today - 60).order_by(RuleRun.day)
    return {run.rule_id: run for run in rows}

"""How one person comes: their own interval, when they would come again, where they are in their life with the shop, and who may stay away.

Plain arithmetic on days, no database. Days are the shop's own, counted from 1970. A rating never makes anybody worth less (T3): it is one
of the reasons to look after somebody.
"""

import itertools
from typing import Any, NamedTuple

USUAL = 30  # days, as long as a person's own interval is not known
GAPS = 12  # their newest gaps say how they come now
HALF_YEAR = 182
LOW_MOOD = 300  # hundredths of a face
FEWER_FROM = 3  # visits in the half-year before, below which "fewer" says nothing


class Pattern(NamedTuple):
    """`interval` in days, None before the second visit; `due` is a day; `reasons` are keys with values, said by `reasons.said`."""

    life: str
    interval: int | None
    due: int | None
    risk: int
    reasons: list[dict[str, Any]]


def of(days: list[int], today: int, joined: int, *, mood: int | None = None, case: bool = False) -> Pattern:
    """`days` on which they came, in order, each once. `joined` is the day they became a member."""
    interval = usual_gap(days)
    usual = interval or USUAL
    last = days[-1] if days else joined
    since = max(0, today - last)
    worried, gone = lines(usual)
    if since > gone:
        life = "lapsed"
    elif since > worried:
        life = "at_risk"
    else:
        life = "returning" if len(days) > 1 else "new"
    if not days:
        return Pattern(life, None, None, 0, [])
    risk, reasons = _risk(days, since, interval, today, mood, case)
    return Pattern(life, interval, last + usual, risk, reasons)


def usual_gap(days: list[int]) -> int | None:
    """Days between two visits: the middle one of the newest gaps."""
    if len(days) < 2:
        return None
    newest = days[-GAPS - 1 :]
    gaps = sorted(after - before for before, after in itertools.pairwise(newest))
    return gaps[len(gaps) // 2]


def lines(usual: int) -> tuple[int, int]:
    """After how many days away somebody who comes so often is at risk, and after how many they have lapsed."""
    worried = max(usual * 3 // 2, usual + 7)
    return worried, max(min(usual * 3, 365), 60, worried + usual // 2)


def _risk(
    days: list[int], since: int, interval: int | None, today: int, mood: int | None, case: bool
) -> tuple[int, list[dict[str, Any]]]:
    """0 to 100 and why: how far they are over their own interval, fewer visits than before, an open case, low faces."""
    usual = interval or USUAL
    gone = lines(usual)[1]
    reasons: list[dict[str, Any]] = []
    risk = 0
    if since > usual:
        risk = min(80, 80 * (since - usual) // (gone - usual))
        reasons.append(
            {"why": "overdue", "days": since, "usual": usual} if interval else {"why": "once", "days": since}
        )
    now = sum(1 for day in days if day > today - HALF_YEAR)
    before = sum(1 for day in days if today - 2 * HALF_YEAR < day <= today - HALF_YEAR)
    if before >= FEWER_FROM and now * 2 <= before:
        risk += 15
        reasons.append({"why": "fewer", "now": now, "before": before})
    if case:
        risk += 20
        reasons.append({"why": "case"})
    if mood is not None and mood < LOW_MOOD:
        risk += 10
        reasons.append({"why": "mood", "mood": mood})
    return min(100, risk), reasons

"""A segment while it is being put together: a flat list of conditions as the page sends them, and the rule they come to.

Fields of condition n: `is.n` (which), `not.n`, and what belongs to it (`of.n`, `least.n`, …). `add` puts one more at the end, `drop` takes
one away. Money is typed in yuan. A rule that is no flat list (brackets in brackets) has no draft: it is shown as a sentence.
"""

from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from webapp.insights import language as say
from webapp.insights.language import LEAVES, Rule
from webapp.refusals import Refusal
from webapp.words import N_

KINDS = {leaf.__struct_config__.tag: leaf for leaf in LEAVES}
SPANS = ("risk", "last", "visits", "spent", "points", "joined")
MANY = ("of", "months")
NUMBERS = ("least", "most", "within", "past", "days", "template")
TEXTS = ("purpose", "kind", "fabric", "colour")
# How a new condition begins: something that is often asked.
FIRST: dict[str, dict[str, Any]] = {
    "grade": {"of": ["vip", "a"]},
    "frequency": {"of": ["high"]},
    "life": {"of": ["at_risk"]},
    "tier": {"of": ["loyal", "vip"]},
    "language": {"of": ["en"]},
    "risk": {"least": "40", "most": ""},
    "last": {"least": "30", "most": ""},
    "visits": {"least": "3", "most": ""},
    "spent": {"least": "500", "most": ""},
    "points": {"least": "500", "most": ""},
    "joined": {"least": "", "most": "30"},
    "due": {"within": "7", "past": "7"},
    "birthday": {"months": ["1"]},
    "consent": {"purpose": "marketing"},
    "service": {"of": [], "days": "365"},
    "garment": {"kind": "", "fabric": "wool", "colour": ""},
    "coupon": {"template": ""},
}


class Row(NamedTuple):
    """One condition as typed: lists of chosen values, and texts."""

    n: int
    kind: str
    negated: bool
    values: dict[str, Any]


class Draft(NamedTuple):
    match: str  # all or any
    rows: list[Row]


def read(sent: "MultiDict[str, str]") -> Draft:
    """The draft as the page sent it; what no page of ours sends is left out."""
    rows = []
    dropped = sent.get("drop", "")
    for name in sent:
        number = name.removeprefix("is.")
        if name != f"is.{number}" or not number.isdecimal() or len(number) > 3 or number == dropped:
            continue
        if (kind := sent[name]) in KINDS:
            rows.append(Row(int(number), kind, sent.get(f"not.{number}") == "1", _values(sent, number)))
    rows = sorted(rows)[: say.MOST_CONDITIONS]
    if (added := sent.get("add", "")) in KINDS and len(rows) < say.MOST_CONDITIONS:
        rows.append(Row(rows[-1].n + 1 if rows else 0, added, False, FIRST.get(added, {"of": []})))
    return Draft("any" if sent.get("match") == "any" else "all", rows)


def rule(draft: Draft) -> Rule:
    """What it comes to. Refuses a condition in which nothing is chosen yet, by its number."""
    parts = [_rule(row) for row in draft.rows]
    if not parts:
        return say.EVERYBODY
    return say.checked({"is": draft.match, "of": parts})


def of(known: Rule) -> Draft | None:
    """The draft of a rule, if it is a flat list."""
    match, parts = ("any" if isinstance(known, say.Either) else "all"), [known]
    if isinstance(known, say.All | say.Either):
        parts = known.of
    rows = []
    for n, part in enumerate(parts):
        negated = isinstance(part, say.Not)
        leaf = part.of if isinstance(part, say.Not) else part
        if isinstance(leaf, say.All | say.Either | say.Not):
            return None
        rows.append(_row(n, negated, leaf))
    return Draft(match, rows)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _values(sent: "MultiDict[str, str]", number: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: sent.getlist(f"{name}.{number}")[:40] for name in MANY}
    return found | {name: sent.get(f"{name}.{number}", "").strip()[:20] for name in (*NUMBERS, *TEXTS)}


def _rule(row: Row) -> dict[str, Any]:
    known = KINDS[row.kind]
    found: dict[str, Any] = {"is": row.kind}
    for name in known.__struct_fields__:
        value = row.values.get(name, "")
        if name in MANY:
            found[name] = (
                [_whole(one, row) for one in value]
                if row.kind in ("store", "chip", "service") or name == "months"
                else value
            )
        elif name in NUMBERS and value != "":
            found[name] = _whole(value, row) * (100 if row.kind == "spent" else 1)
        elif name in TEXTS:
            found[name] = value
    try:
        say.checked(found)
    except Refusal:
        raise _unfinished(row) from None
    return {"is": "not", "of": found} if row.negated else found


def _whole(text: str, row: Row) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise _unfinished(row)
    return int(text)


def _unfinished(row: Row) -> Refusal:
    return Refusal(N_("有一个条件还没选好"), code="unfinished", field=f"c{row.n}")


def _row(n: int, negated: bool, leaf: Any) -> Row:
    known = say.plain(leaf)
    kind = known.pop("is")
    values: dict[str, Any] = {}
    for name in leaf.__struct_fields__:
        value = getattr(leaf, name)
        if name in MANY:
            values[name] = [str(one) for one in value]
        elif value is None:
            values[name] = ""
        else:
            values[name] = str(value // 100 if kind == "spent" else value)
    return Row(n, kind, negated, values)

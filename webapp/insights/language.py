"""The language of segments: who belongs, said as a small tree of conditions (B9). Kept as JSON, checked before it is kept.

`{"is": "all", "of": [{"is": "grade", "of": ["vip", "a"]}, {"is": "not", "of": {"is": "open_case"}}]}`. Money is fen, times are days.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from webapp.refusals import Refusal

MOST_CONDITIONS = 20
DEEPEST = 4

Few = Meta(min_length=1, max_length=30)
Number = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Days = Annotated[int, Meta(ge=0, le=10_000)]
Id = Annotated[int, Meta(ge=1, le=2**62)]


class Part(msgspec.Struct, forbid_unknown_fields=True, tag_field="is", omit_defaults=True):
    """One knot of the tree; `is` says which."""


class All(Part, tag="all"):
    of: Annotated[list["Rule"], Meta(max_length=MOST_CONDITIONS)] = []


class Either(Part, tag="any"):
    of: Annotated[list["Rule"], Meta(min_length=1, max_length=MOST_CONDITIONS)]


class Not(Part, tag="not"):
    of: "Rule"


class Span(Part):
    """From `least` to `most`, both counted in; at least one of them is given."""

    least: Number | None = None
    most: Number | None = None

    def __post_init__(self) -> None:
        if self.least is None and self.most is None:
            raise ValueError("a span has an end")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("a span goes upwards")


class Grade(Part, tag="grade"):
    """By rank of what they spent; `none` bought nothing in the year."""

    of: Annotated[list[Literal["vip", "a", "b", "c", "none"]], Few]


class Frequency(Part, tag="frequency"):
    of: Annotated[list[Literal["high", "middle", "low", "none"]], Few]


class Life(Part, tag="life"):
    of: Annotated[list[Literal["new", "returning", "at_risk", "lapsed"]], Few]


class Tier(Part, tag="tier"):
    of: Annotated[list[Literal["ordinary", "loyal", "vip"]], Few]


class At(Part, tag="store"):
    """Who comes to these stores most; before the first visit, where they joined."""

    of: Annotated[list[Id], Few]


class Joined(Span, tag="joined"):
    """Days since they became a member."""


class Last(Span, tag="last"):
    """Days since they were last here."""


class Visits(Span, tag="visits"):
    """Days on which they came, in twelve months."""


class Spent(Span, tag="spent"):
    """Fen in twelve months, refunds taken off."""


class Points(Span, tag="points"):
    """Points they have now."""


class Risk(Span, tag="risk"):
    """0 to 100: how likely they are to stay away."""


class Due(Part, tag="due"):
    """They would come again within so many days, or would have come, at most so many days ago."""

    within: Days = 7
    past: Days = 0


class Birthday(Part, tag="birthday"):
    months: Annotated[list[Annotated[int, Meta(ge=1, le=12)]], Few]


class Consent(Part, tag="consent"):
    """The newest answer to this purpose is yes."""

    purpose: Literal["service", "marketing", "survey", "partner"]


class Chip(Part, tag="chip"):
    """The shop remembers one of these about them."""

    of: Annotated[list[Id], Few]


class Garment(Part, tag="garment"):
    """They bring such pieces; what is empty does not matter (B8)."""

    kind: Annotated[str, Meta(max_length=12)] = ""
    fabric: Annotated[str, Meta(max_length=12)] = ""
    colour: Annotated[str, Meta(max_length=12)] = ""

    def __post_init__(self) -> None:
        if not (self.kind or self.fabric or self.colour):
            raise ValueError("a garment is of some kind")


class Service(Part, tag="service"):
    """They have had one of these, in so many days."""

    of: Annotated[list[Id], Few]
    days: Annotated[int, Meta(ge=1, le=3_650)] = 365


class Coupon(Part, tag="coupon"):
    """They hold a coupon that can be used now; of this template, if one is named."""

    template: Id | None = None


class OpenCase(Part, tag="open_case"):
    """A case of theirs is open (J8)."""


class Language(Part, tag="language"):
    of: Annotated[list[Literal["zh", "zh_Hant", "en"]], Few]


Rule = (
    All | Either | Not | Grade | Frequency | Life | Tier | At | Joined | Last | Visits | Spent | Points | Risk | Due
    | Birthday | Consent | Chip | Garment | Service | Coupon | OpenCase | Language
)  # fmt: skip
LEAVES: tuple[type[Part], ...] = (
    Grade, Frequency, Life, Risk, Due, Last, Visits, Spent, Points, Tier, Joined, At, Birthday, Language, Chip, Service,
    Garment, Coupon, Consent, OpenCase,
)  # fmt: skip
EVERYBODY = All()


def checked(rule: Any) -> Rule:
    """The rule as it was kept or sent. Refuses what this language cannot say, and a tree that is too deep or too large."""
    if isinstance(rule, Part):
        rule = plain(rule)  # type: ignore[arg-type]
    try:
        found: Rule = msgspec.convert(rule, Rule)
    except (msgspec.ValidationError, RecursionError):
        raise Refusal("这条规则读不懂", code="bad_rule", field="rule") from None
    if _depth(found) > DEEPEST or sum(1 for _ in leaves(found)) > MOST_CONDITIONS:
        raise Refusal("条件太多了，分成两个人群吧", code="rule_too_large", field="rule")
    return found


def plain(rule: Rule) -> dict[str, Any]:
    """As it is kept."""
    kept: dict[str, Any] = msgspec.to_builtins(rule)
    return kept


def leaves(rule: Rule) -> Iterator[Rule]:
    """Every condition of the tree, from left to right."""
    match rule:
        case All(of) | Either(of):
            for part in of:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield rule


def said(rule: Rule) -> Iterator[Rule]:
    """Every condition as it counts: one that is denied stays denied."""
    match rule:
        case All(of) | Either(of):
            for part in of:
                yield from said(part)
        case _:
            yield rule


def has_choice(rule: Rule) -> bool:
    """Is there a place where one condition of several is enough?"""
    match rule:
        case Either(of):
            return len(of) > 1 or any(has_choice(part) for part in of)
        case All(of):
            return any(has_choice(part) for part in of)
        case Not(part):
            return has_choice(part)
        case _:
            return False


def _depth(rule: Rule) -> int:
    match rule:
        case All(of) | Either(of):
            return 1 + max((_depth(part) for part in of), default=0)
        case Not(part):
            return 1 + _depth(part)
        case _:
            return 0

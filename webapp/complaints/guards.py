"""What other rooms ask before they serve or sell: is somebody still waiting for us? (J8, M2)"""

from typing import NamedTuple

from models import Case, Member, Param, Prepared

_OPEN = Prepared(
    lambda: (
        Case.select()
        .where(
            Case.member == Param("member"),
            Case.state.not_in(("closed", "merged")),
            Case.kind.not_in(("idea", "praise")),
        )
        .order_by(Case.due_at, Case.id)
        .limit(1)
    )
)
_WAITS = Prepared(
    lambda: (
        Case.select(Case.code, Case.state)
        .where(Case.member == Param("member"), Case.state.in_(("waiting", "closing")))
        .order_by(Case.id)
        .limit(1)
    )
)


def open_case(member: Member) -> Case | None:
    """The case of theirs that is due first; no question is asked for somebody who has none."""
    if member.care_since is None:
        return None
    found: Case | None = _OPEN.one(Case, member=member.id)
    return found


class Wanted(NamedTuple):
    """A case in which the shop waits for the customer."""

    code: str
    state: str


def waits_for(member: int) -> Wanted | None:
    """The case that needs this member's word, for their home page. One prepared query, asked only of members with an open case."""
    row = _WAITS.row(member=member)
    return Wanted(*row) if row else None


def may_sell(member: Member) -> bool:
    """Nothing is advertised, and nobody is won back, while we still owe them an answer. Costs no question."""
    return member.care_since is None

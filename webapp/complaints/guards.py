"""What other rooms ask before they serve or sell: is somebody still waiting for us? (J8, M2)"""

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


def open_case(member: Member) -> Case | None:
    """The case of theirs that is due first; no question is asked for somebody who has none."""
    if member.care_since is None:
        return None
    found: Case | None = _OPEN.one(Case, member=member.id)
    return found


def may_sell(member: Member) -> bool:
    """Nothing is advertised, and nobody is won back, while we still owe them an answer. Costs no question."""
    return member.care_since is None

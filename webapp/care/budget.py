"""How often a member wants to hear from the shop: 0, 1 or 2 messages of care a month, held by themselves (L4, T8)."""

from typing import NamedTuple

from peewee import fn

from models import Budget, Member, Param, Prepared, Send, Store, transaction
from webapp import clock
from webapp.outbox import events
from webapp.refusals import Refusal

MOST = 2
_MINE = Prepared(
    lambda: Budget.select(Budget.per_month, Budget.ignored, Budget.quieted_at, Budget.chosen_at).where(
        Budget.member == Param("member")
    )
)
_USED = Prepared(
    lambda: Send.select(fn.COUNT(Send.id)).where(
        Send.member == Param("member"), Send.month == Param("month"), Send.counted
    )
)


class Dial(NamedTuple):
    """As the member's page shows it: "1 of 2 used this month"; `quiet` when it was turned down by itself."""

    per_month: int
    used: int
    quiet: bool
    ignored: int = 0

    @property
    def left(self) -> int:
        return max(0, self.per_month - self.used)


def month_of(at: int, zone: str) -> int:
    """Year * 100 + month on the shop's wall."""
    day = clock.local(at, zone)
    return day.year * 100 + day.month


def of(member: Member | int, at: int, zone: str = "") -> Dial:
    """What the member wants, and what of it is used this month. `zone` is their store's, looked up when it is not given."""
    number = member if isinstance(member, int) else member.id
    per_month, ignored, quieted, _ = _MINE.row(member=number) or (MOST, 0, None, None)
    used = _USED.row(member=number, month=month_of(at, zone or zone_of(number)))
    return Dial(per_month, int(used[0]) if used else 0, quieted is not None, ignored)


def choose(member: Member, per_month: int, at: int) -> Dial:
    """The member turns the dial; what they ignored before is forgotten. The same again changes nothing."""
    if per_month not in range(MOST + 1):
        raise Refusal("请选一项", code="unknown", field="per_month")
    with transaction():
        fields = {"per_month": per_month, "ignored": 0, "quieted_at": None, "chosen_at": at}
        Budget.insert(member=member.id, **fields).on_conflict(conflict_target=[Budget.member], update=fields).execute()
        events.record("care_chosen", at, member=member.id, ref=str(per_month))
    return of(member, at)


def zone_of(member: int) -> str:
    """The zone of the member's store; the first store's for somebody without one."""
    found = Store.select(Store.timezone).join(Member, on=(Member.store == Store.id)).where(Member.id == member).scalar()
    return found or Store.select(Store.timezone).order_by(Store.id).limit(1).scalar() or "Asia/Shanghai"

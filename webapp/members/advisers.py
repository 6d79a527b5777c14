"""The one person of the shop who looks after a VIP (C4): named by a manager, a first name on the phone, a list on the tablet."""

from typing import NamedTuple

from models import Adviser, Member, Question, Staff, Store, locked, transaction
from webapp.members import phones
from webapp.outbox import events
from webapp.points import tiers
from webapp.refusals import Refusal
from webapp.staff import people

MOST = 200


class Mine(NamedTuple):
    """One member of an adviser's list; `asked` is the code of a question that waits, or empty."""

    member: Member
    masked: str
    asked: str


def of(member: int) -> Staff | None:
    """Who looks after this member, as long as they work here."""
    return tiers.adviser(member)


def name(member: Member, staff: Staff | None, store: Store, by: Staff, at: int) -> None:
    """This person of the store looks after the member from now on; nobody ends it. The same again changes nothing.

    Refuses somebody who does not work in this store, and members who are no VIPs.
    """
    with transaction():
        now = locked(Member, member.id)
        seen = Adviser.get_or_none(Adviser.member == member.id)
        if (seen.staff_id if seen else None) == (staff.id if staff else None):
            return
        if staff is None:
            Adviser.delete().where(Adviser.member == member.id).execute()
            events.record("adviser_ended", at, store=store.id, staff=by.id, member=member.id)
            return
        if now.tier != "vip" or now.erased_at:
            raise Refusal("专属顾问是给贵宾的", code="no_vip", field="staff")
        if staff.id not in {person.id for person in people.of_store(store)}:
            raise Refusal("这位同事不在本店", code="not_here", field="staff")
        fields = {"staff": staff.id, "made_by": by.id, "made_at": at}
        Adviser.insert(member=member.id, **fields).on_conflict(
            conflict_target=[Adviser.member], update={getattr(Adviser, key): value for key, value in fields.items()}
        ).execute()
        events.record("adviser_named", at, store=store.id, staff=by.id, member=member.id, name=staff.name)


def mine(staff: Staff, store: Store) -> list[Mine]:
    """Whom this person looks after, who has asked this store something first, then by when they were here last. Two queries."""
    rows = Member.select().join(Adviser, on=(Adviser.member == Member.id)).where(Adviser.staff == staff.id)
    found = list(
        rows.where(Member.erased_at.is_null())
        .order_by(Member.seen_at.is_null(), Member.seen_at.desc(), Member.id)
        .limit(MOST)
    )
    waits = Question.select(Question.member, Question.code).where(
        Question.member.in_([member.id for member in found]),
        Question.store == store.id,
        Question.answered_at.is_null(),
    )
    asked = dict(waits.order_by(Question.id.desc()).tuples())
    listed = [Mine(member, phones.masked(member), asked.get(member.id, "")) for member in found]
    return sorted(listed, key=lambda one: not one.asked)


def move(guest: int, owner: int) -> None:
    """Two cards become one: the owner keeps whom they have. Inside the transaction that has both members' rows."""
    if Adviser.select().where(Adviser.member == owner).exists():
        Adviser.delete().where(Adviser.member == guest).execute()
    Adviser.update({Adviser.member: owner}).where(Adviser.member == guest).execute()

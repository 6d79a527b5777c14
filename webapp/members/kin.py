"""The family helper: somebody acts for a parent on their own phone, asked by one, agreed to by the other, ended by either, seen by both.

The helper types the six digits on the other's code page, so the two are together or trust each other; then the other says yes on their own
phone. While somebody is helped, `signins.find` answers with the other's card and the helper's name beside it. What nobody may do for
somebody else (PIN, devices, consents, taking everything along or away, this page) is refused by `access.member`.
"""

from typing import NamedTuple

from models import Device, Kin, Member, locked, transaction
from webapp import guesses, vault
from webapp.clock import DAY
from webapp.members import codes
from webapp.outbox import events, inbox
from webapp.refusals import Missing, Refusal

MOST = 5  # whom one may help, and by how many one may be helped
ASKED_FOR = 7 * DAY
NAME_MOST = 12
RUNNING = Kin.ended_at.is_null()


class Ties(NamedTuple):
    """Who acts for whom: those I help (or asked), and those who help me (or ask to)."""

    helped: list[Kin]
    helpers: list[Kin]


def of(member: int, at: int) -> Ties:
    """Both sides, the newest first. Two questions."""
    alive = RUNNING & (Kin.agreed_at.is_null(False) | (Kin.asked_at > at - ASKED_FOR))
    helped = Kin.select(Kin, Member).join(Member, on=(Kin.member == Member.id)).where(Kin.helper == member, alive)
    helpers = Kin.select(Kin, Member).join(Member, on=(Kin.helper == Member.id)).where(Kin.member == member, alive)
    return Ties(list(helped.order_by(Kin.id.desc())), list(helpers.order_by(Kin.id.desc())))


def ask(helper: Member, digits: str, name: str, *, source: str, at: int) -> Kin:
    """Ask to act for the person whose six digits these are. Refuses wrong digits (counted), oneself, and more people than five.

    Asking again while one waits or runs is the same row.
    """
    account = f"kin:{helper.code}"
    guesses.check(account, source, at)
    try:
        member = codes.of_digits(digits, at)
    except Missing:
        guesses.wrong(account, source, at)
        raise
    if member.id == helper.id:
        raise Refusal("这是你自己的号码，请看家人手机上的六位数字", code="own_digits", field="digits")
    with transaction():
        for id_ in sorted((helper.id, member.id)):
            locked(Member, id_)
        _lapse(member.id, helper.id, at)
        seen: Kin | None = Kin.get_or_none(Kin.member == member.id, Kin.helper == helper.id, RUNNING)
        if seen:
            return seen
        for field, whose in ((Kin.helper, helper.id), (Kin.member, member.id)):
            if Kin.select().where(field == whose, RUNNING).count() >= MOST:
                raise Refusal("最多 %(n)s 位", code="kin_most", field="digits", n=MOST)
        made: Kin = Kin.create(
            code=vault.code(10), member=member.id, helper=helper.id, name=name[:NAME_MOST], asked_at=at
        )
        inbox.tell(
            member.id,
            "kin_asked",
            at,
            key=f"kin:{made.code}",
            url="/me/family",
            person=helper.name or _nameless(helper),
        )
        events.record("kin_asked", at, member=member.id, ref=made.code)
        events.record("kin_asked", at, member=helper.id, ref=made.code)
        return made


def agree(kin: Kin, member: Member, at: int) -> Kin:
    """Yes: from now on they may act for me. Refuses anybody else's yes, and an asking that is over. Twice is once."""
    with transaction():
        mine = (Kin.id == kin.id) & (Kin.member == member.id) & RUNNING
        fresh = Kin.agreed_at.is_null() & (Kin.asked_at > at - ASKED_FOR)
        if Kin.update(agreed_at=at).where(mine, fresh).execute():
            inbox.tell(
                kin.helper_id,
                "kin_agreed",
                at,
                key=f"kin:{kin.code}:yes",
                url="/me/family",
                person=member.name or _nameless(member),
            )
            for one in (kin.helper_id, member.id):
                events.record("kin_agreed", at, member=one, ref=kin.code)
        now: Kin = Kin.get_by_id(kin.id)
    if now.agreed_at is None or now.ended_at is not None:
        raise Refusal("这个请求已经过时，请家人再要一次", code="kin_over")
    return now


def end(kin: Kin, by: Member, at: int) -> None:
    """Either ends it, also one that only asks; whoever acts at this moment is themselves again at their next request. Twice is once."""
    if by.id not in (kin.member_id, kin.helper_id):
        raise Missing("没有找到", code="no_such_kin")
    with transaction():
        if Kin.update(ended_at=at, ended_by=by.id).where(Kin.id == kin.id, RUNNING).execute() != 1:
            return
        Device.update(helping=None).where(Device.member == kin.helper_id, Device.helping == kin.member_id).execute()
        if kin.agreed_at:
            other = kin.helper_id if by.id == kin.member_id else kin.member_id
            inbox.tell(
                other, "kin_ended", at, key=f"kin:{kin.code}:end", url="/me/family", person=by.name or _nameless(by)
            )
        for one in (kin.helper_id, kin.member_id):
            events.record("kin_ended", at, member=one, ref=kin.code)


def begin(device: Device, helper: Member, kin: Kin, at: int) -> None:
    """Act for them on this device from now on. Refuses what was not agreed to, and cards that are gone."""
    with transaction():
        now: Kin | None = Kin.get_or_none(
            Kin.id == kin.id, Kin.helper == helper.id, RUNNING, Kin.agreed_at.is_null(False)
        )
        if now is None:
            raise Missing("没有找到", code="no_such_kin")
        if now.member.erased_at or now.member.merged_into_id:
            raise Refusal("这张卡已经不在了", code="card_gone")
        Device.update(helping=now.member_id).where(
            Device.id == device.id, Device.member == helper.id, Device.ended_at.is_null()
        ).execute()
        for one in (helper.id, now.member_id):
            events.record("helping", at, member=one, ref=now.code, helper=helper.id)


def forget(member: int, at: int) -> None:
    """The card is forgotten: nobody acts for it, and it acts for nobody. In the transaction that forgets the person."""
    theirs = (Kin.member == member) | (Kin.helper == member)
    Kin.update(ended_at=at, ended_by=member).where(theirs, RUNNING).execute()
    Kin.update(name="").where(theirs).execute()
    Device.update(helping=None).where((Device.helping == member) | (Device.member == member)).execute()


def move(guest: int, owner: int, at: int) -> None:
    """Two cards become one: its ties go along, but for those that both had, and nobody helps themselves."""
    Device.update(helping=None).where(Device.helping.in_((guest, owner))).execute()
    for mine, other in ((Kin.member, Kin.helper), (Kin.helper, Kin.member)):
        both = Kin.select(other).where(mine == owner, RUNNING)
        twice = (mine == guest) & RUNNING & ((other == owner) | other.in_(both))
        for (id_,) in list(Kin.select(Kin.id).where(twice).tuples()):
            Kin.update(ended_at=at, ended_by=owner).where(Kin.id == id_).execute()
        Kin.update({mine: owner}).where(mine == guest, other != owner).execute()


def export(mine: list[int]) -> list[Kin]:
    return list(Kin.select().where(Kin.member.in_(mine) | Kin.helper.in_(mine)).order_by(Kin.id))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _lapse(member: int, helper: int, at: int) -> None:
    """What was asked a week ago and never answered makes way for a new asking."""
    old = Kin.agreed_at.is_null() & (Kin.asked_at <= at - ASKED_FOR)
    Kin.update(ended_at=at).where(Kin.member == member, Kin.helper == helper, RUNNING, old).execute()


def _nameless(member: Member) -> str:
    return member.code[-4:]

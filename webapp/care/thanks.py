"""The thanks wall (N5): real praise, word for word, shown only with the yes of whoever said it, and under the name they choose.

It comes from good ratings with words and from cases of praise. Somebody of the shop asks; the member says yes, no, or takes it back at any
time; the shop may take it down. Nobody is paid for it, and what is on the wall is never changed.
"""

from typing import Any, NamedTuple

from models import Ask, Case, CaseEntry, Member, Rating, Score, Staff, Store, Thanks, locked, transaction
from webapp import clock, vault
from webapp.clock import DAY
from webapp.complaints import cases
from webapp.outbox import events, inbox
from webapp.ratings import ratings
from webapp.refusals import Missing, Refusal

LOOK_BACK = 60 * DAY
GOOD_FACE, GOOD_NPS = 4, 9
SHORTEST, LONGEST, SIGN_MOST = 6, 400, 20
SHOWN = 40
STORY_FROM = 28 * DAY


class Praise(NamedTuple):
    """Something kind that a member said and was not asked about yet. `key` is what it comes from."""

    key: str
    text: str
    member: Member
    staff: Staff | None  # whom it was for, where that is known
    at: int


def candidates(store: Store, at: int, limit: int = 20) -> list[Praise]:
    """What members of this store said lately that would do on the wall, the newest first; cards that are gone are left out."""
    found = [*_from_ratings(store, at, limit), *_from_cases(store, at, limit)]
    keys = [praise.key for praise in found]
    asked = {key for (key,) in Thanks.select(Thanks.key).where(Thanks.key.in_(keys)).tuples()}
    new = [p for p in found if p.key not in asked and SHORTEST <= len(p.text) <= LONGEST]
    return sorted(new, key=lambda praise: praise.at, reverse=True)[:limit]


def ask(store: Store, key: str, staff: Staff, at: int) -> Thanks:
    """May we put it on the wall? The member is asked once, by a message in their inbox. Asked again it is the same question."""
    with transaction():
        locked(Store, store.id)
        seen: Thanks | None = Thanks.get_or_none(Thanks.key == key, Thanks.store == store.id)
        if seen:
            return seen
        praise = next((one for one in candidates(store, at, 200) if one.key == key), None)
        if praise is None:
            raise Missing("没有找到", code="not_here")
        if staff.member_id == praise.member.id:
            raise Refusal("这是你自己的会员卡，请同事来问", code="own_card")
        made: Thanks = Thanks.create(
            code=vault.code(10),
            key=key,
            store=store.id,
            member=praise.member.id,
            staff=praise.staff.id if praise.staff else None,
            text_sealed=vault.seal(praise.text),
            asked_at=at,
            asked_by=staff.id,
        )
        url = f"/thanks/{made.code}"
        inbox.tell(praise.member.id, "thanks_ask", at, key=f"thanks:{made.code}", url=url, store=store.name)
        _record("thanks_asked", made, at, staff)
        return made


def agree(thanks: Thanks, sign: str, at: int) -> Thanks:
    """The member's yes, and how they want to be called: it is on the wall. Said again, it is signed anew."""
    sign = " ".join(sign.split())
    if len(sign) > SIGN_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="sign", n=SIGN_MOST)
    with transaction():
        now: Thanks = locked(Thanks, thanks.id)
        if now.hidden_at:
            raise Refusal("店里已经取下了，谢谢你的好意", code="hidden")
        agreed = {"sign": sign, "agreed_at": at, "shown_at": now.shown_at or at, "refused_at": None}
        if now.agreed_at is None or now.refused_at:
            _record("thanks_agreed", now, at)
        Thanks.update(agreed).where(Thanks.id == now.id).execute()
        return Thanks.get_by_id(now.id)


def refuse(thanks: Thanks, at: int) -> Thanks:
    """No, or not any more: it is off the wall at once. Twice is once."""
    with transaction():
        still = (Thanks.id == thanks.id) & Thanks.refused_at.is_null()
        if Thanks.update(refused_at=at, shown_at=None).where(still).execute():
            _record("thanks_refused", thanks, at)
        return Thanks.get_by_id(thanks.id)


def hide(thanks: Thanks, staff: Staff, at: int) -> Thanks:
    """The shop takes it down."""
    with transaction():
        up = (Thanks.id == thanks.id) & Thanks.shown_at.is_null(False) & Thanks.hidden_at.is_null()
        if Thanks.update(hidden_at=at).where(up).execute():
            _record("thanks_hidden", thanks, at, staff)
        return Thanks.get_by_id(thanks.id)


def show(thanks: Thanks, staff: Staff, at: int) -> Thanks:
    """Up again. Refuses what its member has not agreed to, or has taken back."""
    with transaction():
        now: Thanks = locked(Thanks, thanks.id)
        if now.agreed_at is None or now.refused_at:
            raise Refusal("客人没有点头，不能挂", code="not_agreed")
        if now.hidden_at:
            Thanks.update(hidden_at=None).where(Thanks.id == now.id).execute()
            _record("thanks_shown", now, at, staff)
        return Thanks.get_by_id(now.id)


# --- reading -----------------------------------------------------------------------------------------------------------


def wall(store: Store | None = None, limit: int = SHOWN) -> list[Thanks]:
    """What everybody may read, of one store or of all, the newest first. One query."""
    up = Thanks.shown_at.is_null(False) & Thanks.hidden_at.is_null() & Thanks.refused_at.is_null()
    query = Thanks.select(Thanks, Store, Staff).join(Store).switch(Thanks).left_outer_join(Staff, on=Thanks.staff)
    mine = up & (Thanks.store == store.id) if store else up & Store.closed_at.is_null()
    return list(query.where(mine).order_by(Thanks.shown_at.desc(), Thanks.id.desc()).limit(limit))


def story(rows: list[Thanks], at: int, timezone: str) -> Thanks | None:
    """The one of this week: of the last four weeks, another one every Monday. The same for everybody all week."""
    monday = (clock.day_number(at, timezone) + 3) // 7
    begins = clock.day_start(at, timezone) - (clock.day_number(at, timezone) + 3) % 7 * DAY
    lately = sorted(
        (row for row in rows if row.shown_at < begins and row.shown_at >= begins - STORY_FROM), key=lambda row: row.id
    ) or sorted((row for row in rows if row.shown_at >= begins - STORY_FROM), key=lambda row: row.id)
    return lately[monday % len(lately)] if lately else None


def of_store(store: Store, limit: int = 100) -> list[Thanks]:
    """For the desk: all that were asked, the newest first."""
    query = Thanks.select(Thanks, Staff).left_outer_join(Staff, on=Thanks.staff)
    return list(query.where(Thanks.store == store.id).order_by(Thanks.id.desc()).limit(limit))


def of_member(code: str, member: Member) -> Thanks:
    """One that this member was asked about."""
    found: Thanks | None = Thanks.get_or_none(Thanks.code == code, Thanks.member == member.id)
    if found is None:
        raise Missing("没有找到这个页面", code="not_found")
    return found


def find(store: Store, code: str) -> Thanks:
    """One of this store."""
    found: Thanks | None = Thanks.get_or_none(Thanks.code == code, Thanks.store == store.id)
    if found is None:
        raise Missing("没有找到", code="not_here")
    return found


def text_of(thanks: Thanks) -> str:
    return vault.unseal(thanks.text_sealed)


def state(thanks: Thanks) -> str:
    """asked, refused, shown or hidden."""
    if thanks.refused_at:
        return "refused"
    if thanks.agreed_at is None:
        return "asked"
    return "hidden" if thanks.hidden_at else "shown"


# --- how it is done ----------------------------------------------------------------------------------------------------


def _from_ratings(store: Store, at: int, limit: int) -> list[Praise]:
    """Good faces all, and words with them."""
    low = Score.select(Score.rating).where(Score.rating == Rating.id, Score.value < GOOD_FACE)
    good = (
        (Rating.store == store.id)
        & Rating.made_at.between(at - LOOK_BACK, at - ratings.CHANGE_FOR)
        & Rating.text_sealed.is_null(False)
    )
    good &= ~Rating.low & (Rating.nps.is_null() | (Rating.nps >= GOOD_NPS)) & Rating.case.is_null()
    query = (
        Rating.select(Rating, Ask, Member, Staff)
        .join(Ask)
        .switch(Rating)
        .join(Member)
        .switch(Ask)
        .left_outer_join(Staff, on=Ask.served_by)
        .where(good, Member.erased_at.is_null(), Member.merged_into.is_null(), Rating.id.not_in(low))
    )
    rows = query.order_by(Rating.made_at.desc()).limit(limit)
    return [
        Praise(
            f"rating:{row.id}",
            ratings.text_of(row),
            _by(row),
            row.ask.served_by if row.ask.served_by_id else None,
            row.made_at,
        )
        for row in rows
    ]


def _from_cases(store: Store, at: int, limit: int) -> list[Praise]:
    """The first words of each case of praise."""
    kind = (Case.store == store.id) & (Case.kind == "praise") & (Case.made_at > at - LOOK_BACK)
    query = Case.select(Case, Member).join(Member).where(kind, Member.erased_at.is_null(), Member.merged_into.is_null())
    found = []
    for case in query.order_by(Case.made_at.desc()).limit(limit):
        said = (CaseEntry.case == case.id) & (CaseEntry.kind == "said") & CaseEntry.text_sealed.is_null(False)
        entry = CaseEntry.select().where(said).order_by(CaseEntry.id).first()
        if entry:
            found.append(Praise(f"case:{case.code}", cases.text_of(entry), _by(case), None, case.made_at))
    return found


def _by(row: Rating | Case) -> Member:
    member: Any = row.member
    assert isinstance(member, Member)  # the question asked for those who have one
    return member


def _record(verb: str, thanks: Thanks, at: int, staff: Staff | None = None) -> None:
    by = staff.id if staff else None
    events.record(verb, at, store=thanks.store_id, staff=by, member=thanks.member_id, ref=thanks.code)
    events.tick(thanks.store_id)

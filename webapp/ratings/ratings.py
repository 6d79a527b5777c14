"""A rating: faces by dimension, words and a photo if wanted. Changed for a day, never deleted, answered once, held against nobody (T3, K7).

A low one asks "shall we make it right?"; only a yes makes a case of it.
"""

from collections.abc import Mapping

from models import DIMENSIONS, Ask, Case, Member, Photo, Rating, Score, Staff, Store, locked, transaction
from webapp import vault
from webapp.clock import DAY
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.outbox import events, inbox
from webapp.refusals import Missing, Refusal

CHANGE_FOR = DAY
HIDDEN_FOR = DAY  # the shift sees no names before
LOW_FACE, LOW_NPS = 2, 6
TEXT_MOST = 1000
# What a case is called when this was the worst of it.
CATEGORY = {
    "service": "service",
    "attitude": "attitude",
    "price": "price",
    "environment": "environment",
    "product": "product",
    "after_sales": "service",
    "result": "result",
    "care": "damage",
    "speed": "wait",
}


def dimensions(store: Store) -> tuple[str, ...]:
    """What is asked in a shop of this kind (K1, K2)."""
    return DIMENSIONS[store.kind]


def of(ask: Ask) -> Rating | None:
    found: Rating | None = Rating.get_or_none(Rating.ask == ask.id)
    return found


def scores(rating: Rating) -> dict[str, int]:
    return dict(Score.select(Score.dimension, Score.value).where(Score.rating == rating.id).tuples())


def text_of(rating: Rating) -> str:
    return vault.unseal(rating.text_sealed) if rating.text_sealed else ""


def reply_of(rating: Rating) -> str:
    return vault.unseal(rating.reply_sealed) if rating.reply_sealed else ""


def changeable(rating: Rating, at: int) -> bool:
    made: int = rating.made_at
    return at < made + CHANGE_FOR


def rate(
    ask: Ask,
    faces: Mapping[str, int],
    at: int,
    *,
    nps: int | None = None,
    text: str = "",
    photo: Photo | None = None,
    member: Member | None = None,
    staff: Staff | None = None,
) -> Rating:
    """Write it down, or change it within a day. `staff` wrote down what was said at the counter: marked, and shown to the member.

    Refuses no face at all, another member's question, one that is too old, and a change after a day.
    """
    store: Store = ask.store
    text = _checked(store, faces, nps, text)
    if photo and (photo.store_id != store.id or (photo.member_id and photo.member_id != ask.member_id)):
        raise Missing("没有找到这个页面", code="not_found")
    if ask.member_id and member and member.id != ask.member_id:
        raise Missing("没有找到这个页面", code="not_found")
    if staff and staff.member_id and staff.member_id == ask.member_id:
        raise Refusal("不能替自己评", code="own_card")
    with transaction():
        ask = locked(Ask, ask.id)
        seen = of(ask)
        if seen and not changeable(seen, at):
            raise Refusal("评完一天之后就不能改了", code="too_late")
        if seen and staff and seen.spoken_by_id is None:
            raise Refusal("这位客人自己评过了", code="rated")
        if seen is None and at >= ask.expires_at:
            raise Refusal("评价的时间过了，谢谢你还惦记着", code="too_late")
        said = {
            "nps": nps,
            "low": is_low(faces, nps),
            "text_sealed": vault.seal(text) if text else None,
            "photo": photo.id if photo else (seen.photo_id if seen else None),
        }
        if seen:
            by = staff.id if staff else None  # who changes what was written down for them makes it their own
            Rating.update(**said, changed_at=at, spoken_by=by).where(Rating.id == seen.id).execute()
            Score.delete().where(Score.rating == seen.id).execute()
            rating = Rating.get_by_id(seen.id)
        else:
            rating = Rating.create(
                **said,
                ask=ask.id,
                store=store.id,
                member=ask.member_id,
                spoken_by=staff.id if staff else None,
                made_at=at,
            )
            if staff and ask.member_id:
                url = f"/rate/{vault.sign('rate', ask.code)}"
                inbox.tell(ask.member_id, "rating_spoken", at, key=f"spoken:{ask.code}", url=url, store=store.name)
        Score.insert_many(
            {"rating": rating.id, "dimension": name, "value": value} for name, value in faces.items()
        ).execute()
        if seen is None:
            events.record(
                "rated", at, store=store.id, staff=staff.id if staff else None, member=ask.member_id, ref=ask.code
            )
            events.tick(store.id)
        return rating


def picture(rating: Rating, photo: Photo, at: int) -> Rating:
    """The picture that goes with it, within the day in which it can be changed; a new one takes the place of the old."""
    if photo.store_id != rating.store_id or not changeable(rating, at):
        raise Refusal("评完一天之后就不能改了", code="too_late")
    with transaction():
        Rating.update(photo=photo.id).where(Rating.id == rating.id).execute()
        return Rating.get_by_id(rating.id)


def is_low(faces: Mapping[str, int], nps: int | None) -> bool:
    return any(value <= LOW_FACE for value in faces.values()) or (nps is not None and nps <= LOW_NPS)


def want(rating: Rating, yes: bool, at: int, *, guest: str = "", contact: str = "") -> Case | None:
    """ "Shall we make it right?" Yes makes a case about the worst of it, with its clock; no is only noted. The first yes counts."""
    with transaction():
        if rating.member_id:
            locked(Member, rating.member_id)
        rating = locked(Rating, rating.id)
        if rating.case_id:
            return Case.get_by_id(rating.case_id)
        if not yes:
            Rating.update(wanted=False).where(Rating.id == rating.id).execute()
            return None
        if not rating.low:
            raise Refusal("谢谢！要说别的事，点「告诉我们」就好", code="not_low")
        faces = scores(rating)
        worst = min(faces, key=lambda name: faces[name], default="service")
        told = Report(
            key=f"rating:{rating.id}",
            kind="rating",
            category=CATEGORY[worst],
            text=text_of(rating) or "…",
            source="rating",
            guest=guest,
            contact=contact,
            about="rating",
            ref=str(rating.id),
            photos=[Photo.get_by_id(rating.photo_id)] if rating.photo_id else [],
        )
        case = cases.report(
            rating.store, told, at, member=Member.get_by_id(rating.member_id) if rating.member_id else None
        )
        Rating.update(wanted=True, case=case.id).where(Rating.id == rating.id).execute()
        return case


def reply(rating: Rating, staff: Staff, text: str, at: int) -> Rating:
    """The shop's answer under a rating, once; its customer hears of it."""
    text = text.strip()
    if not text:
        raise Refusal("请写几个字", code="empty", field="text")
    if len(text) > TEXT_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="text", n=TEXT_MOST)
    with transaction():
        now: Rating = locked(Rating, rating.id)
        if now.reply_at is not None:
            raise Refusal("已经有人回过这条评价了", code="replied")
        Rating.update(reply_sealed=vault.seal(text), reply_by=staff.id, reply_at=at).where(
            Rating.id == now.id
        ).execute()
        if now.member_id:
            code = Ask.get_by_id(now.ask_id).code
            url = f"/rate/{vault.sign('rate', code)}"
            inbox.tell(now.member_id, "rating_replied", at, key=f"reply:{now.id}", url=url, person=staff.name)
        events.record("rating_replied", at, store=now.store_id, staff=staff.id, member=now.member_id, ref=str(now.id))
        events.tick(now.store_id)
        return Rating.get_by_id(now.id)


def shows_name(rating: Rating, viewer: Staff, at: int) -> bool:
    """Who said it is hidden from the shift for a day; managers see it at once."""
    return viewer.at_least("manager") or at >= rating.made_at + HIDDEN_FOR


def of_store(store: Store, limit: int = 50, *, before: int | None = None, low: bool = False) -> list[Rating]:
    """The newest ratings of a store with their questions and members, newest first."""
    mine = Rating.store == store.id
    if before:
        mine &= Rating.id < before
    if low:
        mine &= Rating.low
    query = Rating.select(Rating, Ask).join(Ask).where(mine)
    return list(query.order_by(Rating.made_at.desc(), Rating.id.desc()).limit(limit))


def _checked(store: Store, faces: Mapping[str, int], nps: int | None, text: str) -> str:
    text = text.strip()
    known = dimensions(store)
    if not faces:
        raise Refusal("点一张脸就行", code="empty", field="faces")
    if any(name not in known or not 1 <= value <= 5 for name, value in faces.items()):
        raise Refusal("请点一张脸", code="unknown", field="faces")
    if nps is not None and not 0 <= nps <= 10:
        raise Refusal("请在 0 到 10 之间选", code="unknown", field="nps")
    if len(text) > TEXT_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="text", n=TEXT_MOST)
    return text

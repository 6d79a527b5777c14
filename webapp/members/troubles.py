"""What a member told the shop, and what they were given and thought of it, when the card goes away: forgotten, exported, or on the card it became part of.

Written here because this room may not look to the complaints'. The figures stay: promises that were kept or missed, faces that were given.
"""

from typing import Any

from peewee import JOIN, PostgresqlDatabase, fn

from models import (
    Ask,
    Case,
    CaseEntry,
    CaseOffer,
    CaseStep,
    Coupon,
    EntryPhoto,
    Follow,
    FollowTry,
    Member,
    Partner,
    Photo,
    PurseUse,
    Rating,
    Score,
    Staff,
    Voucher,
    database,
)
from webapp import vault

OVER = ("closed", "merged")
MILD = ("idea", "praise")


def forget(member: int, at: int) -> None:
    """Every word, picture and number to call back; what is open is over, what was not used lapses. In the transaction that forgets the person."""
    mine = _held(member)
    running = Case.select(Case.id).where(Case.id.in_(mine), Case.state.not_in(OVER))
    CaseStep.update(done_at=at, paused_at=None).where(CaseStep.case.in_(running), CaseStep.done_at.is_null()).execute()
    CaseOffer.update(state="withdrawn", settled_at=at).where(
        CaseOffer.case.in_(mine), CaseOffer.state == "open"
    ).execute()
    over = {"state": "closed", "closed_at": at, "waiting_at": None, "notice_at": None, "talk_at": None}
    Case.update(over).where(Case.id.in_(running)).execute()
    Case.update(guest="", contact_sealed=None).where(Case.id.in_(mine)).execute()
    CaseOffer.update(text="").where(CaseOffer.case.in_(mine)).execute()
    said = CaseEntry.select(CaseEntry.id).where(CaseEntry.case.in_(mine))
    shown = [photo for (photo,) in EntryPhoto.select(EntryPhoto.photo).where(EntryPhoto.entry.in_(said)).tuples()]
    EntryPhoto.delete().where(EntryPhoto.entry.in_(said)).execute()
    CaseEntry.update(text_sealed=None).where(CaseEntry.case.in_(mine)).execute()
    rated = Rating.select(Rating.photo).where(Rating.member == member, Rating.photo.is_null(False))
    shown += [photo for (photo,) in rated.tuples()]
    Rating.update(text_sealed=None, reply_sealed=None, photo=None).where(Rating.member == member).execute()
    PurseUse.update(why="").where(PurseUse.member == member).execute()
    called = Follow.select(Follow.id).where(Follow.member == member)
    Follow.update(state="off", done_at=at).where(Follow.member == member, Follow.state == "open").execute()
    Follow.update(about={}).where(Follow.member == member).execute()
    FollowTry.update(note_sealed=None).where(FollowTry.follow.in_(called)).execute()
    unused = Coupon.used_at.is_null() & (Coupon.made_at < at) & (Coupon.expires_at > at)
    let_go = {"held_until": None, "held_store": None, "pair": ""}  # their cards leave the queue with the others
    Coupon.update(let_go).where(Coupon.member == member, Coupon.held_until.is_null(False)).execute()
    Coupon.update(expires_at=at).where(Coupon.member == member, unused).execute()
    there = Voucher.used_at.is_null() & (Voucher.made_at < at) & (Voucher.expires_at > at)
    Voucher.update(expires_at=at).where(Voucher.member == member, there).execute()
    Member.update(care_since=None).where(Member.id == member).execute()
    pointed = [field.model.select(field).where(field.in_(shown)) for field in Photo._meta.backrefs]
    Photo.delete().where(Photo.id.in_(shown), *(Photo.id.not_in(rows) for rows in pointed)).execute()


def move(guest: int, owner: int) -> None:
    """Cases, coupons, goodwill, questions and ratings of one card to another, and the care with them."""
    _held(guest)
    models: tuple[Any, ...] = (Case, CaseEntry, Coupon, PurseUse, Ask, Rating, Follow)
    for model in models:
        model.update({model.member: owner}).where(model.member == guest).execute()
    theirs = Voucher.select(Voucher.partner).where(Voucher.member == owner)
    Voucher.update(member=owner).where(Voucher.member == guest, Voucher.partner.not_in(theirs)).execute()
    count_care(owner)
    Member.update(care_since=None).where(Member.id == guest).execute()


def count_care(member: int) -> None:
    """Since when this card has a case that waits, or not at all."""
    waits = Case.select(fn.MIN(Case.made_at)).where(
        Case.member == member, Case.state.not_in(OVER), Case.kind.not_in(MILD)
    )
    Member.update(care_since=waits.scalar()).where(Member.id == member).execute()


def cases(mine: list[int]) -> list[dict[str, Any]]:
    """For the export: each case with its promises, its thread without what stays inside the shop, and what was offered."""
    told = Case.member.in_(mine)
    named = Staff.name.alias("staff_name")
    said = CaseEntry.select(CaseEntry, named).left_outer_join(Staff).switch(CaseEntry).join(Case)
    thread = _by("case", said.where(told, CaseEntry.kind != "note"))
    promises = _by("case", CaseStep.select().join(Case).where(told))
    offered = _by("case", CaseOffer.select().join(Case).where(told))
    pictures = EntryPhoto.select(EntryPhoto, Photo.code.alias("photo_code")).join(Photo).switch(EntryPhoto)
    shown = _by("entry", pictures.join(CaseEntry).join(Case).where(told, CaseEntry.kind != "note"))
    for entry in (one for some in thread.values() for one in some):
        entry["photos"] = [picture["photo_code"] for picture in shown.get(entry["id"], [])]
    query = Case.select(Case, Staff.name.alias("owner_name")).join(Staff, JOIN.LEFT_OUTER, on=(Case.owner == Staff.id))
    return [
        case
        | {
            "promises": promises.get(case["id"], []),
            "thread": thread.get(case["id"], []),
            "offers": offered.get(case["id"], []),
        }
        for case in _plain(query.where(told))
    ]


def coupons(mine: list[int]) -> list[dict[str, Any]]:
    return _plain(Coupon.select().where(Coupon.member.in_(mine)))


def vouchers(mine: list[int]) -> list[dict[str, Any]]:
    """One-time codes for neighbours, with their names."""
    named = Partner.name.alias("partner_name")
    return _plain(Voucher.select(Voucher, named).join(Partner).where(Voucher.member.in_(mine)))


def goodwill(mine: list[int]) -> list[dict[str, Any]]:
    return _plain(PurseUse.select().where(PurseUse.member.in_(mine)))


def follow_ups(mine: list[int]) -> list[dict[str, Any]]:
    """Every call that was to be made, with each try: who rang, and what was written down."""
    tried = FollowTry.select(FollowTry, Staff.name.alias("staff_name")).join(Staff).switch(FollowTry).join(Follow)
    calls = _by("follow", tried.where(Follow.member.in_(mine)))
    due = _plain(Follow.select().where(Follow.member.in_(mine)))
    return [row | {"calls": calls.get(row["id"], [])} for row in due]


def ratings(mine: list[int]) -> list[dict[str, Any]]:
    """Each with its faces, its words and the shop's answer; and every question that was asked, answered or not."""
    scores: dict[int, dict[str, int]] = {}
    query = Score.select(Score.rating, Score.dimension, Score.value).join(Rating).where(Rating.member.in_(mine))
    for rating, dimension, value in query.tuples():
        scores.setdefault(rating, {})[dimension] = value
    given = {
        row["ask"]: row | {"faces": scores.get(row["id"], {})}
        for row in _plain(Rating.select().where(Rating.member.in_(mine)))
    }
    return [ask | {"rating": given.get(ask["id"])} for ask in _plain(Ask.select().where(Ask.member.in_(mine)))]


# --- how it is done ----------------------------------------------------------------------------------------------------


def _held(member: int) -> list[int]:
    """The member's cases, held until the transaction ends: a case comes after its member, before all that belongs to it."""
    query = Case.select(Case.id).where(Case.member == member).order_by(Case.id)
    if isinstance(database.obj, PostgresqlDatabase):
        query = query.for_update("FOR NO KEY UPDATE")  # type: ignore[arg-type]
    return [case for (case,) in query.tuples()]


def _plain(query: Any) -> list[dict[str, Any]]:
    """Rows as plain data: sealed words as they were written, no keys of forms."""
    return [
        {
            name.removesuffix("_sealed"): (vault.unseal(value) if value else "") if name.endswith("_sealed") else value
            for name, value in row.items()
            if name != "key"
        }
        for row in query.order_by(query.model.id).dicts()
    ]


def _by(name: str, query: Any) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in _plain(query):
        found.setdefault(row[name], []).append(row)
    return found

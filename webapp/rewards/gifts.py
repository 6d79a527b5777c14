"""Gifts: a thing from the shelf that is kept for one member, and handed over with one tap (C6, L2).

Its piece leaves the stock when it is kept, so that a promise is never made twice; what nobody fetched goes back. Rows are taken in one
order: the gift, then the shelf. Nobody hands over to themselves.
"""

from typing import Any

from peewee import fn

from models import Gift, Member, Reward, Shelf, Staff, Store, transaction
from webapp import policy, vault
from webapp.clock import MINUTE
from webapp.outbox import events, inbox
from webapp.refusals import Forbidden, Refusal

WHYS = ("birthday", "festival", "level", "care", "sorry")
MOST = 200


def keep(
    member: Member, reward: Reward, store: Store, why: str, at: int, *, key: str, from_at: int, until_at: int
) -> Gift:
    """Set one piece aside for this member, to be fetched in that store between the two moments. The same key is the same gift.

    Refuses when the store has none left, and for a card that is gone; nothing has changed then.
    """
    if member.erased_at or member.merged_into_id:
        raise Refusal("这张会员卡已经不在用了", code="card_gone")
    with transaction():
        if seen := Gift.get_or_none(Gift.key == key):
            return seen
        shelf = Shelf.get_or_none(Shelf.reward == reward.id, Shelf.store == store.id)
        if shelf is None:
            raise Refusal("这家店没有这件礼品", code="not_in_this_store")
        new = Gift.insert(
            code=vault.code(10),
            key=key,
            member=member.id,
            reward=reward.id,
            shelf=shelf.id,
            store=store.id,
            why=why,
            from_at=from_at,
            until_at=until_at,
            made_at=at,
        ).on_conflict_ignore()
        made = new.as_rowcount().execute() == 1
        gift: Gift = Gift.get(Gift.key == key)
        if made:
            _take_one(shelf.id)
            _record("gift_kept", gift, at, why=why)
        return gift


def hand(gift: Gift, staff: Staff, at: int) -> Gift:
    """Handed over at the counter. Refuses one's own, one that is over, and one whose time has not come; the same person twice is once."""
    _check_not_own(gift, staff)
    if gift.state == "kept" and at < gift.from_at:
        raise Refusal("还没到日子，%(from_at)s 起可以拿", code="too_early", from_at=gift.from_at)
    if gift.state == "kept" and gift.until_at <= at:
        lapse(at, gift=gift.id)
    with transaction():
        done = {Gift.state: "handed", Gift.handed_at: at, Gift.handed_by: staff.id, Gift.ended_at: at}
        if not _change(gift, "kept", done):
            return _already(gift, staff)
        _record("gift_handed", gift, at, staff)
        inbox.tell(
            gift.member_id,
            "gift_handed",
            at,
            key=f"gift:{gift.code}:{at}",
            url=f"/gifts/{gift.code}",
            gift=gift.reward.name,
        )
        return Gift.get_by_id(gift.id)


def undo(gift: Gift, staff: Staff, at: int) -> Gift:
    """A wrong tap: within the minutes the shop allows the gift is kept again, as it was. Twice is once."""
    _check_not_own(gift, staff)
    if gift.state == "kept":
        return gift
    if gift.state != "handed":
        raise Refusal("这份礼物没有交给客人", code="not_handed")
    if at > gift.handed_at + policy.of(gift.store).undo_minutes * MINUTE:
        raise Refusal("撤销时间已过", code="undo_over")
    with transaction():
        again = {Gift.state: "kept", Gift.handed_at: None, Gift.handed_by: None, Gift.ended_at: None}
        if _change(gift, "handed", again):
            _record("gift_undone", gift, at, staff)
        return Gift.get_by_id(gift.id)


def lapse(at: int, *, gift: int | None = None, limit: int = 500) -> int:
    """What nobody fetched in time goes back to the shelf; called by the worker, and by whoever acts on one. Returns how many."""
    over = Gift.select().where(Gift.state == "kept", Gift.until_at <= at)
    if gift is not None:
        over = over.where(Gift.id == gift)
    done = 0
    for one in list(over.order_by(Gift.until_at).limit(limit)):
        with transaction():
            if _change(one, "kept", {Gift.state: "lapsed", Gift.ended_at: at}):
                _put_back(one.shelf_id)
                _record("gift_lapsed", one, at)
                done += 1
    return done


def give_back(gift: Gift, at: int, staff: Staff | None = None) -> Gift:
    """The shop takes back what it kept (the reason is gone): the piece returns to the shelf. Twice is once."""
    with transaction():
        if _change(gift, "kept", {Gift.state: "returned", Gift.ended_at: at}):
            _put_back(gift.shelf_id)
            _record("gift_returned", gift, at, staff)
        return Gift.get_by_id(gift.id)


def left(reward: Reward, store: Store) -> int | None:
    """How many pieces could still be kept here; None is without end, 0 also when this store does not have it."""
    shelf = Shelf.get_or_none(Shelf.reward == reward.id, Shelf.store == store.id)
    return shelf.stock if shelf else 0


def waiting(member: int, at: int, store: int | None = None) -> list[Gift]:
    """What is kept for this member and can be fetched now or soon, the first to lapse on top; with rewards and stores. One query."""
    mine = (Gift.member == member) & (Gift.state == "kept") & (Gift.until_at > at)
    query = _told().where(mine) if store is None else _told().where(mine, Gift.store == store)
    return list(query.order_by(Gift.until_at, Gift.id).limit(20))


def kept(store: int, at: int) -> list[Gift]:
    """Everything that is kept in this store, the first to lapse on top; with rewards and members."""
    running = (Gift.store == store) & (Gift.state == "kept") & (Gift.until_at > at)
    return list(_told().where(running).order_by(Gift.until_at, Gift.id).limit(MOST))


def handed_lately(store: int, member: int, at: int, minutes: int) -> list[Gift]:
    """What was handed to this member here a moment ago and may be taken back."""
    mine = (Gift.store == store) & (Gift.member == member) & (Gift.state == "handed")
    return list(_told().where(mine, Gift.handed_at > at - minutes * MINUTE).order_by(Gift.handed_at.desc()).limit(3))


def kept_by_shelf(reward: int) -> dict[int, int]:
    """How many pieces of a reward are kept in each store, by store."""
    rows = Gift.select(Gift.store, fn.COUNT(Gift.id)).where(Gift.reward == reward, Gift.state == "kept")
    return dict(rows.group_by(Gift.store).tuples())


def kept_in(store: int) -> dict[int, int]:
    """How many pieces are kept in a store, by reward."""
    rows = Gift.select(Gift.reward, fn.COUNT(Gift.id)).where(Gift.store == store, Gift.state == "kept")
    return dict(rows.group_by(Gift.reward).tuples())


# --- how it is done ----------------------------------------------------------------------------------------------------


def _told() -> Any:
    return Gift.select(Gift, Reward, Store, Member).join(Reward).switch(Gift).join(Store).switch(Gift).join(Member)


def _change(gift: Gift, before: str, values: dict[Any, Any]) -> bool:
    return bool(Gift.update(values).where(Gift.id == gift.id, Gift.state == before).execute())


def _take_one(shelf: int) -> None:
    limited = Shelf.stock.is_null() | (Shelf.stock > 0)
    if not Shelf.update({Shelf.stock: Shelf.stock - 1}).where(Shelf.id == shelf, limited).execute():
        raise Refusal("这件礼品没有货了", code="out_of_stock")


def _put_back(shelf: int) -> None:
    Shelf.update({Shelf.stock: Shelf.stock + 1}).where(Shelf.id == shelf, Shelf.stock.is_null(False)).execute()


def _check_not_own(gift: Gift, staff: Staff) -> None:
    if staff.member_id == gift.member_id:
        raise Forbidden("不能给自己发礼物，请同事来操作", code="own_card")


def _already(gift: Gift, staff: Staff) -> Gift:
    now: Gift = Gift.get_by_id(gift.id)
    if now.state == "handed" and now.handed_by_id == staff.id:
        return now
    if now.handed_by:
        raise Refusal("%(who)s 刚刚已经交给客人了", code="already_handed", who=now.handed_by.name)
    raise Refusal("这份礼物留到 %(until_at)s，已经过了", code="gift_over", until_at=now.until_at)


def _record(verb: str, gift: Gift, at: int, staff: Staff | None = None, **data: Any) -> None:
    events.record(
        verb,
        at,
        store=gift.store_id,
        staff=staff.id if staff else None,
        member=gift.member_id,
        ref=gift.code,
        name=gift.reward.name,
        **data,
    )
    events.tick(gift.store_id)

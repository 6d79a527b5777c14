"""Coupons: given once for one reason, used once at a counter, and taken back there, or with the bill, if that was a mistake.

A coupon of a template keeps the terms it was given with; one without a template (amends, goodwill) is money off any bill. Rows are taken
in one order: bill → member → coupon → template, promo code → store (the tick).
"""

from collections.abc import Callable
from typing import Any

from peewee import Case, fn

from models import Coupon, Event, Member, Purchase, Staff, Store, Template, locked, transaction
from webapp import clock, policy, vault
from webapp.clock import DAY, HOUR
from webapp.outbox import events, inbox
from webapp.phrases import N_, Phrase, phrase
from webapp.prices import templates, terms
from webapp.refusals import Missing, Refusal

TELLS = ("hand", "apology")  # a person of the shop gave it; what a rule gives comes with that rule's own message

# Who else hears that a coupon was taken at a counter: a card of the queue is dealt with then. Joined in `app.py`.
heard: list[Callable[[Coupon, int], None]] = []


def issue(
    template: Template,
    member: Member,
    store: Store,
    at: int,
    *,
    key: str,
    trigger: str,
    staff: Staff | None = None,
) -> Coupon:
    """One coupon of this template into this member's wallet. The same key is the same coupon.

    Refuses when there are none left: in all, today, or for this member; when the template is over; and anything for oneself.
    """
    if staff and staff.member_id == member.id:
        raise Refusal("不能给自己发券，请同事来操作", code="own_card")
    with transaction():
        if seen := Coupon.get_or_none(Coupon.key == key):
            return seen
        _check_running(template, member, at)
        made = Coupon.insert(
            code=vault.code(10),
            key=key,
            member=member.id,
            store=store.id,
            reason="offer",
            amount=template.amount,
            minimum=template.minimum,
            made_at=at,
            from_at=template.from_at if (template.from_at or 0) > at else None,
            expires_at=templates.lapses(template, store, at),
            template=template.id,
            trigger=trigger,
            terms=terms.frozen(template),
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        coupon: Coupon = Coupon.get(Coupon.key == key)
        if not new:
            return coupon
        _take_one(template, member, at)
        by = staff.id if staff else None
        events.record(
            "coupon_issued",
            at,
            store=store.id,
            staff=by,
            member=member.id,
            ref=coupon.code,
            name=template.name,
            trigger=trigger,
        )
        if trigger in TELLS:
            told = {"name": template.name, "store": store.name}
            inbox.tell(member.id, "coupon_issued", at, key=f"coupon:{coupon.code}", url="/coupons", **told)
        return coupon


def give(
    member: Member,
    store: Store,
    amount: int,
    reason: str,
    at: int,
    *,
    key: str,
    staff: Staff | None = None,
    days: int = 0,
) -> Coupon:
    """A coupon of `amount` fen for this member, good until the end of a day in `days` (the shop's number when 0). The same key is the same coupon."""
    if amount <= 0:
        raise Refusal("金额要大于零", code="amount", field="amount")
    lasts = days or policy.of(store).amends_days
    with transaction():
        made = Coupon.insert(
            code=vault.code(10),
            key=key,
            member=member.id,
            store=store.id,
            reason=reason,
            amount=amount,
            made_at=at,
            expires_at=clock.day_start(at, store.timezone) + (lasts + 1) * DAY,
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        coupon: Coupon = Coupon.get(Coupon.key == key)
        if new:
            by = staff.id if staff else None
            data = {"amount": amount, "reason": reason}
            events.record("coupon_given", at, store=store.id, staff=by, member=member.id, ref=coupon.code, **data)
        return coupon


def fits(coupon: Coupon, store: Store, at: int, subtotal: int | None = None) -> Refusal | None:
    """Why it cannot be used here and now for a bill of `subtotal` fen (its minimum is not looked at when None); None when it can."""
    if coupon.used_at is not None:
        return Refusal("这张券已经用过了", code="used", field="coupon")
    if coupon.expires_at <= at:
        return Refusal("这张券已经过期了", code="expired", field="coupon")
    if coupon.from_at and coupon.from_at > at:
        return Refusal("这张券 %(begins_at)s 起才能用", code="not_yet", field="coupon", begins_at=coupon.from_at)
    return terms.misfit(terms.of(coupon), store, at, subtotal)


def fitting(member: Member, store: Store, at: int, subtotal: int | None = None) -> list[Coupon]:
    """What this member can use in this store now, the soonest to lapse first."""
    return [coupon for coupon in usable(member, at, 60) if fits(coupon, store, at, subtotal) is None]


def worth(coupon: Coupon, subtotal: int) -> int:
    """Fen it takes off a bill of `subtotal`: at least 0, at most the bill, 0 below its minimum."""
    return terms.worth(terms.of(coupon), subtotal)


def sentence(coupon: Coupon) -> Phrase:
    """Its terms as one sentence, with the day on which it ends."""
    said = [terms.sentence(terms.of(coupon))]
    if coupon.from_at:
        said.append(phrase(N_("%(from_on)s起"), from_on=coupon.from_at))
    return terms.joined([*said, phrase(N_("有效到%(until_on)s"), until_on=coupon.expires_at - 1)])


def use(
    coupon: Coupon,
    store: Store,
    staff: Staff | None,
    at: int,
    *,
    purchase: Purchase | None = None,
    saved: int | None = None,
    ticket: str = "",
) -> Coupon:
    """The counter takes it off the bill: `purchase`, less by `saved` fen; without one, off what the till says. Only with what it saved may nobody have tapped (the till's API).

    `ticket` is of the form or the till where it paid for everything, so that there is no bill to keep it; see `used_with`.

    Used already for the same bill, or by the same person: nothing more happens. Nobody uses their own; where and when its terms do not hold it is refused.
    """
    if staff and staff.member_id == coupon.member_id:
        raise Refusal("不能用自己的券，请同事来操作", code="own_card")
    with transaction():
        now: Coupon = locked(Coupon, coupon.id)
        if now.used_at is not None and _same_use(now, store, staff, purchase):
            return now
        if refusal := fits(now, store, at):
            raise refusal
        taken: dict[str, Any] = {
            "used_at": at,
            "used_by": staff.id if staff else None,
            "used_store": store.id,
            "purchase": purchase.id if purchase else None,
            "saved": saved,
        }
        Coupon.update(taken | _FREE).where(Coupon.id == now.id, Coupon.used_at.is_null()).execute()
        amount = now.amount if saved is None else saved
        events.record(
            "coupon_used",
            at,
            store=store.id,
            staff=staff.id if staff else None,
            member=now.member_id,
            ref=now.code,
            amount=amount,
            name=now.terms.get("name") or {},
            **({"ticket": ticket} if ticket else {}),
        )
        for tell in heard:
            tell(now, at)
        events.tick(store.id)
        return Coupon.get_by_id(now.id)


def used_with(member: Member, store: Store, ticket: str, at: int) -> Coupon | None:
    """What this ticket has paid for whole with a coupon, here and lately, if it has: a second tap finds it."""
    mine = (Event.member == member.id) & (Event.verb == "coupon_used") & (Event.store == store.id)
    for event in Event.select().where(mine, Event.at > at - DAY).order_by(Event.id.desc()).limit(20):
        if event.data.get("ticket") == ticket:
            return Coupon.get_or_none(Coupon.code == event.ref, Coupon.used_at.is_null(False))
    return None


def undo(coupon: Coupon, store: Store, staff: Staff, at: int) -> Coupon:
    """It was taken by mistake: usable again, within the minutes that the shop allows, where it was used. One on a bill comes back with the bill."""
    with transaction():
        now: Coupon = locked(Coupon, coupon.id)
        if now.used_at is None:
            return now
        if now.purchase_id:
            raise Refusal("这张券记在一张小票上，撤销那张小票就退回", code="on_bill")
        if now.used_store_id != store.id or now.used_at < at - policy.of(store).undo_minutes * clock.MINUTE:
            raise Refusal("撤销的时间过了", code="too_late")
        # One that has lapsed since holds for the rest of the day: the mistake was ours.
        until = now.expires_at if now.expires_at > at else _end_of(at, 0, store)
        Coupon.update(_UNUSED | {"expires_at": until}).where(Coupon.id == now.id).execute()
        events.record("coupon_unused", at, store=store.id, staff=staff.id, member=now.member_id, ref=now.code)
        events.tick(store.id)
        return Coupon.get_by_id(now.id)


def returned(purchase: Purchase, at: int) -> list[Coupon]:
    """The whole bill was taken back: its coupon is usable again, for at least as many days as points that come back. Twice is once.

    A part of the verb that takes the bill back.
    """
    back = []
    with transaction():
        mine = Coupon.select(Coupon.id).where(Coupon.purchase == purchase.id, Coupon.used_at.is_null(False))
        for coupon in list(mine.order_by(Coupon.id)):
            now: Coupon = locked(Coupon, coupon.id)
            if now.purchase_id != purchase.id or now.used_at is None:
                continue
            store = Store.get_by_id(now.used_store_id)
            until = _end_of(at, policy.of(store).return_days, store)
            Coupon.update(_UNUSED | {"expires_at": max(now.expires_at, until), "told_at": None}).where(
                Coupon.id == now.id
            ).execute()
            data: dict[str, Any] = {"name": now.terms.get("name") or {}, "bill": purchase.code}
            events.record("coupon_returned", at, store=store.id, member=now.member_id, ref=now.code, **data)
            back.append(Coupon.get_by_id(now.id))
    return back


def usable(member: Member, at: int, limit: int = 20) -> list[Coupon]:
    """What has not been used and is not over, the soonest to lapse first."""
    mine = (Coupon.member == member.id) & Coupon.used_at.is_null() & (Coupon.expires_at > at)
    return list(Coupon.select().where(mine).order_by(Coupon.expires_at, Coupon.id).limit(limit))


def over(member: Member, at: int, limit: int = 30) -> list[Coupon]:
    """Used or lapsed, the newest first."""
    gone = Coupon.used_at.is_null(False) | (Coupon.expires_at <= at)
    return list(Coupon.select().where(Coupon.member == member.id, gone).order_by(Coupon.id.desc()).limit(limit))


def lapsing(at: int, limit: int = 500) -> list[Coupon]:
    """What is over within the days of the shop that gave it, and nobody has been told: the soonest first, with member and store."""
    soon = Coupon.used_at.is_null() & Coupon.told_at.is_null() & (Coupon.expires_at > at)
    query = (
        Coupon.select(Coupon, Member, Store)
        .join(Member)
        .switch(Coupon)
        .join(Store, on=(Coupon.store == Store.id))
        .where(soon, Coupon.expires_at <= at + LAPSING_MOST * DAY)
        .order_by(Coupon.expires_at, Coupon.id)
        .limit(limit)
    )
    return [one for one in query if one.expires_at <= at + policy.of(one.store).coupon_lapse_days * DAY]


def given_in_month(store: Store, reason: str, at: int) -> int:
    """Fen given for this reason since the first of the month on the store's wall."""
    since = clock.stamp(clock.local(at, store.timezone).replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    mine = (Coupon.store == store.id) & (Coupon.reason == reason) & (Coupon.made_at >= since)
    return int(Coupon.select(fn.COALESCE(fn.SUM(Coupon.amount), 0)).where(mine).scalar())


# --- how it is done ----------------------------------------------------------------------------------------------------

LAPSING_MOST = 30
_FREE: dict[str, Any] = {"held_until": None, "held_store": None, "pair": ""}
_UNUSED: dict[str, Any] = {"used_at": None, "used_by": None, "used_store": None, "purchase": None, "saved": None}


def _check_running(template: Template, member: Member, at: int) -> None:
    if member.merged_into_id or member.erased_at:
        raise Missing("没有找到这位会员", code="no_such_member")
    if template.retired_at or (template.until_at or at + 1) <= at:
        raise Refusal("这种券已经停发了", code="retired")


def _take_one(template: Template, member: Member, at: int) -> None:
    """Counted by one conditional UPDATE; whoever comes second waits there, and then counts what the first has written."""
    first = Store.select().where(Store.brand == template.brand_id).order_by(Store.id).first()
    today = clock.day_number(at, first.timezone)
    this_day = Case(None, [(Template.day == today, Template.given_day + 1)], 1)
    left = Template.most.is_null() | (Template.given < Template.most)
    left_today = Template.per_day.is_null() | (Template.day != today) | (Template.given_day < Template.per_day)
    taken = Template.update(given=Template.given + 1, given_day=this_day, day=today).where(
        Template.id == template.id, Template.retired_at.is_null(), left, left_today
    )
    if not taken.execute():
        now = Template.get_by_id(template.id)
        if now.most is not None and now.given >= now.most:
            raise Refusal("这种券已经发完了", code="none_left")
        if now.retired_at:
            raise Refusal("这种券已经停发了", code="retired")
        raise Refusal("今天的已经发完了，明天再来", code="none_left_today")
    limit = Template.select(Template.per_member).where(Template.id == template.id).scalar()
    if limit and Coupon.select().where(Coupon.template == template.id, Coupon.member == member.id).count() > limit:
        raise Refusal("这种券每人 %(n)s 张，已经领过了", code="had_theirs", n=limit)


def _same_use(now: Coupon, store: Store, staff: Staff | None, purchase: Purchase | None) -> bool:
    if purchase or now.purchase_id:
        return bool(purchase and now.purchase_id == purchase.id)
    return bool(staff and now.used_by_id == staff.id and now.used_store_id == store.id)


def _end_of(at: int, days: int, store: Store) -> int:
    """The end of the day that lies `days` days ahead on the store's wall."""
    return clock.day_start(clock.day_start(at, store.timezone) + (days + 1) * DAY + 3 * HOUR, store.timezone)

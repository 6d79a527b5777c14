"""Words that give a coupon to whoever types them or scans them: once per member, so often in all."""

import re
import unicodedata
from typing import NamedTuple

from models import Coupon, CouponCode, Member, Staff, Store, Template, locked, transaction
from webapp import guesses
from webapp.outbox import events
from webapp.prices import coupons
from webapp.refusals import Refusal

SHORTEST, LONGEST = 3, 20
_WORD = re.compile(r"[^\W_](?:[^\W_]|-)*")


class Draft(NamedTuple):
    """A word as the manager typed it: how often in all (None: as often as the template allows), from when and until when."""

    code: str
    most: int | None = None
    from_at: int | None = None
    until_at: int | None = None


def plain(typed: str) -> str:
    """As it is kept: capitals, no spaces, full-width letters as usual ones."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()


def put(template: Template, draft: Draft, at: int, staff: Staff | None = None) -> CouponCode:
    """A new word for this template. Refuses one that is in use, or that nobody could type."""
    code = plain(draft.code)
    if not SHORTEST <= len(code) <= LONGEST or not _WORD.fullmatch(code):
        raise Refusal("口令用 3 到 20 个字母、数字或汉字", code="code", field="code")
    if draft.most is not None and draft.most <= 0:
        raise Refusal("数字超出范围", code="most", field="most")
    if draft.until_at is not None and draft.until_at <= max(at, draft.from_at or 0):
        raise Refusal("结束要晚于开始", code="window", field="until")
    with transaction():
        made = CouponCode.insert(
            template=template.id,
            code=code,
            most=draft.most,
            from_at=draft.from_at,
            until_at=draft.until_at,
            made_by=staff.id if staff else None,
            made_at=at,
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        row: CouponCode = CouponCode.get(CouponCode.code == code)
        if not new and row.template_id == template.id and row.retired_at is None:
            return row
        if not new:
            raise Refusal("这个口令已经用过了，换一个", code="taken", field="code")
        by = {"store": staff.store_id, "staff": staff.id} if staff else {}
        events.record("promo_code_added", at, ref=str(row.id), name=code, **by)
        return row


def retire(code: CouponCode, at: int, staff: Staff | None = None) -> CouponCode:
    """It gives nothing any more; what it gave stays good. Twice is once."""
    with transaction():
        if CouponCode.update(retired_at=at).where(CouponCode.id == code.id, CouponCode.retired_at.is_null()).execute():
            by = {"store": staff.store_id, "staff": staff.id} if staff else {}
            events.record("promo_code_retired", at, ref=str(code.id), name=code.code, **by)
        return CouponCode.get_by_id(code.id)


def of(template: Template) -> list[CouponCode]:
    """Its words, the newest first."""
    return list(CouponCode.select().where(CouponCode.template == template.id).order_by(CouponCode.id.desc()).limit(50))


def redeem(member: Member, typed: str, store: Store, at: int, *, source: str = "") -> Coupon:
    """The member types a word: its coupon is in the wallet. The same word again is the same coupon, used or not.

    Refuses a word that is not known (wrong guesses are counted), not yet or no longer good, or given out.
    """
    account = f"promo:{member.id}"
    guesses.check(account, source, at)
    found: CouponCode | None = CouponCode.get_or_none(CouponCode.code == plain(typed)[:LONGEST])
    if found is None or found.retired_at:
        guesses.wrong(account, source, at)
        raise Refusal("没有这个口令，看看有没有打错", code="no_such_code", field="code")
    return _redeem(found, member, store, at)


def known(typed: str) -> CouponCode | None:
    """The word behind an address, if it is one."""
    return CouponCode.get_or_none(CouponCode.code == plain(typed)[:LONGEST], CouponCode.retired_at.is_null())


# --- how it is done ----------------------------------------------------------------------------------------------------


def _redeem(code: CouponCode, member: Member, store: Store, at: int) -> Coupon:
    with transaction():
        locked(Member, member.id)  # taps of one member stand in line; the second then finds the first one's coupon
        key = f"code:{code.id}:{member.id}"
        mine = (Coupon.member == member.id) & (Coupon.trigger == "code") & Coupon.key.startswith(f"code:{code.id}:")
        if seen := Coupon.get_or_none((Coupon.key == key) | mine):  # also what came along from another card
            if seen.member_id == member.id:
                return seen
            raise Refusal("这个口令你已经用过了", code="had_theirs", field="code")
        if (code.from_at or 0) > at:
            raise Refusal("%(begins_at)s 起才能领", code="not_yet", field="code", begins_at=code.from_at)
        if (code.until_at or at + 1) <= at:
            raise Refusal("这个口令已经过期了", code="expired", field="code")
        coupon = coupons.issue(Template.get_by_id(code.template_id), member, store, at, key=key, trigger="code")
        now: CouponCode = locked(CouponCode, code.id)
        if now.retired_at or (now.most is not None and now.used >= now.most):
            raise Refusal("来晚了一步，这个口令的券领完了", code="none_left", field="code")
        CouponCode.update(used=CouponCode.used + 1).where(CouponCode.id == now.id).execute()
        return coupon

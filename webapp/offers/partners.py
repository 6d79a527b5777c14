"""Neighbours who honour our vouchers (E6): a member asks for a one-time code, the partner sees that it holds, and nothing about anybody."""

from dataclasses import dataclass
from typing import NamedTuple

from peewee import fn

from models import Member, Partner, Staff, Store, Voucher, locked, transaction
from webapp import clock, guesses, vault
from webapp.clock import DAY, HOUR
from webapp.members import consents
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

MOST = 50
CODE_LONG = 8


@dataclass
class Draft:
    """A partner as the owner typed it: what a member gets there, how many codes in all, and for how many days one is good."""

    name: str
    note: dict[str, str]
    most: int | None = None
    days: int = 30


class Seen(NamedTuple):
    """What a partner is told of a code: `state` valid, used, over or unknown. Never whose it is."""

    code: str
    state: str
    until: int | None = None
    used_at: int | None = None


class Counted(NamedTuple):
    """How a partner does: codes that were asked for, and used."""

    partner: Partner
    used: int


def put(
    partner: Partner | None, draft: Draft, *, brand: int, at: int, staff: Staff | None = None
) -> tuple[Partner, str]:
    """A new partner and the secret of its page (shown once), or a changed one and nothing."""
    if not draft.name.strip() or not draft.note.get("zh", "").strip():
        raise Refusal("请填写", code="name", field="note" if draft.name.strip() else "name")
    if not 1 <= draft.days <= 365:
        raise Refusal("数字超出范围", code="days", field="days")
    values = {"name": draft.name.strip(), "note": draft.note, "most": draft.most, "days": draft.days}
    with transaction():
        if partner is None:
            secret = vault.token()
            values |= {"token_hash": vault.fingerprint(secret), "made_by": staff.id if staff else None, "made_at": at}
            made: Partner = Partner.create(brand=brand, **values)
            _record("partner_added", made, staff, at)
            return made, secret
        now: Partner = locked(Partner, partner.id)
        if draft.most is not None and draft.most < now.given:
            raise Refusal("已经送出 %(n)s 张了", code="most", field="most", n=now.given)
        Partner.update(values).where(Partner.id == now.id).execute()
        _record("partner_changed", now, staff, at)
        return Partner.get_by_id(now.id), ""


def new_address(partner: Partner, at: int, staff: Staff | None = None) -> str:
    """Another secret for the partner's page; the old address shows nothing any more."""
    secret = vault.token()
    with transaction():
        Partner.update(token_hash=vault.fingerprint(secret)).where(Partner.id == partner.id).execute()
        _record("partner_address", partner, staff, at)
    return secret


def retire(partner: Partner, at: int, staff: Staff | None = None) -> Partner:
    """No more codes, and the page is closed. Twice is once."""
    with transaction():
        if Partner.update(retired_at=at).where(Partner.id == partner.id, Partner.retired_at.is_null()).execute():
            _record("partner_retired", partner, staff, at)
        return Partner.get_by_id(partner.id)


def behind(secret: str) -> Partner:
    """Whose page this is."""
    found: Partner | None = Partner.get_or_none(
        Partner.token_hash == vault.fingerprint(secret), Partner.retired_at.is_null()
    )
    if found is None:
        raise Missing("没有这个页面", code="no_such_partner")
    return found


def listed(brand: int) -> list[Counted]:
    """Every partner that runs, and how many of its codes were used. One query."""
    used = Voucher.select(fn.COUNT(Voucher.id)).where(Voucher.partner == Partner.id, Voucher.used_at.is_null(False))
    mine = Partner.select(Partner, used.alias("used")).where(Partner.brand == brand, Partner.retired_at.is_null())
    return [Counted(row, row.used) for row in mine.order_by(Partner.name, Partner.id).limit(MOST).objects()]


def of_member(member: Member, brand: int) -> list[tuple[Partner, Voucher | None]]:
    """Every partner, and this member's code there if they asked for one."""
    mine = {row.partner_id: row for row in Voucher.select().where(Voucher.member == member.id)}
    query = Partner.select().where(Partner.brand == brand, Partner.retired_at.is_null())
    return [(row, mine.get(row.id)) for row in query.order_by(Partner.name, Partner.id).limit(MOST)]


def agreed(member: Member) -> bool:
    """Has the member said yes to neighbours' offers?"""
    return any(choice.purpose == "partner" and choice.granted for choice in consents.current(member.id))


def give(partner: Partner, member: Member, store: Store, at: int) -> Voucher:
    """The member's own code for this partner; asked for twice it is the same one. Refuses without their yes, and when there are none left."""
    with transaction():
        seen: Voucher | None = Voucher.get_or_none(Voucher.partner == partner.id, Voucher.member == member.id)
        if seen:
            return seen
        if not agreed(member):
            raise Refusal("先同意看邻店的优惠，再领", code="no_consent")
        if member.erased_at or member.merged_into_id:
            raise Missing("没有找到这位会员", code="no_such_member")
        until = clock.day_start(
            clock.day_start(at, store.timezone) + (partner.days + 1) * DAY + 3 * HOUR, store.timezone
        )
        made = Voucher.insert(
            partner=partner.id, member=member.id, code=vault.code(CODE_LONG), made_at=at, expires_at=until
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        if new:
            left = Partner.most.is_null() | (Partner.given < Partner.most)
            running = (Partner.id == partner.id) & Partner.retired_at.is_null()
            if not Partner.update(given=Partner.given + 1).where(running, left).execute():
                raise Refusal("这家的券已经领完了", code="none_left")
            events.record("voucher_given", at, store=store.id, member=member.id, ref=str(partner.id), name=partner.name)
        return Voucher.get(Voucher.partner == partner.id, Voucher.member == member.id)


def look(partner: Partner, typed: str, at: int, *, source: str = "") -> Seen:
    """Does this code hold here? Nothing changes. Codes nobody was given are counted as wrong guesses."""
    voucher = _find(partner, typed, at, source)
    return _seen(voucher, at) if voucher else Seen(_plain(typed), "unknown")


def use(partner: Partner, typed: str, at: int, *, source: str = "") -> Seen:
    """The partner takes it: once. Refuses one that is used, over, or not known here."""
    voucher = _find(partner, typed, at, source)
    if voucher is None:
        raise Refusal("没有这个码，请客人再给你看一眼", code="no_such_code", field="code")
    with transaction():
        open_ = (Voucher.id == voucher.id) & Voucher.used_at.is_null() & (Voucher.expires_at > at)
        if not Voucher.update(used_at=at).where(open_).execute():
            if _seen(Voucher.get_by_id(voucher.id), at).state == "used":
                raise Refusal("这个码已经用过了", code="used", field="code")
            raise Refusal("这个码已经过期了", code="expired", field="code")
        events.record("voucher_used", at, ref=str(partner.id), name=partner.name)  # whose it was is not written down
        return _seen(Voucher.get_by_id(voucher.id), at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _plain(typed: str) -> str:
    return "".join(one for one in typed.upper() if one.isascii() and one.isalnum())[:16]


def _find(partner: Partner, typed: str, at: int, source: str) -> Voucher | None:
    account = f"partner:{partner.id}"
    guesses.check(account, source, at)
    found: Voucher | None = Voucher.get_or_none(Voucher.partner == partner.id, Voucher.code == _plain(typed))
    if found is None:
        guesses.wrong(account, source, at)
    return found


def _seen(voucher: Voucher, at: int) -> Seen:
    state = "used" if voucher.used_at else "over" if voucher.expires_at <= at else "valid"
    return Seen(voucher.code, state, voucher.expires_at, voucher.used_at)


def _record(verb: str, partner: Partner, staff: Staff | None, at: int) -> None:
    by = {"store": staff.store_id, "staff": staff.id} if staff else {}
    events.record(verb, at, ref=str(partner.id), name=partner.name, **by)

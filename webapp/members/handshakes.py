"""Counter handshakes: four digits on a phone that a clerk confirms, so that nobody pays for a text message to sign in.

The digits are of use only to the browser that asked (a secret in its cookie; only the hash is here), for five minutes, in one store, once.
A number that nobody has makes a handshake that looks and costs the same; the clerk sees that there is no card, and it never confirms.
"""

from typing import NamedTuple

from peewee import JOIN

from models import Handshake, Member, Staff, Store, transaction
from webapp import guesses, vault
from webapp.clock import MINUTE
from webapp.members import devices, merging, phones
from webapp.outbox import events
from webapp.refusals import Missing, Refusal

LASTS = 5 * MINUTE
MOST_OPEN = 500  # of 10,000 numbers: a guess at the desk stays unlikely to hit somebody


class Opened(NamedTuple):
    """What a confirmed handshake gives to its browser: the secret of a sign-in, or nothing new when two cards became one."""

    secret: str
    store: Store


def ask(store: Store, number: str, at: int, *, purpose: str = "sign_in", guest: Member | None = None) -> str:
    """Make four digits for this number. Returns the secret for the cookie of the browser that asked."""
    secret = vault.token()
    with transaction():
        _close_old(store.id, at)
        if Handshake.select().where(Handshake.store == store.id, Handshake.closed_at.is_null()).count() >= MOST_OPEN:
            raise Refusal("现在请求太多，请过几分钟再试", code="handshakes_full")
        owner = phones.owner(number)
        row = {
            "store": store.id,
            "browser_hash": vault.fingerprint(secret),
            "purpose": purpose,
            "member": owner.id if owner else None,
            "guest": guest.id if guest else None,
            "made_at": at,
            "expires_at": at + LASTS,
        }
        while Handshake.insert(row | {"digits": vault.digits(4)}).on_conflict_ignore().as_rowcount().execute() == 0:
            pass
    return secret


def of_browser(secret: str) -> Handshake | None:
    """What this browser waits for."""
    found: Handshake | None = (
        Handshake.get_or_none(Handshake.browser_hash == vault.fingerprint(secret)) if secret else None
    )
    return found


def use(secret: str, label: str, at: int) -> Opened | None:
    """Sign the browser in, if a clerk has said yes: exactly once. None while there is nothing to use."""
    with transaction():
        handshake = of_browser(secret)
        if (
            handshake is None
            or handshake.confirmed_at is None
            or handshake.expires_at <= at
            or not _close(handshake, at)
        ):
            return None
        if handshake.purpose == "attach" or handshake.member is None:
            return Opened("", handshake.store)
        return Opened(devices.open_one_more(handshake.member, handshake.store, label, at), handshake.store)


def waiting(store: Store, digits: str, staff: Staff, at: int) -> Handshake:
    """The open handshake behind four digits, with its member. Refuses wrong ones, and a clerk who guesses."""
    account = f"handshake:{staff.id}"
    guesses.check(account, "desk", at)
    found = _open(store, digits, at)
    if found is None:
        guesses.wrong(account, "desk", at)
        raise Missing("没有这组数字，请顾客重新要一个", code="no_such_handshake")
    return found


def is_waiting(store: Store, digits: str, at: int) -> bool:
    return _open(store, digits, at) is not None


def confirm(handshake: Handshake, staff: Staff, at: int) -> Handshake:
    """The clerk has seen that it is this person: the phone opens by itself, or the two cards become one. Twice is once."""
    if handshake.member is None:
        raise Refusal("这个号码还没有入会", code="not_a_member")
    if staff.member_id == handshake.member_id:
        raise Refusal("不能确认自己的会员卡，请同事来操作", code="own_card")
    with transaction():
        free = (Handshake.id == handshake.id) & Handshake.closed_at.is_null() & (Handshake.expires_at > at)
        changed = (
            Handshake.update({Handshake.confirmed_at: at, Handshake.confirmed_by: staff.id})
            .where(free, Handshake.confirmed_at.is_null())
            .execute()
        )
        if changed:
            if handshake.guest is not None:
                merging.merge(handshake.guest, handshake.member, staff, handshake.store, at)
            events.record(
                "handshake_confirmed",
                at,
                store=handshake.store_id,
                staff=staff.id,
                member=handshake.member_id,
                ref=handshake.purpose,
            )
        now: Handshake = Handshake.get_by_id(handshake.id)
    if now.confirmed_at is None:
        raise Refusal("这组数字已经过时，请顾客重新要一个", code="handshake_over")
    return now


def refuse(handshake: Handshake, staff: Staff, at: int) -> None:
    """It is not this person, or there is no card: the digits are worth nothing from now on."""
    with transaction():
        if _close(handshake, at):
            verb = "handshake_refused"
            events.record(
                verb, at, store=handshake.store_id, staff=staff.id, member=handshake.member_id, ref=handshake.purpose
            )


def close_old(at: int) -> int:
    """Everything that is over, in every store; for the worker. Returns how many."""
    return _close_old(None, at)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _open(store: Store, digits: str, at: int) -> Handshake | None:
    if not digits.isascii() or not digits.isdecimal():
        return None
    found: Handshake | None = (
        Handshake.select(Handshake, Member)
        .join(Member, JOIN.LEFT_OUTER, on=(Handshake.member == Member.id))
        .where(
            Handshake.store == store.id,
            Handshake.digits == digits,
            Handshake.closed_at.is_null(),
            Handshake.confirmed_at.is_null(),
            Handshake.expires_at > at,
        )
        .first()
    )
    return found


def _close(handshake: Handshake, at: int) -> bool:
    mine = (Handshake.id == handshake.id) & Handshake.closed_at.is_null()
    return bool(Handshake.update({Handshake.closed_at: at}).where(mine).execute() == 1)


def _close_old(store: int | None, at: int) -> int:
    over = Handshake.closed_at.is_null() & (Handshake.expires_at <= at)
    query = Handshake.update({Handshake.closed_at: at}).where(over)
    closed: int = (query.where(Handshake.store == store) if store else query).execute()
    return closed

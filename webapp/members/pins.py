"""The member's PIN: six digits for the day the phone is a new one. Hashed with Argon2 and a pepper, guesses counted, weak ones refused.

Signing in with a PIN answers with the same words, status and work whether the number is known or not. A new PIN ends every other device.
"""

import re

from models import Device, Member, Store, transaction
from webapp import guesses, signins, vault
from webapp.clock import MINUTE
from webapp.members import devices, phones
from webapp.outbox import events, inbox
from webapp.refusals import Refusal

FRESH = 10 * MINUTE  # this long after signing in nothing is asked twice
LENGTH = 6
_SHAPE = re.compile(r"[0-9]{6}")
_RUNS = "01234567890 09876543210"
# The head of published PIN counts that no rule below catches.
_COMMON = frozenset(
    (
        "520131",
        "131420",
        "201314",
        "147258",
        "258369",
        "147852",
        "456789",
        "789456",
        "159357",
        "159753",
        "112358",
        "123654",
    )
)


def sign_in(phone: str, pin: str, store: Store | None, *, label: str, source: str, at: int) -> str:
    """Open a sign-in by number and PIN; returns the secret for the cookie. Refuses everything else in the same words."""
    number = phones.read(phone)
    account = _account(phones.key(number))
    guesses.check(account, source, at)
    member = phones.owner(number)
    if not vault.secret_matches(member.pin_hash if member else None, pin) or member is None:
        guesses.wrong(account, source, at)
        raise Refusal("手机号或密码不对", code="wrong_pin", field="pin")
    guesses.right(account, source)
    return devices.open_one_more(member, store, label, at)


def is_fresh(device: Device, at: int) -> bool:
    """Was it proved just now, on this device, who holds it?"""
    return bool(device.proved_at and 0 <= at - device.proved_at <= FRESH)


def must_prove(member: Member, device: Device, at: int) -> bool:
    """Do the acts that cannot be taken back ask for the PIN first?"""
    return member.pin_hash is not None and not is_fresh(device, at)


def prove(member: Member, device: Device, pin: str, *, source: str, at: int, field: str = "pin") -> None:
    """Ask for the PIN unless it was proved just now. Refuses a wrong one."""
    if not must_prove(member, device, at):
        return
    account = _account(member.phone_key or member.code)
    guesses.check(account, source, at)
    if not vault.secret_matches(member.pin_hash, pin):
        guesses.wrong(account, source, at)
        raise Refusal("密码不对", code="wrong_pin", field=field)
    guesses.right(account, source)
    Device.update({Device.proved_at: at}).where(Device.id == device.id).execute()


def change(member: Member, device: Device, new: str, old: str, *, source: str, at: int) -> None:
    """Set a PIN. Refuses weak ones, and a wrong old one unless this sign-in is fresh. Every other device is signed out."""
    check(new, member)
    prove(member, device, old, source=source, at=at, field="old")
    hashed = vault.hash_secret(new)
    with transaction():
        Member.update({Member.pin_hash: hashed}).where(Member.id == member.id).execute()
        ended = signins.end_all(at, member=member.id, but=device.id)
        events.record("pin_changed", at, member=member.id, ended=ended)
        inbox.tell(member.id, "pin_changed", at, key=f"pin:{vault.token()}", url="/me/devices")


def check(pin: str, member: Member) -> None:
    """Refuse what is no six-digit PIN, and what others would try first."""
    if not _SHAPE.fullmatch(pin):
        raise Refusal("请输入六位数字", code="pin_shape", field="pin")
    if is_weak(pin) or _is_personal(pin, member):
        raise Refusal("这个密码太容易猜到，别用连号、重复、生日或手机号", code="pin_weak", field="pin")


def is_weak(pin: str) -> bool:
    """Runs, repeats, pairs, and the ones everybody takes."""
    halves, pairs = pin[:3] == pin[3:], pin[:2] == pin[2:4] == pin[4:]
    doubles = pin[0] == pin[1] and pin[2] == pin[3] and pin[4] == pin[5]
    threes = len(set(pin[:3])) == 1 and len(set(pin[3:])) == 1
    return (
        len(set(pin)) < 3 or pin in _RUNS or halves or pairs or doubles or threes or pin == pin[::-1] or pin in _COMMON
    )


def _is_personal(pin: str, member: Member) -> bool:
    number = phones.of(member)
    birthday = f"{member.birthday:04d}" if member.birthday else ""
    swapped = birthday[2:] + birthday[:2]
    return any(part and part in pin for part in (number[-4:], birthday, swapped)) or bool(number and pin in number)


def _account(whose: str) -> str:
    return f"pin:{whose}"

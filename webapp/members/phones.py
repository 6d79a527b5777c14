"""Phone numbers: read as people type them, kept sealed, found by a keyed hash, shown with the middle hidden.

Called by joining, sign-in, handshakes and the desk's search. A number in clear lives only inside one request.
"""

import re
import unicodedata
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from models import Member
from webapp import vault
from webapp.refusals import Refusal

HOME = "CN"
_SHAPE = re.compile(r"\+?[\d\s().\-]{5,24}")


def read(text: str) -> str:
    """The number as +8613800000001. Refuses, next to the field, what is no number."""
    number = number_in(text)
    if number is None:
        raise Refusal("这不像手机号，请再看一下", code="phone_unreadable", field="phone")
    return number


def number_in(text: str) -> str | None:
    """The same without a refusal: None for what is no number. Full-width digits, spaces and +86 are all right."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _SHAPE.fullmatch(plain):
        return None
    try:
        parsed = phonenumbers.parse(plain, HOME)
    except NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(parsed) and not parsed.extension
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164) if valid else None


def columns(number: str) -> dict[str, Any]:
    """What a member's row keeps of a number."""
    return {"phone_sealed": vault.seal(number), "phone_key": key(number), "tail_key": tail_key(number[-4:])}


def key(number: str) -> str:
    return vault.keyed("phone", number)


def tail_key(four: str) -> str:
    return vault.keyed("tail", four)


def owner(number: str) -> Member | None:
    """Whose number it is."""
    found: Member | None = Member.get_or_none(Member.phone_key == key(number))
    return found


def of(member: Member) -> str:
    """The member's number in clear; empty for a pass without one."""
    return vault.unseal(member.phone_sealed) if member.phone_sealed else ""


def masked(member: Member) -> str:
    number = of(member)
    return mask(number) if number else ""


def mask(number: str) -> str:
    """+8613800000001 → 138****0001"""
    parsed = phonenumbers.parse(number, HOME)
    digits = str(parsed.national_number)
    return (
        f"{digits[:3]}****{digits[-4:]}" if parsed.country_code == 86 else f"+{parsed.country_code} ****{digits[-4:]}"
    )

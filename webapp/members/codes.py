"""The member's own code: a signed pass as a QR, and six digits for when nothing can be scanned.

The pass is readable for a day, so that it works without a network; a clerk is told when it is older than two minutes, because then it
may be a picture. The digits stand for one member while the page is open and lapse three minutes after it was closed.
"""

from typing import NamedTuple

from models import Digits, Member, transaction
from webapp import vault
from webapp.clock import DAY, MINUTE
from webapp.members import merging
from webapp.refusals import Missing, Refusal

MARK = "HT1."
NEW_EVERY = 30
FRESH = 2 * MINUTE
AHEAD = 30  # seconds by which the clocks of two servers may differ
DIGITS_LAST = 3 * MINUTE


class Pass(NamedTuple):
    """Whose code was read, when it was made, and whether that is so recent that it was no picture."""

    member: Member
    issued: int
    fresh: bool


def text(member: Member, at: int) -> str:
    """What the QR says."""
    return MARK + vault.sign("pass", f"{member.code}:{at}")


def read(content: str, at: int) -> Pass:
    """Whose pass this is. Refuses what we did not sign, what is older than a day, and a card that is gone."""
    signed = vault.signed("pass", content.removeprefix(MARK))
    if signed is None or not content.startswith(MARK):
        raise Refusal("这不是本店的会员码", code="not_a_pass", field="code")
    code, _, issued = signed.rpartition(":")
    age = at - int(issued)
    if age > DAY or age < -DAY:
        raise Refusal("这个会员码太旧了，请顾客重新打开会员码", code="pass_old", field="code")
    return Pass(_living(Member.get_or_none(Member.code == code)), int(issued), -AHEAD <= age <= FRESH)


def digits(member: Member, at: int) -> tuple[str, int]:
    """The member's six digits and until when they hold; the same ones for as long as the page asks in time."""
    with transaction():
        mine = Digits.member == member.id
        until = at + DIGITS_LAST
        while Digits.update({Digits.expires_at: until}).where(mine, Digits.expires_at > at).execute() == 0:
            fresh = vault.digits(6)
            Digits.delete().where(mine | ((Digits.digits == fresh) & (Digits.expires_at <= at))).execute()
            Digits.insert(digits=fresh, member=member.id, expires_at=until).on_conflict_ignore().execute()
        return str(Digits.get(mine).digits), until


def of_digits(six: str, at: int) -> Member:
    """Whose digits these are, while they hold."""
    # No digits live longer than this, unless the clock was set back: then they are old ones.
    in_time = (Digits.expires_at > at) & (Digits.expires_at <= at + DIGITS_LAST + AHEAD)
    found = Digits.get_or_none(Digits.digits == six, in_time)
    if found is None:
        raise Missing("没有这组数字，请看手机上的六位数字", code="no_such_digits", field="code")
    return _living(found.member)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _living(member: Member | None) -> Member:
    member = merging.survivor(member) if member else None
    if member is None or member.erased_at:
        raise Missing("没有找到这位会员", code="no_such_member", field="code")
    return member

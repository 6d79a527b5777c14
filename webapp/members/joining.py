"""Joining: one field or none, and the phone is signed in. Also giving a number, later, to a pass that was started without one.

A number that has a card already opens nothing here: the person is led to the PIN, or to four digits that a clerk confirms. Nothing
about the other card is said, and none of its points move without the counter's yes.
"""

from typing import NamedTuple

from peewee import IntegrityError

from models import Member, Placement, PlacementDay, Store, transaction
from webapp import clock, guesses, policy, signins, vault
from webapp.clock import MINUTE, month_end_after
from webapp.members import consents, handshakes, phones
from webapp.outbox import events, inbox
from webapp.points import ledger, referrals
from webapp.refusals import Refusal

TICKET_HOLDS = 10 * MINUTE


class Wish(NamedTuple):
    """What the joining page sent. `phone` may be empty: a pass without a number. `label` names the browser in the member's own list."""

    store: Store
    phone: str
    ticket: str
    purposes: frozenset[str] = frozenset()
    placement: str = ""
    locale: str = "zh"
    label: str = ""
    invite: str = ""  # the code of the friend who told them


class Joined(NamedTuple):
    """`secret` is for the cookie of this browser. Both are empty when the number has a card already."""

    member: Member | None
    secret: str


def join(wish: Wish, at: int) -> Joined:
    """Make a member and sign this browser in, with consents and the welcome points of the shop.

    Refuses what is no phone number. The same ticket within ten minutes opens the same pass again; a number that is known makes nothing.
    """
    number = phones.read(wish.phone) if wish.phone else ""
    with transaction():
        if seen := Member.get_or_none(Member.code == _code(wish.ticket)):
            return _again(seen, number, wish, at)
        member = _make(wish, number, at)
        if member is None:
            # Taken meanwhile: by the same ticket in another request, or by somebody with this number.
            seen = Member.get_or_none(Member.code == _code(wish.ticket))
            return _again(seen, number, wish, at) if seen else Joined(None, "")
        consents.grant_all(member.id, wish.purposes, source="join", at=at)
        _welcome(member, wish.store, at)
        _count(wish, at)
        if wish.invite:
            referrals.joined(member, wish.invite, wish.store, at)
        events.record("joined", at, store=wish.store.id, member=member.id, placement=wish.placement, phone=bool(number))
        return Joined(member, signins.open_for_member(member, wish.store, wish.label, at))


def attach(member: Member, phone: str, store: Store, *, source: str, at: int) -> str | None:
    """Give a pass its number. Returns None when that is done, or the secret of a handshake when the number has a card already.

    Then a clerk's yes makes the two cards one. Refuses a pass that has a number, and too many tries at other people's numbers.
    """
    if member.phone_key:
        raise Refusal("已经绑定过手机号，要换号码请到柜台", code="has_phone", field="phone")
    number = phones.read(phone)
    guesses.check(f"attach:{member.code}", source, at)
    if _take_number(member, number, at):
        return None
    guesses.wrong(f"attach:{member.code}", source, at)
    return handshakes.ask(store, number, at, purpose="attach", guest=member)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _code(ticket: str) -> str:
    """The member's code, out of the ticket: so a repeated request finds what the first one made."""
    rest, letters = int(vault.keyed("join", ticket), 16), ""
    for _ in range(10):
        rest, place = divmod(rest, len(vault.ALPHABET))
        letters += vault.ALPHABET[place]
    return letters


def _again(seen: Member, number: str, wish: Wish, at: int) -> Joined:
    same = seen.phone_key == (phones.key(number) if number else None)
    if not same or seen.erased_at or seen.merged_into_id or not 0 <= at - seen.joined_at <= TICKET_HOLDS:
        raise Refusal("请刷新页面再试", code="ticket_used")
    return Joined(seen, signins.open_for_member(seen, wish.store, wish.label, at))


def _make(wish: Wish, number: str, at: int) -> Member | None:
    placement = _placement(wish)
    values = {
        "brand": wish.store.brand_id,
        "code": _code(wish.ticket),
        "locale": wish.locale,
        "source": "poster" if placement else "link",
        "store": wish.store.id,
        "placement": placement.id if placement else None,
        "joined_at": at,
        **(phones.columns(number) if number else {}),
    }
    made = Member.insert(values).on_conflict_ignore().as_rowcount().execute() == 1
    return Member.get(Member.code == values["code"]) if made else None


def _placement(wish: Wish) -> Placement | None:
    if not wish.placement:
        return None
    found: Placement | None = Placement.get_or_none(Placement.store == wish.store.id, Placement.slug == wish.placement)
    return found


def _welcome(member: Member, store: Store, at: int) -> None:
    rules = policy.of(store)
    if not rules.welcome_points:
        return
    inputs = {"points": rules.welcome_points, "policy": store.brand.policy_version}
    ledger.earn(
        member.id,
        rules.welcome_points,
        kind="bonus",
        key=f"welcome:{member.code}",
        at=at,
        expires_at=month_end_after(at, rules.lot_months, store.timezone),
        origin=ledger.Origin("welcome", store.id, inputs=inputs),
    )
    named = {"points": rules.welcome_points, "store": store.name}
    inbox.tell(member.id, "welcome", at, key=f"welcome:{member.code}", url="/points", **named)


def _count(wish: Wish, at: int) -> None:
    placement = _placement(wish)
    if placement is None:
        return
    today = {"placement": placement.id, "day": clock.day_number(at, wish.store.timezone), "joins": 1}
    PlacementDay.insert(today).on_conflict(
        conflict_target=[PlacementDay.placement, PlacementDay.day],
        update={PlacementDay.joins: PlacementDay.joins + 1},
    ).execute()


def _take_number(member: Member, number: str, at: int) -> bool:
    """The table's unique number decides: of two who want it at once one gets it."""
    try:
        with transaction():
            values = phones.columns(number)
            mine = (Member.id == member.id) & Member.phone_key.is_null() & Member.erased_at.is_null()
            if Member.update(values).where(mine).execute() != 1:
                raise Refusal("请刷新页面再试", code="pass_changed", field="phone")
            events.record("phone_attached", at, member=member.id)
            inbox.tell(member.id, "phone_attached", at, key=f"phone:{member.code}", url="/me")
    except IntegrityError:
        return False
    return True

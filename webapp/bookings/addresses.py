"""Where the van goes: a member's address book. The words are sealed; removed ones are forgotten once no visit needs them."""

from models import Address, Booking, Member, Standing, transaction
from webapp import vault
from webapp.bookings.holding import AHEAD
from webapp.points import ledger
from webapp.refusals import Missing, Refusal

MOST = 10
LABEL, TEXT = 20, 200


def add(member: Member, label: str, text: str, at: int) -> Address:
    """Keep an address. The same words again are the same address."""
    label, text = label.strip(), text.strip()
    if not text:
        raise Refusal("请填写地址", code="address_missing", field="address")
    if len(text) > TEXT:
        raise Refusal("地址最多 %(n)s 个字", code="too_long", field="address", n=TEXT)
    if len(label) > LABEL:
        raise Refusal("名称最多 %(n)s 个字", code="too_long", field="label", n=LABEL)
    with transaction():
        ledger.lock(member.id)
        mine = of(member)
        for one in mine:
            if text_of(one) == text and one.label == label:
                return one
        if len(mine) >= MOST:
            raise Refusal("最多存 %(n)s 个地址", code="too_many_addresses", n=MOST)
        return Address.create(member=member.id, label=label, sealed=vault.seal(text), made_at=at)


def of(member: Member) -> list[Address]:
    """The member's addresses, the newest first."""
    mine = Address.select().where(Address.member == member.id, Address.removed_at.is_null())
    return list(mine.order_by(Address.id.desc()))


def text(address: Address) -> str:
    """The address as it was written; empty when it is forgotten."""
    return vault.unseal(address.sealed) if address.sealed else ""


text_of = text  # where a parameter is called text


def remove(address: Address, member: Member, at: int) -> None:
    """Out of the book. Refuses one that a weekly pick-up still goes to. Twice is once."""
    if address.member_id != member.id:
        raise Missing("没有找到这个地址", code="no_such_address")
    with transaction():
        ledger.lock(member.id)
        running = (Standing.address == address.id) & Standing.ended_at.is_null()
        if Standing.select().where(running).exists():
            raise Refusal("每周的上门还去这里，请先停掉", code="in_use")
        Address.update(removed_at=at).where(Address.id == address.id, Address.removed_at.is_null()).execute()
    forget(at, member=member.id)


def forget(at: int, *, member: int | None = None) -> int:
    """Empty the words of removed addresses that no visit ahead goes to. Returns how many."""
    with transaction():
        whose = Booking.member == member if member else True
        needed = Booking.select(Booking.address).where(
            whose, Booking.address.is_null(False), Booking.state.in_((*AHEAD, "arrived")), Booking.ends_at > at
        )
        over = Address.removed_at.is_null(False) & (Address.sealed != b"") & Address.id.not_in(needed)
        mine = Address.member == member if member else True
        return int(Address.update(sealed=b"").where(over, mine).execute())

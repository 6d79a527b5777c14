"""Who looks after the best customers of the bath, what one asked at night and read in the morning, and what another wants to know now."""

from typing import TYPE_CHECKING

from models import Member, Store
from webapp import vault
from webapp.bookings import questions
from webapp.clock import HOUR, MINUTE
from webapp.members import advisers

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

CARED_FOR = 12  # VIPs
ANSWERED = ("明晚带两个小朋友来，有小号的浴衣吗？", "有的，三种尺码都给您备好。")
ASKED = "How early should I come for the sweat room on a Saturday?"


def now(shop: "Shop", at: int) -> None:
    """As of this moment, through the rules."""
    bath, manager = shop.by_slug["bath"], shop.people["manager"]
    vips = list(
        Member.select().where(Member.tier == "vip", Member.store == bath.id).order_by(Member.id).limit(CARED_FOR)
    )
    for n, member in enumerate(vips):
        advisers.name(member, shop.people[("clerk", "senior")[n % 2]], bath, manager, at - 30 * HOUR)
    if vips:
        night = questions.ask(vips[0], bath, ANSWERED[0], "demo:night", at - 20 * HOUR, adviser=shop.people["clerk"])
        questions.answer(night, ANSWERED[1], shop.people["clerk"], max(at - 19 * HOUR, night.due_at - 5 * MINUTE))
    _ask(bath, "13800000008", at - 3 * MINUTE)


def _ask(store: Store, phone: str, at: int) -> None:
    member = Member.get(Member.phone_key == vault.keyed("phone", f"+86{phone}"))
    questions.ask(member, store, ASKED, "demo:now", at)

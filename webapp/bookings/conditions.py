"""On what conditions something can be booked: by whom, for how many, how soon and how far, and whether a person says yes first."""

from collections.abc import Sequence

from models import Booking, Member, Param, Prepared, Service, Staff, Store
from webapp import policy
from webapp.bookings import closures, free, holding
from webapp.bookings.supply import Supply
from webapp.clock import DAY, MINUTE
from webapp.refusals import Missing, Refusal

NO_SHOWS_WITHIN = 180 * DAY
WISHES_MOST = 6  # services in one booking
FURTHEST = 800 * DAY  # for staff, who are not held to horizons

_NO_SHOWS = Prepared(
    lambda: (
        Booking.select(Booking.id)
        .where(
            Booking.member == Param("member"),
            Booking.starts_at > Param("since"),
            Booking.state == "no_show",
            Booking.why == "",
        )
        .limit(20)
    )
)
_AHEAD = Prepared(
    lambda: (
        Booking.select(Booking.id)
        .where(
            Booking.member == Param("member"),
            Booking.starts_at > Param("at"),
            Booking.state.in_(("requested", "confirmed")),
            Booking.standing.is_null(),
        )
        .limit(60)
    )
)


def asks_first(services: Sequence[Service], member: Member | None, store: Store, at: int) -> bool:
    """Does a person say yes before it holds: by the service's own terms, or because this member did not come too often?"""
    return any(service.on_request for service in services) or _stood_up(member, store, at)


def check_whom(wishes: Sequence[holding.Wish], whom: holding.For) -> None:
    if not 0 < len(wishes) <= WISHES_MOST:
        raise Missing("没有找到这项服务", code="no_such_service")
    if max(wish.starts_at for wish in wishes) - min(wish.starts_at for wish in wishes) > DAY:
        raise Refusal("隔得太远了，请分开预约", code="apart", field="at")
    if whom.member and (whom.member.merged_into_id or whom.member.erased_at):
        raise Missing("没有找到这位会员", code="no_such_member")
    if whom.member is None and not whom.guest.strip():
        raise Refusal("请填写", code="guest_missing", field="guest")
    if whom.address and (whom.member is None or whom.address.member_id != whom.member.id or whom.address.removed_at):
        raise Missing("没有找到这个地址", code="no_such_address")


def needs_yes(here: Supply, booking: Booking, member: Member, at: int) -> bool:
    """Does a person say yes first, to this service or to this member?"""
    wanted = {wish.service for wish in holding.wishes_of(booking, booking.starts_at)} & set(here.services)
    return any(here.services[service].on_request for service in wanted) or _stood_up(member, booking.store, at)


def check_wish(here: Supply, wish: holding.Wish, whom: holding.For, at: int, staff: Staff | None) -> Service:
    service = here.services.get(wish.service)
    if service is None:
        raise Missing("没有找到这项服务", code="no_such_service")
    if wish.resource not in (None, *here.doing.get(service.id, ())):
        raise Missing("没有找到这项服务", code="no_such_resource")
    if wish.edition is not None and wish.edition != service.version:
        raise Refusal("这项服务刚刚改过，请再看一眼", code="edited")
    if not service.people_min <= wish.people <= service.people_max:
        raise Refusal(
            "这项服务接 %(low)s 到 %(high)s 位",
            code="party",
            field="people",
            low=service.people_min,
            high=service.people_max,
        )
    tier = whom.member.tier if whom.member else "ordinary"
    first, last = free.open_to(here, service, at, tier)
    if wish.starts_at + service.minutes * MINUTE <= at or (staff is None and wish.starts_at <= at):
        raise Refusal("这个时间已经过了，请另选一个", code="past", field="at")
    if staff is None and wish.starts_at < first:
        raise Refusal("这项服务要提前 %(minutes)s 分钟预约", code="too_soon", field="at", minutes=service.lead_minutes)
    if wish.starts_at >= (last if staff is None else at + FURTHEST):
        raise Refusal("还没有开放到那一天", code="too_far", field="at")
    return service


def check_many(member: Member, store: Store, at: int) -> None:
    most = policy.of(store).bookings_at_once
    if len(_AHEAD.rows(member=member.id, at=at)) >= most:
        raise Refusal("同时最多有 %(n)s 个预约", code="too_many_bookings", n=most)


def check_stands(booking: Booking) -> None:
    """A yes is only for what can take place."""
    if closures.trouble(booking):
        raise Refusal("那段时间店里临时关了，请另选一个时间", code="closed")


def check_mine(booking: Booking, member: Member) -> None:
    if booking.member_id != member.id:
        raise Missing("没有找到这个预约", code="no_such_booking")


def _stood_up(member: Member | None, store: Store, at: int) -> bool:
    """Did this member not come so often that a person says yes first?"""
    if member is None:
        return False
    return len(_NO_SHOWS.rows(member=member.id, since=at - NO_SHOWS_WITHIN)) >= policy.of(store).no_shows_most

"""Members' doors: one's own bookings, live; moving one; arriving by the counter's code; the calendar."""

import re

from playhouse.test_utils import count_queries

from models import (
    Booking,
    Event,
    Feed,
    Service,
    Visit,
    Work,
)
from tests.bookings.pages import EVENING, html, latest, path, send, text
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings, service
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import clock, front
from webapp.bookings import addresses, bookings, closures, standings, supply, waiting
from webapp.bookings.holding import fresh
from webapp.clock import HOUR, MINUTE
from webapp.stores import counter


def test_a_request_says_how_long_it_takes_and_then_that_it_holds(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.massage, EVENING, 1).location
    assert "等店里确认" in text(phone.get(place))
    live = html(phone.get(f"{place}/part"))
    pulse = re.search(r"pulse=([^\"]+)\"", live)
    assert pulse
    assert front.unchanged(pulse[1], NOON)
    bookings.confirm(latest(world.mei), world.chen, NOON + MINUTE)
    assert not front.unchanged(pulse[1], NOON)
    assert "已订好" in text(phone.get(f"{place}/part?pulse={pulse[1]}"))


def test_how_fast_the_shop_usually_answers_is_said_before_and_after(
    bath: Bath, world: World, as_member: AsMember
) -> None:
    for n in range(5):
        asked = bath.book(world.member(f"客{n}"), moment(f"{10 + n}:00"), 1, what=bath.massage)
        bookings.confirm(asked, world.chen, NOON + 4 * MINUTE)
    phone = as_member(world.mei)
    sheet = text(phone.get(f"/book?service={bath.massage.id}&at={EVENING}"))
    assert "店里确认后生效 · 一般 4 分钟内回复" in sheet
    assert "一般 4 分钟内回复" in text(phone.get(send(phone, bath.massage, EVENING, 1).location))


def test_another_time_is_taken_or_not(bath: Bath, world: World, as_member: AsMember) -> None:
    for member, way, words in ((world.mei, "acceptance", "已订好"), (world.xin, "refusal", "已取消")):
        phone = as_member(member)
        place = send(phone, bath.massage, EVENING, 1).location
        bookings.offer_other(latest(member), moment("21:00"), world.chen, NOON)
        page = text(phone.get(place))
        assert "店里建议换到这个时间" in page
        assert "21:00" in page
        answer = phone.post(f"{place}/{way}", htmx=True)
        assert answer.status_code == 200
        assert words in text(answer)
        if way == "acceptance":
            bookings.cancel(latest(member), NOON, staff=world.chen)


def test_a_decline_says_why_and_what_is_near(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.massage, EVENING, 1).location
    bookings.decline(latest(world.mei), world.chen, "staff", NOON)
    page = phone.get(place)
    assert "那个时间人手不够" in text(page)
    assert "最近的时间" in text(page)
    assert html(page).count('action="/bookings"') == 2


def test_a_cancelled_one_is_had_again_in_one_tap_while_it_is_free(
    bath: Bath, world: World, as_member: AsMember
) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING, note="靠窗").location
    page = html(phone.post(f"{place}/cancellation", htmx=True))
    assert "反悔了" in page
    fields = dict(re.findall(r'name="(ticket|service|people|at|edition|note)" value="([^"]*)"', page))
    assert fields["note"] == "靠窗"
    assert phone.post("/bookings", data=fields).status_code == 303
    assert latest(world.mei).state == "confirmed"


def test_after_the_limit_it_is_the_telephone(bath: Bath, world: World, as_member: AsMember, later) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    later(EVENING - HOUR)
    assert "离开始太近了" in text(phone.get(place))
    assert phone.post(f"{place}/cancellation").status_code == 422
    assert latest(world.mei).state == "confirmed"


def test_running_late_keeps_the_place(bath: Bath, world: World, as_member: AsMember, later) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    assert "会晚到" not in text(phone.get(place))
    assert phone.post(f"{place}/lateness").status_code == 422
    later(EVENING - 20 * MINUTE)
    assert "会晚到，请留 15 分钟" in text(phone.get(place))
    assert "给你留到 19:15" in text(phone.post(f"{place}/lateness", htmx=True))


def test_moving_shows_the_nearest_first_and_keeps_the_old_place(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    page = html(phone.get(f"{place}/move"))
    nearest = re.findall(r'class="chip" name="at" value="(\d+)"', page)
    assert str(EVENING - 1800) in nearest
    moved = phone.post(f"{place}/moves", data={"ticket": "a ticket of mine", "at": EVENING + 1800})
    assert moved.location == place
    assert latest(world.mei).starts_at == EVENING + 1800
    assert seats_equal_bookings()


def test_moving_to_what_is_taken_changes_nothing(bath: Bath, world: World, as_member: AsMember) -> None:
    for name in ("甲", "乙"):
        bath.book(world.member(name), moment("15:00"), 4)
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    for htmx in (True, False):
        answer = phone.post(f"{place}/moves", data={"ticket": "a ticket of mine", "at": moment("15:00")}, htmx=htmx)
        assert answer.status_code == 422
        assert "刚刚被订走了" in text(answer)
    assert phone.post(f"{place}/moves", data={"ticket": "a ticket of mine", "at": "soon"}).status_code == 422
    assert latest(world.mei).starts_at == EVENING


def test_a_move_that_needs_a_yes_is_shown_on_both(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.massage, EVENING, 1).location
    bookings.confirm(old := latest(world.mei), world.chen, NOON)
    asked = phone.post(f"{place}/moves", data={"ticket": "a ticket of mine", "at": moment("21:00")}).location
    assert asked != place
    assert "原来的还留着" in text(phone.get(asked))
    assert "等店里确认" in text(phone.get(place))
    bookings.confirm(latest(world.mei), world.chen, NOON)
    page = text(phone.get(place))
    assert "换到别的时间了" in page
    assert "看新的时间" in page
    assert Booking.get_by_id(old.id).why == "moved"


def test_what_the_shop_broke_is_moved_in_one_tap(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.swim, EVENING).location
    closures.close(world.bath, bath.pool, moment("18:00"), moment("26:00"), "水泵坏了", world.lin, NOON)
    page = phone.get(place)
    assert "店里出了点状况" in text(page)
    assert "水泵坏了" in text(page)
    nearest = re.findall(r'name="at" value="(\d+)"', html(page))
    assert phone.post(f"{place}/moves", data={"ticket": "a ticket of mine", "at": nearest[0]}).location == place
    assert "店里出了点状况" not in text(phone.get(place))


def test_the_list_shows_what_is_ahead_in_line_and_over(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    assert "还没有预约" in text(phone.get("/bookings"))
    send(phone, bath.family, EVENING)
    bookings.cancel(bath.book(world.mei, moment("12:00"), key="over"), NOON, member=world.mei)
    for name in ("甲", "乙"):
        bath.book(world.member(name), moment("15:00"), 4)
    waiting.join(world.mei, bath.family, 4, moment("15:00"), moment("15:30"), NOON)
    page = text(phone.get("/bookings"))
    for words in ("已订好", "候补", "15:00–15:30", "过去的", "已取消"):
        assert words in page


def test_what_is_left_of_an_ended_weekly_one_is_in_the_list(van: Service, world: World, as_member: AsMember) -> None:
    Service.update(cancel_minutes=3 * 1440).where(Service.id == van.id).execute()
    supply.take(world.laundry.id)
    home = addresses.add(world.mei, "家", "某路 1 号", NOON)
    weekly = standings.start(world.mei, van, DAY.weekday(), 600, home, "", NOON)
    standings.stop(weekly, world.mei, NOON)
    left = Booking.get(Booking.standing == weekly.id, Booking.state == "confirmed")
    assert left.code in html(as_member(world.mei).get("/bookings"))


def test_the_list_asks_no_more_for_many_than_for_one(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    bath.book(world.mei, moment("10:00"))
    phone.get("/bookings")
    with count_queries() as one:
        phone.get("/bookings")
    for hour in (12, 14, 16):
        bath.book(world.mei, moment(f"{hour}:00"))
    with count_queries() as many:
        phone.get("/bookings")
    assert many.count == one.count


def test_everything_is_shown_on_the_clock_of_its_store(bath: Bath, world: World, as_member: AsMember) -> None:
    world.laundry.timezone = "Asia/Urumqi"
    world.laundry.save()
    own = service(world.laundry, "试衣", [resource(world.laundry, "试衣间")], kind="fitting", minutes=30)
    phone = as_member(world.mei)
    place = send(phone, own, EVENING, 1).location
    assert "17:00" in text(phone.get(place))
    assert "17:00" in text(phone.get("/bookings"))


def test_the_counters_code_marks_the_booking_of_now_as_arrived(
    bath: Bath, world: World, as_member: AsMember, later
) -> None:
    phone = as_member(world.mei)
    send(phone, bath.family, EVENING)
    send(phone, bath.swim, moment("21:00"))
    first = Booking.get(Booking.starts_at == EVENING)
    later(EVENING - 10 * MINUTE)
    token = counter.code(world.bath, clock.now())
    page = text(phone.get(phone.post(f"/c/{token}/visits").location))
    assert "已到店：家庭汤浴 19:00" in page
    assert "小汤屋" in page
    assert Booking.get_by_id(first.id).state == "arrived"
    assert latest(world.mei).state == "confirmed"
    card = Work.get(Work.kind == "arrival")
    assert (card.brief["service"], card.brief["rooms"]) == ({"zh": "家庭汤浴"}, [{"zh": "小汤屋"}])
    assert "已到店" in text(phone.get("/"))


def test_who_comes_without_a_booking_is_greeted_as_ever(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    page = text(phone.get(phone.post(f"/c/{counter.code(world.bath, NOON)}/visits").location))
    assert "柜台知道你来了" in page
    assert Work.get(Work.kind == "arrival").brief == {}
    assert Visit.get().member_id == world.mei.id


def test_a_booking_goes_into_a_calendar(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    answer = phone.get(send(phone, bath.family, EVENING).location + ".ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "BEGIN:VTIMEZONE" in answer.get_data(as_text=True)


def test_the_private_address_is_shown_once_and_ends(bath: Bath, world: World, as_member: AsMember, visitor) -> None:
    phone = as_member(world.mei)
    send(phone, bath.family, EVENING)
    page = html(phone.post("/calendar", htmx=True))
    address = re.search(r'data-copy="http://[^/]+(/calendar/[^"]+\.ics)"', page)
    assert address
    assert address[1] not in html(phone.get("/bookings"))
    assert "家庭汤浴" in visitor.get(address[1]).get_data(as_text=True)
    assert phone.post("/calendar/end", htmx=True).status_code == 200
    assert visitor.get(address[1]).status_code == 404
    assert not Feed.select().exists()


def test_the_desk_takes_back_an_arrival_that_was_scanned(
    bath: Bath, world: World, as_member: AsMember, as_staff: AsStaff, later
) -> None:
    phone = as_member(world.mei)
    send(phone, bath.family, EVENING)
    mine = latest(world.mei)
    later(EVENING)
    tablet = as_staff(world.chen)
    phone.post(f"/c/{counter.code(world.bath, EVENING)}/visits")
    arrived = fresh(mine)
    assert (arrived.state, arrived.arrived_by_id) == ("arrived", None)
    assert Event.get(Event.verb == "booking_arrived").data["by"] == "scan"
    page = html(tablet.get(path(mine)))
    assert "扫了柜台的码" in page
    assert path(mine, "/undo") in page
    assert tablet.post(path(mine, "/undo")).status_code == 303
    assert fresh(mine).state == "confirmed"
    tablet.post(path(mine, "/arrival"))
    later(EVENING + 11 * MINUTE)
    assert path(mine, "/undo") not in html(tablet.get(path(mine)))

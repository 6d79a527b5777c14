"""Members' doors to bookings: choosing, one booking live, moving, the line, the van, the calendar, and arriving by the counter's code."""

import re
from typing import Any

import pytest
from playhouse.test_utils import count_queries

from models import Address, Booking, Feed, Member, Occurrence, Service, Standing, Visit, Waiter, Work
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings, service
from tests.kit.doors import AsMember
from tests.world import NOON, World
from webapp import clock, front
from webapp.bookings import addresses, bookings, closures, standings, supply, waiting
from webapp.clock import HOUR, MINUTE
from webapp.stores import counter

EVENING = moment("19:00")


def text(answer: Any) -> str:
    """The page as it is read: without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def send(browser: Any, what: Service, at: int, people: int = 2, *, htmx: bool = False, **form: Any) -> Any:
    data = {"ticket": f"ticket of {at}", "service": what.id, "people": people, "at": at, "edition": what.version}
    return browser.post("/bookings", data=data | form, htmx=htmx)


def booked(member: Member) -> Booking:
    return Booking.select().where(Booking.member == member.id).order_by(Booking.id.desc()).get()


@pytest.fixture
def bath(world: World) -> Bath:
    return Bath(world)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    def move(at: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    return move


@pytest.fixture
def van(world: World) -> Service:
    small = resource(world.laundry, "小货车", kind="van", capacity=2, shared=True)
    return service(world.laundry, "上门取衣", [small], kind="pickup", minutes=120, step_minutes=60)


# --- choosing ----------------------------------------------------------------------------------------------------------


def test_a_service_a_time_and_yes_are_a_booking(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    assert {"家庭汤浴", "大池", "推拿"} <= set(text(phone.get("/book")).split())
    times = html(phone.get(f"/book?service={bath.family.id}"))
    at = re.findall(r'class="time is-quiet" href="[^"]*at=(\d+)"', times)[5]
    sheet = html(phone.get(f"/book?service={bath.family.id}&people=2&at={at}", htmx=True))
    assert "confirm-sheet" in sheet
    assert "<html" not in sheet
    answer = send(phone, bath.family, int(at))
    assert answer.status_code == 303
    assert "已订好" in text(phone.get(answer.location))
    assert booked(world.mei).state == "confirmed"
    assert seats_equal_bookings()


def test_what_was_had_last_is_filled_in(bath: Bath, world: World, as_member: AsMember) -> None:
    options = [
        {"key": "own", "name": {"zh": "自备洗护"}, "price": 0},
        {"key": "tea", "name": {"zh": "姜茶"}, "price": 2800},
    ]
    Service.update(options=options).where(Service.id == bath.family.id).execute()
    supply.take(world.bath.id)
    phone = as_member(world.mei)
    assert send(phone, bath.family, EVENING, 3, note="一把儿童椅", option="tea").status_code == 303
    assert booked(world.mei).price == 3 * 8800 + 2800
    page = html(phone.get("/book"))
    assert "3 位" in page
    sheet = html(phone.get(f"/book?service={bath.family.id}&at={moment('10:00')}"))
    assert 'value="一把儿童椅"' in sheet
    assert re.search(r'value="tea" checked', sheet)
    assert not re.search(r'value="own" checked', sheet)


def test_only_the_fragment_is_swapped(bath: Bath, world: World, as_member: AsMember) -> None:
    part = html(as_member(world.mei).get(f"/book?service={bath.family.id}&people=3&day={DAY}", htmx=True))
    assert part.lstrip().startswith("<section")
    assert "3 位" in part


def test_the_strip_says_how_full_a_day_is(bath: Bath, world: World, as_member: AsMember) -> None:
    for hour in (*range(10, 26, 2), 12):
        for n in range(2):
            bath.book(world.member(f"客{hour}{n}"), moment(f"{hour}:00"), 4) if hour != 12 or n == 0 else None
    page = html(as_member(world.mei).get(f"/book?service={bath.family.id}&people=4&day={DAY}"))
    assert "is-full" in page
    assert "候补" in page


def test_a_perk_is_written_on_its_hours_only(bath: Bath, world: World, as_member: AsMember) -> None:
    perk = {"days": [DAY.weekday()], "from": 840, "until": 900, "name": {"zh": "送酸梅汤"}}
    Service.update(perks=[perk]).where(Service.id == bath.family.id).execute()
    supply.take(world.bath.id)
    assert html(as_member(world.mei).get(f"/book?service={bath.family.id}&day={DAY}")).count("送酸梅汤") == 2


@pytest.mark.parametrize("people", ["99", "0", "-1", "four", "9" * 30])
def test_an_odd_party_in_the_address_is_put_right_in_words(
    bath: Bath, world: World, as_member: AsMember, people: str
) -> None:
    page = as_member(world.mei).get(f"/book?service={bath.family.id}&people={people}")
    assert page.status_code == 200
    assert ("这项服务接 1 到 4 位" in text(page)) is (people in ("99", "0"))


@pytest.mark.parametrize(
    "query",
    [
        "service=999999",
        f"service={10**40}",
        "service=x",
        "service=-1",
        "store=nowhere",
        "store=%00",
        "service={id}&at=5&also=1",
        "service={id}&at=5&also=999999:5",
        "service={id}&at=5&also=1:x",
    ],
)
def test_what_was_tampered_with_is_not_there(bath: Bath, world: World, as_member: AsMember, query: str) -> None:
    assert as_member(world.mei).get("/book?" + query.format(id=bath.family.id)).status_code == 404


@pytest.mark.parametrize(
    "query", ["day=2026-13-41", "day=0001-01-01", "day=9999-12-31", "at=0", "at=x", f"at={10**11}"]
)
def test_an_odd_day_or_moment_is_no_error(bath: Bath, world: World, as_member: AsMember, query: str) -> None:
    assert as_member(world.mei).get(f"/book?service={bath.family.id}&{query}").status_code == 200


def test_a_shop_without_services_says_so(world: World, as_member: AsMember) -> None:
    assert "还不能在这里预约" in text(as_member(world.mei).get("/book"))


def test_two_services_are_held_together_or_not_at_all(bath: Bath, world: World, as_member: AsMember) -> None:
    Service.update(people_max=2).where(Service.id == bath.massage.id).execute()
    supply.take(world.bath.id)
    phone = as_member(world.mei)
    more = html(phone.get(f"/book?service={bath.family.id}&people=1&at={EVENING}&more=1"))
    assert "再加一项，前后都接得上" in more
    after = f"{bath.massage.id}:{moment('20:30')}:1"
    assert after in more.replace("%3A", ":")
    sheet = text(phone.get(f"/book?service={bath.family.id}&people=1&at={EVENING}&also={after}"))
    assert "¥216" in sheet
    answer = send(phone, bath.family, EVENING, 1, also=after)
    page = text(phone.get(answer.location))
    assert "推拿" in page
    assert "等店里确认" in page
    taken = send(as_member(world.xin), bath.family, EVENING, 1, also=after)
    assert taken.status_code == 422
    assert not Booking.select().where(Booking.member == world.xin.id).exists()
    assert seats_equal_bookings()


def test_a_time_just_taken_offers_the_two_nearest_and_the_line(bath: Bath, world: World, as_member: AsMember) -> None:
    for name in ("甲", "乙"):
        bath.book(world.member(name), EVENING, 4)
    phone = as_member(world.mei)
    for htmx in (True, False):
        answer = send(phone, bath.family, EVENING, 3, note="靠窗", htmx=htmx)
        assert answer.status_code == 422
        assert "19:00 刚刚被订走了" in text(answer)
        assert "排候补" in text(answer)
        assert 'value="靠窗"' in html(answer)
        nearest = re.findall(r'name="at" value="(\d+)"', html(answer))
        assert len(nearest) == 2
        assert str(EVENING) not in nearest
    assert send(phone, bath.family, int(nearest[0]), 3).status_code == 303


def test_a_service_edited_meanwhile_is_shown_again(bath: Bath, world: World, as_member: AsMember) -> None:
    Service.update(version=2, price=9900).where(Service.id == bath.family.id).execute()
    supply.take(world.bath.id)
    answer = send(as_member(world.mei), bath.family, EVENING, note="靠窗")
    assert answer.status_code == 422
    assert "这项服务刚刚改过" in text(answer)
    assert "¥198" in text(answer)
    assert 'name="edition" value="2"' in html(answer)
    assert 'value="靠窗"' in html(answer)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"people": 9}, "这项服务接 1 到 4 位"),
        ({"people": "x"}, "请填写数字"),
        ({"at": NOON - HOUR}, "已经过了"),
        ({"at": NOON + 60 * clock.DAY}, "还没有开放到那一天"),
        ({"ticket": ""}, "请刷新页面再试"),
        ({"note": "长" * 201}, "太长了"),
        ({"note": "\u202e"}, "有不能使用的字符"),
        ({"at": "", "people": 2}, "请填写数字"),
    ],
)
def test_what_cannot_be_is_said_in_words_and_the_choice_is_kept(
    bath: Bath, world: World, as_member: AsMember, form: dict[str, Any], words: str
) -> None:
    answer = as_member(world.mei).post(
        "/bookings",
        data={"ticket": "a ticket of mine", "service": bath.family.id, "people": 2, "at": EVENING, "note": "靠窗"}
        | form,
        htmx=True,
    )
    assert answer.status_code == 422
    assert words in text(answer)
    assert f'value="{form.get("note", "靠窗")}"' in html(answer)
    assert not Booking.select().exists()


def test_one_ticket_sent_twice_is_one_booking(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    assert send(phone, bath.family, EVENING).location == send(phone, bath.family, EVENING).location
    assert Booking.select().count() == 1


def test_another_stores_service_is_booked_in_that_store(bath: Bath, world: World, as_member: AsMember) -> None:
    own = service(world.laundry, "试衣", [resource(world.laundry, "试衣间")], kind="fitting", minutes=30)
    assert send(as_member(world.mei), own, EVENING, 1).status_code == 303
    assert booked(world.mei).store_id == world.laundry.id
    mixed = send(as_member(world.xin), own, EVENING, 1, also=f"{bath.family.id}:{EVENING}")
    assert mixed.status_code == 404


def test_dates_of_an_event_say_how_many_places_are_left(bath: Bath, world: World, as_member: AsMember) -> None:
    tasting = service(
        world.bath,
        "茶会",
        [room := resource(world.bath, "茶室", capacity=3, shared=True)],
        kind="event",
        minutes=60,
        people_max=3,
    )
    Occurrence.create(service=tasting.id, resource=room.id, starts_at=EVENING)
    supply.take(world.bath.id)
    phone = as_member(world.mei)
    assert "还有 3 个名额" in text(phone.get(f"/book?service={tasting.id}"))
    assert send(phone, tasting, EVENING, 2).status_code == 303
    assert "只剩 1 个名额" in text(as_member(world.xin).get(f"/book?service={tasting.id}&people=2"))


def test_due_again_is_said_on_the_page_and_at_home(bath: Bath, world: World, as_member: AsMember) -> None:
    for weeks in (9, 6, 3):
        at = NOON - weeks * 7 * clock.DAY
        Booking.update(state="done").where(Booking.id == bath.book(world.mei, at + HOUR, now=at).id).execute()
    Member.update(seen_at=NOON - 21 * clock.DAY, points=0).where(Member.id == world.mei.id).execute()
    phone = as_member(world.mei)
    assert "一般每 3 周来一次，该约了" in text(phone.get("/book"))
    assert "一般每 3 周来一次，该约了" in text(phone.get("/"))


# --- one booking -------------------------------------------------------------------------------------------------------


def test_a_request_says_how_long_it_takes_and_then_that_it_holds(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.massage, EVENING, 1).location
    assert "等店里确认" in text(phone.get(place))
    live = html(phone.get(f"{place}/part"))
    pulse = re.search(r"pulse=([^\"]+)\"", live)
    assert pulse
    assert front.unchanged(pulse[1], NOON)
    bookings.confirm(booked(world.mei), world.chen, NOON + MINUTE)
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
        bookings.offer_other(booked(member), moment("21:00"), world.chen, NOON)
        page = text(phone.get(place))
        assert "店里建议换到这个时间" in page
        assert "21:00" in page
        answer = phone.post(f"{place}/{way}", htmx=True)
        assert answer.status_code == 200
        assert words in text(answer)
        if way == "acceptance":
            bookings.cancel(booked(member), NOON, staff=world.chen)


def test_a_decline_says_why_and_what_is_near(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.massage, EVENING, 1).location
    bookings.decline(booked(world.mei), world.chen, "staff", NOON)
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
    assert booked(world.mei).state == "confirmed"


def test_after_the_limit_it_is_the_telephone(bath: Bath, world: World, as_member: AsMember, later) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    later(EVENING - HOUR)
    assert "离开始太近了" in text(phone.get(place))
    assert phone.post(f"{place}/cancellation").status_code == 422
    assert booked(world.mei).state == "confirmed"


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
    assert booked(world.mei).starts_at == EVENING + 1800
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
    assert booked(world.mei).starts_at == EVENING


def test_a_move_that_needs_a_yes_is_shown_on_both(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.massage, EVENING, 1).location
    bookings.confirm(old := booked(world.mei), world.chen, NOON)
    asked = phone.post(f"{place}/moves", data={"ticket": "a ticket of mine", "at": moment("21:00")}).location
    assert asked != place
    assert "原来的还留着" in text(phone.get(asked))
    assert "等店里确认" in text(phone.get(place))
    bookings.confirm(booked(world.mei), world.chen, NOON)
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


# --- the line ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def full(bath: Bath, world: World) -> list[Booking]:
    return [bath.book(world.member(name), EVENING, 4) for name in ("甲", "乙")]


def stand(browser: Any, bath: Bath, people: int = 2, **form: Any) -> Any:
    data = {"service": bath.family.id, "people": people, "first": EVENING, "until": EVENING, "travel": 20}
    return browser.post("/waiting", data=data | {"until": moment("19:30")} | form)


def test_a_full_time_leads_to_the_line(bath: Bath, world: World, full: list[Booking], as_member: AsMember) -> None:
    phone = as_member(world.mei)
    page = html(phone.get(f"/book?service={bath.family.id}&people=2&day={DAY}"))
    link = re.search(r'class="time is-full" href="([^"]+)"', page)
    assert link
    form = html(phone.get(link[1].replace("&amp;", "&")))
    assert 'type="range"' in form
    assert "selected" in form
    place = stand(phone, bath).location
    assert "排在第 1 位" in text(phone.get(place))
    assert "前面还有 1 位" in text(as_member(world.xin).get(stand(as_member(world.xin), bath).location))


@pytest.mark.parametrize("way", ["acceptance", "refusal"])
def test_a_place_is_offered_and_taken_or_not(
    bath: Bath, world: World, full: list[Booking], as_member: AsMember, way: str
) -> None:
    phone = as_member(world.mei)
    place = stand(phone, bath, until=EVENING + MINUTE).location
    bookings.cancel(full[0], NOON + MINUTE, staff=world.chen)
    page = phone.get(f"{place}/part")
    assert "有位子了，给你留着" in text(page)
    assert "有位子了，给你留着" in text(phone.get("/"))
    offered = booked(world.mei)
    answer = phone.post(f"/bookings/{offered.code}/{way}")
    if way == "acceptance":
        assert answer.location == f"/bookings/{offered.code}"
        assert "候补到了" in text(phone.get(place))
    else:
        assert answer.location == place
        assert "排在第 1 位" in text(phone.get(place))


def test_leaving_the_line_is_one_tap(bath: Bath, world: World, full: list[Booking], as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = stand(phone, bath).location
    assert "不排了" in text(phone.post(f"{place}/departure", htmx=True))
    assert Waiter.get().state == "left"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"people": 9}, "这项服务接 1 到 4 位"),
        ({"until": EVENING}, "已经过了"),
        ({"until": EVENING + 30 * clock.DAY}, "两周内"),
        ({"travel": 5000}, "超出范围"),
        ({"first": "x"}, "请填写数字"),
    ],
)
def test_a_wish_that_cannot_be_is_said_in_words(
    bath: Bath, world: World, full: list[Booking], as_member: AsMember, form: dict[str, Any], words: str
) -> None:
    answer = stand(as_member(world.mei), bath, **form)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Waiter.select().exists()


# --- the van -----------------------------------------------------------------------------------------------------------


def test_a_pick_up_needs_an_address_of_ones_own(van: Service, world: World, as_member: AsMember) -> None:
    phone, at = as_member(world.mei), moment("10:00")
    assert "先写一个地址" in text(phone.get(f"/book?service={van.id}&at={at}"))
    assert "请选一个地址" in text(send(phone, van, at, 1))
    then = f"/book?service={van.id}&at={at}"
    added = phone.post("/me/addresses", data={"label": "家", "address": "枣园路 18 号", "next": then})
    assert added.location == then
    assert "枣园路 18 号" in text(phone.get(then))
    mine = Address.get()
    assert send(as_member(world.xin), van, at, 1, address=mine.id).status_code == 404
    place = send(phone, van, at, 1, address=mine.id, note="挂门上").location
    page = text(phone.get(place))
    assert "枣园路 18 号" in page
    assert "挂门上" in page


def test_every_week_is_booked_and_one_is_skipped_in_one_tap(van: Service, world: World, as_member: AsMember) -> None:
    phone, at = as_member(world.mei), moment("10:00")
    phone.post("/me/addresses", data={"address": "枣园路 18 号"})
    assert send(phone, van, at, 1, address=Address.get().id, weekly=1).location == "/bookings"
    page = phone.get("/bookings")
    assert "每周四 10:00" in text(page)
    skip = re.search(r'action="(/bookings/\w+/cancellation)"', html(page))
    assert skip
    assert phone.post(skip[1]).status_code == 303
    assert "5月28日" in text(phone.get("/bookings"))
    assert phone.post(f"/standings/{Standing.get().id}/end").location == "/bookings"
    assert "每周四" not in text(phone.get("/bookings"))


def test_the_address_book_keeps_and_forgets(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    again = phone.post("/me/addresses", data={"label": "家", "address": ""}, htmx=True)
    assert again.status_code == 422
    assert 'value="家"' in html(again)
    phone.post("/me/addresses", data={"label": "家", "address": "枣园路 18 号"})
    assert phone.post("/me/addresses", data={"address": "x", "next": "//evil.example"}).location == "/me/addresses"
    first = Address.select().order_by(Address.id).get()
    assert "枣园路" not in text(phone.post(f"/me/addresses/{first.id}/removal", htmx=True))


# --- the calendar ------------------------------------------------------------------------------------------------------


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


# --- arriving ----------------------------------------------------------------------------------------------------------


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
    assert booked(world.mei).state == "confirmed"
    card = Work.get(Work.kind == "arrival")
    assert (card.brief["service"], card.brief["rooms"]) == ({"zh": "家庭汤浴"}, [{"zh": "小汤屋"}])
    assert "已到店" in text(phone.get("/"))


def test_who_comes_without_a_booking_is_greeted_as_ever(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    page = text(phone.get(phone.post(f"/c/{counter.code(world.bath, NOON)}/visits").location))
    assert "柜台知道你来了" in page
    assert Work.get(Work.kind == "arrival").brief == {}
    assert Visit.get().member_id == world.mei.id


# --- whose, and how ----------------------------------------------------------------------------------------------------


def test_signed_out_leads_to_the_sign_in(bath: Bath, visitor) -> None:
    for path in ("/book", "/bookings", "/bookings/ABC", "/bookings/ABC/part", "/waiting/1", "/me/addresses"):
        assert visitor.get(path).location.startswith("/sign-in"), path
    assert send(visitor, bath.family, EVENING).location.startswith("/sign-in")


def test_what_acts_is_no_get(bath: Bath, world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    place = send(phone, bath.family, EVENING).location
    for way in ("cancellation", "acceptance", "refusal", "lateness", "moves"):
        assert phone.get(f"{place}/{way}").status_code == 405, way


def test_somebody_elses_is_not_there(bath: Bath, world: World, full: list[Booking], as_member: AsMember) -> None:
    phone, other = as_member(world.mei), as_member(world.xin)
    place = send(phone, bath.swim, EVENING).location
    line = stand(phone, bath).location
    phone.post("/me/addresses", data={"address": "枣园路 18 号"})
    for path in (place, f"{place}/part", f"{place}.ics", f"{place}/move", line, f"{line}/part"):
        assert other.get(path).status_code == 404, path
    data = {"ticket": "a ticket of mine", "at": moment("15:00")}
    ways = [f"{place}/{way}" for way in ("cancellation", "acceptance", "refusal", "lateness", "moves")]
    for path in (*ways, f"{line}/departure", f"/me/addresses/{Address.get().id}/removal", "/standings/1/end"):
        assert other.post(path, data=data).status_code == 404, path
    assert booked(world.mei).state == "confirmed"
    assert Waiter.get().state == "waiting"


def test_every_page_speaks_every_language(
    bath: Bath, world: World, full: list[Booking], van: Service, as_member: AsMember
) -> None:
    phone = as_member(world.mei)
    place, line = send(phone, bath.swim, EVENING).location, stand(phone, bath).location
    paths = ["/book", f"/book?service={bath.family.id}&day={DAY}", f"/book?service={bath.family.id}&at={EVENING}"]
    paths += [f"/book?service={van.id}&at={EVENING}", place, f"{place}/move", line, "/bookings", "/me/addresses"]
    for language in ("en", "zh_Hant"):
        Member.update(locale=language).where(Member.id == world.mei.id).execute()
        for path in paths:
            assert phone.get(path).status_code == 200, (language, path)

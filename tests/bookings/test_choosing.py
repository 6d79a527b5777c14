"""Members' doors: a service, how many, a day, a time, and yes."""

import re
from typing import Any

import pytest

from models import (
    Booking,
    Member,
    Occurrence,
    Service,
)
from tests.bookings.pages import EVENING, html, latest, send, text
from tests.bookings.places import DAY, Bath, moment, resource, seats_equal_bookings, service
from tests.kit.doors import AsMember
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import supply
from webapp.clock import HOUR


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
    assert latest(world.mei).state == "confirmed"
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
    assert latest(world.mei).price == 3 * 8800 + 2800
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
    assert latest(world.mei).store_id == world.laundry.id
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


def test_what_is_added_is_in_the_total_before_the_yes(bath: Bath, world: World, as_member: AsMember) -> None:
    options = [
        {"key": "petals", "name": {"zh": "花瓣"}, "price": 2800},
        {"key": "own", "name": {"zh": "自带"}, "price": 0},
    ]
    Service.update(options=options, per_person=False).where(Service.id == bath.family.id).execute()
    supply.take(bath.store.id)
    phone, page = as_member(world.mei), f"/book?service={bath.family.id}&people=2&at={EVENING}"

    def total(address: str, *, htmx: bool = False) -> str:
        found = re.search(r'id="total"[^>]*>([^<]*)<', html(phone.get(address, htmx=htmx)))
        assert found
        return found[1]

    assert total(page) == "¥88"
    assert total(f"{page}&ticked=1&option=petals", htmx=True) == "¥116"
    send(phone, bath.family, EVENING, option="petals")
    assert latest(world.mei).price == 11600
    assert total(page) == "¥116"  # as last time
    assert total(f"{page}&ticked=1") == "¥88"  # and not this time

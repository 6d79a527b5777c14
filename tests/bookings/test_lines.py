"""Members' doors: the waiting list."""

import re
from typing import Any

import pytest

from models import (
    Booking,
    Message,
    Waiter,
)
from tests.bookings.pages import EVENING, html, latest, stand, text
from tests.bookings.places import DAY, Bath
from tests.kit.doors import AsMember
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import bookings, overdue, waiting
from webapp.clock import HOUR, MINUTE


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
    offered = latest(world.mei)
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


@pytest.mark.parametrize("offered", [False, True])
def test_when_its_time_is_over_the_line_ends_with_a_word(
    offered: bool, bath: Bath, world: World, full: list[Booking]
) -> None:
    waiter = waiting.join(world.mei, bath.family, 2, EVENING, EVENING + HOUR, NOON)
    if offered:  # and the place that was held for them is not taken
        bookings.cancel(full[0], EVENING, staff=world.chen)
    waiting.sweep(EVENING + HOUR - 1)
    assert Waiter.get_by_id(waiter.id).state == ("offered" if offered else "waiting")
    for _ in range(2):
        overdue.settle(EVENING + HOUR)
        waiting.sweep(EVENING + HOUR)
    assert Waiter.get_by_id(waiter.id).state == "over"
    told = [one for one in Message.select().where(Message.member == world.mei.id) if one.text == "waiting_past"]
    assert [one.url for one in told] == [f"/waiting/{waiter.id}"]


def test_the_last_word_is_read_in_the_inbox(bath: Bath, world: World, full: list[Booking], as_member: AsMember) -> None:
    waiting.join(world.mei, bath.family, 2, EVENING, EVENING + HOUR, NOON)
    waiting.sweep(EVENING + HOUR)
    assert "没等到位子：家庭汤浴" in text(as_member(world.mei).get("/inbox"))

"""Members' doors: where the van goes and when it comes by itself."""

import re

from models import (
    Address,
    Service,
    Standing,
)
from tests.bookings.pages import html, send, text
from tests.bookings.places import moment
from tests.kit.doors import AsMember
from tests.world import World


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


def test_every_week_is_booked_and_any_one_is_skipped_in_one_tap(
    van: Service, world: World, as_member: AsMember
) -> None:
    phone, at = as_member(world.mei), moment("10:00")
    phone.post("/me/addresses", data={"address": "枣园路 18 号"})
    assert send(phone, van, at, 1, address=Address.get().id, weekly=1).location == "/bookings"
    page = phone.get("/bookings")
    assert "每周四 10:00" in text(page)
    first, second = re.findall(r'action="(/bookings/\w+/cancellation\?then=list)"', html(page))
    assert phone.post(second).location == "/bookings"
    assert re.findall(r'action="(/bookings/\w+/cancellation\?then=list)"', html(phone.get("/bookings"))) == [first]
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

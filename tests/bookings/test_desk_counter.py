"""Who arrives, where the van goes, and the figures of it all."""

import pytest

from models import Booking
from tests.bookings.pages import TODAY, html, path
from tests.bookings.places import Bath, moment, resource, service
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import addresses, bookings
from webapp.bookings.holding import For, Wish
from webapp.clock import HOUR, MINUTE


def test_the_brief_says_what_is_booked_and_what_to_suggest(
    bath: Bath, booked: Booking, as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ago in (30, 20):
        begins = moment("19:00") - ago * clock.DAY
        wishes = [Wish(bath.family.id, begins, 2), Wish(bath.massage.id, begins + 2 * HOUR, 1)]
        before = bookings.book(wishes, bath.store, For(world.mei), key=f"{ago}", at=begins - HOUR, staff=world.chen)
        bookings.arrive(before, begins)
    monkeypatch.setattr(clock, "now", lambda: moment("18:30"))
    tablet = as_staff(world.chen)
    brief = html(tablet.get(f"/desk/bookings/brief/{world.mei.code}", htmx=True))
    assert "家庭汤浴" in brief
    assert "小汤屋" in brief
    assert "可以推荐：推拿" in brief
    assert "一起约过 2 次" in brief
    assert path(booked, "/arrival") in brief
    assert f"/desk/bookings/brief/{world.mei.code}" in html(tablet.get(f"/desk/members/{world.mei.code}"))
    assert tablet.get("/desk/bookings/brief/NOSUCHCODE", htmx=True).status_code == 404


def test_the_route_lists_addresses_and_is_ticked_off(world: World, as_staff: AsStaff) -> None:
    van = resource(world.laundry, "面包车", kind="van", capacity=3, shared=True)
    pickup = service(world.laundry, "上门取衣", [van], kind="pickup", minutes=120, step_minutes=120)
    address = addresses.add(world.mei, "家", "清水弄 12 号", NOON)
    whom = For(world.mei, note="三袋", address=address)
    stop = bookings.book([Wish(pickup.id, moment("10:00"), 1)], world.laundry, whom, key="k", at=NOON)
    driver = as_staff(world.bo)
    page = html(driver.get(f"/desk/bookings/route?day={TODAY}"))
    for said in ("清水弄 12 号", "三袋", "林小满", "10:00–12:00"):
        assert said in page
    assert driver.post(path(stop, "/arrival?then=route")).location == f"/desk/bookings/route?day={TODAY}"
    assert "办好了" in html(driver.get(f"/desk/bookings/route?day={TODAY}"))
    assert "清水弄" not in html(as_staff(world.chen).get(f"/desk/bookings/route?day={TODAY}"))


def test_the_figures_and_their_table(
    bath: Bath, asked: Booking, world: World, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookings.confirm(asked, world.chen, NOON + 4 * MINUTE)
    bookings.arrive(asked, moment("15:00"), staff=world.chen)
    monkeypatch.setattr(clock, "now", lambda: moment("20:00"))
    manager = as_staff(world.lin)
    page = html(manager.get("/desk/bookings/figures?days=7"))
    assert "4 分钟" in page
    assert 'class="h' in page
    table = manager.get("/desk/bookings/figures.csv?days=7")
    assert table.mimetype == "text/csv"
    assert "周四" in html(table)
    assert manager.get("/desk/bookings/figures?days=1000000").status_code == 200
    assert as_staff(world.su).get("/desk/bookings/figures").status_code == 403
    assert as_staff(world.su).get("/desk/bookings/figures.csv").status_code == 403

"""Coupons at the counter: on the member's card and beside the award pad, used with one tap, taken back with another."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Coupon
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import clock
from webapp.clock import DAY, MINUTE
from webapp.prices import coupons


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.chen)


@pytest.fixture
def coupon(world: World) -> Coupon:
    return coupons.give(world.mei, world.bath, 500, "late", NOON, key="k")


def test_who_has_none_sees_nothing_of_it(world: World, tablet: FlaskClient) -> None:
    assert ' id="coupons" hidden' in text(tablet.get(f"/desk/coupons/of/{world.mei.code}", htmx=True))


def test_one_tap_takes_it_off_the_bill_and_another_gives_it_back(
    world: World, tablet: FlaskClient, coupon: Coupon
) -> None:
    shown = text(tablet.get(f"/desk/coupons/of/{world.mei.code}", htmx=True))
    assert "¥5" in shown
    used = text(tablet.post(f"/desk/coupons/{coupon.code}/use", htmx=True))
    assert world.fresh(coupon).used_by_id == world.chen.id
    assert f"/desk/coupons/{coupon.code}/return" in used
    again = text(tablet.post(f"/desk/coupons/{coupon.code}/return", htmx=True))
    assert world.fresh(coupon).used_at is None
    assert f"/desk/coupons/{coupon.code}/use" in again


def test_a_second_one_is_not_offered_for_the_same_bill(world: World, tablet: FlaskClient, coupon: Coupon) -> None:
    other = coupons.give(world.mei, world.bath, 800, "offer", NOON, key="k2")
    used = text(tablet.post(f"/desk/coupons/{coupon.code}/use", htmx=True))
    assert "一单用一张" in used
    assert f"/desk/coupons/{other.code}/use" not in used


def test_a_no_stands_on_top_of_the_list(
    world: World, tablet: FlaskClient, coupon: Coupon, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet.post(f"/desk/coupons/{coupon.code}/use")
    refused = as_staff(world.kai).post(f"/desk/coupons/{coupon.code}/use", htmx=True)
    assert refused.status_code == 422
    assert "用过了" in text(refused)
    monkeypatch.setattr(clock, "now", lambda: NOON + 11 * MINUTE)
    late = tablet.post(f"/desk/coupons/{coupon.code}/return", htmx=True)
    assert late.status_code == 422
    assert world.fresh(coupon).used_at == NOON


def test_one_that_is_over_and_ones_own_are_refused(world: World, tablet: FlaskClient) -> None:
    old = coupons.give(world.mei, world.bath, 500, "late", NOON - 200 * DAY, key="old")
    assert tablet.post(f"/desk/coupons/{old.code}/use").status_code == 422
    world.chen.member = world.xin
    world.chen.save()
    mine = coupons.give(world.xin, world.bath, 500, "late", NOON, key="mine")
    assert tablet.post(f"/desk/coupons/{mine.code}/use").status_code == 422
    assert world.fresh(mine).used_at is None


def test_the_members_card_asks_for_it(world: World, tablet: FlaskClient) -> None:
    assert f'hx-get="/desk/coupons/of/{world.mei.code}"' in text(tablet.get(f"/desk/members/{world.mei.code}"))


def test_a_browser_without_scripts_has_a_page_of_it(world: World, tablet: FlaskClient, coupon: Coupon) -> None:
    page = text(tablet.get(f"/desk/coupons/of/{world.mei.code}"))
    assert 'id="coupon-form"' in page
    assert f'formaction="/desk/coupons/{coupon.code}/use"' in page
    answer = tablet.post(f"/desk/coupons/{coupon.code}/use")
    assert answer.headers["Location"] == f"/desk/members/{world.mei.code}"

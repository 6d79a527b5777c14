"""Members' doors to rewards: the catalogue, holding, and the redemption live."""

import re
from types import SimpleNamespace

import pytest

from models import Redemption, Reward
from tests.kit.doors import AsMember
from tests.points.books import assert_shop, balance
from tests.world import World
from webapp import clock
from webapp.clock import DAY, MINUTE
from webapp.rewards import redemptions

TICKET = "a ticket of the phone"


def text(answer) -> str:
    return answer.get_data(as_text=True).replace("\u202f", "")


def hold(browser, reward: Reward, *, ticket: str = TICKET, htmx: bool = False, **form: object):
    return browser.post(f"/rewards/{reward.id}/redemptions", data={"ticket": ticket, **form}, htmx=htmx)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    def move(at: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: at)

    return move


def test_the_catalogue_says_what_can_be_had_and_what_is_missing(world: World, as_member: AsMember) -> None:
    rich, poor = text(as_member(world.mei).get("/rewards")), text(as_member(world.xin).get("/rewards"))
    assert "现在就能换" in rich
    assert "还差 600 分" in poor
    assert "汗蒸体验" in poor


def test_afford_leaves_only_what_i_can_have_now(world: World, as_member: AsMember) -> None:
    world.give(world.xin, 100)
    page = text(as_member(world.xin).get("/rewards?afford=1", htmx=True))
    assert "龙井茶一壶" in page
    assert "搓澡一次" not in page
    assert "<html" not in page


def test_the_last_piece_that_somebody_holds_says_until_when(world: World, as_member: AsMember) -> None:
    redemptions.hold(world.mei, world.last_scrub, world.bath, ticket=TICKET, at=world.at)
    assert "最后一份有人正留着，留到 今天 14:10" in text(as_member(world.xin).get("/rewards"))
    assert "最后一份有人正留着，留到 今天 14:10" in text(as_member(world.xin).get(f"/rewards/{world.last_scrub.id}"))


def test_why_a_reward_cannot_be_had_is_said(world: World, as_member: AsMember) -> None:
    world.reward({"zh": "贵宾房"}, 10, stock=1, tier="vip")
    world.reward({"zh": "下周的灯会"}, 10, stock=1, opens_at=world.at + 5 * DAY)
    world.reward({"zh": "去年的月饼"}, 10, stock=1, closes_at=world.at - DAY)
    world.reward({"zh": "空盒"}, 10, stock=0)
    page = text(as_member(world.mei).get("/rewards"))
    assert "贵宾才能换" in page
    assert "5月25日 14:00 开始换" in page
    assert "换完了" in page
    assert "去年的月饼" not in page


def test_early_access_is_for_vips(world: World, as_member: AsMember) -> None:
    early = world.reward({"zh": "新品"}, 10, stock=5, opens_at=world.at + 5 * DAY, early_at=world.at - DAY)
    vip = world.member("贵客", tier="vip")
    world.give(vip, 100)
    assert hold(as_member(vip), early).status_code == 303
    assert hold(as_member(world.mei), early).status_code == 422


def test_hold_leads_to_the_two_words(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    held = hold(phone, world.towel)
    page = text(phone.get(held.location))
    from webapp import pairs

    for word in pairs.spoken(Redemption.get().words, "zh"):
        assert word in page
    assert "10:00" in page
    assert balance(world.mei) == (1080, 200, 0)


def test_a_double_tap_and_a_retry_lead_to_the_same_redemption(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    assert hold(phone, world.towel).location == hold(phone, world.towel).location
    assert Redemption.select().count() == 1
    assert "已经预留了一份" in text(hold(phone, world.towel, ticket="another tap"))


def test_a_refusal_shows_the_reward_again_with_the_reason(world: World, as_member: AsMember) -> None:
    answer = hold(as_member(world.xin), world.towel, htmx=True)
    assert answer.status_code == 422
    assert "还差 200 分" in text(answer)
    assert 'id="hold"' in text(answer)
    assert balance(world.xin) == (0, 0, 0)
    assert world.shelf(world.towel).stock == 5


@pytest.mark.parametrize("points", ["99", "1201", "-5", "9" * 400, "多少都行", "1e3"])
def test_an_amount_out_of_its_bounds_is_said_next_to_the_field(world: World, as_member: AsMember, points: str) -> None:
    cash = world.reward({"zh": "抵现"}, 100, stock=None, kind="amount", points_max=1200)
    answer = hold(as_member(world.mei), cash, points=points)
    assert answer.status_code == 422
    assert f'value="{points}"' in text(answer)
    assert 'class="error"' in text(answer)
    assert balance(world.mei) == (1280, 0, 0)


def test_an_amount_of_ones_own_choice_is_held(world: World, as_member: AsMember) -> None:
    cash = world.reward({"zh": "抵现"}, 100, stock=None, kind="amount", points_max=1200)
    assert hold(as_member(world.mei), cash, points="777").status_code == 303
    assert balance(world.mei) == (503, 777, 0)


def test_a_trial_costs_nothing_and_is_had_once(world: World, as_member: AsMember) -> None:
    phone = as_member(world.xin)
    assert hold(phone, world.trial).status_code == 303
    redemptions.approve(Redemption.get(), world.chen, world.at)
    again = hold(phone, world.trial, ticket="once more")
    assert again.status_code == 422
    assert "每人" in text(again)
    assert_shop()


def test_a_store_that_has_none_and_a_reward_that_is_not_there(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    assert hold(phone, world.towel, store=world.laundry.id).status_code == 422
    assert hold(phone, world.towel, store=10**6).status_code == 404
    assert phone.get("/rewards/999999").status_code == 404
    assert phone.get(f"/rewards/{10**40}").status_code == 404
    assert phone.post("/rewards/999999/redemptions", data={"ticket": TICKET}).status_code == 404


def test_signed_out_leads_to_the_sign_in(world: World, visitor) -> None:
    for path in ("/rewards", f"/rewards/{world.towel.id}", "/redemptions/ABC", "/redemptions/ABC/part"):
        assert visitor.get(path).location.startswith("/sign-in")
    assert hold(visitor, world.towel).location.startswith("/sign-in")


def test_somebody_elses_redemption_is_not_there(world: World, as_member: AsMember) -> None:
    code = hold(as_member(world.mei), world.towel).location.rsplit("/", 1)[-1]
    other = as_member(world.xin)
    assert other.get(f"/redemptions/{code}").status_code == 404
    assert other.get(f"/redemptions/{code}/part").status_code == 404
    assert other.post(f"/redemptions/{code}/cancellation").status_code == 404
    assert balance(world.mei) == (1080, 200, 0)


def test_cancel_gives_everything_back_and_twice_is_once(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    path = hold(phone, world.towel).location
    first, again = (phone.post(f"{path}/cancellation", htmx=True) for _ in range(2))
    assert "已取消" in text(first)
    assert "200 分已退回" in text(again)
    assert balance(world.mei) == (1280, 0, 0)
    assert phone.post(f"{path}/cancellation").location == path
    assert_shop()


def test_cancel_after_the_counter_was_faster_says_who(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    path = hold(phone, world.towel).location
    redemptions.approve(Redemption.get(), world.chen, world.at)
    answer = phone.post(f"{path}/cancellation", htmx=True)
    assert answer.status_code == 422
    assert "小陈 刚刚已经核销了" in text(answer)


def test_the_phone_turns_green_by_itself(world: World, as_member: AsMember, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.front.time", SimpleNamespace(time=clock.now))
    phone = as_member(world.mei)
    path = hold(phone, world.towel).location
    poll = pulse_of(text(phone.get(path)))
    assert phone.get(poll, htmx=True).status_code == 204
    redemptions.approve(Redemption.get(), world.chen, world.at + 5)
    green = phone.get(poll, htmx=True)
    assert green.status_code == 200
    assert 'data-state="captured"' in text(green)
    assert "小陈" in text(green)
    assert "1080" in text(green)


def pulse_of(page: str) -> str:
    return re.search(r'hx-get="(/redemptions/[^"]+pulse=[^"]+)"', page).group(1).replace("&amp;", "&")


def test_a_hold_that_is_over_is_settled_by_whoever_looks(world: World, as_member: AsMember, later) -> None:
    phone = as_member(world.mei)
    path = hold(phone, world.towel).location
    later(world.at + 10 * MINUTE)
    assert 'data-state="expired"' in text(phone.get(f"{path}/part", htmx=True))
    assert balance(world.mei) == (1280, 0, 0)
    assert world.shelf(world.towel).stock == 5
    assert_shop()


def test_the_polls_ticket_ends_with_the_hold(
    world: World, as_member: AsMember, later, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp import front

    phone = as_member(world.mei)
    path = hold(phone, world.towel).location
    later(world.at + 10 * MINUTE - 5)
    poll = pulse_of(text(phone.get(path)))
    ticket = poll.split("pulse=")[1]
    assert front.unchanged(ticket, world.at + 10 * MINUTE - 1)
    assert not front.unchanged(ticket, world.at + 10 * MINUTE + 1)


def test_a_declined_hold_says_why_and_that_the_points_are_back(world: World, as_member: AsMember) -> None:
    phone = as_member(world.mei)
    path = hold(phone, world.towel).location
    redemptions.decline(Redemption.get(), world.chen, "out_of_stock", world.at)
    page = text(phone.get(path))
    assert "礼品刚好没有了" in page
    assert "200 分已退回" in page


def test_the_list_asks_the_database_once_however_long_it_is(world: World) -> None:
    from playhouse.test_utils import assert_query_count  # type: ignore[import-untyped]

    from webapp.rewards import catalogue

    for n in range(30):
        world.reward({"zh": f"礼品{n}"}, 10 + n, stock=n)
    with assert_query_count(1):
        assert len(catalogue.offers(world.mei, world.bath, world.at)) == 34

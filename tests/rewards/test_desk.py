"""The counter's doors to rewards: approve, decline, undo, and the catalogue."""

import re

import pytest

from models import Device, Event, Redemption, Reward, Shelf, Work
from tests.kit.doors import AsMember, AsStaff
from tests.points.books import assert_shop, balance
from tests.world import World
from webapp import clock, pairs, storage
from webapp.clock import DAY, MINUTE
from webapp.rewards import redemptions


def text(answer) -> str:
    return answer.get_data(as_text=True).replace("\u202f", "")


@pytest.fixture
def held(world: World) -> Redemption:
    return redemptions.hold(world.mei, world.towel, world.bath, ticket="a ticket of the phone", at=world.at)


def path(held: Redemption, then: str = "") -> str:
    return f"/desk/redemptions/{held.code}{then}"


def test_the_tablet_shows_the_same_two_words_and_what_it_leaves(
    world: World, held: Redemption, as_staff: AsStaff
) -> None:
    page = text(as_staff(world.chen).get(path(held)))
    for word in pairs.spoken(held.words, "zh"):
        assert word in page
    assert "纯棉浴巾" in page
    assert ">1280<" in page
    assert ">1080<" in page
    assert "库存 4" in page


def test_the_words_in_the_members_language_stand_beneath(world: World, as_staff: AsStaff) -> None:
    guest = world.member("Ann", locale="en")
    world.give(guest, 500)
    held = redemptions.hold(guest, world.towel, world.bath, ticket="a ticket of Ann", at=world.at)
    page = text(as_staff(world.chen).get(path(held)))
    assert " ".join(pairs.spoken(held.words, "en")) in page


def test_a_card_that_a_colleague_has_opened_carries_the_name(world: World, held: Redemption, as_staff: AsStaff) -> None:
    as_staff(world.chen).get(path(held), htmx=True)
    assert "小陈 正在办这一单" in text(as_staff(world.kai).get(path(held), htmx=True))
    assert "正在办这一单" not in text(as_staff(world.chen).get(path(held), htmx=True))


def test_approve_spends_the_points_and_offers_ten_minutes_of_undo(
    world: World, held: Redemption, as_staff: AsStaff
) -> None:
    answer = as_staff(world.chen).post(path(held, "/approval"), htmx=True)
    assert answer.status_code == 200
    assert "已核销" in text(answer)
    assert path(held, "/reversal") in text(answer)
    assert balance(world.mei) == (1080, 0, 0)
    assert Work.get().done_at == world.at
    assert_shop()


def test_a_second_tap_gets_the_same_answer_and_a_colleague_hears_who(
    world: World, held: Redemption, as_staff: AsStaff
) -> None:
    mine = as_staff(world.chen)
    assert [mine.post(path(held, "/approval"), htmx=True).status_code for _ in range(2)] == [200, 200]
    late = as_staff(world.kai).post(path(held, "/approval"), htmx=True)
    assert late.status_code == 422
    assert "小陈 刚刚已经核销了" in text(late)
    assert balance(world.mei) == (1080, 0, 0)


def test_without_javascript_approve_is_a_form(world: World, held: Redemption, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    assert tablet.post(path(held, "/approval")).location == path(held)
    assert path(held, "/reversal") in text(tablet.get(path(held)))


@pytest.mark.parametrize("why", redemptions.DECLINES)
def test_decline_gives_points_and_stock_back(world: World, held: Redemption, as_staff: AsStaff, why: str) -> None:
    answer = as_staff(world.chen).post(path(held, "/refusal"), data={"why": why}, htmx=True)
    assert "积分退回" in text(answer)
    assert balance(world.mei) == (1280, 0, 0)
    assert world.shelf(world.towel).stock == 5
    assert_shop()


@pytest.mark.parametrize("why", ["", "because", "x" * 10_000, "out_of_stock\x00"])
def test_a_decline_wants_one_of_its_reasons(world: World, held: Redemption, as_staff: AsStaff, why: str) -> None:
    answer = as_staff(world.chen).post(path(held, "/refusal"), data={"why": why}, htmx=True)
    assert answer.status_code == 422
    assert "请选择原因" in text(answer)
    assert balance(world.mei) == (1080, 200, 0)


def test_undo_within_ten_minutes_puts_everything_back(world: World, held: Redemption, as_staff: AsStaff) -> None:
    tablet = as_staff(world.chen)
    tablet.post(path(held, "/approval"))
    answer = tablet.post(path(held, "/reversal"), htmx=True)
    assert "已撤销" in text(answer)
    assert balance(world.mei) == (1280, 0, 0)
    assert world.shelf(world.towel).stock == 5
    assert_shop()


def test_undo_asks_for_the_pin_and_comes_back_to_the_redemption(
    world: World, held: Redemption, as_staff: AsStaff
) -> None:
    tablet = as_staff(world.chen)
    tablet.post(path(held, "/approval"))
    Device.update({Device.proved_at: world.at - 5 * MINUTE}).execute()
    answer = tablet.post(path(held, "/reversal"), htmx=True, headers={"HX-Current-URL": "http://localhost/desk/"})
    assert answer.headers["HX-Redirect"] == f"/desk/who?next={path(held)}"
    assert balance(world.mei) == (1080, 0, 0)


def test_undo_is_over_after_ten_minutes(
    world: World, held: Redemption, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = as_staff(world.chen)
    tablet.post(path(held, "/approval"))
    Device.update({Device.proved_at: world.at + 11 * MINUTE}).execute()
    monkeypatch.setattr(clock, "now", lambda: world.at + 11 * MINUTE)
    assert path(held, "/reversal") not in text(tablet.get(path(held)))
    answer = tablet.post(path(held, "/reversal"), htmx=True)
    assert answer.status_code == 422
    assert "撤销时间已过" in text(answer)


def test_a_hold_that_is_over_cannot_be_approved_and_is_given_back(
    world: World, held: Redemption, as_staff: AsStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = as_staff(world.chen)
    monkeypatch.setattr(clock, "now", lambda: held.expires_at)
    answer = tablet.post(path(held, "/approval"), htmx=True)
    assert answer.status_code == 422
    assert "预留时间已过" in text(answer)
    assert balance(world.mei) == (1280, 0, 0)
    monkeypatch.setattr(clock, "now", lambda: held.held_at)
    assert tablet.post(path(held, "/approval"), htmx=True).status_code == 422  # a clock that jumps back revives nothing
    assert_shop()


@pytest.mark.parametrize("act", ["/approval", "/refusal", "/reversal"])
def test_nobody_settles_their_own(world: World, held: Redemption, as_staff: AsStaff, act: str) -> None:
    world.chen.member = world.mei
    world.chen.save()
    tablet = as_staff(world.chen)
    assert "这是你自己的卡" in text(tablet.get(path(held)))
    if act == "/reversal":
        redemptions.approve(held, world.kai, world.at)
    before = balance(world.mei)
    assert tablet.post(path(held, act), data={"why": "other"}, htmx=True).status_code == 403
    assert balance(world.mei) == before


def test_another_stores_redemption_is_not_there(world: World, held: Redemption, as_staff: AsStaff) -> None:
    other = as_staff(world.bo)
    assert other.get(path(held)).status_code == 404
    for act in ("/approval", "/refusal", "/reversal"):
        assert other.post(path(held, act)).status_code == 404
    assert balance(world.mei) == (1080, 200, 0)


def test_signed_out_and_members_find_the_desks_sign_in(
    world: World, held: Redemption, visitor, as_member: AsMember
) -> None:
    for browser in (visitor, as_member(world.mei)):
        assert browser.get(path(held)).location.startswith("/desk/sign-in")
        assert browser.post(path(held, "/approval")).location.startswith("/desk/sign-in")
    assert balance(world.mei) == (1080, 200, 0)


# --- the catalogue -------------------------------------------------------------------------------------------------------


def fields(world: World, **changed: object) -> dict[str, object]:
    plain = {
        "ticket": "a ticket of the form",
        "name": "姜茶一杯",
        "kind": "item",
        "points": "120",
        "tier": "ordinary",
        "art": "tea",
        f"here_{world.bath.id}": "y",
        f"stock_{world.bath.id}": "9",
    }
    return {name: value for name, value in {**plain, **changed}.items() if value is not None}


def newest() -> Reward:
    return Reward.select().order_by(Reward.id.desc()).get()


def test_a_manager_adds_a_reward_and_a_double_tap_adds_one(world: World, as_staff: AsStaff) -> None:
    manager = as_staff(world.lin)
    assert manager.get("/desk/rewards/new").status_code == 200
    before = Reward.select().count()
    for _ in range(2):
        answer = manager.post(
            "/desk/rewards/new", data=fields(world, closes="2026-06-30", name_en="Ginger tea", value="28")
        )
        assert answer.location == "/desk/rewards"
    assert Reward.select().count() == before + 1
    tea = newest()
    assert (tea.name, tea.points, tea.value) == ({"zh": "姜茶一杯", "en": "Ginger tea"}, 120, 2800)
    assert clock.local(tea.closes_at, "Asia/Shanghai").isoformat() == "2026-07-01T00:00:00+08:00"
    assert world.shelf(tea).stock == 9
    assert Event.get(Event.verb == "reward_added").data["stock"] == {str(world.bath.id): 9}
    assert "姜茶一杯" in text(manager.get("/desk/rewards"))


def test_a_change_is_kept_and_a_running_hold_keeps_its_price(world: World, held: Redemption, as_staff: AsStaff) -> None:
    manager = as_staff(world.lin)
    page = text(manager.get(f"/desk/rewards/{world.towel.id}"))
    assert 'value="200"' in page
    assert 'value="4"' in page
    manager.post(f"/desk/rewards/{world.towel.id}", data=fields(world, name="大浴巾", points="300"))
    assert world.fresh(world.towel).points == 300
    assert world.shelf(world.towel).stock == 9
    redemptions.approve(held, world.chen, world.at)
    assert balance(world.mei) == (1080, 0, 0)


def test_empty_stock_is_without_end_and_not_here_is_gone(world: World, as_staff: AsStaff) -> None:
    manager = as_staff(world.lin)
    manager.post("/desk/rewards/new", data=fields(world, **{f"stock_{world.bath.id}": ""}))
    assert world.shelf(newest()).stock is None
    manager.post(f"/desk/rewards/{newest().id}", data=fields(world, **{f"here_{world.bath.id}": None}))
    assert not Shelf.select().where(Shelf.reward == newest().id).exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "请填写"),
        ("name", "字" * 61, "太长了"),
        ("name", "a\u202eb", "不能使用的字符"),
        ("points", "", "请填写数字"),
        ("points", "-1", "数字超出范围"),
        ("points", "100001", "数字超出范围"),
        ("points", "0", "要收积分"),
        ("points_max", "1", ""),
        ("value", "-5", "金额像这样写"),
        ("value", "9999999", "柜台价最多"),
        ("closes", "明天", "日期像这样写"),
        ("closes", "2026-02-30", "日期像这样写"),
        ("early", "2026-06-01", "提前日要在开始日之前"),
        ("per_member", "0", "数字超出范围"),
        ("kind", "gold", "这一项请再看一下"),
        ("tier", "king", "这一项请再看一下"),
        ("ticket", "x", "请刷新页面再试"),
    ],
)
def test_what_is_no_reward_is_said_next_to_the_field(
    world: World, as_staff: AsStaff, field: str, typed: str, said: str
) -> None:
    before = Reward.select().count()
    extra = {"kind": "amount"} if field == "points_max" else {}
    answer = as_staff(world.lin).post("/desk/rewards/new", data=fields(world, **{**extra, field: typed}), htmx=True)
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'class="error"' in text(answer) or "banner bad" in text(answer)
    assert Reward.select().count() == before


def test_a_manager_fills_only_the_own_shelves_and_the_owner_all(world: World, as_staff: AsStaff) -> None:
    form = fields(world, **{f"here_{world.laundry.id}": "y", f"stock_{world.laundry.id}": "3"})
    as_staff(world.lin).post("/desk/rewards/new", data=form)
    assert [shelf.store_id for shelf in Shelf.select().where(Shelf.reward == newest().id)] == [world.bath.id]
    as_staff(world.zhao).post(f"/desk/rewards/{newest().id}", data=form)
    assert world.shelf(newest(), world.laundry).stock == 3


def test_retired_is_out_of_the_catalogue_and_comes_back(world: World, held: Redemption, as_staff: AsStaff) -> None:
    manager = as_staff(world.lin)
    where = f"/desk/rewards/{world.towel.id}/retirement"
    assert manager.post(where).status_code == 303
    assert world.fresh(world.towel).retired_at == world.at
    redemptions.approve(held, world.chen, world.at)  # what runs is honoured
    manager.post(where)
    assert world.fresh(world.towel).retired_at is None
    assert re.findall("reward_[a-z_]+", " ".join(event.verb for event in Event.select().order_by(Event.id))) == [
        "reward_retired",
        "reward_brought_back",
    ]


def test_the_catalogue_is_for_managers(world: World, as_staff: AsStaff) -> None:
    senior = as_staff(world.su)
    for path_ in ("/desk/rewards", "/desk/rewards/new", f"/desk/rewards/{world.towel.id}"):
        assert senior.get(path_).status_code == 403
    assert senior.post("/desk/rewards/new", data=fields(world)).status_code == 403
    assert senior.post(f"/desk/rewards/{world.towel.id}/retirement").status_code == 403
    assert as_staff(world.lin).get("/desk/rewards/999999").status_code == 404
    assert world.fresh(world.towel).closes_at is None or world.towel.closes_at < world.at + DAY


def test_the_desks_home_fetches_the_latest_undo_also_after_a_reload(world: World, as_staff: AsStaff, at: int) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="t" * 16, at=at)
    tablet = as_staff(world.chen)
    assert 'hx-get="/desk/undo"' in tablet.get("/desk/").get_data(as_text=True)
    assert "/reversal" not in tablet.get("/desk/undo").get_data(as_text=True)
    redemptions.approve(held, world.chen, at)
    assert f"/desk/redemptions/{held.code}/reversal" in tablet.get("/desk/undo").get_data(as_text=True)
    assert "/reversal" not in as_staff(world.bo).get("/desk/undo").get_data(as_text=True)


def test_holding_and_approving_take_few_journeys_to_the_database(
    world: World, as_member: AsMember, as_staff: AsStaff, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite one for each statement, BEGIN and COMMIT among them; PostgreSQL hears in one journey what needs no answer."""
    phone, tablet = as_member(world.mei), as_staff(world.chen)
    asked: list[object] = []
    ask, of_sqlite = storage._ask, storage.Sqlite.execute_sql

    def journeys(path: str) -> tuple[int, str]:
        asked.clear()
        browser = tablet if path.startswith("/desk") else phone
        answer = browser.post(path, data={"ticket": f"a ticket for {path}"})
        return len(asked), answer.location.rsplit("/", 1)[1]

    monkeypatch.setattr(storage, "_ask", lambda base, *what: asked.append(what) or ask(base, *what))
    monkeypatch.setattr(storage.Sqlite, "execute_sql", lambda base, *what: asked.append(what) or of_sqlite(base, *what))
    for reward in (world.tea, world.towel):
        held, code = journeys(f"/rewards/{reward.id}/redemptions")
        approved, _ = journeys(f"/desk/redemptions/{code}/approval")
    assert (held, approved) == ((13, 11) if engine == "sqlite" else (8, 5))  # the last time: all is planned

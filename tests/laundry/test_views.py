"""Members' doors to an order: the yes before cleaning, live until it is over, and "all well?" after it."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from models import Booking, Case, Order, OrderWord, Work
from tests.bookings.places import moment, resource, service
from tests.kit.doors import AsMember
from tests.laundry.pages import TICKET, asked_well, collected, html, text
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp import front
from webapp.bookings import bookings
from webapp.bookings.holding import For, Wish
from webapp.clock import DAY, HOUR
from webapp.laundry import agreement, handing, intake, orders, promises, stages

Later = Callable[[int], None]


def fresh(order: Order) -> Order:
    return orders.fresh(order)


# --- the yes -----------------------------------------------------------------------------------------------------------


def test_the_page_shows_what_the_shop_saw_and_one_tap_is_a_yes(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.asked(pieces=2, wish="领子轻一点")
    page = mei.get(f"/orders/{order.code}")
    shown = text(page)
    for word in (
        "洗之前，请看一眼",
        "看到 1 处瑕疵",
        "污渍 红酒 左袖口",
        "灰色 · 羊毛",
        "领子轻一点",
        "¥90",
        "没看到瑕疵",
    ):
        assert word in shown, word
    seen = re.findall(r'name="seen" value="(\w+)"', html(page))[0]
    answer = mei.post(f"/orders/{order.code}/agreement", data={"seen": seen})
    assert answer.status_code == 303
    assert fresh(order).agreed_how == "phone"
    assert "在洗了" in text(mei.get(answer.location))


def test_htmx_gets_the_order_alone(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.asked()
    seen = agreement.fingerprint(order)
    part = html(mei.post(f"/orders/{order.code}/agreement", data={"seen": seen}, htmx=True))
    assert part.lstrip().startswith('<section class="stack my-bag" id="order" data-state="agreed"')
    assert "<html" not in part


def test_what_the_shop_changed_meanwhile_is_shown_again(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.asked()
    seen = agreement.fingerprint(order)
    picture = pieces(order)[0].photos.get()
    intake.pin(picture, 700, 700, "tear", "", "", cleaner.bo, NOON)
    intake.ask(fresh(order), cleaner.bo, NOON)
    answer = mei.post(f"/orders/{order.code}/agreement", data={"seen": seen}, htmx=True)
    assert answer.status_code == 422
    assert "店里刚刚改了登记，请再看一眼" in text(answer)
    assert "破口" in text(answer)
    assert fresh(order).agreed_at is None
    new = re.findall(r'name="seen" value="(\w+)"', html(answer))[0]
    assert mei.post(f"/orders/{order.code}/agreement", data={"seen": new}).status_code == 303
    assert fresh(order).agreed_at == NOON


def test_a_form_without_what_was_seen_is_no_yes(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.asked()
    answer = mei.post(f"/orders/{order.code}/agreement")
    assert answer.status_code == 422
    assert "请刷新页面再试" in text(answer)
    assert fresh(order).agreed_at is None


def test_a_line_to_the_shop_is_one_line_and_the_answer_stands_under_it(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.asked()
    form = {"ticket": TICKET, "text": "扣子我记得还在"}
    for _ in range(2):
        assert mei.post(f"/orders/{order.code}/words", data=form).status_code == 303
    agreement.reply(order, cleaner.bo, "在里衬口袋里，缝上不收钱", NOON, key="an answer to it")
    shown = text(mei.get(f"/orders/{order.code}"))
    assert shown.count("扣子我记得还在") == 1
    assert "在里衬口袋里，缝上不收钱 阿波" in shown
    assert Work.get(Work.kind == "talk", Work.ref == order.code).member_id == order.member_id


@pytest.mark.parametrize(("said", "why"), [("", "请填写"), ("长" * 501, "太长了"), ("x\u202ey", "有不能使用的字符")])
def test_an_odd_line_is_shown_again_as_it_was_typed(cleaner: Cleaner, mei: FlaskClient, said: str, why: str) -> None:
    order = cleaner.asked()
    answer = mei.post(f"/orders/{order.code}/words", data={"ticket": TICKET, "text": said}, htmx=True)
    assert answer.status_code == 422
    assert why in text(answer)
    assert said in html(answer)
    assert not OrderWord.select().exists()


# --- live until it is over ---------------------------------------------------------------------------------------------


def test_in_work_it_says_until_when_how_far_and_how_many_are_ahead(cleaner: Cleaner, mei: FlaskClient) -> None:
    cleaner.agreed(cleaner.world.xin, NOON - DAY)
    order = cleaner.agreed(pieces=2)
    cleaner.until(order, "cleaned")
    shown = text(mei.get(f"/orders/{order.code}"))
    assert "18:00 前好" in shown
    assert "前面还有 1 单" in shown
    assert shown.count("清洗 4/6") == 2


def test_another_time_is_said_with_the_first_one(cleaner: Cleaner, mei: FlaskClient, later: Later) -> None:
    order = cleaner.agreed()
    promises.renew(order, order.promised_at + DAY, "机器在修", cleaner.bo, NOON)
    assert "很抱歉让你多等" in text(mei.get(f"/orders/{order.code}"))
    later(fresh(order).promised_at + HOUR)
    shown = text(mei.get(f"/orders/{order.code}"))
    assert "比说好的晚了" in shown
    assert "前面还有" not in shown


def test_the_poll_is_answered_only_when_something_changed(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.agreed()
    address = re.findall(r'hx-get="([^"]+)"', html(mei.get(f"/orders/{order.code}")))[0]
    ticket = address.partition("pulse=")[2]
    assert front.unchanged(ticket, NOON)
    stages.advance(cleaner.tags(order), "treated", cleaner.bo, cleaner.store, NOON + 1)
    assert not front.unchanged(ticket, NOON)
    assert "预处理 3/6" in text(mei.get(address, htmx=True))


@pytest.mark.parametrize("what", ["word", "pin", "paid", "parts", "check"])
def test_whatever_a_page_shows_turns_its_version(cleaner: Cleaner, world: World, what: str) -> None:
    order = cleaner.asked() if what == "pin" else cleaner.agreed()
    garment = pieces(order)[0]
    before = front.version("order", order.id)
    if what == "word":
        agreement.discuss(order, world.mei, "在吗", NOON, key=TICKET)
    elif what == "pin":
        intake.pin(garment.photos.get(), 1, 1, "wear", "", "", cleaner.bo, NOON)
    elif what == "paid":
        handing.paid(order, cleaner.bo, NOON)
    elif what == "parts":
        handing.choose_parts(order, world.mei, True, NOON)
    else:
        cleaner.until(order, "cleaned")
        before = front.version("order", order.id)
        stages.fail(garment, cleaner.rui, "还有印子", NOON + 1)
    assert front.version("order", order.id) != before


def test_what_is_ready_can_be_fetched_one_by_one(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.agreed(pieces=2)
    assert mei.post(f"/orders/{order.code}/parts", data={"yes": "1"}).status_code == 303
    assert fresh(order).in_parts
    first = cleaner.tags(order)[:1]
    for stage, staff in (
        ("treated", cleaner.bo),
        ("cleaned", cleaner.qi),
        ("checked", cleaner.rui),
        ("racked", cleaner.bo),
    ):
        stages.advance(first, stage, staff, cleaner.store, NOON)
    shown = text(mei.get(f"/orders/{order.code}"))
    assert "1 件先好了，可以先来取" in shown
    assert "什么时候来取" in shown
    assert mei.post(f"/orders/{order.code}/parts", data={"yes": "perhaps"}).status_code == 422
    assert mei.post(f"/orders/{order.code}/parts", data={"yes": "0"}).status_code == 303
    assert "什么时候来取" not in text(mei.get(f"/orders/{order.code}"))


def test_ready_says_when_the_shop_is_open_where_it_hangs_and_until_when(
    cleaner: Cleaner, mei: FlaskClient, later: Later
) -> None:
    order = cleaner.ready()
    stages.rack(order, "A-12", cleaner.bo, NOON)
    shown = text(mei.get(f"/orders/{order.code}"))
    for word in (
        "洗好了，可以取了",
        "21:00 今天开到这时",
        "今天 周三 21:00 前",
        "明天 周四 10:00–21:00",
        "A-12",
        "取的时候付",
        "7月19日",
    ):
        assert word in shown, word
    later(NOON + 9 * DAY)
    assert "已经等了你 9 天，免费给你放到 7月19日" in text(mei.get(f"/orders/{order.code}"))


@pytest.fixture
def delivery(world: World, cleaner: Cleaner) -> Booking:
    van = resource(world.laundry, "小货车", kind="van", capacity=2, shared=True)
    brings = service(world.laundry, "送衣上门", [van], kind="delivery", minutes=120, step_minutes=60)
    return bookings.book([Wish(brings.id, moment("14:00"), 1)], world.laundry, For(world.mei), key="van", at=NOON)


def test_the_van_brings_it_with_a_booking_of_mine(
    cleaner: Cleaner, world: World, mei: FlaskClient, as_member: AsMember, delivery: Booking
) -> None:
    order = cleaner.ready()
    page = html(mei.get(f"/orders/{order.code}"))
    assert f'value="{delivery.code}"' in page
    assert "送到家" in page
    address = f"/orders/{order.code}/delivery"
    assert mei.post(address, data={"booking": "NOSUCHCODE"}).status_code == 404
    assert mei.post(address, data={"booking": delivery.code}).status_code == 303
    assert fresh(order).delivery_id == delivery.id
    assert "14:00–16:00 送到家" in text(mei.get(f"/orders/{order.code}"))
    assert mei.post(address, data={"booking": ""}).status_code == 303
    assert fresh(order).delivery_id is None
    theirs = cleaner.ready(world.xin)
    xin = as_member(world.xin)
    assert xin.post(f"/orders/{theirs.code}/delivery", data={"booking": delivery.code}).status_code == 404


def test_a_delivery_that_was_called_off_is_not_promised(
    cleaner: Cleaner, world: World, mei: FlaskClient, delivery: Booking
) -> None:
    order = cleaner.ready()
    handing.choose_delivery(order, delivery, NOON)
    bookings.cancel(delivery, NOON, member=world.mei)
    shown = text(mei.get(f"/orders/{order.code}"))
    assert "14:00–16:00" not in shown
    assert "什么时候来取" in shown


# --- after it ----------------------------------------------------------------------------------------------------------


def test_points_are_shown_with_their_receipt(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = collected(cleaner)
    page = mei.get(f"/orders/{order.code}")
    assert "这一单得了 45 分" in text(page)
    receipt = re.findall(r'href="(/points/\d+)"', html(page))[0]
    assert "+45" in text(mei.get(receipt)).replace("+ ", "+")


def test_all_well_is_one_tap(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = asked_well(cleaner)
    assert "衣服都好吗？" in text(mei.get(f"/orders/{order.code}"))
    form = {"ticket": TICKET, "well": "1"}
    assert mei.post(f"/orders/{order.code}/wellness", data=form).status_code == 303
    assert fresh(order).well is True
    shown = text(mei.get(f"/orders/{order.code}"))
    assert "你说都很好" in shown
    assert "衣服都好吗？" not in shown


def test_not_well_finds_somebody_with_what_was_written(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = asked_well(cleaner)
    form = {"ticket": TICKET, "well": "0", "text": "有一股味道"}
    assert mei.post(f"/orders/{order.code}/wellness", data=form | {"well": "2"}, htmx=True).status_code == 422
    answer = mei.post(f"/orders/{order.code}/wellness", data=form, htmx=True)
    assert "收到了，店里会尽快来找你" in text(answer)
    assert "有一股味道" in text(answer)
    assert Work.get(Work.kind == "unwell", Work.ref == order.code).done_at is None


def test_a_claim_stands_beside_both_pictures(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.ready(at=NOON - DAY)
    garment = pieces(order)[0]
    cleaner.picture(garment, moment="outgoing")
    address = f"/orders/{order.code}/garments/{garment.tag}"
    assert "洗坏了，或者少了什么" not in text(mei.get(address))
    early = mei.post(f"{address}/claim", data={"ticket": TICKET, "text": "还没取"}, htmx=True)
    assert early.status_code == 422
    handing.collect(order, cleaner.bo, NOON, paid=True)
    page = mei.get(address)
    assert html(page).count("<img") == 2
    assert "送来时" in text(page)
    assert "取走前" in text(page)
    empty = mei.post(f"{address}/claim", data={"ticket": TICKET, "text": ""}, htmx=True)
    assert empty.status_code == 422
    answer = mei.post(f"{address}/claim", data={"ticket": TICKET, "text": "袖口破了"}, htmx=True)
    assert "店里在处理" in text(answer)
    assert "袖口破了" in text(answer)
    assert Work.get(Work.kind == "claim", Work.ref == garment.tag).done_at == NOON  # it is a case
    assert Case.get(Case.ref == garment.tag).member_id == order.member_id
    assert "袖口破了" not in text(mei.get(f"/orders/{order.code}"))  # the talk about one piece stays with it


def test_a_passport_tells_the_way_without_what_was_a_slip_of_the_hand(cleaner: Cleaner, mei: FlaskClient) -> None:
    order = cleaner.agreed()
    garment = cleaner.until(order, "cleaned")[0]
    stages.fail(garment, cleaner.rui, "还有印子", NOON)
    stages.advance([garment.tag], "treated", cleaner.bo, cleaner.store, NOON)
    stages.back(garment, cleaner.bo, NOON)
    shown = text(mei.get(f"/orders/{order.code}/garments/{garment.tag}"))
    assert "质检没过 还有印子" in shown
    assert shown.count("预处理") == 1
    assert "撤销" not in shown
    assert "小齐" in shown

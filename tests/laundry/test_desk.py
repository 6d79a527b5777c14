"""The counter's doors to orders: the board, a new bag, taking pieces in, asking, signing, and what managers may do."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import Garment, Order, OrderWord, Photo, Wear
from tests.kit.doors import AsMember, AsStaff
from tests.laundry.places import Cleaner, pieces
from tests.photos.images import jpeg
from tests.world import NOON
from webapp import clock
from webapp.clock import DAY, HOUR
from webapp.laundry import agreement, orders, promises, stages
from webapp.members import codes


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(cleaner: Cleaner, as_staff: AsStaff) -> FlaskClient:
    """Bo's, in the laundry."""
    return as_staff(cleaner.bo)


@pytest.fixture
def bag(cleaner: Cleaner) -> Order:
    """Mei's, still empty."""
    return cleaner.open()


def path(order: Order, then: str = "") -> str:
    return f"/desk/orders/{order.code}{then}"


def piece(cleaner: Cleaner, **more: Any) -> dict[str, Any]:
    form = {"ticket": "a ticket of the desk", "item": cleaner.coat.id, "colour": "grey", "fabric": "wool", "count": 1}
    return form | more


# --- the board ----------------------------------------------------------------------------------------------------------


def test_the_board_has_every_order_in_the_lane_of_its_state(cleaner: Cleaner, tablet: FlaskClient) -> None:
    begun, asked, agreed, ready = cleaner.open(), cleaner.asked(), cleaner.agreed(), cleaner.ready()
    lanes = text(tablet.get("/desk/orders")).split('<section class="lane-of')[1:]
    assert [path(order) in lane for order, lane in zip((begun, asked, agreed, ready), lanes, strict=True)] == [True] * 4
    assert [lane.count('class="bag') for lane in lanes] == [1, 1, 1, 1]


def test_an_empty_laundry_says_how_to_begin(tablet: FlaskClient) -> None:
    page = text(tablet.get("/desk/orders"))
    assert "店里还没有衣物" in page
    assert "lane-of" not in page


def test_what_is_late_says_so_and_has_a_list(cleaner: Cleaner, tablet: FlaskClient) -> None:
    late, other = cleaner.agreed(), cleaner.agreed()
    Order.update(promised_at=NOON - HOUR).where(Order.id == late.id).execute()
    page = text(tablet.get("/desk/orders?list=late"))
    assert path(late) in page
    assert path(other) not in page
    assert "晚了" in page


def test_who_has_not_agreed_for_a_day_is_on_the_list_to_call(cleaner: Cleaner, tablet: FlaskClient) -> None:
    silent, fresh = cleaner.asked(at=NOON - 2 * DAY), cleaner.asked()
    agreement.call_list(NOON)
    page = text(tablet.get("/desk/orders?list=call"))
    assert path(silent) in page
    assert path(fresh) not in page


def test_a_poll_is_answered_with_the_lanes_alone(cleaner: Cleaner, tablet: FlaskClient) -> None:
    part = text(tablet.get("/desk/orders", htmx=True))
    assert part.lstrip().startswith('<div id="lanes"')
    assert "desk-top" not in part


def test_a_tag_typed_into_the_search_opens_the_piece_and_a_code_the_order(
    cleaner: Cleaner, tablet: FlaskClient
) -> None:
    order = cleaner.agreed()
    tag = cleaner.tags(order)[0]
    assert tablet.get(f"/desk/orders?q={tag.lower()}").headers["Location"] == f"/desk/garments/{tag}"
    assert tablet.get(f"/desk/orders?q=https://shop.example/t/{tag}").headers["Location"] == f"/desk/garments/{tag}"
    assert tablet.get(f"/desk/orders?q={order.code}").headers["Location"] == path(order)


def test_a_members_digits_find_their_orders(cleaner: Cleaner, tablet: FlaskClient) -> None:
    mine, hers = cleaner.ready(), cleaner.ready(cleaner.world.xin)
    six, _ = codes.digits(cleaner.world.mei, NOON)
    for asked in ("0001", six, "林小满"):
        page = text(tablet.get(f"/desk/orders?q={asked}"))
        assert path(mine) in page
        assert path(hers) not in page
    assert "没找到" in text(tablet.get("/desk/orders?q=nobody"))


def test_the_board_asks_no_more_for_twenty_orders_than_for_two(cleaner: Cleaner, tablet: FlaskClient) -> None:
    for _ in range(2):
        cleaner.agreed(pieces=2)
    tablet.get("/desk/orders")
    with count_queries() as few:
        tablet.get("/desk/orders")
    for _ in range(18):
        cleaner.agreed(pieces=2)
    with count_queries() as many:
        tablet.get("/desk/orders")
    assert many.count == few.count <= 14


# --- whose bag ----------------------------------------------------------------------------------------------------------


def test_a_bag_is_opened_by_the_last_four_digits_a_pass_or_a_name(cleaner: Cleaner, tablet: FlaskClient) -> None:
    mei = cleaner.world.mei
    scanned = codes.text(mei, NOON)
    for n, (who, member, guest) in enumerate(
        (("0001", mei.id, ""), (scanned, mei.id, ""), ("老街面馆", None, "老街面馆"))
    ):
        answer = tablet.post("/desk/orders/new", data={"ticket": f"ticket {n} of the desk", "who": who})
        found = Order.get(Order.code == answer.headers["Location"].rpartition("/")[2])
        assert (found.member_id, found.guest, found.made_by_id) == (member, guest, cleaner.bo.id)


def test_the_same_ticket_opens_one_bag(cleaner: Cleaner, tablet: FlaskClient) -> None:
    form = {"ticket": "the very same ticket", "who": "0001"}
    assert (
        tablet.post("/desk/orders/new", data=form).headers["Location"]
        == tablet.post("/desk/orders/new", data=form).headers["Location"]
    )
    assert Order.select().count() == 1


def test_nobody_at_all_is_refused_and_what_was_typed_stays(cleaner: Cleaner, tablet: FlaskClient) -> None:
    answer = tablet.post("/desk/orders/new", data={"ticket": "a ticket of the desk", "who": "9999", "note": "急"})
    assert answer.status_code == 422
    assert "没有这个尾号的会员" in text(answer)
    assert 'value="9999"' in text(answer)
    assert 'value="急"' in text(answer)
    assert tablet.post("/desk/orders/new", data={"ticket": "a ticket of the desk"}).status_code == 422
    assert not Order.select().exists()


def test_the_members_page_shows_what_of_theirs_is_here(cleaner: Cleaner, tablet: FlaskClient) -> None:
    ready, other = cleaner.ready(), cleaner.ready(cleaner.world.xin)
    part = text(tablet.get(f"/desk/orders/of/{cleaner.world.mei.code}", htmx=True))
    assert path(ready) in part
    assert path(other) not in part
    assert f"/desk/orders/of/{cleaner.world.mei.code}" in text(tablet.get(f"/desk/members/{cleaner.world.mei.code}"))


# --- into the bag -------------------------------------------------------------------------------------------------------


def test_a_chip_a_colour_and_a_tap_on_the_fabric_put_a_piece_in(
    cleaner: Cleaner, bag: Order, tablet: FlaskClient
) -> None:
    answer = tablet.post(path(bag, "/garments"), data=piece(cleaner), htmx=True)
    (made,) = pieces(bag)
    assert (made.kind, made.colour, made.fabric, made.price, made.item_id) == (
        "coat",
        "grey",
        "wool",
        4500,
        cleaner.coat.id,
    )
    assert f"/desk/garments/{made.tag}" in text(answer)
    assert f'action="{path(bag, "/undo")}?tags={made.tag}"' in text(answer)
    assert tablet.post(path(bag, "/garments"), data=piece(cleaner)).status_code == 303
    assert len(pieces(bag)) == 1  # the same ticket


def test_the_bar_takes_out_again_what_was_put_in(cleaner: Cleaner, bag: Order, tablet: FlaskClient) -> None:
    answer = text(tablet.post(path(bag, "/garments"), data=piece(cleaner, count=3), htmx=True))
    undo = re.search(r'action="(/desk/orders/\w+/undo\?tags=[^"]+)"', answer)
    assert undo
    assert len(pieces(bag)) == 3
    assert tablet.post(undo[1].replace("&amp;", "&"), htmx=True).status_code == 200
    assert pieces(bag) == []
    assert orders.fresh(bag).price == 0


def test_a_piece_without_a_kind_or_a_fabric_is_refused_with_what_was_typed(
    cleaner: Cleaner, bag: Order, tablet: FlaskClient
) -> None:
    for wrong, words in (
        ({"item": ""}, "先点是什么衣物"),
        ({"fabric": "gold"}, "点一下是什么面料"),
        ({"price": "x"}, "金额像这样写"),
    ):
        answer = tablet.post(path(bag, "/garments"), data=piece(cleaner, brand="玛珂", **wrong), htmx=True)
        assert answer.status_code == 422
        assert words in text(answer)
        assert 'value="玛珂"' in text(answer)
    assert pieces(bag) == []


def test_a_line_of_another_stores_list_is_not_there(cleaner: Cleaner, bag: Order, tablet: FlaskClient) -> None:
    type(cleaner.coat).update(store=cleaner.world.retail.id).where(type(cleaner.coat).id == cleaner.coat.id).execute()
    assert tablet.post(path(bag, "/garments"), data=piece(cleaner), htmx=True).status_code == 422


def test_what_was_here_before_is_one_tap(cleaner: Cleaner, bag: Order, tablet: FlaskClient) -> None:
    cleaner.agreed()
    (wear,) = Wear.select()
    assert f'name="wear" value="{wear.id}"' in text(tablet.get(path(bag)))
    tablet.post(path(bag, "/garments"), data={"ticket": "a ticket of the desk", "wear": wear.id})
    (made,) = pieces(bag)
    assert (made.wear_id, made.kind, made.fabric, made.colour, made.price) == (wear.id, "coat", "wool", "grey", 4500)
    assert f'name="wear" value="{wear.id}"' not in text(tablet.get(path(bag)))


def test_another_members_wardrobe_is_not_there(cleaner: Cleaner, bag: Order, tablet: FlaskClient) -> None:
    cleaner.agreed(cleaner.world.xin)
    (wear,) = Wear.select()
    form = {"ticket": "a ticket of the desk", "wear": wear.id}
    assert tablet.post(path(bag, "/garments"), data=form).status_code == 404


# --- asking, signing, and going ahead ------------------------------------------------------------------------------------


def test_asking_promises_a_time(cleaner: Cleaner, bag: Order, tablet: FlaskClient) -> None:
    assert tablet.post(path(bag, "/request"), htmx=True).status_code == 422  # there is nothing in it
    cleaner.add(bag)
    assert "客人在这里签名" in text(tablet.post(path(bag, "/request"), htmx=True))
    now = orders.fresh(bag)
    assert now.state == "awaiting"
    assert now.promised_at > NOON


def test_a_finger_on_the_tablet_agrees(cleaner: Cleaner, tablet: FlaskClient) -> None:
    asked = cleaner.asked()
    page = text(tablet.get(path(asked, "/sign")))
    assert "红酒" in page
    assert 'action="' + path(asked, "/signature/photos") in page
    answer = tablet.post(path(asked, "/signature/photos"), data={"photo": (BytesIO(jpeg()), "signature.png")})
    assert answer.headers["Location"] == path(asked)
    now = orders.fresh(asked)
    assert (now.state, now.agreed_how) == ("agreed", "tablet")
    assert Photo.get_by_id(now.signature_id).member_id == cleaner.world.mei.id


def test_an_empty_box_is_no_signature(cleaner: Cleaner, tablet: FlaskClient) -> None:
    asked = cleaner.asked()
    for data in ({}, {"photo": (BytesIO(b""), "signature.png")}):
        answer = tablet.post(path(asked, "/signature/photos"), data=data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert "请先签名" in text(answer)
    assert orders.fresh(asked).state == "awaiting"


def test_a_manager_goes_ahead_with_a_reason_and_a_clerk_does_not(
    cleaner: Cleaner, tablet: FlaskClient, as_staff: AsStaff
) -> None:
    asked = cleaner.asked()
    assert tablet.post(path(asked, "/overruling"), data={"why": "急"}).status_code == 403
    manager = as_staff(cleaner.shen)
    assert manager.post(path(asked, "/overruling"), data={"why": ""}, htmx=True).status_code == 422
    page = text(manager.post(path(asked, "/overruling"), data={"why": "客人电话里说好了"}, htmx=True))
    assert "客人电话里说好了" in page
    assert "沈店长" in page
    assert orders.fresh(asked).agreed_by_id == cleaner.shen.id


def test_what_the_member_said_is_answered_once(cleaner: Cleaner, tablet: FlaskClient) -> None:
    asked = cleaner.asked()
    agreement.discuss(asked, cleaner.world.mei, "扣子本来就松", NOON, key="talk")
    assert "扣子本来就松" in text(tablet.get(path(asked)))
    form = {"ticket": "a ticket of the desk", "text": "好，我们缝上"}
    for _ in range(2):
        assert "好，我们缝上" in text(tablet.post(path(asked, "/words"), data=form, htmx=True))
    assert OrderWord.select().where(OrderWord.staff == cleaner.bo.id).count() == 1
    assert (
        tablet.post(path(asked, "/words"), data={"ticket": "another ticket", "text": " "}, htmx=True).status_code == 422
    )


def test_another_time_is_told_and_a_wrong_one_stays_typed(cleaner: Cleaner, tablet: FlaskClient) -> None:
    order = cleaner.agreed()
    first = orders.fresh(order).promised_at
    day = clock.local(first + DAY, cleaner.store.timezone).date().isoformat()
    for wrong in ({"day": "soon", "time": "18:00"}, {"day": "2020-01-01", "time": "18:00"}, {"day": day, "time": ""}):
        answer = tablet.post(path(order, "/promise"), data=wrong | {"why": "机器坏了"}, htmx=True)
        assert answer.status_code == 422
        assert f'value="{wrong["day"]}"' in text(answer)
    tablet.post(path(order, "/promise"), data={"day": day, "time": "18:00", "why": "机器坏了"}, htmx=True)
    assert orders.fresh(order).promised_at == first + DAY
    assert promises.late(cleaner.store, NOON) == []


def test_the_number_is_shown_once_it_is_asked_for(cleaner: Cleaner, tablet: FlaskClient) -> None:
    asked = cleaner.asked()
    assert "13800000001" not in text(tablet.get(path(asked)))
    assert "+8613800000001" in text(tablet.post(path(asked, "/call"), htmx=True)).replace(" ", "")


# --- giving it back -----------------------------------------------------------------------------------------------------


def test_a_ready_order_is_given_by_the_code_on_the_phone(cleaner: Cleaner, tablet: FlaskClient) -> None:
    ready = cleaner.ready()
    six, _ = codes.digits(cleaner.world.mei, NOON)
    page = text(tablet.post(path(ready, "/handover"), data={"code": six, "paid": "1"}, htmx=True))
    now = orders.fresh(ready)
    assert (now.state, now.ended_by_id) == ("collected", cleaner.bo.id)
    assert now.paid_at
    assert now.purchase_id
    assert "已取走" in page


def test_somebody_elses_code_gets_nothing(cleaner: Cleaner, tablet: FlaskClient) -> None:
    ready = cleaner.ready()
    six, _ = codes.digits(cleaner.world.xin, NOON)
    for wrong in (six, "000000", "HUITOU"):
        answer = tablet.post(path(ready, "/handover"), data={"code": wrong, "paid": "1", "receipt": "A-77"}, htmx=True)
        assert answer.status_code in (404, 422), wrong
    assert 'value="A-77"' in text(
        tablet.post(path(ready, "/handover"), data={"code": six, "receipt": "A-77"}, htmx=True)
    )
    assert orders.fresh(ready).state == "ready"


def test_what_hangs_goes_first_when_the_rest_is_not_done(cleaner: Cleaner, tablet: FlaskClient) -> None:
    order = cleaner.agreed(pieces=2)
    first, second = cleaner.tags(order)
    for stage, staff in (
        ("treated", cleaner.bo),
        ("cleaned", cleaner.qi),
        ("checked", cleaner.rui),
        ("racked", cleaner.bo),
    ):
        assert not stages.advance([first], stage, staff, cleaner.store, NOON).refused
    assert f'name="part" value="{first}"' in text(tablet.get(path(order)))
    tablet.post(path(order, "/handover"), data={"part": first}, htmx=True)
    assert [bool(one.handed_at) for one in pieces(order)] == [True, False]
    assert tablet.post(path(order, "/handover"), data={"part": second}, htmx=True).status_code == 422


def test_an_order_is_called_off_with_a_reason(cleaner: Cleaner, bag: Order, tablet: FlaskClient) -> None:
    assert tablet.post(path(bag, "/cancellation"), data={"why": ""}, htmx=True).status_code == 422
    tablet.post(path(bag, "/cancellation"), data={"why": "客人带回去了"}, htmx=True)
    assert orders.fresh(bag).state == "cancelled"


# --- who may ------------------------------------------------------------------------------------------------------------


def test_another_stores_orders_are_not_there(cleaner: Cleaner, as_staff: AsStaff, as_member: AsMember) -> None:
    asked = cleaner.asked()
    chen = as_staff(cleaner.world.chen)
    for door in ("", "/sign", "/tags"):
        assert chen.get(path(asked, door)).status_code == 404
    for door in (
        "/garments",
        "/request",
        "/words",
        "/promise",
        "/rack",
        "/handover",
        "/payment",
        "/cancellation",
        "/signature/photos",
    ):
        assert chen.post(path(asked, door), data={"why": "x"}).status_code == 404, door
    assert as_member(cleaner.world.mei).get(path(asked)).status_code == 303
    assert chen.post(path(asked)).status_code == 405
    assert orders.fresh(asked).state == "awaiting"


def test_a_colleague_who_has_the_card_open_is_named(cleaner: Cleaner, as_staff: AsStaff) -> None:
    asked = cleaner.asked(at=NOON - 2 * DAY)
    agreement.call_list(NOON)
    as_staff(cleaner.qi).get(path(asked))
    assert "小齐 正在办这一单" in text(as_staff(cleaner.bo).get(path(asked)))
    assert as_staff(cleaner.bo).get(path(asked), htmx=True).headers["HX-Redirect"] == path(asked)


def test_one_order_asks_no_more_for_ten_pieces_than_for_one(cleaner: Cleaner, tablet: FlaskClient) -> None:
    small, large = cleaner.asked(), cleaner.asked(pieces=10)
    for garment in pieces(large):
        cleaner.picture(garment)
    tablet.get(path(small))
    with count_queries() as few:
        tablet.get(path(small))
    with count_queries() as many:
        tablet.get(path(large))
    assert many.count <= few.count
    assert few.count <= 32
    assert Garment.select().count() == 11

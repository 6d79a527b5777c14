"""Members' doors around an order: the list, the wardrobe, a tag that is scanned, whose it all is, and home's one card."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from playhouse.test_utils import count_queries

from models import Garment, Order, Store, Wear
from tests.bookings.places import resource, service
from tests.kit.doors import AsMember, AsStaff
from tests.laundry.pages import TICKET, asked_well, collected, html, text
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp.bookings import bookings
from webapp.bookings.holding import For, Wish
from webapp.clock import DAY, HOUR
from webapp.laundry import after, agreement, orders

Later = Callable[[int], None]


def fresh(order: Order) -> Order:
    return orders.fresh(order)


# --- lists -------------------------------------------------------------------------------------------------------------


def test_the_list_begins_with_what_wants_something(cleaner: Cleaner, mei: FlaskClient) -> None:
    done, work = collected(cleaner), cleaner.agreed()
    wants, ready = cleaner.asked(pieces=3), cleaner.ready()
    page = html(mei.get("/orders"))
    places = [page.index(order.code) for order in (ready, wants, work, done)]
    assert places == sorted(places)
    assert "等 3 件" in text(mei.get("/orders"))


def test_the_list_asks_as_often_for_forty_orders_as_for_one(cleaner: Cleaner, mei: FlaskClient) -> None:
    cleaner.asked()
    mei.get("/orders")
    with count_queries() as one:
        mei.get("/orders")
    for _ in range(40):
        cleaner.asked()
    with count_queries() as many:
        mei.get("/orders")
    assert many.count == one.count


def test_an_order_asks_as_often_for_twelve_pieces_as_for_one(cleaner: Cleaner, mei: FlaskClient) -> None:
    small, large = cleaner.asked(), cleaner.asked(pieces=12)
    mei.get(f"/orders/{small.code}")
    counts = []
    for order in (small, large):
        with count_queries() as asked:
            mei.get(f"/orders/{order.code}")
        counts.append(asked.count)
    assert counts[0] == counts[1]


def test_nothing_yet_says_what_to_do(world: World, mei: FlaskClient) -> None:
    shown = text(mei.get("/orders"))
    assert "还没有衣物在店里" in shown
    assert "约上门取衣" not in shown
    van = resource(world.laundry, "小货车", kind="van", capacity=2, shared=True)
    fetches = service(world.laundry, "上门取衣", [van], kind="pickup", minutes=120, step_minutes=60)
    assert f"/book?service={fetches.id}" in html(mei.get("/orders"))


def test_the_wardrobe_knows_what_was_brought_and_forgets_it(cleaner: Cleaner, mei: FlaskClient) -> None:
    assert "衣柜还是空的" in text(mei.get("/wardrobe"))
    first, second = collected(cleaner, NOON - DAY), collected(cleaner)
    wear = Wear.get()
    shown = text(mei.get("/wardrobe"))
    assert "大衣 灰色 · 羊毛 来过 2 次" in shown
    page = html(mei.get(f"/wardrobe/{wear.id}"))
    assert first.code in page
    assert second.code in page
    assert mei.post(f"/wardrobe/{wear.id}/removal").status_code == 303
    assert "衣柜还是空的" in text(mei.get("/wardrobe"))
    assert mei.get(f"/wardrobe/{wear.id}").status_code == 404
    assert mei.get(f"/orders/{first.code}").status_code == 200


# --- a tag that is scanned -----------------------------------------------------------------------------------------------


def test_a_tag_leads_its_member_to_the_garment_the_tablet_to_its_desk_and_others_to_the_shop(
    cleaner: Cleaner, world: World, mei: FlaskClient, as_member: AsMember, as_staff: AsStaff, visitor: FlaskClient
) -> None:
    order = cleaner.asked()
    tag = pieces(order)[0].tag
    assert mei.get(f"/t/{tag}").location == f"/orders/{order.code}/garments/{tag}"
    assert mei.get(f"/t/{tag.lower()}").location == f"/orders/{order.code}/garments/{tag}"
    assert as_staff(world.bo).get(f"/t/{tag}").location == f"/desk/garments/{tag}"
    for somebody in (as_member(world.xin), visitor):
        assert somebody.get(f"/t/{tag}").location == "/s/laundry"
    for nobody in ("NOSUCHTAG", "衣", "x" * 300):
        assert visitor.get(f"/t/{nobody}").status_code == 404


# --- whose it is -------------------------------------------------------------------------------------------------------


def doors(order: Order, garment: Garment, wear: Wear) -> list[str]:
    return [
        f"GET /orders/{order.code}",
        f"GET /orders/{order.code}/part",
        f"POST /orders/{order.code}/agreement",
        f"POST /orders/{order.code}/words",
        f"POST /orders/{order.code}/parts",
        f"POST /orders/{order.code}/delivery",
        f"POST /orders/{order.code}/wellness",
        f"GET /orders/{order.code}/garments/{garment.tag}",
        f"POST /orders/{order.code}/garments/{garment.tag}/claim",
        f"GET /wardrobe/{wear.id}",
        f"POST /wardrobe/{wear.id}/removal",
    ]


def test_what_is_another_members_is_not_there_and_a_stranger_signs_in_first(
    cleaner: Cleaner, world: World, as_member: AsMember, visitor: FlaskClient
) -> None:
    order = cleaner.asked()
    xin, seen = (
        as_member(world.xin),
        {"seen": agreement.fingerprint(order), "ticket": TICKET, "text": "x", "well": "1", "yes": "1"},
    )
    for door in doors(order, pieces(order)[0], Wear.get()):
        method, address = door.split()
        assert xin.open(address, method=method, data=seen).status_code == 404, door
        assert visitor.open(address, method=method, data=seen).location.startswith("/sign-in"), door
        wrong = "DELETE" if method == "GET" else "GET"
        assert xin.open(address, method=wrong).status_code == 405, door
    assert fresh(order) == order
    assert fresh(order).agreed_at is None
    assert Wear.get().removed_at is None


def test_a_piece_of_another_order_is_not_there(cleaner: Cleaner, mei: FlaskClient) -> None:
    one, other = cleaner.asked(), cleaner.asked()
    assert mei.get(f"/orders/{one.code}/garments/{pieces(other)[0].tag}").status_code == 404
    assert mei.get("/orders/NOSUCHCODE").status_code == 404
    assert mei.get(f"/orders/{'x' * 300}").status_code == 404


# --- home and its neighbours -------------------------------------------------------------------------------------------


def now_card(phone: FlaskClient) -> str:
    found = re.search(r'<div id="now">(.*?)</div>\s*<nav', html(phone.get("/")), re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_homes_card_goes_by_what_is_urgent(cleaner: Cleaner, world: World, mei: FlaskClient, later: Later) -> None:
    assert "我的衣物" not in text(mei.get("/"))
    well = asked_well(cleaner)
    assert "上次的衣服都好吗？" in now_card(mei)
    assert "我的衣物" in text(mei.get("/"))
    ready = cleaner.ready(at=NOON - HOUR)
    assert "衣服洗好了，可以取了" in now_card(mei)
    assert ready.code in html(mei.get("/"))
    room = resource(world.bath, "汤屋", capacity=4)
    bath = service(world.bath, "汤浴", [room], minutes=60)
    bookings.book([Wish(bath.id, NOON + 3 * HOUR, 1)], world.bath, For(world.mei), key="bath", at=NOON)
    assert "汤浴" in now_card(mei)
    asked = cleaner.asked()
    assert "洗之前，请看一眼" in now_card(mei)
    cleaner.agree(asked)
    assert "汤浴" in now_card(mei)
    after.answer(well, world.mei, True, "", NOON, key=TICKET)


def test_whoever_never_brings_clothes_pays_no_question_for_them(
    cleaner: Cleaner, world: World, as_member: AsMember, mei: FlaskClient
) -> None:
    cleaner.asked()
    xin = as_member(world.xin)
    counts = {}
    for name, phone in (("brings", mei), ("never", xin)):
        phone.get("/")
        with count_queries() as asked:
            phone.get("/")
        counts[name] = asked.count
    assert counts["never"] < counts["brings"]


def test_my_page_leads_to_the_clothes_where_there_is_a_laundry(world: World, mei: FlaskClient) -> None:
    assert 'href="/orders"' in html(mei.get("/me"))
    Store.update(closed_at=NOON).where(Store.id == world.laundry.id).execute()
    assert 'href="/orders"' not in html(mei.get("/me"))

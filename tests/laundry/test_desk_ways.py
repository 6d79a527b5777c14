"""Ways through the counter that begin elsewhere: from the van's route into the bag, and a member who says at the counter how they want it back."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Booking, Event, Message, Order
from tests.bookings.places import moment, resource, service
from tests.kit.doors import AsMember, AsStaff
from tests.laundry.places import Cleaner
from tests.world import NOON, World
from webapp import clock
from webapp.bookings import bookings
from webapp.bookings.holding import For, Wish
from webapp.laundry import orders, stages


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def tablet(cleaner: Cleaner, as_staff: AsStaff) -> FlaskClient:
    return as_staff(cleaner.bo)


@pytest.fixture
def pickup(world: World, cleaner: Cleaner) -> Booking:
    """Today at two, two bags at Mei's door."""
    van = resource(world.laundry, "小货车", kind="van", capacity=2, shared=True)
    fetches = service(world.laundry, "上门取衣", [van], kind="pickup", minutes=120, step_minutes=60)
    return _asks(world, fetches.id, For(world.mei, note="两袋，绿的那袋轻一点洗"), "pickup")


def _asks(world: World, fetches: int, whom: For, key: str) -> Booking:
    return bookings.book([Wish(fetches, moment("14:00"), 1)], world.laundry, whom, key=key, at=NOON)


def test_from_the_route_into_the_bag_with_what_was_written_at_home(
    world: World, cleaner: Cleaner, tablet: FlaskClient, pickup: Booking
) -> None:
    day = clock.local(pickup.starts_at, world.laundry.timezone).date()
    route = f"/desk/bookings/route?day={day}"
    assert f"/desk/orders/new?pickup={pickup.code}" not in html(tablet.get(route))
    arrival = re.search(r'action="(/desk/bookings/\w+/arrival[^"]*)"', html(tablet.get(route)))
    assert arrival
    assert tablet.post(arrival[1].replace("&amp;", "&")).status_code == 303
    assert f'href="/desk/orders/new?pickup={pickup.code}"' in html(tablet.get(route))
    page = tablet.get(f"/desk/orders/new?pickup={pickup.code}")
    for word in ("上门取回来的", "两袋，绿的那袋轻一点洗", "林小满"):
        assert word in text(page), word
    form = {"ticket": "a ticket of the desk", "pickup": pickup.code, "member": world.mei.code}
    places = [tablet.post("/desk/orders/new", data=form | {"ticket": f"ticket number {n}"}).location for n in (1, 2)]
    order = Order.get()
    assert places == [f"/desk/orders/{order.code}"] * 2
    assert (order.member_id, order.pickup_id) == (world.mei.id, pickup.id)
    assert "绿的那袋轻一点洗" in text(tablet.get(places[0]))
    assert tablet.get(f"/desk/orders/new?pickup={pickup.code}").location == places[0]


def test_a_pick_up_for_somebody_without_a_card_keeps_their_name(
    world: World, cleaner: Cleaner, tablet: FlaskClient, pickup: Booking
) -> None:
    booking = _asks(world, pickup.parts.get().service_id, For(guest="老街面馆"), "a guest's")
    page = tablet.get(f"/desk/orders/new?pickup={booking.code}")
    assert "老街面馆" in text(page)
    form = {"ticket": "a ticket of the desk", "pickup": booking.code, "who": "老街面馆"}
    assert tablet.post("/desk/orders/new", data=form).status_code == 303
    assert (Order.get().guest, Order.get().pickup_id) == ("老街面馆", booking.id)


def test_another_stores_pick_up_is_not_there(
    cleaner: Cleaner, as_staff: AsStaff, world: World, pickup: Booking
) -> None:
    elsewhere = as_staff(world.chen)
    assert elsewhere.get(f"/desk/orders/new?pickup={pickup.code}").status_code == 404
    form = {"ticket": "a ticket of the desk", "pickup": pickup.code}
    assert elsewhere.post("/desk/orders/new", data=form).status_code == 404
    assert not Order.select().exists()


def test_whoever_says_so_at_the_counter_fetches_in_parts(
    cleaner: Cleaner, tablet: FlaskClient, as_member: AsMember, world: World
) -> None:
    order = cleaner.agreed(pieces=2)
    door = f"/desk/orders/{order.code}/parts"
    assert f'action="{door}"' in html(tablet.get(f"/desk/orders/{order.code}"))
    for _ in range(2):
        assert 'aria-checked="true"' in html(tablet.post(door, data={"yes": "1"}, htmx=True))
    assert orders.fresh(order).in_parts
    written = Event.select().where(Event.verb == "order_parts_chosen")
    assert [event.staff_id for event in written] == [cleaner.bo.id]
    tag = cleaner.tags(order)[:1]
    for stage, staff in (
        ("treated", cleaner.bo),
        ("cleaned", cleaner.qi),
        ("checked", cleaner.rui),
        ("racked", cleaner.bo),
    ):
        stages.advance(tag, stage, staff, cleaner.store, NOON)
    assert Message.select().where(Message.text == "order_part_ready").count() == 1
    assert 'aria-checked="true"' in html(as_member(world.mei).get(f"/orders/{order.code}"))
    assert tablet.post(door, data={"yes": "0"}).status_code == 303
    assert not orders.fresh(order).in_parts
    assert tablet.post(door, data={"yes": "perhaps"}, htmx=True).status_code == 422


def test_one_piece_is_no_parts_and_what_is_ready_is_no_longer_asked(cleaner: Cleaner, tablet: FlaskClient) -> None:
    one, done = cleaner.agreed(), cleaner.ready(pieces=2)
    for order in (one, done):
        assert "/parts" not in html(tablet.get(f"/desk/orders/{order.code}"))
    assert tablet.post(f"/desk/orders/{done.code}/parts", data={"yes": "1"}, htmx=True).status_code == 422


def test_another_stores_tablet_cannot_say_so(cleaner: Cleaner, as_staff: AsStaff, world: World) -> None:
    order = cleaner.agreed(pieces=2)
    assert as_staff(world.chen).post(f"/desk/orders/{order.code}/parts", data={"yes": "1"}).status_code == 404
    assert not orders.fresh(order).in_parts

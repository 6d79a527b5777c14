"""What came over the counter: typed in once, priced, pinned, asked; and asked anew when it changes."""

import pytest
from playhouse.test_utils import assert_query_count  # type: ignore[import-untyped]

from models import Event, Garment, GarmentPhoto, Message, Order, Photo, Pin, Step, Wear, Work
from tests.bookings.places import Bath, moment
from tests.laundry.places import Cleaner, pieces, steps
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, MINUTE
from webapp.laundry import agreement, intake, orders, stages
from webapp.laundry.intake import Piece
from webapp.refusals import Missing, Refusal


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def test_an_order_is_opened_once_per_key_and_never_for_somebody_else(cleaner: Cleaner) -> None:
    mei, xin = cleaner.world.mei, cleaner.world.xin
    first = intake.open(cleaner.store, mei, "", cleaner.bo, NOON, key="k", note="门铃坏了")
    again = intake.open(cleaner.store, mei, "", cleaner.bo, NOON + 5, key="k")
    assert (first.id, first.state, first.member_id, first.guest) == (again.id, "intake", mei.id, "")
    assert b"\xe9\x97\xa8" not in bytes(first.note_sealed), "the note is sealed"
    for store, member in ((cleaner.store, xin), (cleaner.world.bath, mei)):
        with pytest.raises(Refusal, match="已经用过"):
            intake.open(store, member, "", cleaner.bo, NOON, key="k")
    assert Order.select().count() == Event.select().where(Event.verb == "order_opened").count() == 1


def test_somebody_without_a_card_has_a_name(cleaner: Cleaner) -> None:
    with pytest.raises(Refusal) as no:
        intake.open(cleaner.store, None, "  ", cleaner.bo, NOON, key="k")
    assert no.value.field == "guest"
    order = intake.open(cleaner.store, None, " 王先生 ", cleaner.bo, NOON, key="k")
    cleaner.add(order)
    assert (order.guest, order.member_id) == ("王先生", None)
    assert intake.ask(order, cleaner.bo, NOON).state == "awaiting"
    assert Message.select().count() == 0
    assert Wear.select().count() == 0


def test_a_card_that_is_gone_brings_nothing(cleaner: Cleaner) -> None:
    gone = cleaner.world.member("", erased_at=NOON)
    with pytest.raises(Missing):
        cleaner.open(gone)


def test_a_pick_up_is_one_order_whoever_opens_it(cleaner: Cleaner) -> None:
    bath = Bath(cleaner.world)
    trip = bath.book(cleaner.world.mei, moment("19:00"))
    trip.store = cleaner.store.id
    trip.save()
    one = intake.open(cleaner.store, cleaner.world.mei, "", cleaner.bo, NOON, key="a", pickup=trip)
    other = intake.open(cleaner.store, cleaner.world.mei, "", cleaner.qi, NOON, key="b", pickup=trip)
    assert one.id == other.id
    with pytest.raises(Missing):
        intake.open(cleaner.store, cleaner.world.xin, "", cleaner.bo, NOON, key="c", pickup=trip)


def test_pieces_get_a_tag_each_a_price_and_a_first_step(cleaner: Cleaner) -> None:
    order = cleaner.open()
    made = intake.add(order, Piece(cleaner.shirt, "shirt", "cotton", "white", count=3), cleaner.bo, NOON, key="p")
    again = intake.add(order, Piece(cleaner.shirt, "shirt", "cotton", "white", count=3), cleaner.bo, NOON, key="p")
    assert [garment.id for garment in made] == [garment.id for garment in again]
    assert len({garment.tag for garment in made}) == 3
    assert steps(made[0]) == [("received", True, "")]
    cleaner.add(order, cleaner.coat, price=5000)
    assert orders.fresh(order).price == 3 * 1200 + 5000
    assert pieces(order)[0].name == {"zh": "衬衫"}
    with pytest.raises(Refusal, match="已经用过"):
        intake.add(cleaner.open(), Piece(cleaner.shirt, "shirt"), cleaner.bo, NOON, key="p")


def test_what_is_on_no_price_list_is_called_by_its_kind_and_has_a_price(cleaner: Cleaner) -> None:
    order = cleaner.open()
    with pytest.raises(Refusal) as no:
        intake.add(order, Piece(None, "toy"), cleaner.bo, NOON, key="bear")
    assert no.value.field == "price"
    (bear,) = intake.add(order, Piece(None, "toy", price=3000), cleaner.bo, NOON, key="bear")
    assert bear.name["zh"] == "毛绒玩具"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("kind", {"kind": "tent"}),
        ("fabric", {"fabric": "iron"}),
        ("colour", {"colour": "ultraviolet"}),
        ("price", {"price": -1}),
        ("price", {"price": 10**9}),
        ("count", {"count": 0}),
        ("count", {"count": 51}),
    ],
)
def test_what_cannot_be_is_refused_next_to_its_field(cleaner: Cleaner, field: str, fields: dict[str, object]) -> None:
    order = cleaner.open()
    with pytest.raises(Refusal) as no:
        intake.add(order, Piece(**{"item": cleaner.coat, "kind": "coat"} | fields), cleaner.bo, NOON, key="p")  # type: ignore[arg-type]
    assert no.value.field == field
    assert orders.fresh(order).price == Garment.select().count() == 0


def test_a_bag_has_a_bottom(cleaner: Cleaner) -> None:
    order = cleaner.open()
    for _ in range(4):
        cleaner.add(order, cleaner.shirt, count=50)
    with pytest.raises(Refusal) as no:
        cleaner.add(order, cleaner.shirt)
    assert no.value.code == "too_many_pieces"
    assert orders.fresh(order).price == 200 * 1200


def test_another_stores_price_list_does_not_hold_here(cleaner: Cleaner) -> None:
    cleaner.coat.store = cleaner.world.retail.id
    with pytest.raises(Missing):
        cleaner.add(cleaner.open(), cleaner.coat)


def test_the_wardrobe_knows_it_again(cleaner: Cleaner) -> None:
    first, second = cleaner.open(), cleaner.open(at=NOON + DAY)
    (coat,) = cleaner.add(first)
    (again,) = cleaner.add(second, wear=coat.wear, at=NOON + DAY)
    assert coat.wear_id == again.wear_id
    assert Wear.get().times == 2
    with pytest.raises(Missing):
        cleaner.add(cleaner.open(cleaner.world.xin), wear=coat.wear)


def test_changing_and_removing_move_the_price(cleaner: Cleaner) -> None:
    order = cleaner.open()
    coat, other = cleaner.add(order, count=2)
    changed = intake.change(coat, Piece(cleaner.dress, "dress", "silk", "red", wish="轻柔"), cleaner.bo, NOON)
    assert (changed.tag, changed.kind, changed.wish, changed.price) == (coat.tag, "dress", "轻柔", 6000)
    assert orders.fresh(order).price == 6000 + 4500
    for _ in range(2):
        intake.remove(other, cleaner.bo, NOON)
    assert orders.fresh(order).price == 6000
    assert Event.select().where(Event.verb == "garment_removed").count() == 1
    assert check.run() == []


def test_the_same_change_again_is_none(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    (coat,) = pieces(order)
    intake.change(coat, Piece(cleaner.coat, "coat", "wool", "grey"), cleaner.bo, NOON)
    assert orders.fresh(order).state == "awaiting"


def test_a_picture_is_attached_once_and_not_to_somebody_elses_coat(cleaner: Cleaner) -> None:
    (coat,) = cleaner.add(cleaner.open())
    photo = cleaner.photo()
    first = intake.attach(coat, photo, "intake", cleaner.bo, NOON)
    twin = cleaner.photo(hash=photo.hash)
    assert intake.attach(coat, twin, "intake", cleaner.bo, NOON).id == first.id
    assert intake.attach(coat, photo, "intake", cleaner.bo, NOON).id == first.id
    for photo in (cleaner.photo(cleaner.world.xin), cleaner.photo()):
        Photo.update(store=cleaner.world.bath.id).where(
            Photo.id == photo.id, Photo.member == cleaner.world.mei.id
        ).execute()
        with pytest.raises(Missing):
            intake.attach(coat, Photo.get_by_id(photo.id), "intake", cleaner.bo, NOON)
    for _ in range(intake.PICTURES_MOST - 1):
        cleaner.picture(coat)
    with pytest.raises(Refusal) as no:
        cleaner.picture(coat)
    assert no.value.code == "too_many_photos"


def test_a_picture_goes_with_its_pins_and_twice_is_once(cleaner: Cleaner) -> None:
    (coat,) = cleaner.add(cleaner.open())
    picture = cleaner.picture(coat)
    spot = intake.pin(picture, 0, 1000, "tear", "", "", cleaner.bo, NOON)
    for _ in range(2):
        intake.detach(picture, cleaner.bo, NOON)
    intake.unpin(spot, cleaner.bo, NOON)
    with pytest.raises(Missing):
        intake.pin(picture, 1, 1, "tear", "", "", cleaner.bo, NOON)
    assert GarmentPhoto.select().count() == Pin.select().count() == 0


def test_a_pin_is_put_once_and_says_what_a_stain_is_of(cleaner: Cleaner) -> None:
    picture = cleaner.picture(cleaner.add(cleaner.open())[0])
    one = intake.pin(picture, 10, 20, "stain", "", " 领口 ", cleaner.bo, NOON)
    assert (one.stain, one.note) == ("unknown", "领口")
    assert intake.pin(picture, 10, 20, "stain", "unknown", "领口", cleaner.bo, NOON).id == one.id
    assert intake.pin(picture, 30, 20, "tear", "wine", "", cleaner.bo, NOON).stain == ""
    for field, spot in (("x", (-1, 0)), ("x", (0, 1001))):
        with pytest.raises(Refusal) as no:
            intake.pin(picture, *spot, "tear", "", "", cleaner.bo, NOON)
        assert no.value.field == field
    for kind, stain, field in (("magic", "", "kind"), ("stain", "soup", "stain")):
        with pytest.raises(Refusal) as no:
            intake.pin(picture, 1, 1, kind, stain, "", cleaner.bo, NOON)
        assert no.value.field == field
    for number in range(intake.PINS_MOST - 2):
        intake.pin(picture, number, 1, "tear", "", "", cleaner.bo, NOON)
    with pytest.raises(Refusal) as no:
        intake.pin(picture, 999, 1, "tear", "", "", cleaner.bo, NOON)
    assert no.value.code == "too_many_pins"


def test_asking_promises_a_time_and_tells_the_member_once(cleaner: Cleaner) -> None:
    order = cleaner.open()
    with pytest.raises(Refusal) as no:
        intake.ask(order, cleaner.bo, NOON)
    assert no.value.code == "no_garments"
    cleaner.add(order)
    for minute in range(2):
        asked = intake.ask(order, cleaner.bo, NOON + minute * MINUTE)
    assert (asked.state, asked.asked_at) == ("awaiting", NOON)
    assert asked.promised_at == asked.first_promised_at > NOON + 2 * DAY
    message = Message.get()
    assert (message.text, message.url) == ("order_agree", f"/orders/{order.code}")
    assert (message.params["pieces"], message.params["amount"]) == (1, 4500)
    assert check.run() == []


@pytest.mark.parametrize("what", ["pin", "unpin", "photo", "garment", "change", "remove"])
def test_what_changes_after_asking_is_asked_anew(cleaner: Cleaner, what: str) -> None:
    order = cleaner.asked(pieces=2)
    seen = agreement.fingerprint(order)
    coat = pieces(order)[0]
    picture = GarmentPhoto.get()
    {
        "pin": lambda: intake.pin(picture, 1, 1, "tear", "", "", cleaner.bo, NOON + 1),
        "unpin": lambda: intake.unpin(Pin.get(), cleaner.bo, NOON + 1),
        "photo": lambda: cleaner.picture(coat),
        "garment": lambda: cleaner.add(order),
        "change": lambda: intake.change(coat, Piece(cleaner.coat, "coat", "cashmere", "grey"), cleaner.bo, NOON + 1),
        "remove": lambda: intake.remove(coat, cleaner.bo, NOON + 1),
    }[what]()
    assert orders.fresh(order).state == "intake"
    with pytest.raises(Refusal, match="再看一眼"):
        agreement.agree(order, cleaner.world.mei, NOON + 2, seen=seen)
    asked = intake.ask(order, cleaner.bo, NOON + 3)
    assert (asked.state, asked.asked_at, asked.promises) == ("awaiting", NOON + 3, 0)
    with pytest.raises(Refusal, match="再看一眼"):
        agreement.agree(order, cleaner.world.mei, NOON + 4, seen=seen)
    assert [row.text for row in Message.select().order_by(Message.id)] == ["order_agree", "order_agree_again"]
    assert cleaner.agree(order, NOON + 5).state == "agreed"
    assert check.run() == []


def test_a_stain_found_before_treating_takes_the_yes_back(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (coat,) = pieces(order)
    intake.pin(GarmentPhoto.get(), 1, 1, "tear", "", "", cleaner.bo, NOON + 1)
    now = orders.fresh(order)
    assert (now.state, now.agreed_at, now.agreed_how) == ("intake", None, "")
    assert steps(coat)[-1] == ("received", True, intake.AGAIN)
    moved = stages.advance([coat.tag], "treated", cleaner.bo, cleaner.store, NOON + 2)
    assert [no.code for _, no in moved.refused] == ["not_agreed"]
    intake.ask(order, cleaner.bo, NOON + 3)
    cleaner.agree(order, NOON + 4)
    cleaner.until(order, "racked", NOON + 5)
    assert orders.fresh(order).state == "ready"
    assert check.run() == []


def test_once_it_is_treated_what_was_seen_stays_as_it_was(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=2)
    coat, other = pieces(order)
    stages.advance([coat.tag], "treated", cleaner.bo, cleaner.store, NOON)
    for late in (
        lambda: intake.pin(GarmentPhoto.get(), 1, 1, "tear", "", "", cleaner.bo, NOON),
        lambda: cleaner.add(order),
        lambda: intake.change(other, Piece(cleaner.dress, "dress"), cleaner.bo, NOON),
        lambda: cleaner.picture(other),
    ):
        with pytest.raises(Refusal) as no:
            late()
        assert no.value.code == "begun"
    with pytest.raises(Refusal) as no:
        intake.remove(other, cleaner.bo, NOON)
    assert no.value.code == "agreed_already"
    outgoing = cleaner.picture(coat, moment="outgoing")
    intake.pin(outgoing, 5, 5, "stain", "wine", "洗不掉", cleaner.bo, NOON)
    assert orders.fresh(order).state == "agreed"
    assert check.run() == []


def test_a_later_promise_is_another_and_none_is_made_earlier(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    first = order.promised_at
    cleaner.add(order, cleaner.shirt)
    assert intake.ask(order, cleaner.bo, NOON + 1).promised_at == first
    cleaner.add(order, cleaner.dress)
    asked = intake.ask(order, cleaner.bo, NOON + 2)
    assert asked.promised_at > first == asked.first_promised_at
    assert asked.promises == 1


def test_all_of_an_order_is_read_in_six_questions_however_large(cleaner: Cleaner) -> None:
    order = cleaner.agreed(pieces=1)
    agreement.discuss(order, cleaner.world.mei, "轻一点", NOON, key="w")
    with assert_query_count(6):
        whole = orders.whole(order)
    assert whole.seen == agreement.fingerprint(order)
    (passport,) = whole.garments
    assert [pin.note for pin in passport.pins] == ["左袖口"]
    assert [step.stage for step in passport.steps] == ["received", "agreed"]
    assert passport.steps[0].staff.name == "阿波"
    assert (whole.words[0].text, whole.order.member.name) == ("轻一点", "林小满")
    large = cleaner.open()
    for garment in cleaner.add(large, count=20):
        intake.pin(cleaner.picture(garment), 1, 1, "tear", "", "", cleaner.bo, NOON)
    with assert_query_count(6):
        whole = orders.whole(large)
        for passport in whole.garments:
            assert passport.garment.item.name
            assert passport.garment.order.store.name
            assert passport.pictures("intake")[0].photo.hash
            assert passport.pins[0].made_by.name
    with assert_query_count(3):
        agreement.fingerprint(large)


def test_the_board_and_the_lists_ask_as_often_for_many_as_for_few(cleaner: Cleaner) -> None:
    for _ in range(2):
        cleaner.open()
    cleaner.asked()
    late = cleaner.agreed(at=NOON - 30 * DAY)
    cleaner.agreed(pieces=3)
    ready = cleaner.ready(cleaner.world.xin)
    orders.board(cleaner.store, NOON)  # planned
    with assert_query_count(7):
        lanes = orders.board(cleaner.store, NOON)
        shown = {lane.state: lane for lane in lanes}
        names = [(order.member.name, len(order.garments), order.store.name) for lane in lanes for order in lane.orders]
    assert [(lane.state, lane.total, lane.late) for lane in lanes] == [
        ("intake", 2, 0),
        ("awaiting", 1, 0),
        ("agreed", 2, 1),
        ("ready", 1, 0),
    ]
    assert [order.id for order in shown["ready"].orders] == [ready.id]
    assert shown["agreed"].orders[0].id == late.id
    assert len(names) == 6
    for _ in range(orders.LANE_MOST + 2):
        cleaner.open(guest="路过的")
    with assert_query_count(7):
        lane = orders.board(cleaner.store, NOON)[0]
    assert (len(lane.orders), lane.total) == (orders.LANE_MOST, orders.LANE_MOST + 4)
    assert [lane.total for lane in orders.board(cleaner.world.bath, NOON)] == [0, 0, 0, 0]
    with assert_query_count(2):
        mine = orders.of_member(cleaner.world.mei, 60)
        assert [len(order.garments) for order in mine] == [3, 1, 0, 0, 1]
    with assert_query_count(2):
        orders.of_store(cleaner.store, limit=50)
    seen = orders.of_store(cleaner.store, limit=5)
    rest = orders.of_store(cleaner.store, before=seen[-1].id, limit=500)
    assert len({order.id for order in (*seen, *rest)}) == Order.select().count()


def test_an_order_is_found_by_code_or_tag_and_another_stores_is_named(cleaner: Cleaner) -> None:
    order = cleaner.agreed()
    (coat,) = pieces(order)
    for text in (
        order.code,
        order.code.lower(),
        coat.tag,
        f"https://huitou.example/t/{coat.tag}",
        f" {coat.tag[:4]} {coat.tag[4:]}",
    ):
        found = orders.find(text, cleaner.store)
        assert found
        assert found.id == order.id
    for text in ("", "nothing", "/"):
        assert orders.find(text, cleaner.store) is None
    with pytest.raises(Refusal) as no:
        orders.find(coat.tag, cleaner.world.bath)
    assert no.value.params["store"]["zh"] == "回头干洗"
    assert orders.mine(order.code.lower(), cleaner.world.mei).id == orders.here(order.code, cleaner.store).id
    for look in (
        lambda: orders.mine(order.code, cleaner.world.xin),
        lambda: orders.here(order.code, cleaner.world.bath),
    ):
        with pytest.raises(Missing):
            look()


def test_everything_at_the_counter_is_written_down(cleaner: Cleaner) -> None:
    order = cleaner.asked()
    intake.unpin(Pin.get(), cleaner.bo, NOON)
    verbs = [event.verb for event in Event.select().where(Event.store == cleaner.store.id).order_by(Event.id)]
    assert verbs == [
        "order_opened",
        "garments_added",
        "photo_added",
        "pin_put",
        "order_asked",
        "order_reopened",
        "pin_taken",
    ]
    assert {event.staff_id for event in Event.select().where(Event.ref == order.code)} == {cleaner.bo.id}
    assert Step.select().count() == 1
    assert Work.select().count() == 0

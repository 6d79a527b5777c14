"""What a member has at the laundry when the card goes away: exported, forgotten once it is given back, or on the card that it became part of."""

import json

import pytest

from models import Garment, GarmentPhoto, Member, Message, Order, OrderWord, Photo, Pin, Wear
from tests.laundry.places import Cleaner, pieces
from tests.world import NOON, World
from webapp import check
from webapp.clock import HOUR, MINUTE
from webapp.laundry import agreement, handing, intake, orders
from webapp.members import clothes, merging, privacy


@pytest.fixture
def cleaner(world: World) -> Cleaner:
    return Cleaner(world)


def live(cleaner: Cleaner, member: Member) -> tuple[Order, Order]:
    """One order that is over and one that is being cleaned, with a note, wishes, pictures, pins, words and a signature. Returns both."""
    over = cleaner.ready(member, at=NOON - HOUR, wish="妈妈的大衣")
    handing.collect(over, cleaner.bo, NOON, paid=False)
    running = intake.open(
        cleaner.store, member, "", cleaner.bo, NOON, key=f"live:{member.id}", note="晚上九点后别打电话"
    )
    (coat,) = cleaner.add(running, wish="袖口轻一点")
    intake.pin(cleaner.picture(coat), 1, 1, "stain", "wine", "领口", cleaner.bo, NOON)
    intake.ask(running, cleaner.bo, NOON)
    agreement.discuss(running, member, "是我儿子弄的", NOON, key="w")
    agreement.reply(running, cleaner.bo, "没关系，洗得掉", NOON, key="r")
    agreement.sign(running, cleaner.photo(member), cleaner.bo, NOON)
    cleaner.until(running, "treated")
    return over, running


def test_the_export_tells_the_whole_story_of_each_piece(cleaner: Cleaner) -> None:
    live(cleaner, cleaner.world.mei)
    text = json.dumps(privacy.export(cleaner.world.fresh(cleaner.world.mei), NOON), ensure_ascii=False)
    document = json.loads(text)
    first, second = document["orders"]
    assert (first["state"], second["state"], second["note"]) == ("collected", "agreed", "晚上九点后别打电话")
    (coat,) = second["garments"]
    assert coat["wish"] == "袖口轻一点"
    assert coat["pictures"][0]["pins"][0]["note"] == "领口"
    assert coat["pictures"][0]["photo_code"] in {photo["code"] for photo in document["photos"]}
    assert [step["stage"] for step in coat["steps"]] == ["received", "agreed", "treated"]
    assert coat["steps"][0]["staff_name"] == "阿波"
    assert [word["text"] for word in second["words"]] == ["是我儿子弄的", "没关系，洗得掉"]
    assert len(document["wardrobe"]) == 1
    for row in (*Order.select(), *Garment.select(), *OrderWord.select()):
        assert row.key not in text


def test_who_is_forgotten_leaves_no_words_no_wardrobe_and_no_pictures_of_what_was_given_back(cleaner: Cleaner) -> None:
    mei = cleaner.world.mei
    over, running = live(cleaner, mei)
    privacy.erase(mei, NOON + MINUTE)
    assert Wear.select().count() == 0
    assert {word.text for word in OrderWord.select()} == {""}
    assert not any(order.note_sealed or order.signature_id for order in Order.select())
    assert pieces(over)[0].wish == ""
    left = [row.garment_id for row in GarmentPhoto.select()]
    assert left == [pieces(running)[0].id], "what is still here is proved until it is given back"
    assert Photo.select().count() == 1
    assert check.run() == []


def test_clothes_of_who_is_forgotten_are_finished_given_back_and_then_forgotten_by_night(cleaner: Cleaner) -> None:
    mei = cleaner.world.mei
    _, running = live(cleaner, mei)
    privacy.erase(mei, NOON + MINUTE)
    cleaner.until(running, "racked", NOON + HOUR)
    assert Message.select().where(Message.member == mei.id).count() == 0
    assert clothes.sweep(NOON + HOUR) == 0
    handing.collect(orders.fresh(running), cleaner.bo, NOON + 2 * HOUR, paid=False)
    assert [clothes.sweep(NOON + 3 * HOUR) for _ in range(2)] == [1, 0]
    assert GarmentPhoto.select().count() == Pin.select().count() == Photo.select().count() == 0
    assert {garment.wish for garment in Garment.select()} == {""}
    assert check.run() == []


def test_nobody_elses_pictures_go_with_them(cleaner: Cleaner) -> None:
    live(cleaner, cleaner.world.mei)
    live(cleaner, cleaner.world.xin)
    before = Photo.select().where(Photo.member == cleaner.world.xin.id).count()
    privacy.erase(cleaner.world.mei, NOON + MINUTE)
    assert Photo.select().where(Photo.member == cleaner.world.xin.id).count() == before == 3
    assert Wear.select().where(Wear.member == cleaner.world.xin.id).count() == 1


def test_two_cards_become_one_with_all_their_clothes(cleaner: Cleaner) -> None:
    world = cleaner.world
    guest, owner = world.member("", None), world.mei
    over, running = live(cleaner, guest)
    merging.merge(guest, owner, world.chen, world.bath, NOON + MINUTE)
    for model in (Order, Wear, Photo):
        assert {row.member_id for row in model.select()} == {owner.id}, model
    assert {row.member_id for row in OrderWord.select()} == {owner.id, None}
    assert {order.id for order in orders.of_member(owner)} == {over.id, running.id}
    cleaner.until(running, "racked", NOON + HOUR)
    assert Message.get(Message.text == "order_ready", Message.url == f"/orders/{running.code}").member_id == owner.id
    assert check.run() == []

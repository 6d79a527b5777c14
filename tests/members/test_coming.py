"""What a member has booked when the card goes away: forgotten, exported, or on the card that it became part of."""

import json

import pytest

from models import Address, Booking, Feed, Member, Seat, Standing, Waiter, Work
from tests.bookings.places import Bath, moment, seats_equal_bookings
from tests.world import NOON, World
from webapp import check
from webapp.bookings import addresses, bookings, calendars, standings, supply, waiting
from webapp.bookings.holding import For, Wish, note
from webapp.clock import MINUTE
from webapp.members import merging, privacy


@pytest.fixture
def bath(world: World) -> Bath:
    found = Bath(world)
    found.family.kind = "pickup"  # so that it may be weekly too
    found.family.save()
    supply.take(world.bath.id)
    return found


def live(bath: Bath, member: Member) -> str:
    """A booking with a note, a request, a weekly wish, a place in line, a calendar; returns its secret."""
    world = bath.world
    home = addresses.add(member, "家", "解放路 1 号 2 单元", NOON)
    whom = For(member, note="孩子三岁", address=home)
    wish = Wish(bath.family.id, moment("19:00"), 2)
    bookings.book([wish], world.bath, whom, key=f"note:{member.id}", at=NOON)
    bath.book(member, moment("15:00"), 1, what=bath.massage)
    standings.start(member, bath.family, 5, 900, home, "按门铃", NOON)
    blocked = bath.book(world.member("客"), moment("12:00"), 1, what=bath.massage)
    bookings.confirm(blocked, world.chen, NOON)
    waiting.join(member, bath.massage, 1, moment("12:00"), moment("12:00") + 1, NOON)
    return calendars.make_feed(member, NOON)


def test_the_export_has_bookings_in_plain_words_and_no_secrets(bath: Bath) -> None:
    secret = live(bath, bath.world.mei)
    text = json.dumps(privacy.export(bath.world.fresh(bath.world.mei), NOON), ensure_ascii=False)
    document = json.loads(text)
    for part in ("bookings", "waits", "weekly", "addresses", "calendar"):
        assert document[part], part
    assert {"孩子三岁", "按门铃"} <= {row["note"] for row in document["bookings"] + document["weekly"]}
    assert document["addresses"][0]["text"] == "解放路 1 号 2 单元"
    assert document["bookings"][0]["parts"][0]["service_name"] == {"zh": "家庭汤浴"}
    assert secret not in text
    assert Feed.get().token_hash not in text


def test_who_is_forgotten_comes_to_nothing_and_leaves_no_words(bath: Bath) -> None:
    mei = bath.world.mei
    secret = live(bath, mei)
    before = supply.version(bath.store.id)
    privacy.erase(mei, NOON + MINUTE)
    assert {row.state for row in Booking.select().where(Booking.member == mei.id)} == {"cancelled"}
    assert {row.state for row in Waiter.select()} == {"left"}
    assert Standing.select().where(Standing.ended_at.is_null()).count() == 0
    assert not any(row.sealed or row.label for row in Address.select())
    assert not any(row.note_sealed for row in (*Standing.select(), *Booking.select()))
    assert calendars.find(secret) is None
    assert Work.select().where(Work.kind == "booking", Work.done_at.is_null()).count() == 0
    assert supply.version(bath.store.id) > before, "the free times are new"
    assert seats_equal_bookings()
    assert check.run() == []


def test_the_place_of_who_is_forgotten_goes_to_the_next_in_line(bath: Bath) -> None:
    bath.book(bath.world.member("客"), moment("19:00"))
    live(bath, bath.world.mei)
    waiter = waiting.join(bath.world.xin, bath.family, 2, moment("19:00"), moment("19:00") + 1, NOON)
    privacy.erase(bath.world.mei, NOON + MINUTE)
    assert waiting.sweep(NOON + 2 * MINUTE) == 1
    assert waiting.offer_of(waiter)
    assert seats_equal_bookings()


def test_two_cards_become_one_with_all_that_is_to_come(bath: Bath) -> None:
    world = bath.world
    guest, owner = world.member("", None), world.mei
    secret = live(bath, guest)
    merging.merge(guest, owner, world.chen, world.bath, NOON + MINUTE)
    for model in (Waiter, Standing, Address, Feed):
        assert {row.member_id for row in model.select()} == {owner.id}, model
    mine = list(Booking.select().where(Booking.member == owner.id, Booking.source != "standing").order_by(Booking.id))
    assert [row.state for row in mine] == ["confirmed", "requested"]
    assert note(mine[0]) == "孩子三岁"
    assert calendars.find(secret) == owner
    assert check.run() == []


def test_where_both_wish_the_same_the_owners_stays(bath: Bath) -> None:
    world = bath.world
    guest, owner = world.member("", None), world.mei
    secrets = [live(bath, guest), calendars.make_feed(owner, NOON)]
    home = addresses.add(owner, "家", "和平路 9 号", NOON)
    weekly = standings.start(owner, bath.family, 5, 960, home, "", NOON)
    waiting.join(owner, bath.massage, 1, moment("12:00"), moment("12:00") + 1, NOON)
    blocked = Booking.get(Booking.starts_at == moment("12:00"))
    bookings.cancel(blocked, NOON, staff=world.chen)  # the guest, first in line, is offered it
    merging.merge(guest, owner, world.chen, world.bath, NOON + MINUTE)
    assert [row.id for row in standings.of(owner)] == [weekly.id]
    assert [row.state for row in Waiter.select().order_by(Waiter.id)] == ["left", "waiting"]
    assert (calendars.find(secrets[0]), calendars.find(secrets[1])) == (None, owner)
    assert Seat.select().where(Seat.at == moment("12:00")).count() == 0
    assert seats_equal_bookings()
    assert check.run() == []

"""Joining: one field or none, once per ticket, and nobody's card opened by its number."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from models import Consent, Event, LedgerLine, Member, PlacementDay
from tests.world import NOON, World
from webapp import signins, vault
from webapp.clock import DAY, MINUTE
from webapp.members import consents, joining, phones
from webapp.refusals import Refusal, TooMany


def wish(world: World, phone: str = "13900000009", **more: Any) -> joining.Wish:
    return joining.Wish(world.bath, phone, more.pop("ticket", vault.token()), **more)


def test_one_field_makes_a_member_who_is_signed_in(world: World) -> None:
    joined = joining.join(wish(world, locale="en"), NOON)
    member = Member.get(Member.phone_key == phones.key("+8613900000009"))
    assert joined.member == member
    assert (phones.of(member), member.locale, member.store_id) == ("+8613900000009", "en", world.bath.id)
    entry = signins.find("member", joined.secret, NOON)
    assert entry is not None
    assert entry.member == member


def test_no_field_makes_a_pass_without_a_number(world: World) -> None:
    joined = joining.join(wish(world, ""), NOON)
    assert joined.member is not None
    assert joined.member.phone_key is None
    assert phones.masked(joined.member) == ""


def test_a_known_number_makes_nothing_and_opens_nothing(world: World) -> None:
    before = Member.select().count(), Event.select().count()
    assert joining.join(wish(world, "138 0000 0001"), NOON) == joining.Joined(None, "")
    assert (Member.select().count(), Event.select().count()) == before


def test_only_what_was_ticked_is_agreed_to(world: World) -> None:
    joined = joining.join(wish(world, purposes=frozenset({"marketing"})), NOON)
    assert joined.member is not None
    answers = {choice.purpose: (choice.granted, choice.at) for choice in consents.current(joined.member.id)}
    assert answers["marketing"] == (True, NOON)
    assert answers["survey"] == (False, None)
    assert Consent.get().text_version == consents.VERSION


def test_the_same_ticket_opens_the_same_pass_again(world: World) -> None:
    first = joining.join(wish(world, ticket="t" * 32, placement="door"), NOON)
    second = joining.join(wish(world, ticket="t" * 32, placement="door"), NOON + 5)
    assert second.member == first.member
    assert second.secret != first.secret
    assert PlacementDay.get().joins == 1


@pytest.mark.parametrize("phone", ["", "13900000009"])
def test_one_ticket_sent_many_times_at_once_makes_one_pass(world: World, phone: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: joining.join(wish(world, phone, ticket="t" * 32), NOON), range(8)))
    assert len({joined.member.code for joined in done if joined.member}) == 1
    assert all(joined.secret for joined in done)
    assert Member.select().count() == 3


def test_a_ticket_of_yesterday_or_with_another_number_opens_nothing(world: World) -> None:
    joining.join(wish(world, ticket="t" * 32), NOON)
    for phone, at in (("13900000009", NOON + DAY), ("13900000008", NOON + 5), ("", NOON + 5)):
        with pytest.raises(Refusal, match="刷新"):
            joining.join(wish(world, phone, ticket="t" * 32), at)


def test_joins_are_counted_by_poster(world: World) -> None:
    joining.join(wish(world, "", placement="door"), NOON)
    joining.join(wish(world, "", placement="door"), NOON + 1)
    joining.join(wish(world, "", placement="nowhere"), NOON + 2)
    row = PlacementDay.get()
    assert (row.placement_id, row.joins, row.scans) == (world.door.id, 2, 0)
    assert Member.select().where(Member.placement == world.door.id).count() == 2


def test_a_shop_that_wants_it_welcomes_with_points(world: World) -> None:
    world.brand.policy = {"welcome_points": 30}
    world.brand.save()
    joined = joining.join(wish(world), NOON)
    assert joined.member is not None
    line = LedgerLine.get(LedgerLine.member == joined.member.id)
    assert (line.kind, line.reason, line.points) == ("bonus", "welcome", 30)
    assert world.fresh(joined.member).points == 30


def test_of_two_who_join_with_one_number_one_gets_it(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: joining.join(wish(world), NOON), range(8)))
    assert sum(joined.member is not None for joined in done) == 1
    assert Member.select().where(Member.phone_key == phones.key("+8613900000009")).count() == 1


def test_a_pass_takes_a_free_number_later(world: World) -> None:
    guest = world.member("", None)
    assert joining.attach(guest, "13900000009", world.bath, source="here", at=NOON) is None
    assert phones.masked(world.fresh(guest)) == "139****0009"
    with pytest.raises(Refusal, match="已经绑定过"):
        joining.attach(world.fresh(guest), "13900000008", world.bath, source="here", at=NOON)


def test_a_number_that_is_taken_is_not_taken_over(world: World) -> None:
    guest = world.member("", None)
    assert joining.attach(guest, "13800000001", world.bath, source="here", at=NOON)
    assert world.fresh(guest).phone_key is None
    assert world.fresh(world.mei).points == 1280


def test_nobody_tries_a_list_of_numbers(world: World) -> None:
    guest = world.member("", None)
    for _ in range(5):
        joining.attach(guest, "13800000001", world.bath, source="here", at=NOON)
    with pytest.raises(TooMany):
        joining.attach(guest, "13800000002", world.bath, source="here", at=NOON + MINUTE)

"""Counter handshakes: four digits, one browser, one clerk's yes, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models import Device, Handshake
from tests.world import NOON, World
from webapp import signins, vault
from webapp.clock import MINUTE
from webapp.members import handshakes
from webapp.refusals import Missing, Refusal, TooMany

MEI, NOBODY = "+8613800000001", "+8613900000009"


def digits_of(secret: str) -> str:
    waiting = handshakes.of_browser(secret)
    assert waiting is not None
    return str(waiting.digits)


def confirmed(world: World, secret: str, at: int = NOON) -> Handshake:
    return handshakes.confirm(handshakes.waiting(world.bath, digits_of(secret), world.chen, at), world.chen, at)


def test_a_confirmed_handshake_signs_its_browser_in_exactly_once(world: World) -> None:
    secret = handshakes.ask(world.bath, MEI, NOON)
    assert handshakes.use(secret, "phone", NOON) is None
    confirmed(world, secret)
    with ThreadPoolExecutor(6) as pool:
        opened = [one for one in pool.map(lambda _: handshakes.use(secret, "phone", NOON + 1), range(6)) if one]
    assert len(opened) == 1
    entry = signins.find("member", opened[0].secret, NOON + 1)
    assert entry is not None
    assert entry.member == world.mei


def test_another_browser_cannot_use_it(world: World) -> None:
    secret = handshakes.ask(world.bath, MEI, NOON)
    confirmed(world, secret)
    assert handshakes.use(vault.token(), "thief", NOON) is None
    assert handshakes.use("", "thief", NOON) is None


def test_an_unknown_number_looks_the_same_and_never_confirms(world: World) -> None:
    known, unknown = (handshakes.of_browser(handshakes.ask(world.bath, number, NOON)) for number in (MEI, NOBODY))
    assert known is not None
    assert unknown is not None
    assert (known.expires_at, len(known.digits)) == (unknown.expires_at, len(unknown.digits))
    with pytest.raises(Refusal, match="还没有入会"):
        handshakes.confirm(unknown, world.chen, NOON)


def test_it_lapses_after_five_minutes(world: World) -> None:
    secret = handshakes.ask(world.bath, MEI, NOON)
    late = NOON + 5 * MINUTE
    with pytest.raises(Missing):
        handshakes.waiting(world.bath, digits_of(secret), world.chen, late)
    open_one = handshakes.of_browser(secret)
    assert open_one is not None
    with pytest.raises(Refusal, match="过时"):
        handshakes.confirm(open_one, world.chen, late)
    assert handshakes.use(secret, "phone", late) is None


def test_another_store_does_not_see_it(world: World) -> None:
    secret = handshakes.ask(world.bath, MEI, NOON)
    with pytest.raises(Missing):
        handshakes.waiting(world.laundry, digits_of(secret), world.bo, NOON)


def test_confirming_twice_is_once_and_a_no_ends_it(world: World) -> None:
    secret = handshakes.ask(world.bath, MEI, NOON)
    first = confirmed(world, secret)
    assert handshakes.confirm(first, world.kai, NOON + 1).confirmed_by_id == world.chen.id
    other = handshakes.ask(world.bath, MEI, NOON)
    found = handshakes.of_browser(other)
    assert found is not None
    handshakes.refuse(found, world.chen, NOON)
    with pytest.raises(Refusal):
        handshakes.confirm(found, world.chen, NOON)
    assert Device.select().where(Device.member == world.mei.id).count() == 0


def test_a_clerk_who_guesses_has_to_wait(world: World) -> None:
    for _ in range(5):
        with pytest.raises(Missing):
            handshakes.waiting(world.bath, "0000", world.chen, NOON)
    with pytest.raises(TooMany):
        handshakes.waiting(world.bath, "0000", world.chen, NOON)


def test_nobody_confirms_their_own_card(world: World) -> None:
    world.chen.member = world.mei.id
    world.chen.save()
    secret = handshakes.ask(world.bath, MEI, NOON)
    with pytest.raises(Refusal, match="自己"):
        confirmed(world, secret)


def test_digits_are_unique_among_the_open_ones(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = list(pool.map(lambda _: handshakes.ask(world.bath, MEI, NOON), range(60)))
    assert len({digits_of(secret) for secret in secrets}) == 60


def test_attaching_joins_the_cards_on_the_clerks_yes(world: World) -> None:
    guest = world.member("", None)
    world.give(guest, 70)
    phone = signins.open_for_member(guest, world.bath, "phone", NOON)
    secret = handshakes.ask(world.bath, MEI, NOON, purpose="attach", guest=guest)
    confirmed(world, secret)
    opened = handshakes.use(secret, "phone", NOON)
    assert opened is not None
    assert opened.secret == ""
    entry = signins.find("member", phone, NOON)
    assert entry is not None
    assert entry.member is not None
    assert (entry.member.id, entry.member.points) == (world.mei.id, 1350)

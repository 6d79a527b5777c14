"""The member's PIN: strong enough, guessed at slowly, and the same answer whether the number is known or not."""

import pytest

from models import Device
from tests.world import MEMBER_PIN, NOON, World
from webapp import signins, vault
from webapp.clock import HOUR
from webapp.members import pins
from webapp.refusals import Refusal, TooMany


def sign_in(
    world: World, phone: str = "13800000001", pin: str = MEMBER_PIN, source: str = "home", at: int = NOON
) -> str:
    return pins.sign_in(phone, pin, world.bath, label="phone", source=source, at=at)


@pytest.fixture
def device(world: World) -> Device:
    """Mei's phone, signed in just now; her PIN is set."""
    world.mei.pin_hash = vault.hash_secret(MEMBER_PIN)
    world.mei.save()
    signins.open_for_member(world.mei, world.bath, "phone", NOON)
    return Device.get(Device.member == world.mei.id)


def test_number_and_pin_open_a_sign_in(world: World, device: Device) -> None:
    entry = signins.find("member", sign_in(world), NOON)
    assert entry is not None
    assert entry.member == world.mei


@pytest.mark.usefixtures("device")
def test_known_and_unknown_numbers_get_the_same_no(world: World) -> None:
    answers = []
    for phone in ("13800000001", "13800000002", "13900000009"):
        with pytest.raises(Refusal) as refused:
            sign_in(world, phone, "135791")
        answers.append((refused.value.text, refused.value.code, refused.value.field, refused.value.status))
    assert len(set(answers)) == 1


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("phone", ["13800000001", "13900000009"])
def test_five_wrong_guesses_shut_this_door_for_this_source(world: World, phone: str) -> None:
    for _ in range(5):
        with pytest.raises(Refusal):
            sign_in(world, phone, "135791")
    with pytest.raises(TooMany):
        sign_in(world, phone)
    if phone == "13800000001":
        assert sign_in(world, phone, source="elsewhere")


@pytest.mark.parametrize(
    "weak",
    ["123456", "654321", "012345", "987654", "111111", "112233", "121212", "123123", "111222", "123321", "520131"],
)
def test_what_everybody_takes_is_refused(world: World, weak: str) -> None:
    with pytest.raises(Refusal) as refused:
        pins.check(weak, world.xin)
    assert (refused.value.code, refused.value.field) == ("pin_weak", "pin")


def test_birthday_and_number_are_refused(world: World) -> None:
    world.xin.birthday = 723
    for personal in ("230791", "910723", "000274", "580002"):
        with pytest.raises(Refusal, match="太容易"):
            pins.check(personal, world.xin)
    pins.check("246810", world.xin)


@pytest.mark.parametrize("shape", ["", "12345", "1234567", "24681a", "２４６８１０", "２4681０", "24681\x00"])
def test_only_six_plain_digits_are_a_pin(world: World, shape: str) -> None:
    with pytest.raises(Refusal, match="六位"):
        pins.check(shape, world.xin)


def test_a_new_pin_signs_every_other_device_out(world: World, device: Device) -> None:
    other = sign_in(world)
    pins.change(world.mei, device, "853906", "", source="home", at=NOON + 60)
    assert signins.find("member", other, NOON + 61) is None
    assert world.fresh(device).ended_at is None
    assert sign_in(world, pin="853906")


def test_later_the_old_pin_is_asked_for(world: World, device: Device) -> None:
    later = NOON + HOUR
    for wrong in ("", "135791"):
        with pytest.raises(Refusal) as refused:
            pins.change(world.mei, device, "853906", wrong, source="home", at=later)
        assert refused.value.field == "old"
    pins.change(world.mei, device, "853906", MEMBER_PIN, source="home", at=later)
    assert vault.secret_matches(world.fresh(world.mei).pin_hash, "853906")


def test_whoever_has_none_sets_one_without_an_old_one(world: World) -> None:
    signins.open_for_member(world.xin, world.bath, "phone", NOON)
    device = Device.get(Device.member == world.xin.id)
    pins.change(world.xin, device, "853906", "", source="home", at=NOON + HOUR)
    assert sign_in(world, "13800000002", "853906")

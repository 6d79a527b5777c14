"""People: who may be hired, how they sign in, and that leaving is felt at once."""

import threading

import pytest

from models import Device, Event, Staff, Work
from tests.kit.doors import AsStaff
from tests.world import DESK_PIN, NOON, PASSWORD, World
from webapp import signins, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.refusals import Forbidden, Missing, Refusal, TooMany
from webapp.staff import people, queue
from webapp.staff.people import Newcomer

GOOD = "龙井 and 浴巾"


def sign_in(
    world: World, username: str = "chen", password: str = PASSWORD, slug: str = "", source: str = "a", at: int = NOON
) -> str:
    return people.sign_in(username, password, slug, source=source, label="iPad", at=at)


def device_of(secret: str) -> Device:
    return Device.get(Device.token_hash == vault.fingerprint(secret))


# --- hiring and roles


def test_somebody_new_can_sign_in(world: World) -> None:
    person = people.hire(Newcomer("An.An", "安安", "clerk", GOOD, world.bath, "2486"), world.brand, world.lin, NOON)
    assert (person.username, person.role, person.store_id) == ("an.an", "clerk", world.bath.id)
    assert sign_in(world, "AN.AN", GOOD)
    assert GOOD not in (person.password_hash + (person.pin_hash or ""))
    assert Event.get(Event.verb == "hired").staff_id == world.lin.id


@pytest.mark.parametrize(
    "password",
    [
        "short1!",
        "Password123!",
        "woaini1314",
        "12345678",
        "87654321",
        "aaaaaaaabb",
        "anan2026!!",
        "anan",
        "x" * 201,
        "",
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Refusal) as refused:
        people.check_password(password, "anan")
    assert refused.value.field == "password"


@pytest.mark.parametrize("pin", ["1111", "3456", "8765", "7890", "1212", "12345", "248", "２４８６", "24 6", ""])
def test_a_weak_pin_is_refused(pin: str) -> None:
    with pytest.raises(Refusal) as refused:
        people.check_pin(pin)
    assert refused.value.field == "pin"


def test_what_is_taken_or_too_high_is_refused_next_to_its_field_and_nobody_is_hired(world: World) -> None:
    wrong = [("username", "chen"), ("username", "小安"), ("username", "-a"), ("role", "owner"), ("role", "king")]
    wrong += [("password", "12345678"), ("pin", "1111")]
    for field, value in wrong:
        given = {"username": "anan", "name": "安安", "role": "clerk", "password": GOOD, "pin": "2486"} | {field: value}
        with pytest.raises(Refusal) as refused:
            people.hire(Newcomer(store=world.bath, **given), world.brand, world.lin, NOON)
        assert refused.value.field == field
    assert Staff.select().count() == 6


def test_a_manager_hires_for_their_own_store_only(world: World) -> None:
    for store in (world.laundry, None):
        with pytest.raises(Refusal, match="自己的店"):
            people.hire(Newcomer("anan", "安安", "clerk", GOOD, store), world.brand, world.lin, NOON)


def test_a_clerk_hires_nobody(world: World) -> None:
    with pytest.raises(Refusal):
        people.hire(Newcomer("anan", "安安", "clerk", GOOD, world.bath), world.brand, world.chen, NOON)


def test_nobody_is_lifted_above_the_one_who_lifts(world: World) -> None:
    assert people.promote(world.chen, "manager", world.lin, NOON).role == "manager"
    with pytest.raises(Refusal) as refused:
        people.promote(world.su, "owner", world.lin, NOON)
    assert refused.value.code == "role_too_high"


def test_a_manager_has_no_say_over_the_owner_or_another_store(world: World) -> None:
    with pytest.raises(Missing):
        people.dismiss(world.bo, world.lin, NOON)
    with pytest.raises(Refusal):
        people.set_pin(world.zhao, "2486", world.lin, NOON)
    brand_manager = people.hire(Newcomer("wide", "宽", "manager", GOOD), world.brand, world.zhao, NOON)
    with pytest.raises(Forbidden):
        people.dismiss(world.zhao, brand_manager, NOON)


def test_nobody_changes_their_own_role_or_dismisses_themselves(world: World) -> None:
    with pytest.raises(Refusal, match="自己"):
        people.promote(world.zhao, "clerk", world.zhao, NOON)
    with pytest.raises(Refusal, match="自己"):
        people.dismiss(world.zhao, world.zhao, NOON)


def test_the_last_owner_stays(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        people.dismiss(world.zhao, None, NOON)
    assert refused.value.code == "last_owner"
    with pytest.raises(Refusal):
        people.promote(world.zhao, "manager", None, NOON)


def test_of_two_owners_who_dismiss_each_other_at_once_one_stays(world: World) -> None:
    other = people.hire(Newcomer("qian", "钱老板", "owner", GOOD), world.brand, world.zhao, NOON)
    start, refused = threading.Barrier(2), []

    def dismiss(who: Staff, by: Staff) -> None:
        start.wait()
        try:
            people.dismiss(who, by, NOON)
        except Refusal as no:
            refused.append(no.code)

    pair = [threading.Thread(target=dismiss, args=two) for two in ((world.zhao, other), (other, world.zhao))]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()
    assert Staff.select().where(Staff.role == "owner", Staff.dismissed_at.is_null()).count() == 1
    assert refused == ["last_owner"]


# --- signing in


def test_the_right_password_opens_the_persons_own_store_whatever_was_chosen(world: World) -> None:
    device = device_of(sign_in(world, "chen", slug="laundry"))
    assert (device.store_id, device.acting_id, device.acting_until) == (world.bath.id, world.chen.id, NOON + 12 * HOUR)


def test_people_of_the_brand_choose_a_store(world: World) -> None:
    assert device_of(sign_in(world, "zhao", slug="retail")).store_id == world.retail.id
    with pytest.raises(Refusal) as refused:
        sign_in(world, "zhao", slug="nowhere")
    assert refused.value.field == "store"


def test_unknown_dismissed_and_wrong_sound_the_same(world: World) -> None:
    people.dismiss(world.kai, world.lin, NOON)
    said = set()
    for username, password in (("nobody", PASSWORD), ("kai", PASSWORD), ("chen", "wrong")):
        with pytest.raises(Refusal) as refused:
            sign_in(world, username, password)
        said.add((refused.value.text, refused.value.code, refused.value.field))
    assert len(said) == 1


@pytest.mark.parametrize("username", ["chen", "nobody"])
def test_the_sixth_guess_waits_a_quarter_of_an_hour_known_or_not(world: World, username: str) -> None:
    for _ in range(5):
        with pytest.raises(Refusal, match="不对"):
            sign_in(world, username, "wrong")
    with pytest.raises(TooMany) as shut:
        sign_in(world, username, PASSWORD)
    assert shut.value.until == NOON + 15 * MINUTE
    assert sign_in(world, "chen", source="another tablet")
    assert sign_in(world, "chen", at=NOON + 15 * MINUTE + 1)


def test_signing_in_again_ends_what_the_browser_had(world: World) -> None:
    first = sign_in(world)
    people.sign_in("su", PASSWORD, "", source="a", label="iPad", at=NOON, instead_of=device_of(first).id)
    assert signins.find("desk", first, NOON) is None


# --- the PIN


def test_a_pin_says_who_acts_for_one_shift(world: World) -> None:
    secret = sign_in(world)
    people.act_as(device_of(secret), world.bath, world.su, DESK_PIN, NOON)
    assert signins.find("desk", secret, NOON + 12 * HOUR - 1).acting.id == world.su.id
    assert signins.find("desk", secret, NOON + 12 * HOUR).acting is None


def test_wrong_pins_are_counted_per_tablet_and_per_person(world: World) -> None:
    tablet, other = device_of(sign_in(world)), device_of(sign_in(world, "kai"))
    for _ in range(5):
        with pytest.raises(Refusal, match="PIN"):
            people.act_as(tablet, world.bath, world.su, "9999", NOON)
    with pytest.raises(TooMany):
        people.act_as(tablet, world.bath, world.su, DESK_PIN, NOON)
    people.act_as(tablet, world.bath, world.lin, DESK_PIN, NOON)
    people.act_as(other, world.bath, world.su, DESK_PIN, NOON)


def test_who_stands_beside_it_says_yes_once_and_does_not_act(world: World) -> None:
    tablet = device_of(sign_in(world))
    people.act_as(tablet, world.bath, world.chen, DESK_PIN, NOON)
    assert people.vouch(tablet, world.bath, world.lin, DESK_PIN, NOON) == world.lin
    assert world.fresh(tablet).acting_id == world.chen.id
    with pytest.raises(Missing):
        people.vouch(tablet, world.bath, world.bo, DESK_PIN, NOON)
    for _ in range(5):
        with pytest.raises(Refusal):
            people.vouch(tablet, world.bath, world.lin, "9999", NOON)
    with pytest.raises(TooMany):
        people.vouch(tablet, world.bath, world.lin, DESK_PIN, NOON)


def test_only_people_of_this_store_act_on_its_tablet(world: World) -> None:
    tablet = device_of(sign_in(world))
    with pytest.raises(Missing):
        people.act_as(tablet, world.bath, world.bo, DESK_PIN, NOON)
    people.act_as(tablet, world.bath, world.zhao, DESK_PIN, NOON)


def test_without_a_pin_nobody_acts(world: World) -> None:
    Staff.update(pin_hash=None).where(Staff.id == world.su.id).execute()
    with pytest.raises(Refusal) as refused:
        people.act_as(device_of(sign_in(world)), world.bath, world.fresh(world.su), DESK_PIN, NOON)
    assert refused.value.code == "pin_missing"


def test_a_new_pin_ends_acting_elsewhere(world: World) -> None:
    here, there = sign_in(world), sign_in(world)
    people.set_pin(world.chen, "2486", world.chen, NOON, device=device_of(here).id)
    assert signins.find("desk", here, NOON).acting is not None
    assert signins.find("desk", there, NOON).acting is None
    with pytest.raises(Refusal):
        people.act_as(device_of(there), world.bath, world.fresh(world.chen), DESK_PIN, NOON)


# --- changing the password, leaving


def test_a_new_password_ends_all_other_sign_ins(world: World) -> None:
    here, there = sign_in(world), sign_in(world)
    people.change_password(world.chen, PASSWORD, GOOD, "a", NOON, device=device_of(here).id)
    assert signins.find("desk", here, NOON) is not None
    assert signins.find("desk", there, NOON) is None
    with pytest.raises(Refusal):
        sign_in(world)
    assert sign_in(world, password=GOOD)


def test_the_old_password_is_asked_first(world: World) -> None:
    with pytest.raises(Refusal) as refused:
        people.change_password(world.chen, "wrong", GOOD, "a", NOON)
    assert refused.value.field == "old"
    assert sign_in(world)


def test_who_leaves_loses_every_tablet_at_once(world: World) -> None:
    own, colleagues = sign_in(world), sign_in(world, "kai")
    people.act_as(device_of(colleagues), world.bath, world.chen, DESK_PIN, NOON)
    queue.post(world.bath.id, "arrival", "1", NOON + HOUR, NOON)
    queue.open_card("arrival", "1", world.chen, NOON)
    people.dismiss(world.chen, world.lin, NOON)
    assert signins.find("desk", own, NOON) is None
    assert signins.find("desk", colleagues, NOON).acting is None
    assert Work.get().opened_by_id is None
    with pytest.raises(Refusal):
        people.act_as(device_of(colleagues), world.bath, world.fresh(world.chen), DESK_PIN, NOON)
    first = world.fresh(world.chen).dismissed_at
    assert people.dismiss(world.chen, world.lin, NOON + DAY).dismissed_at == first


def test_a_tablet_is_ended_from_afar_by_its_own_store(world: World) -> None:
    secret = sign_in(world)
    assert [device.label for device in people.tablets(world.bath, world.lin, NOON)] == ["iPad"]
    assert people.tablets(world.laundry, world.bo, NOON) == []
    with pytest.raises(Missing):
        people.end_tablet(device_of(secret).id, world.bo, NOON)
    people.end_tablet(device_of(secret).id, world.lin, NOON)
    assert signins.find("desk", secret, NOON) is None


def test_the_list_of_people_costs_one_query(world: World, as_staff: AsStaff) -> None:
    found = people.of_brand(world.zhao)
    assert {person.username for person in found} == {"chen", "kai", "su", "lin", "zhao", "bo"}
    assert {person.username for person in people.of_brand(world.lin)} == {"chen", "kai", "su", "lin"}
    assert {person.username for person in people.of_store(world.bath)} == {"chen", "kai", "su", "lin", "zhao"}

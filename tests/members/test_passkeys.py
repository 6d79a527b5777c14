"""Passkeys, with an authenticator in software that signs for real."""

import json
from typing import Any

import pytest

from models import Passkey
from tests.members.authenticator import Authenticator
from tests.world import NOON, World
from webapp import signins, vault
from webapp.clock import MINUTE
from webapp.members import passkeys
from webapp.refusals import Refusal

SITE = passkeys.Site("shop.example", "https://shop.example", "回头浴场")


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator(SITE.origin, SITE.rp_id)


def add(world: World, phone: Authenticator) -> Passkey:
    asked = passkeys.ask_new(world.mei, SITE, NOON)
    answer = phone.create(json.loads(asked.options))
    return passkeys.add(world.mei, answer, asked.secret, SITE, label="iPhone", at=NOON)


def sign_in(phone: Authenticator, at: int = NOON, **how: Any) -> str:
    asked = passkeys.ask_sign_in(SITE, at)
    return passkeys.sign_in(phone.get(json.loads(asked.options), **how), asked.secret, SITE, label="iPhone", at=at)


def test_a_passkey_signs_its_member_in(world: World, phone: Authenticator) -> None:
    passkey = add(world, phone)
    entry = signins.find("member", sign_in(phone), NOON)
    assert entry is not None
    assert entry.member == world.mei
    assert (world.fresh(passkey).sign_count, world.fresh(passkey).used_at) == (1, NOON)


def test_the_options_ask_for_the_person_and_leave_out_what_is_there(world: World, phone: Authenticator) -> None:
    passkey = add(world, phone)
    options = json.loads(passkeys.ask_new(world.mei, SITE, NOON).options)
    assert options["rp"]["id"] == "shop.example"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [passkey.credential]
    assert "13800000001" not in json.dumps(options)


def test_an_answer_works_once_in_its_own_browser_and_in_time(world: World, phone: Authenticator) -> None:
    add(world, phone)
    asked = passkeys.ask_sign_in(SITE, NOON)
    answer = phone.get(json.loads(asked.options))
    for secret, at in ((vault.token(), NOON), ("", NOON), (asked.secret, NOON + 5 * MINUTE)):
        with pytest.raises(Refusal, match="时间过了"):
            passkeys.sign_in(answer, secret, SITE, label="", at=at)
    assert passkeys.sign_in(answer, asked.secret, SITE, label="", at=NOON)
    with pytest.raises(Refusal, match="时间过了"):
        passkeys.sign_in(answer, asked.secret, SITE, label="", at=NOON)


def test_without_the_persons_own_gesture_nothing_opens(world: World, phone: Authenticator) -> None:
    asked = passkeys.ask_new(world.mei, SITE, NOON)
    with pytest.raises(Refusal, match="没有成功"):
        passkeys.add(
            world.mei, phone.create(json.loads(asked.options), verified=False), asked.secret, SITE, label="", at=NOON
        )
    add(world, phone)
    with pytest.raises(Refusal, match="没有成功"):
        sign_in(phone, verified=False)


def test_another_site_another_key_and_a_copied_key_are_refused(world: World, phone: Authenticator) -> None:
    add(world, phone)
    phone.origin = "https://evil.example"
    with pytest.raises(Refusal, match="没有成功"):
        sign_in(phone)
    phone.origin = SITE.origin
    with pytest.raises(Refusal, match="没有成功"):
        sign_in(Authenticator(SITE.origin, SITE.rp_id))
    sign_in(phone)
    phone.count = 0
    with pytest.raises(Refusal, match="没有成功"):
        sign_in(phone)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"id": 5},
        {"id": "x" * 5000},
        {"id": "a\x00b"},
        {"id": "QUJD", "rawId": "QUJD", "type": "public-key", "response": {}},
        {
            "id": "QUJD",
            "rawId": "QUJD",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "attestationObject": "oA"},
        },
        {"id": None, "response": []},
    ],
)
def test_rubbish_is_refused_in_words(world: World, broken: dict[str, Any]) -> None:
    asked = passkeys.ask_new(world.mei, SITE, NOON)
    with pytest.raises(Refusal):
        passkeys.add(world.mei, broken, asked.secret, SITE, label="", at=NOON)
    asked = passkeys.ask_sign_in(SITE, NOON)
    with pytest.raises(Refusal):
        passkeys.sign_in(broken, asked.secret, SITE, label="", at=NOON)


def test_a_removed_passkey_opens_nothing(world: World, phone: Authenticator) -> None:
    passkey = add(world, phone)
    passkeys.remove(world.xin, passkey.id, NOON)
    assert sign_in(phone)
    passkeys.remove(world.mei, passkey.id, NOON)
    with pytest.raises(Refusal, match="没有成功"):
        sign_in(phone)

"""Waking browsers: what a browser's maker is sent can be read by that browser alone, and by nobody who was not asked."""

import base64
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from py_vapid import Vapid02

from models import Consent, Device, Letter, Member, Push
from tests.kit.doors import AsMember
from tests.outbox.servers import Theirs
from tests.world import NOON, World
from webapp import config
from webapp.clock import DAY, MINUTE
from webapp.members import consents, privacy
from webapp.outbox import inbox, letters, pushes
from webapp.outbox.pushes import Subscription
from webapp.refusals import Refusal


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Phone:
    """A browser that may be woken: its keys, and what it can read of what was sent to it."""

    def __init__(self, maker: Theirs, path: str = "") -> None:
        self.key, self.auth, self.maker = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16), maker
        self.endpoint = maker.url + "/" + (path or secrets.token_hex(8))

    @property
    def subscription(self) -> Subscription:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Subscription(self.endpoint, _text(point), _text(self.auth))

    def read(self) -> list[dict[str, str]]:
        mine = [body for path, _, body in self.maker.got if self.endpoint.endswith(path)]
        return [
            json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))
            for body in mine
        ]


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Theirs]:
    """The makers of browsers are on this machine for once."""
    made = Theirs()
    made.status = 201
    monkeypatch.setattr(pushes, "SERVICES", (("http", "127.0.0.1"),))
    yield made
    made.close()


def agree(member: Member, purpose: str = "service", granted: bool = True, at: int = NOON) -> None:
    consents.choose(member.id, purpose, granted, source="test", at=at)


def told(world: World, member: Member, key: str = "k1") -> None:
    values = {"points": 48, "amount": 4860, "store": world.bath.name}
    inbox.tell(member.id, "points_given", NOON, key=key, url="/points", **values)


def test_only_that_browser_can_read_it(world: World, settings: config.Settings, maker: Theirs) -> None:
    phone, other = Phone(maker), Phone(maker)
    agree(world.mei)
    pushes.keep(world.mei, None, phone.subscription, NOON)
    told(world, world.mei)
    letters.post(settings, NOON)
    (note,) = phone.read()
    assert note["title"].startswith("到账 48")
    assert "南门店" in note["body"]
    assert note["url"] == "/points"
    ((_, headers, body),) = maker.got
    assert "到账".encode() not in body
    with pytest.raises(http_ece.ECEException):
        http_ece.decrypt(body, private_key=other.key, auth_secret=other.auth, version="aes128gcm")
    assert headers["ttl"] == str(2 * DAY)
    assert Letter.get().state == "sent"


def test_it_is_signed_with_the_key_that_the_page_shows(world: World, settings: config.Settings, maker: Theirs) -> None:
    agree(world.mei)
    pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    told(world, world.mei)
    letters.post(replace(settings, base_url="https://shop.example"), NOON)
    signed = maker.got[0][1]["authorization"]
    assert Vapid02.verify(signed)
    assert f"k={pushes.public_key()}" in signed
    claims = json.loads(base64.urlsafe_b64decode(signed.split("t=")[1].split(".")[1] + "=="))
    assert claims["sub"] == "https://shop.example"
    assert maker.url.startswith(claims["aud"])


def test_once_for_each_message_and_browser(world: World, settings: config.Settings, maker: Theirs) -> None:
    agree(world.mei)
    for _ in range(2):
        pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    told(world, world.mei)
    told(world, world.mei)
    for minute in range(3):
        letters.post(settings, NOON + minute * MINUTE)
    assert len(maker.got) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_asked_once(
    world: World, settings: config.Settings, maker: Theirs, status: int
) -> None:
    agree(world.mei)
    pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    maker.status = status
    told(world, world.mei, "a")
    letters.post(settings, NOON)
    told(world, world.mei, "b")
    letters.post(settings, NOON + MINUTE)
    assert len(maker.got) == 1
    assert Push.get().ended_at == NOON
    assert {letter.state for letter in Letter.select()} == {"sent"}


def test_a_maker_that_is_down_is_asked_again_and_the_other_phone_not(
    world: World, settings: config.Settings, maker: Theirs
) -> None:
    agree(world.mei)
    good, bad = Phone(maker), Phone(maker)
    pushes.keep(world.mei, None, good.subscription, NOON)
    told(world, world.mei)
    letters.claim(Letter.get().id, NOON - 1)
    Letter.update(state="due", next_at=NOON, error=f"reached p{Push.get().id}").execute()
    pushes.keep(world.mei, None, bad.subscription, NOON)
    maker.status = 503
    letters.post(settings, NOON)
    assert Letter.get().state == "due"
    maker.status = 201
    letters.post(settings, NOON + DAY)
    assert (len(good.read()), len(bad.read())) == (0, 2)
    assert Push.get(Push.endpoint_hash != "").fails == 0


def test_a_browser_that_never_works_is_let_be(world: World, settings: config.Settings, maker: Theirs) -> None:
    agree(world.mei)
    pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    maker.status, at = 500, NOON
    told(world, world.mei)
    while Letter.get().state == "due":
        letters.post(settings, at)
        at = Letter.get().next_at
    assert len(maker.got) == pushes.FAILS
    assert Push.get().ended_at


def test_no_yes_to_reminders_no_waking(world: World, settings: config.Settings, maker: Theirs) -> None:
    pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    consents.choose(world.mei.id, "service", True, source="push", at=NOON)
    consents.choose(world.mei.id, "service", False, source="privacy", at=NOON)
    told(world, world.mei)
    letters.post(settings, NOON)
    assert maker.got == []


def test_who_signed_out_is_not_woken(world: World, settings: config.Settings, maker: Theirs) -> None:
    agree(world.mei)
    device = Device.create(
        kind="member", token_hash="x", member=world.mei.id, made_at=NOON, seen_at=NOON, expires_at=NOON + DAY
    )
    pushes.keep(world.mei, device.id, Phone(maker).subscription, NOON)
    Device.update(ended_at=NOON).where(Device.id == device.id).execute()
    told(world, world.mei)
    letters.post(settings, NOON)
    assert maker.got == []


def test_the_next_person_at_a_browser_takes_it_over(world: World, settings: config.Settings, maker: Theirs) -> None:
    agree(world.mei)
    agree(world.xin)
    phone = Phone(maker)
    pushes.keep(world.mei, None, phone.subscription, NOON)
    pushes.keep(world.xin, None, phone.subscription, NOON)
    told(world, world.mei, "a")
    letters.post(settings, NOON)
    assert maker.got == []
    told(world, world.xin, "b")
    letters.post(settings, NOON)
    assert len(phone.read()) == 1


def test_of_many_browsers_the_oldest_goes(world: World, maker: Theirs) -> None:
    for _ in range(pushes.MOST + 2):
        pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    assert len(pushes.of(world.mei.id, NOON)) == pushes.MOST


@pytest.mark.parametrize(
    "endpoint",
    ["http://127.0.0.1:8000/admin", "https://fcm.googleapis.com.evil.example/x", "https://evilfcm.googleapis.com/x",
     "https://u:p@fcm.googleapis.com/x", "ftp://fcm.googleapis.com/x", "https://[::1]/x", "javascript:alert(1)", "https://fcm.googleapis.com:99999999/x"],
)  # fmt: skip
def test_nobody_makes_us_ask_another_server(world: World, endpoint: str) -> None:
    point = (
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    with pytest.raises(Refusal) as no:
        pushes.keep(world.mei, None, Subscription(endpoint, _text(point), _text(b"a" * 16)), NOON)
    assert no.value.code == "no_such_service"


@pytest.mark.parametrize("broken", [{"p256dh": "x"}, {"p256dh": "é"}, {"auth": "AAAA"}, {"auth": ""}])
def test_keys_that_are_none_are_refused(world: World, maker: Theirs, broken: dict[str, str]) -> None:
    with pytest.raises(Refusal) as no:
        pushes.keep(world.mei, None, Phone(maker).subscription._replace(**broken), NOON)
    assert no.value.code == "bad_key"
    assert Push.select().count() == 0


@pytest.fixture
def phone_of_mei(world: World, as_member: AsMember) -> FlaskClient:
    return as_member(world.mei)


def test_one_tap_keeps_the_browser_and_the_yes(world: World, phone_of_mei: FlaskClient, maker: Theirs) -> None:
    phone = Phone(maker)
    fields: dict[str, Any] = phone.subscription._asdict()
    assert pushes.public_key() in phone_of_mei.get("/me/push").get_data(as_text=True)
    assert phone_of_mei.post("/me/push", data=fields).status_code == 303
    assert Consent.get(Consent.member == world.mei.id, Consent.purpose == "service").source == "push"
    assert Push.get().device.member_id == world.mei.id
    assert phone.endpoint.encode() not in bytes(Push.get().sealed)
    phone_of_mei.post("/me/push/end", data={"endpoint": phone.endpoint})
    assert Push.get().ended_at


def test_nonsense_is_told(phone_of_mei: FlaskClient) -> None:
    for fields in ({}, {"endpoint": "x"}, {"endpoint": "https://evil.example", "p256dh": "a", "auth": "b"}):
        assert phone_of_mei.post("/me/push", data=fields).status_code == 422


def test_who_is_forgotten_is_woken_no_more(world: World, maker: Theirs) -> None:
    pushes.keep(world.mei, None, Phone(maker).subscription, NOON)
    (told,) = privacy.export(world.mei, NOON)["woken_browsers"]
    assert "sealed" not in told
    privacy.erase(world.mei, NOON)
    assert Push.select().count() == 0

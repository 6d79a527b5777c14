"""Everything in one file, and everything forgotten."""

import json

import pytest

from models import Consent, Device, Event, LedgerLine, Message, Passkey, Redemption
from tests.world import NOON, World
from webapp import check, signins
from webapp.members import consents, finding, handshakes, joining, looks, privacy
from webapp.points import purchases
from webapp.refusals import Refusal
from webapp.rewards import redemptions


def live_a_little(world: World) -> str:
    """Mei buys, holds, agrees, is looked at; returns the secret of her sign-in."""
    purchases.record(world.bath, purchases.Bill(5000, "bill-1", "desk"), world.mei, world.chen, NOON)
    redemptions.hold(world.mei, world.towel, world.bath, ticket="ticket-one", at=NOON)
    consents.choose(world.mei.id, "marketing", True, source="me", at=NOON)
    Passkey.create(member=world.mei.id, credential="abc", public_key=b"x", made_at=NOON)
    looks.view(world.mei, world.chen, world.bath, NOON)
    handshakes.ask(world.bath, "+8613800000001", NOON)
    return signins.open_for_member(world.mei, world.bath, "iPhone · WeChat", NOON)


def test_the_export_holds_everything_and_no_secrets(world: World) -> None:
    live_a_little(world)
    text = json.dumps(privacy.export(world.fresh(world.mei), NOON), ensure_ascii=False)
    document = json.loads(text)
    assert document["member"]["phone"] == "+8613800000001"
    for part in (
        "consents",
        "devices",
        "passkeys",
        "visits",
        "purchases",
        "points",
        "lots",
        "redemptions",
        "messages",
        "events",
    ):
        assert document[part], part
    assert "小陈" in text
    for secret in (world.fresh(world.mei).phone_key, Device.get(Device.member == world.mei.id).token_hash):
        assert secret not in text
    assert document["points"][0].keys().isdisjoint({"key", "phone_key"})


def test_erasing_forgets_the_person_and_keeps_the_sums(world: World) -> None:
    secret = live_a_little(world)
    lines = LedgerLine.select().count()
    privacy.erase(world.mei, NOON)
    gone = world.fresh(world.mei)
    assert (gone.name, gone.phone_sealed, gone.phone_key, gone.tail_key, gone.erased_at) == ("", None, None, None, NOON)
    assert signins.find("member", secret, NOON) is None
    assert Redemption.get().state == "cancelled"
    assert LedgerLine.select().count() == lines + 1
    assert Consent.select().where(Consent.member == gone.id).count() == 1
    for model in (Passkey, Message):
        assert model.select().where(model.member == gone.id).count() == 0
    assert {device.label for device in Device.select().where(Device.member == gone.id)} == {""}
    assert finding.search("0001", NOON) == []
    assert check.run() == []


def test_erasing_twice_is_once_and_the_number_is_free_again(world: World) -> None:
    privacy.erase(world.mei, NOON)
    privacy.erase(world.mei, NOON + 5)
    assert world.fresh(world.mei).erased_at == NOON
    joined = joining.join(joining.Wish(world.bath, "13800000001", "t" * 32), NOON + 6)
    assert joined.member is not None
    assert joined.member.points == 0


def test_consents_are_only_added_to(world: World) -> None:
    for granted, at in ((True, 1), (True, 2), (False, 3), (True, 3)):
        consents.choose(world.mei.id, "marketing", granted, source="me", at=NOON + at)
    rows = [(row.granted, row.at - NOON) for row in Consent.select().order_by(Consent.id)]
    assert rows == [(True, 1), (False, 3), (True, 3)]
    now = {choice.purpose: choice.granted for choice in consents.current(world.mei.id)}
    assert now == {"service": False, "marketing": True, "survey": False, "partner": False}
    with pytest.raises(Refusal):
        consents.choose(world.mei.id, "spying", True, source="me", at=NOON)


def test_the_member_sees_who_looked_and_a_look_is_counted_once(world: World) -> None:
    for minutes in (0, 5, 11):
        looks.view(world.mei, world.chen, world.bath, NOON + minutes * 60)
    looks.view(world.mei, world.kai, world.bath, NOON)
    assert looks.reveal(world.mei, world.lin, world.bath, NOON + 700) == "+8613800000001"
    seen = [(look.name, look.what) for look in looks.of(world.mei.id)]
    assert seen[0] == ("林经理", "查看了完整手机号")
    assert [name for name, _ in seen].count("小陈") == 2
    assert looks.of(world.xin.id) == []
    assert "13800000001" not in json.dumps([event.data for event in Event.select()])


def test_a_pass_without_a_number_has_none_to_reveal(world: World) -> None:
    with pytest.raises(Refusal, match="没有绑定"):
        looks.reveal(world.member("", None), world.lin, world.bath, NOON)

"""The family helper: nothing without both yeses, never what is one's own, and over at the very next request."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models import Device, Event, Kin, Member
from tests.kit.doors import AsMember
from tests.world import MEMBER_PIN, NOON, World
from webapp import access, check, signins, vault
from webapp.clock import DAY, MINUTE
from webapp.members import codes, kin, privacy
from webapp.refusals import Missing, Refusal, TooMany

# What a helper may do for somebody. Every other door of members is shut; a new one fails this test until somebody has decided.
OPEN = [
    "bookings.accept",
    "bookings.address_add",
    "bookings.address_book",
    "bookings.address_remove",
    "bookings.ask",
    "bookings.cancel",
    "bookings.choose",
    "bookings.file",
    "bookings.index",
    "bookings.join",
    "bookings.late",
    "bookings.leave",
    "bookings.line",
    "bookings.line_part",
    "bookings.make",
    "bookings.move",
    "bookings.part",
    "bookings.question",
    "bookings.questions",
    "bookings.queue",
    "bookings.show",
    "bookings.skip",
    "bookings.standing_end",
    "bookings.times",
    "complaints.about",
    "complaints.accept",
    "complaints.agree",
    "complaints.discuss",
    "complaints.index",
    "complaints.part",
    "complaints.photo",
    "complaints.rate",
    "complaints.reopen",
    "complaints.say",
    "complaints.show",
    "laundry.agree",
    "laundry.claim",
    "laundry.claim_photo",
    "laundry.deliver",
    "laundry.discuss",
    "laundry.forget",
    "laundry.garment",
    "laundry.index",
    "laundry.part",
    "laundry.parts",
    "laundry.show",
    "laundry.wardrobe",
    "laundry.wear",
    "laundry.wellness",
    "members.code",
    "members.code_part",
    "members.me",
    "members.memory",
    "members.memory_add",
    "members.memory_change",
    "members.memory_choose",
    "members.memory_forget",
    "members.story",
    "members.visits",
    "offers.cancel",
    "offers.hold",
    "offers.index",
    "offers.part",
    "offers.redeem",
    "offers.show",
    "points.index",
    "points.receipt",
    "points.take",
    "points.tier",
    "points.what_if",
    "rewards.cancel",
    "rewards.gift",
    "rewards.gift_part",
    "rewards.gifts",
    "rewards.hold",
    "rewards.index",
    "rewards.redemption",
    "rewards.redemption_part",
    "rewards.show",
    "stores.ahead",
    "stores.check_in",
    "stores.checked_in",
]
READ_ONLY = ["care.inbox", "care.thanks"]
SHUT = [
    "bookings.feed_end",
    "bookings.feed_make",
    "care.agree",
    "care.dial",
    "care.refuse",
    "members.attach",
    "members.attach_send",
    "members.consent",
    "members.consents",
    "members.device_end",
    "members.devices",
    "members.double",
    "members.double_agree",
    "members.double_refuse",
    "members.double_undo",
    "members.erase",
    "members.erase_send",
    "members.export",
    "members.family",
    "members.family_agree",
    "members.family_ask",
    "members.family_end",
    "members.family_help",
    "members.invite",
    "members.passkey_add_begin",
    "members.passkey_add_end",
    "members.passkey_remove",
    "members.pin",
    "members.pin_change",
    "members.preferences",
    "members.profile",
    "members.profile_keep",
    "members.still_right",
    "offers.agree",
    "offers.partners",
    "offers.voucher",
    "outbox.push",
    "outbox.push_end",
    "outbox.push_keep",
]
ITS_OWN = ["members.family_stop"]


def tie(world: World, member: Member | None = None, helper: Member | None = None) -> Kin:
    """Mei's daughter Xin may act for her."""
    mother, daughter = member or world.mei, helper or world.xin
    six, _ = codes.digits(mother, NOON)
    asked = kin.ask(daughter, six, "妈妈", source="phone", at=NOON)
    return kin.agree(asked, mother, NOON)


def acting(client: FlaskClient, found: Kin) -> FlaskClient:
    assert client.post(f"/me/family/{found.code}/help").status_code == 303
    return client


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_nobody_acts_before_the_other_has_said_yes(world: World, as_member: AsMember) -> None:
    six, _ = codes.digits(world.mei, NOON)
    asked = kin.ask(world.xin, six, "妈妈", source="phone", at=NOON)
    assert as_member(world.xin).post(f"/me/family/{asked.code}/help").status_code == 404
    with pytest.raises(Refusal):
        kin.agree(asked, world.xin, NOON)
    assert world.fresh(asked).agreed_at is None


def test_while_helping_the_others_card_is_shown_and_whose_it_is_said_on_every_page(
    world: World, as_member: AsMember
) -> None:
    xin = acting(as_member(world.xin), tie(world))
    for page in ("/", "/points", "/rewards", "/code", "/me", "/me/memory", "/book", "/coupons"):
        answer = xin.get(page)
        assert answer.status_code == 200, page
        assert "正在替 妈妈 操作" in text(answer), page
    assert "1,280" in re.sub(r"[\u2009\u202f\xa0 ]", ",", text(xin.get("/")))
    assert "正在替" not in text(as_member(world.mei).get("/"))


def test_every_door_is_decided(app: Flask) -> None:
    from tests.test_access import LEAST

    members = {door for door, who in LEAST.items() if who == "member"}
    assert members == {*OPEN, *READ_ONLY, *SHUT, *ITS_OWN}


@pytest.mark.parametrize("endpoint", sorted([*SHUT, *OPEN, *READ_ONLY]))
def test_every_door_tried_while_helping(app: Flask, world: World, as_member: AsMember, endpoint: str) -> None:
    xin = acting(as_member(world.xin), tie(world))
    filled: dict[str, Any] = {"code": "NOSUCHCODE", "id": 999_999, "slug": "bath", "token": "x.y", "tag": "NOSUCH"}
    filled |= {"about": "garment", "offer": "NOSUCHCODE", "ref": "NOSUCH"}
    devices = Device.select().count()
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    address = app.url_map.bind("localhost").build(endpoint, {name: filled[name] for name in rule.arguments})
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        answer = xin.open(address, method=method, query_string={access.FOR: world.mei.code})
        refused = answer.status_code == 403 and "只能本人" in text(answer)
        assert refused is (endpoint in SHUT), f"{method} {address}: {answer.status_code}"
    assert Device.select().count() == devices
    assert world.fresh(world.mei).erased_at is None
    assert world.fresh(world.xin).erased_at is None


def test_letters_and_language_stay_the_helpers_own(world: World, as_member: AsMember) -> None:
    Member.update(locale="en", large=True).where(Member.id == world.xin.id).execute()
    xin = acting(as_member(world.xin), tie(world))
    page = text(xin.get("/points"))
    assert 'lang="en"' in page
    assert 'data-size="large"' in page
    xin.post("/me/preferences", data={"locale": "zh_Hant", "large": "0"})
    assert (world.fresh(world.xin).locale, world.fresh(world.mei).locale) == ("zh_Hant", "zh")


def test_ended_by_the_other_it_is_over_at_the_next_request_and_what_was_sent_does_nothing(
    world: World, as_member: AsMember
) -> None:
    found = tie(world)
    xin = acting(as_member(world.xin), found)
    Kin.update(ended_at=NOON).where(
        Kin.id == found.id
    ).execute()  # whichever way it ended, also behind the device's back
    answer = xin.post("/me/memory/notes", data={"ticket": "t" * 32, "text": "喜欢靠窗"})
    assert answer.status_code == 403
    assert "不用你代办了" in text(answer)
    assert "喜欢靠窗" not in text(xin.get("/me/memory"))
    assert "正在替" not in text(xin.get("/"))
    assert Device.select().where(Device.helping.is_null(False)).count() == 0


def test_either_ends_it_and_a_stranger_cannot(world: World, as_member: AsMember) -> None:
    found = tie(world)
    stranger = world.member("陌生人", "13900000007")
    assert as_member(stranger).post(f"/me/family/{found.code}/end").status_code == 404
    with pytest.raises(Missing):
        kin.end(found, stranger, NOON)
    xin = acting(as_member(world.xin), found)
    as_member(world.mei).post(f"/me/family/{found.code}/end")
    assert "正在替" not in text(xin.get("/"))
    assert world.fresh(found).ended_by_id == world.mei.id


def test_every_event_says_who_acted(world: World, as_member: AsMember) -> None:
    xin = acting(as_member(world.xin), tie(world))
    xin.post(f"/me/memory/notes?{access.FOR}={world.mei.code}", data={"ticket": "t" * 32, "text": "喜欢靠窗"})
    event = Event.select().where(Event.verb == "memory_added").get()
    assert (event.member_id, event.data["helper"]) == (world.mei.id, world.xin.id)
    as_member(world.mei).post("/me/memory/notes", data={"ticket": "u" * 32, "text": "不要香味"})
    later = Event.select().where(Event.verb == "memory_added").order_by(Event.id.desc()).get()
    assert "helper" not in later.data


def test_back_to_oneself_one_is_oneself(world: World, as_member: AsMember) -> None:
    xin = acting(as_member(world.xin), tie(world))
    answer = xin.post("/me/family/stop")
    assert "cache" in answer.headers["Clear-Site-Data"]
    assert xin.get("/me/profile").status_code == 200
    assert "周新" in text(xin.get("/me"))


def test_signing_out_while_helping_ends_the_helpers_sign_in_only(world: World, as_member: AsMember) -> None:
    mei, xin = as_member(world.mei), acting(as_member(world.xin), tie(world))
    xin.post("/sign-out")
    assert xin.get("/points").status_code == 303
    assert mei.get("/points").status_code == 200


def test_a_helper_of_a_helper_is_nobodys_helper(world: World, as_member: AsMember) -> None:
    aunt = world.member("姨妈", "13900000008")
    tie(world, member=world.xin, helper=aunt)
    mothers = tie(world)
    client = acting(as_member(aunt), Kin.get(Kin.helper == aunt.id))
    assert client.post(f"/me/family/{mothers.code}/help").status_code == 403
    assert Device.get(Device.helping.is_null(False)).helping_id == world.xin.id


def test_wrong_digits_are_counted(world: World) -> None:
    for _ in range(5):
        with pytest.raises(Missing):
            kin.ask(world.xin, "000000", "", source="phone", at=NOON)
    with pytest.raises(TooMany):
        kin.ask(world.xin, codes.digits(world.mei, NOON)[0], "", source="phone", at=NOON)


def test_oneself_and_a_sixth_are_refused(world: World) -> None:
    with pytest.raises(Refusal, match="你自己的"):
        kin.ask(world.xin, codes.digits(world.xin, NOON)[0], "", source="phone", at=NOON)
    for number in range(5):
        tie(world, helper=world.member(f"孩子{number}", None))
    with pytest.raises(Refusal, match="最多"):
        tie(world)


def test_asking_twice_is_asking_once_and_a_week_later_it_is_over(world: World) -> None:
    six, _ = codes.digits(world.mei, NOON)
    asked = kin.ask(world.xin, six, "", source="phone", at=NOON)
    assert kin.ask(world.xin, six, "", source="phone", at=NOON) == asked
    with pytest.raises(Refusal, match="过时"):
        kin.agree(asked, world.mei, NOON + 8 * DAY)
    six, _ = codes.digits(world.mei, NOON + 8 * DAY)
    assert kin.ask(world.xin, six, "", source="phone", at=NOON + 8 * DAY) != asked


@pytest.mark.parametrize("who", ["mei", "xin"])
def test_whoever_is_forgotten_helps_nobody_and_is_helped_by_nobody(world: World, as_member: AsMember, who: str) -> None:
    found = tie(world)
    xin = acting(as_member(world.xin), found)
    privacy.erase(getattr(world, who), NOON + MINUTE)
    assert world.fresh(found).ended_at is not None
    assert "林小满" not in text(xin.get("/"))
    assert check.run() == []


def test_the_helpers_pin_and_devices_are_out_of_reach_both_ways(world: World, as_member: AsMember) -> None:
    """Neither is the other's PIN changed, nor one's own by a form that was meant for oneself."""
    Member.update(pin_hash=vault.hash_secret(MEMBER_PIN)).execute()
    before = (world.fresh(world.mei).pin_hash, world.fresh(world.xin).pin_hash)
    xin = acting(as_member(world.xin), tie(world))
    assert xin.post("/me/pin", data={"pin": "918273", "old": MEMBER_PIN}).status_code == 403
    assert (world.fresh(world.mei).pin_hash, world.fresh(world.xin).pin_hash) == before


def test_a_sign_in_that_helps_costs_one_question_more(world: World, as_member: AsMember) -> None:
    acting(as_member(world.xin), tie(world))
    device = Device.get(Device.helping.is_null(False))
    Device.update(token_hash=vault.fingerprint("known")).where(Device.id == device.id).execute()
    entry = signins.find("member", "known", NOON)
    assert entry is not None
    assert entry.member is not None
    assert entry.helper is not None
    assert (entry.member.id, entry.helper.id, entry.called) == (world.mei.id, world.xin.id, "妈妈")
    assert access.HELPS_ALSO.isdisjoint(SHUT)


def _forms(page: str) -> list[str]:
    return re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page)


def test_every_form_of_a_page_says_for_whom_it_is(world: World, as_member: AsMember) -> None:
    """Also where htmx sends it; and a page of one's own says nothing."""
    xin = as_member(world.xin)
    assert access.FOR not in text(xin.get("/me/memory"))
    acting(xin, tie(world))
    for page in ("/me/memory", "/rewards", "/complaints/new", f"/s/{world.bath.slug}"):
        sent = re.findall(r'(?:hx-post|formaction)="([^"]*)"', text(xin.get(page))) + _forms(text(xin.get(page)))
        assert sent, page
        assert all(address.endswith(f"{access.FOR}={world.mei.code}") for address in sent), (page, sent)


def test_a_form_opened_as_oneself_and_sent_after_help_began_does_nothing(world: World, as_member: AsMember) -> None:
    """Two tabs of one phone: what was meant for oneself is not done for the other."""
    xin = as_member(world.xin)
    (address,) = [form for form in _forms(text(xin.get("/me/memory"))) if form.endswith("/notes")]
    acting(xin, tie(world))
    answer = xin.post(address, data={"ticket": "t" * 32, "text": "喜欢靠窗"})
    assert answer.status_code == 403
    assert "这一页是给自己打开的" in text(answer)
    assert "喜欢靠窗" not in text(xin.get("/me/memory"))


def test_a_form_opened_for_the_other_and_sent_as_oneself_again_does_nothing(world: World, as_member: AsMember) -> None:
    xin = acting(as_member(world.xin), tie(world))
    (address,) = [form for form in _forms(text(xin.get("/me/memory"))) if "/notes" in form]
    fields = {"ticket": "t" * 32, "text": "喜欢靠窗"}
    assert xin.post("/me/family/stop").status_code == 303
    answer = xin.post(address, data=fields)
    assert answer.status_code == 403
    assert "这一页是替家人打开的" in text(answer)
    assert "喜欢靠窗" not in text(xin.get("/me/memory"))
    assert xin.post(address.split("?")[0], data=fields).status_code in (200, 303)


def test_a_form_for_one_parent_is_not_done_for_the_other(world: World, as_member: AsMember) -> None:
    father = world.member("爸爸", "13900000009")
    xin = acting(as_member(world.xin), tie(world))
    (address,) = [form for form in _forms(text(xin.get("/me/memory"))) if "/notes" in form]
    xin.post("/me/family/stop")
    acting(xin, tie(world, member=father))
    assert xin.post(address, data={"ticket": "t" * 32, "text": "喜欢靠窗"}).status_code == 403
    assert "喜欢靠窗" not in text(xin.get("/me/memory"))

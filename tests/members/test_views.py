"""Members' doors, by the litany: works, wrong method, signed out, somebody else's, bad input with what was typed kept."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models import PURPOSES, Consent, Device, Member, Message, Store, database
from tests.kit.doors import AsMember
from tests.members.authenticator import Authenticator
from tests.world import MEMBER_PIN, NOON, World
from webapp import clock, signins, vault
from webapp.clock import HOUR
from webapp.members import handshakes
from webapp.outbox import inbox
from webapp.rewards import redemptions

MINE = (
    "/me",
    "/me/profile",
    "/me/pin",
    "/me/devices",
    "/me/privacy",
    "/me/export",
    "/me/erasure",
    "/me/phone",
    "/code",
    "/inbox",
)
TICKET = "t" * 32


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def join(client: FlaskClient, htmx: bool = False, **fields: str) -> Any:
    return client.post("/join", data={"ticket": TICKET, "store": "bath", "phone": "13900000009"} | fields, htmx=htmx)


# --- who may come in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*MINE, "/me/preferences", "/code/part"])
def test_whoever_is_signed_out_is_led_to_sign_in_and_back(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")


@pytest.mark.parametrize(
    "path", [path for path in MINE if path not in ("/me/phone", "/me/export")] + ["/", "/me/preferences"]
)
@pytest.mark.parametrize("language", ["zh-CN", "en", "zh-TW"])
def test_every_page_answers_in_every_language(as_member: AsMember, world: World, path: str, language: str) -> None:
    answer = as_member(world.mei).get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert "林小满" in text(answer) or path not in ("/", "/me", "/code")


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in/pin", "/me/passkeys", "/me/passkeys/options"])
def test_what_changes_something_is_no_get(as_member: AsMember, world: World, path: str) -> None:
    assert as_member(world.mei).get(path).status_code == 405


def test_a_page_of_another_site_may_not_send_forms(visitor: FlaskClient) -> None:
    answer = visitor.post("/join", data={"ticket": TICKET}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


def test_home_of_a_visitor_is_the_shop(visitor: FlaskClient) -> None:
    assert visitor.get("/").location == "/s"
    visitor.set_cookie("store", "bath")
    assert visitor.get("/").location == "/s/bath"


# --- home --------------------------------------------------------------------------------------------------------------


def test_home_shows_the_balance_what_lapses_and_what_is_within_reach(as_member: AsMember, world: World) -> None:
    world.give(world.mei, 200, lasts=20 * clock.DAY)
    page = text(as_member(world.mei).get("/"))
    assert "1\u202f480" in page
    assert "200 分 6月9日到期" in page
    assert "搓澡一次" in page


def test_home_shows_the_hold_that_runs(as_member: AsMember, world: World) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="ticket-one", at=NOON)
    page = text(as_member(world.mei).get("/"))
    assert f"/redemptions/{held.code}" in page
    assert "10:00" in page


def test_home_writes_off_what_has_run_out(as_member: AsMember, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = as_member(world.mei)
    monkeypatch.setattr(clock, "now", lambda: NOON + 80 * clock.DAY)
    world.give(world.mei, 500, lasts=60 * clock.DAY)
    assert "1\u202f280" in text(client.get("/"))


def test_a_pass_without_a_number_is_offered_to_keep_its_points(as_member: AsMember, world: World) -> None:
    guest = world.member("", None)
    world.give(guest, 10)
    assert "/me/phone" in text(as_member(guest).get("/"))


# --- joining -----------------------------------------------------------------------------------------------------------


def test_joining_with_one_field_leads_home(visitor: FlaskClient) -> None:
    assert "手机号" in text(visitor.get("/join?store=bath&p=door"))
    answer = join(visitor, marketing="y", p="door")
    assert (answer.status_code, answer.location) == (303, "/")
    assert visitor.get("/").status_code == 200
    assert Consent.get().purpose == "marketing"


def test_every_purpose_is_asked_apart_and_nothing_is_ticked(visitor: FlaskClient) -> None:
    page = text(visitor.get("/join?store=bath"))
    for purpose in PURPOSES:
        assert re.search(rf'<input[^>]*name="{purpose}"', page)
    assert "checked" not in page
    assert '<details class="more">' in page
    join(visitor, **dict.fromkeys(PURPOSES, "y"))
    assert {row.purpose for row in Consent.select().where(Consent.granted)} == set(PURPOSES)


def test_a_tick_under_more_stays_in_sight_when_the_number_is_wrong(visitor: FlaskClient) -> None:
    page = text(join(visitor, phone="12", partner="y"))
    assert '<details class="more" open>' in page
    assert re.search(r'<input[^>]*checked[^>]*name="partner"', page)


def test_joining_with_htmx_goes_on_to_where_it_was_wanted(visitor: FlaskClient) -> None:
    answer = join(visitor, htmx=True, guest="1", phone="", next="/claim/abc")
    assert answer.headers["HX-Redirect"] == "/claim/abc"
    visitor.delete_cookie("huitou")
    assert join(visitor, ticket="u" * 32, guest="1", next="https://evil.example/").location == "/"


def test_a_known_number_is_led_to_the_counter_and_sees_nothing_of_the_card(visitor: FlaskClient) -> None:
    page = text(join(visitor, phone="138 0000 0001"))
    assert "138****0001" in page
    assert "/sign-in/handshakes" in page
    assert "林" not in page
    assert "1\u202f280" not in page
    assert visitor.get_cookie("huitou") is None


@pytest.mark.parametrize("phone", ["123", "", "😀", "1" * 10_000, "138\x000000001", "\u202e13800000001"])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_bad_number_is_said_next_to_the_field_and_stays(visitor: FlaskClient, phone: str, htmx: bool) -> None:
    answer = join(visitor, htmx=htmx, phone=phone, survey="y")
    page = text(answer)
    assert answer.status_code == 422
    assert 'id="phone-error"' in page
    assert "checked" in page
    assert ("<html" in page) != htmx
    if phone.isprintable() and len(phone) < 41:
        assert f'value="{phone}"' in page
    assert Member.select().where(Member.phone_key.is_null()).count() == 0


def test_one_ticket_sent_twice_makes_one_member(app: Flask, world: World) -> None:
    first, second = app.test_client(), app.test_client()
    assert join(first).location == join(second).location == "/"
    assert Member.select().count() == 3


def test_without_a_store_the_chooser_comes_first(visitor: FlaskClient) -> None:
    assert visitor.get("/join").location == "/s"
    assert visitor.get("/join?store=%00").location == "/s"
    assert visitor.post("/join", data={"ticket": TICKET, "store": "nowhere", "guest": "1"}).location == "/s"


def test_a_shop_of_one_store_needs_no_chooser(visitor: FlaskClient, world: World) -> None:
    Store.update(closed_at=NOON).where(Store.id != world.bath.id).execute()
    assert visitor.get("/join").status_code == 200


# --- signing in and out ------------------------------------------------------------------------------------------------


@pytest.fixture
def with_pin(world: World) -> Member:
    world.mei.pin_hash = vault.hash_secret(MEMBER_PIN)
    world.mei.save()
    return world.mei


def pin_in(client: FlaskClient, phone: str = "13800000001", pin: str = MEMBER_PIN, **fields: str) -> Any:
    return client.post("/sign-in/pin", data={"phone": phone, "pin": pin} | fields)


@pytest.mark.usefixtures("with_pin")
def test_a_pin_signs_in_and_leads_back(visitor: FlaskClient) -> None:
    assert "/me/devices" in text(visitor.get("/sign-in?next=/me/devices"))
    assert pin_in(visitor, next="/me/devices").location == "/me/devices"
    assert visitor.get("/me").status_code == 200
    assert visitor.get("/sign-in?next=//evil.example").location == "/"


@pytest.mark.usefixtures("with_pin")
def test_wrong_pin_unknown_number_and_no_pin_are_one_answer(visitor: FlaskClient) -> None:
    pages = set()
    for phone in ("13800000001", "13800000002", "13900000009"):
        answer = pin_in(visitor, phone, "135792")
        assert answer.status_code == 422
        page = re.sub(r'name="ticket" value="[^"]*"', "", text(answer)).replace(phone, "PHONE")
        assert "135792" not in page
        pages.add(page)
    assert len(pages) == 1


@pytest.mark.usefixtures("with_pin")
def test_too_many_guesses_say_when_to_come_back(visitor: FlaskClient) -> None:
    for _ in range(5):
        pin_in(visitor, pin="135792")
    answer = pin_in(visitor)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "14:15" in text(answer)


def test_the_counter_handshake_opens_the_phone_by_itself(visitor: FlaskClient, world: World) -> None:
    answer = visitor.post("/sign-in/handshakes", data={"phone": "13800000001", "store": "bath"})
    assert answer.location == "/sign-in/handshakes"
    page = text(visitor.get("/sign-in/handshakes"))
    digits = re.search(r'class="digits">(\d{4})<', page)
    assert digits is not None
    assert text(visitor.get("/sign-in/handshakes", htmx=True)).lstrip().startswith("<section")
    handshakes.confirm(handshakes.waiting(world.bath, digits[1], world.chen, NOON), world.chen, NOON)
    assert visitor.get("/sign-in/handshakes", htmx=True).headers["HX-Redirect"] == "/"
    assert "林小满" in text(visitor.get("/"))
    assert visitor.get("/sign-in/handshakes").location == "/sign-in"


def test_a_handshake_of_nobody_looks_the_same(visitor: FlaskClient, app: Flask) -> None:
    pages = []
    for client, phone in ((visitor, "13800000001"), (app.test_client(), "13900000009")):
        assert client.post("/sign-in/handshakes", data={"phone": phone, "store": "bath"}).status_code == 303
        pages.append(re.sub(r">\d{4}<", "><", text(client.get("/sign-in/handshakes"))))
    assert pages[0] == pages[1]


def test_a_handshake_wants_a_number_and_a_store(visitor: FlaskClient) -> None:
    assert visitor.post("/sign-in/handshakes", data={"phone": "12", "store": "bath"}).status_code == 422
    answer = visitor.post("/sign-in/handshakes", data={"phone": "13800000001", "store": ""})
    assert answer.status_code == 422
    assert "请选你在哪家店" in text(answer)


def test_flooding_from_one_address_is_fenced(visitor: FlaskClient) -> None:
    data = {"phone": "13900000009", "store": "bath"}
    answers = [visitor.post("/sign-in/handshakes", data=data).status_code for _ in range(22)]
    assert answers[:20] == [303] * 20
    assert answers[20:] == [429] * 2


def test_a_passkey_is_added_and_signs_in(as_member: AsMember, app: Flask, world: World) -> None:
    phone, client, other = Authenticator("http://localhost", "localhost"), as_member(world.mei), app.test_client()
    options = client.post("/me/passkeys/options", json={}).get_json()
    assert client.post("/me/passkeys", json=phone.create(options)).get_json() == {}
    assert "/me/passkeys/" in text(client.get("/me/devices"))
    options = other.post("/sign-in/passkey/options", json={}).get_json()
    assert other.post("/sign-in/passkey", json=phone.get(options)).status_code == 200
    assert other.get("/me").status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b'{"id": 5}'])
def test_a_broken_passkey_answer_is_refused(visitor: FlaskClient, body: bytes) -> None:
    visitor.post("/sign-in/passkey/options", json={})
    answer = visitor.post("/sign-in/passkey", data=body, content_type="application/json")
    assert answer.status_code == 422


def test_signing_out_ends_the_sign_in_and_empties_the_kept_pages(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    answer = client.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert client.get("/me").status_code == 303
    assert Device.get().ended_at == NOON
    assert client.post("/sign-out").status_code == 303


# --- me ----------------------------------------------------------------------------------------------------------------


def test_a_name_and_a_birthday_are_kept(as_member: AsMember, world: World) -> None:
    answer = as_member(world.mei).post("/me/profile", data={"name": "小满姐", "month": "2", "day": "29"}, htmx=True)
    assert answer.status_code == 200
    assert "已保存" in text(answer)
    assert (world.fresh(world.mei).name, world.fresh(world.mei).birthday) == ("小满姐", 229)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "小满😀"), ("name", "小满\u200f"), ("name", "小\x00满"), ("name", "满" * 3_400), ("name", "小\u202e满"), ("name", "满" * 31),
        ("day", "31"), ("day", "0"), ("day", "二"), ("day", ""), ("month", "13"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_next_to_its_field(
    as_member: AsMember, world: World, field: str, value: str
) -> None:
    answer = as_member(world.mei).post("/me/profile", data={"name": "林", "month": "6", "day": "3"} | {field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in text(answer)
    assert world.fresh(world.mei).name == "林小满"


def test_a_name_of_ten_kilobytes_does_not_come_back(as_member: AsMember, world: World) -> None:
    answer = as_member(world.mei).post("/me/profile", data={"name": "x" * 70_000})
    assert answer.status_code in (413, 422)


def test_a_new_pin_signs_the_other_phone_out(as_member: AsMember, world: World) -> None:
    here, there = as_member(world.mei), as_member(world.mei)
    weak = here.post("/me/pin", data={"pin": "123456"})
    assert weak.status_code == 422
    assert 'id="pin-error"' in text(weak)
    assert "123456" not in text(weak)
    assert here.post("/me/pin", data={"pin": "853906"}).status_code == 303
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 303


@pytest.mark.usefixtures("with_pin")
def test_later_the_old_pin_is_asked_for(as_member: AsMember, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = as_member(world.mei)
    assert 'name="old"' not in text(client.get("/me/pin"))
    monkeypatch.setattr(clock, "now", lambda: NOON + HOUR)
    assert 'name="old"' in text(client.get("/me/pin"))
    assert 'id="old-error"' in text(client.post("/me/pin", data={"pin": "853906"}))
    assert client.post("/me/pin", data={"pin": "853906", "old": MEMBER_PIN}).status_code == 303


def test_my_devices_end_and_nobody_elses_are_found(as_member: AsMember, world: World) -> None:
    mine, other, hers = as_member(world.mei), as_member(world.mei), as_member(world.xin)
    ids = {name: Device.select().where(Device.member == member.id).order_by(Device.id.desc()).first().id
           for name, member in (("other", world.mei), ("hers", world.xin))}  # fmt: skip
    assert mine.post(f"/me/devices/{ids['other']}/end", htmx=True).status_code == 200
    assert other.get("/me").status_code == 303
    assert mine.post(f"/me/devices/{ids['hers']}/end").status_code == 404
    assert hers.get("/me").status_code == 200
    assert mine.post("/me/devices/99999999999999999999/end").status_code == 404


def test_a_consent_is_given_and_taken_back_in_one_tap(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    for granted, shown in (("1", "true"), ("", "false")):
        page = text(client.post("/me/privacy", data={"purpose": "marketing", "granted": granted}, htmx=True))
        assert page.count('aria-checked="true"') == (shown == "true")
    assert client.post("/me/privacy", data={"purpose": "spying", "granted": "1"}).status_code == 422


def test_the_export_is_a_file(as_member: AsMember, world: World) -> None:
    answer = as_member(world.mei).get("/me/export")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="huitou-{world.mei.code}.json"'
    assert json.loads(answer.data)["member"]["name"] == "林小满"


@pytest.mark.usefixtures("with_pin")
def test_erasing_asks_for_the_pin_and_for_a_yes(
    as_member: AsMember, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_member(world.mei)
    assert 'id="sure-error"' in text(client.post("/me/erasure", data={}))
    monkeypatch.setattr(clock, "now", lambda: NOON + HOUR)
    assert 'id="pin-error"' in text(client.post("/me/erasure", data={"sure": "y", "pin": "000000"}))
    assert world.fresh(world.mei).erased_at is None
    answer = client.post("/me/erasure", data={"sure": "y", "pin": MEMBER_PIN})
    assert answer.status_code == 303
    assert world.fresh(world.mei).erased_at == NOON + HOUR
    assert client.get("/me").status_code == 303


def test_a_pass_gets_its_number(as_member: AsMember, world: World) -> None:
    guest = world.member("", None)
    client = as_member(guest)
    assert client.post("/me/phone", data={"phone": "1", "store": "bath"}).status_code == 422
    assert client.post("/me/phone", data={"phone": "13900000009", "store": "bath"}).location == "/me"
    assert "139****0009" in text(client.get("/me"))
    assert client.get("/me/phone").location == "/me"


def test_a_pass_whose_number_has_a_card_waits_for_the_clerk(as_member: AsMember, world: World) -> None:
    guest = world.member("", None)
    world.give(guest, 70)
    client = as_member(guest)
    assert client.post("/me/phone", data={"phone": "13800000001", "store": "bath"}).location == "/sign-in/handshakes"
    digits = re.search(r'class="digits">(\d{4})<', text(client.get("/sign-in/handshakes")))
    assert digits is not None
    handshakes.confirm(handshakes.waiting(world.bath, digits[1], world.chen, NOON), world.chen, NOON)
    assert client.get("/sign-in/handshakes").location == "/"
    assert "1\u202f350" in text(client.get("/"))


def test_the_inbox_says_why_and_counts_as_read(as_member: AsMember, world: World) -> None:
    inbox.tell(world.mei.id, "points_given", NOON, key="k", points=48, amount=4860, store=world.bath.name)
    client = as_member(world.mei)
    page = text(client.get("/inbox"))
    assert "到账 48 分" in page
    assert "因为你刚在店里结了账" in page
    assert Message.get().read_at == NOON


def test_language_size_and_brightness_are_kept(as_member: AsMember, visitor: FlaskClient, world: World) -> None:
    client = as_member(world.mei)
    data = {"locale": "en", "large": "1", "theme": "dark", "next": "/me/preferences"}
    assert client.post("/me/preferences", data=data).location == "/me/preferences"
    now = world.fresh(world.mei)
    assert (now.locale, now.large, now.theme) == ("en", True, "dark")
    client.post("/me/preferences", data={"large": "", "next": "/"})
    assert (world.fresh(world.mei).large, world.fresh(world.mei).theme) == (False, "dark")
    assert visitor.post("/me/preferences", data={"locale": "en", "next": "/s/bath"}).location == "/s/bath"
    cookie = visitor.get_cookie("lang")
    assert cookie is not None
    assert cookie.value == "en"
    assert visitor.post("/me/preferences", data={"locale": "xx"}).status_code == 422


def test_the_code_renews_itself_and_keeps_its_digits(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    page, part = text(client.get("/code")), text(client.get("/code/part", htmx=True))
    pattern = r"(\d{3}) (\d{3})</span>"
    first, again = re.search(pattern, page), re.search(pattern, part)
    assert first is not None
    assert again is not None
    assert first[0] == again[0]
    assert "<html" not in part
    assert "上次余额" in page
    assert "style=" not in page


def test_an_erased_card_is_signed_out_everywhere(as_member: AsMember, world: World) -> None:
    client = as_member(world.mei)
    Member.update(erased_at=NOON).where(Member.id == world.mei.id).execute()
    assert client.get("/me").status_code == 303
    assert signins.of_member(world.mei.id, NOON)


def test_home_reads_four_times_and_the_brand(
    as_member: AsMember, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_member(world.mei)
    client.get("/")
    asked: list[str] = []
    real = database.obj.execute_sql
    monkeypatch.setattr(database.obj, "execute_sql", lambda sql, *rest: asked.append(sql) or real(sql, *rest))
    assert client.get("/").status_code == 200
    assert len(asked) <= 5, asked


def test_a_sign_in_elsewhere_is_told_to_the_phone_that_is_signed_in(
    as_member: AsMember, visitor: FlaskClient, world: World, with_pin: Member
) -> None:
    client = as_member(with_pin)
    visitor.post(
        "/sign-in/pin",
        data={"phone": "13800000001", "pin": MEMBER_PIN},
        headers={"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) MicroMessenger/8.0"},
    )
    page = text(client.get("/inbox"))
    assert "新设备登录" in page
    assert "iPhone · WeChat" in page
    assert Message.select().where(Message.member == world.mei.id).count() == 1

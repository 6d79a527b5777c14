"""The desk's own doors: sign-in and PIN, the queue, people, devices and the audit."""

import re

import pytest
from flask.testing import FlaskClient

from models import Device, Event, Staff
from tests.kit.doors import AsStaff
from tests.world import DESK_PIN, NOON, PASSWORD, World
from webapp import access, clock, pairs
from webapp.outbox import events
from webapp.rewards import redemptions
from webapp.staff import people, queue
from webapp.stores import counter

NEW = {
    "ticket": "t" * 20,
    "name": "安安",
    "username": "anan",
    "role": "clerk",
    "password": "龙井 and 浴巾",
    "pin": "2486",
}


def hour_later(monkeypatch: pytest.MonkeyPatch, hours: int = 1) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + hours * clock.HOUR)


# --- signing in


def test_a_tablet_signs_in_and_goes_where_it_was_wanted(visitor: FlaskClient, world: World) -> None:
    asked = visitor.get("/desk/counter")
    assert asked.location == "/desk/sign-in?next=/desk/counter"
    page = visitor.get(asked.location)
    assert page.status_code == 200
    assert 'value="/desk/counter"' in page.text
    given = {"username": "chen", "password": PASSWORD, "next": "/desk/counter"}
    answer = visitor.post("/desk/sign-in", data=given)
    assert (answer.status_code, answer.location) == (303, "/desk/counter")
    cookie = visitor.get_cookie(access.COOKIES["desk"])
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert visitor.get("/desk/").status_code == 200


def test_next_never_leads_away(visitor: FlaskClient, world: World) -> None:
    given = {"username": "chen", "password": PASSWORD}
    for away in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert visitor.post("/desk/sign-in", data=given | {"next": away}).location == "/desk/"


def test_a_wrong_password_keeps_the_name_and_not_the_password(visitor: FlaskClient) -> None:
    answer = visitor.post("/desk/sign-in", data={"username": "chen", "password": "not this one"}, htmx=True)
    assert answer.status_code == 422
    assert "用户名或密码不对" in answer.text
    assert 'value="chen"' in answer.text
    assert "not this one" not in answer.text
    assert visitor.get_cookie(access.COOKIES["desk"]) is None


def test_too_many_guesses_say_until_when(visitor: FlaskClient) -> None:
    for _ in range(5):
        visitor.post("/desk/sign-in", data={"username": "chen", "password": "wrong"})
    answer = visitor.post("/desk/sign-in", data={"username": "chen", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "14:15" in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"username": ""},
        {"password": ""},
        {"username": "x" * 10_000},
        {"password": "x" * 10_000},
        {"username": "a\x00b"},
    ],
)
def test_bad_input_is_told_next_to_the_field(visitor: FlaskClient, change: dict[str, str]) -> None:
    answer = visitor.post("/desk/sign-in", data={"username": "chen", "password": PASSWORD} | change)
    assert answer.status_code == 422
    assert f'id="{next(iter(change))}-error"' in answer.text


def test_the_owner_chooses_a_store(visitor: FlaskClient, world: World) -> None:
    visitor.post("/desk/sign-in", data={"username": "zhao", "password": PASSWORD, "store": "laundry"})
    assert "回头干洗" in visitor.get("/desk/").text


def test_signing_out_ends_the_tablet(as_staff: AsStaff, world: World) -> None:
    tablet = as_staff(world.chen)
    secret = tablet.get_cookie(access.COOKIES["desk"]).value
    assert tablet.post("/desk/sign-out").location == "/desk/sign-in"
    tablet.set_cookie(access.COOKIES["desk"], secret)
    assert "/desk/sign-in" in tablet.get("/desk/").location
    assert tablet.get("/desk/sign-out").status_code == 405


# --- who acts


def test_the_pin_hands_the_tablet_over(as_staff: AsStaff, world: World) -> None:
    tablet = as_staff(world.chen)
    page = tablet.get("/desk/who?next=/desk/audit").text
    for name in ("小陈", "阿凯", "苏姐", "林经理", "赵老板"):
        assert name in page
    assert "阿波" not in page
    assert tablet.get("/desk/audit").status_code == 403
    answer = tablet.post("/desk/who", data={"staff": world.lin.id, "pin": DESK_PIN, "next": "/desk/audit"})
    assert (answer.status_code, answer.location) == (303, "/desk/audit")
    assert tablet.get("/desk/audit").status_code == 200


def test_a_wrong_pin_is_told_and_not_shown_again(as_staff: AsStaff, world: World) -> None:
    tablet = as_staff(world.chen)
    answer = tablet.post("/desk/who", data={"staff": world.lin.id, "pin": "9753"}, htmx=True)
    assert answer.status_code == 422
    assert "PIN 不对" in answer.text
    assert "9753" not in answer.text
    for staff in ("", "0", "-1", "x", "9" * 30):
        assert tablet.post("/desk/who", data={"staff": staff, "pin": DESK_PIN}).status_code == 422
    for nobody in (world.bo.id, 999_999):
        assert tablet.post("/desk/who", data={"staff": nobody, "pin": DESK_PIN}).status_code == 404


def test_after_the_shift_the_queue_stays_and_acts_ask_for_the_pin(
    as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = as_staff(world.lin)
    hour_later(monkeypatch, 13)
    assert tablet.get("/desk/").status_code == 200
    assert tablet.get("/desk/audit").location == "/desk/who?next=/desk/audit"


def test_who_is_dismissed_loses_the_tablet_with_the_next_tap(as_staff: AsStaff, world: World) -> None:
    own, shared = as_staff(world.kai), as_staff(world.chen)
    shared.post("/desk/who", data={"staff": world.kai.id, "pin": DESK_PIN})
    manager = as_staff(world.lin)
    assert manager.post(f"/desk/settings/people/{world.kai.id}/dismissal").status_code == 303
    assert "/desk/sign-in" in own.get("/desk/").location
    assert shared.get("/desk/").status_code == 200
    assert "/desk/who" in shared.get("/desk/own").location


def test_the_tablets_language_is_switched_in_its_bar_whoever_acts(as_staff: AsStaff, world: World) -> None:
    tablet, other = as_staff(world.chen), as_staff(world.kai)
    page = tablet.get("/desk/?lane=arrival").text
    assert re.search(r'action="/desk/language"><input type="hidden" name="next" value="/desk/\?lane=arrival"', page)
    answer = tablet.post("/desk/language", data={"locale": "en", "next": "/desk/?lane=arrival"})
    assert (answer.status_code, answer.location) == (303, "/desk/?lane=arrival")
    tablet.post("/desk/who", data={"staff": world.lin.id, "pin": DESK_PIN})
    assert '<html lang="en"' in tablet.get("/desk/settings").text
    assert '<html lang="zh-Hans"' in other.get("/desk/").text


def test_a_tablet_on_which_nobody_acts_speaks_too(
    as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = as_staff(world.chen)
    hour_later(monkeypatch, 13)
    assert tablet.post("/desk/language", data={"locale": "zh_Hant"}).location == "/desk/"
    assert '<html lang="zh-Hant"' in tablet.get("/desk/who").text


def test_a_language_we_do_not_speak_changes_nothing(as_staff: AsStaff, visitor: FlaskClient, world: World) -> None:
    tablet = as_staff(world.chen)
    for locale in ("", "fr", "../en", "x" * 500):
        assert tablet.post("/desk/language", data={"locale": locale}).status_code == 422
    assert tablet.get_cookie("lang") is None
    assert tablet.post("/desk/language", data={"locale": "en", "next": "//evil.example"}).location == "/desk/"
    assert tablet.get("/desk/language").status_code == 405
    assert "/desk/sign-in" in visitor.post("/desk/language", data={"locale": "en"}).location


# --- the queue


def test_an_arrival_is_on_the_tablet_and_leaves_when_greeted(as_staff: AsStaff, world: World) -> None:
    visit, _ = counter.arrive(world.mei, counter.code(world.bath, NOON), "", NOON)
    tablet, other = as_staff(world.chen), as_staff(world.kai)
    home = tablet.get("/desk/").text
    assert "林小满" in home
    assert f'href="/desk/arrivals/{visit.id}"' in home
    part = tablet.get(f"/desk/arrivals/{visit.id}", htmx=True)
    assert "<html" not in part.text
    assert "林小满" in part.text
    assert "小陈" in other.get("/desk/queue", htmx=True).text
    assert tablet.post(f"/desk/arrivals/{visit.id}/greeting").status_code == 303
    assert "林小满" not in tablet.get("/desk/queue", htmx=True).text
    assert Event.get(Event.verb == "greeted").staff_id == world.chen.id


def test_beside_an_arrival_stands_the_members_card(as_staff: AsStaff, world: World) -> None:
    visit, _ = counter.arrive(world.mei, counter.code(world.bath, NOON), "", NOON)
    tablet = as_staff(world.chen)
    for htmx in (True, False):
        part = tablet.get(f"/desk/arrivals/{visit.id}", htmx=htmx).text
        assert 'id="arrival"' in part
        assert re.search(r'id="face".*138\*\*\*\*\d{4}.*1\u202f280.*最近到店.*今天', part, re.DOTALL)
    looks = Event.select().where(Event.verb == "card_viewed", Event.member == world.mei.id)
    assert looks.count() == 1, "who opens a card is written down, once"


def test_a_row_of_the_queue_shows_the_two_words(as_staff: AsStaff, world: World) -> None:
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="ticket-one", at=NOON)
    tablet = as_staff(world.chen)
    row = tablet.get("/desk/queue", htmx=True).text
    assert f'<b class="band-{pairs.band(held.words)}">{" ".join(pairs.spoken(held.words, "zh"))}</b>' in row
    in_english = tablet.get("/desk/queue", htmx=True, headers={"Accept-Language": "en"}).text
    assert " ".join(pairs.spoken(held.words, "en")) in in_english
    assert f'lang="zh-Hans">{" ".join(pairs.spoken(held.words, "zh"))}' in in_english, "as on the member's phone"
    events.tick(world.bath.id)
    queue.post(world.bath.id, "arrival", "77", NOON + 60, NOON, member=world.xin.id)
    assert tablet.get("/desk/queue?lane=arrival", htmx=True).text.count('class="match') == 0


def test_another_stores_arrival_is_not_there(as_staff: AsStaff, world: World) -> None:
    visit, _ = counter.arrive(world.mei, counter.code(world.bath, NOON), "", NOON)
    stranger = as_staff(world.bo)
    for ref in (visit.id, "%00", "x", "9" * 40):
        assert stranger.get(f"/desk/arrivals/{ref}").status_code == 404
        assert stranger.post(f"/desk/arrivals/{ref}/greeting").status_code == 404
    assert "林小满" not in stranger.get("/desk/").text


def test_the_poll_is_silent_until_something_happens(
    as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.front.time.time", lambda: float(NOON))
    tablet = as_staff(world.chen)
    address = re.search(r'hx-get="(/desk/queue\?pulse=[^"&]+)', tablet.get("/desk/").text)[1]
    assert tablet.get(address, htmx=True).status_code == 204
    queue.post(world.bath.id, "arrival", "7", NOON + 60, NOON, member=world.mei.id)
    events.tick(world.bath.id)
    assert tablet.get(address, htmx=True).status_code == 200


def test_lanes_are_counted_and_filtered(as_staff: AsStaff, world: World) -> None:
    for kind, ref in (("arrival", "1"), ("arrival", "2"), ("handshake", "3")):
        queue.post(world.bath.id, kind, ref, NOON + 60, NOON, member=world.mei.id)
    tablet = as_staff(world.chen)
    assert re.search(r"到店 <b>2</b>", tablet.get("/desk/").text)
    lane = tablet.get("/desk/queue?lane=handshake", htmx=True).text
    assert 'href="/desk/arrivals/' not in lane
    assert 'href="/desk/handshakes/3"' in lane
    assert tablet.get("/desk/?lane=%00nonsense").status_code == 200


# --- people, devices, audit


def test_a_manager_hires_and_bad_input_is_kept(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    assert "阿凯" in manager.get("/desk/settings/people").text
    wrong = manager.post("/desk/settings/people", data=NEW | {"username": "chen"}, htmx=True)
    assert wrong.status_code == 422
    assert "已经有人用了" in wrong.text
    assert 'value="安安"' in wrong.text
    assert "龙井" not in wrong.text
    answer = manager.post("/desk/settings/people", data=NEW)
    assert answer.status_code == 303
    assert manager.get(answer.location).status_code == 200
    assert Staff.get(Staff.username == "anan").store_id == world.bath.id


def test_a_manager_cannot_make_people_of_the_brand(as_staff: AsStaff, world: World) -> None:
    as_staff(world.lin).post("/desk/settings/people", data=NEW | {"scope": "brand"})
    assert Staff.get(Staff.username == "anan").store_id == world.bath.id
    assert (
        as_staff(world.lin).post("/desk/settings/people", data=NEW | {"username": "anan2", "role": "owner"}).status_code
        == 422
    )
    as_staff(world.zhao).post("/desk/settings/people", data=NEW | {"username": "qian", "role": "owner"})
    assert Staff.get(Staff.username == "qian").store_id is None


def test_people_are_the_managers_business(as_staff: AsStaff, visitor: FlaskClient, world: World) -> None:
    clerk, manager = as_staff(world.chen), as_staff(world.lin)
    for path in (
        "/desk/settings/people",
        "/desk/settings/devices",
        "/desk/audit",
        f"/desk/settings/people/{world.kai.id}",
    ):
        assert clerk.get(path).status_code == 403
        assert manager.get(path).status_code == 200
        assert "/desk/sign-in" in visitor.get(path).location
    for path in (f"/desk/settings/people/{world.bo.id}", "/desk/settings/people/99999999999999999999"):
        assert manager.get(path).status_code == 404
    for act in ("role", "pin", "password", "dismissal"):
        assert clerk.post(f"/desk/settings/people/{world.kai.id}/{act}").status_code == 403
        assert manager.post(f"/desk/settings/people/{world.bo.id}/{act}").status_code == 404


def test_role_pin_and_password_change_with_the_pin_typed_again(
    as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, base = as_staff(world.lin), f"/desk/settings/people/{world.kai.id}"
    assert manager.post(f"{base}/role", data={"role": "senior"}).status_code == 303
    assert manager.post(f"{base}/pin", data={"pin": "2486"}).status_code == 303
    assert manager.post(f"{base}/password", data={"password": "龙井 and 浴巾"}).status_code == 303
    assert world.fresh(world.kai).role == "senior"
    for act, given, words in (
        ("role", {"role": "owner"}, "更高的职务"),
        ("pin", {"pin": "1111"}, "太好猜"),
        ("password", {"password": "12345678"}, "太常见"),
    ):
        wrong = manager.post(f"{base}/{act}", data=given)
        assert wrong.status_code == 422
        assert words in wrong.text
    hour_later(monkeypatch)
    assert "/desk/who" in manager.post(f"{base}/role", data={"role": "clerk"}).location
    assert world.fresh(world.kai).role == "senior"


def test_my_own_password_and_pin(as_staff: AsStaff, world: World) -> None:
    tablet, elsewhere = as_staff(world.chen), as_staff(world.chen)
    assert tablet.get("/desk/own").status_code == 200
    wrong = tablet.post("/desk/own/password", data={"old": "wrong", "password": "龙井 and 浴巾"})
    assert wrong.status_code == 422
    assert 'id="old-error"' in wrong.text
    assert tablet.post("/desk/own/password", data={"old": PASSWORD, "password": "龙井 and 浴巾"}).status_code == 303
    assert "/desk/sign-in" in elsewhere.get("/desk/").location
    assert tablet.post("/desk/own/pin", data={"pin": "0000"}).status_code == 422
    assert tablet.post("/desk/own/pin", data={"pin": "2486"}).status_code == 303


def test_a_lost_tablet_is_signed_out_from_another(as_staff: AsStaff, world: World) -> None:
    lost, manager = as_staff(world.chen), as_staff(world.lin)
    device = Device.get(Device.staff == world.chen.id)
    assert "小陈" in manager.get("/desk/settings/devices").text
    assert as_staff(world.kai).post(f"/desk/settings/devices/{device.id}/end").status_code == 403
    assert manager.post(f"/desk/settings/devices/{device.id}/end").status_code == 303
    assert "/desk/sign-in" in lost.get("/desk/").location


def test_the_audit_says_in_words_who_did_what(as_staff: AsStaff, world: World) -> None:
    people.promote(world.kai, "senior", world.lin, NOON)
    events.record("promoted", NOON, store=world.laundry.id, staff=world.bo.id, name="别店的人")
    events.record("a_verb_of_tomorrow", NOON, store=world.bath.id, staff=world.lin.id)
    page = as_staff(world.lin).get("/desk/audit").text
    assert "改了 阿凯 的职务" in page
    assert "a_verb_of_tomorrow" in page
    assert "别店的人" not in page
    assert "别店的人" in as_staff(world.zhao).get("/desk/audit").text


def test_the_audit_is_filtered_and_paged(as_staff: AsStaff, world: World) -> None:
    for n in range(60):
        events.record("hired", NOON - n * clock.DAY, store=world.bath.id, staff=world.lin.id, name=f"第{n}位")
    manager = as_staff(world.lin)
    page = manager.get("/desk/audit?verb=hired").text
    assert page.count("请来 第") == 50
    older = re.search(r'href="(/desk/audit\?[^"]*before=[^"]*)"', page)[1].replace("&amp;", "&")
    assert manager.get(older).text.count("请来 第") == 10
    assert "第3位" in manager.get("/desk/audit?day=2026-05-17").text
    assert "第4位" not in manager.get("/desk/audit?day=2026-05-17").text
    assert "还没有记录" in manager.get(f"/desk/audit?person={world.kai.id}&verb=hired").text
    for nonsense in (
        "day=2026-13-99",
        "day=%00",
        "person=x",
        "person=99999999999999999999",
        "before=-1",
        "verb=%00",
        "before=" + "9" * 40,
    ):
        assert manager.get(f"/desk/audit?{nonsense}").status_code == 200, nonsense

"""The desk's doors to members: who may look, what is written down about it, and what every scanned thing leads to."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Event, Handshake, Member
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp.members import codes, handshakes, merging, privacy
from webapp.points import purchases


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def desk(as_staff: AsStaff, world: World) -> FlaskClient:
    """Chen's tablet in the bath house."""
    return as_staff(world.chen)


def scan(client: FlaskClient, code: str) -> Any:
    return client.post("/desk/scan", data={"code": code})


def test_only_staff_come_in(visitor: FlaskClient, as_member: AsMember, world: World) -> None:
    paths = ("/desk/members", f"/desk/members/{world.mei.code}", "/desk/scan", "/desk/handshakes/1234")
    for client in (visitor, as_member(world.mei)):
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.location.startswith("/desk/sign-in")
    assert Event.select().where(Event.verb == "card_viewed").count() == 0


def test_the_last_four_digits_find_a_masked_member(desk: FlaskClient) -> None:
    page = text(desk.get("/desk/members?q=0001"))
    assert "林小满" in page
    assert "138****0001" in page
    assert "13800000001" not in page
    part = text(desk.get("/desk/members?q=0001", htmx=True))
    assert "<html" not in part
    assert "林小满" in part


@pytest.mark.parametrize("q", ["", "9999", "%00", "%F0%9F%98%80", "x" * 3000, "HT1.forged", "%25"])
def test_a_search_that_finds_nothing_says_what_to_do(desk: FlaskClient, q: str) -> None:
    answer = desk.get(f"/desk/members?q={q}")
    assert answer.status_code in (200, 422)


def test_a_card_shows_points_and_visits_and_is_written_down_once(desk: FlaskClient, world: World) -> None:
    purchases.record(world.bath, purchases.Bill(4860, "bill-1", "desk"), world.mei, world.chen, NOON)
    page = text(desk.get(f"/desk/members/{world.mei.code}"))
    for shown in ("1\u202f328", "¥48.60", "138****0001", "回头浴场·南门店"):
        assert shown in page
    assert "13800000001" not in page
    part = text(desk.get(f"/desk/members/{world.mei.code}/card"))
    assert part.lstrip().startswith("<section")
    assert Event.select().where(Event.verb == "card_viewed", Event.staff == world.chen.id).count() == 1


@pytest.mark.parametrize("code", ["NOBODY2345", "x", "%00", "😀", "A" * 500])
def test_a_card_that_is_not_there_is_a_404(desk: FlaskClient, code: str) -> None:
    assert desk.get(f"/desk/members/{code}").status_code == 404
    assert desk.post(f"/desk/members/{code}/reveal").status_code == 404


def test_an_erased_card_is_gone_and_a_merged_one_leads_on(desk: FlaskClient, world: World) -> None:
    guest = world.member("", None)
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    assert desk.get(f"/desk/members/{guest.code}").location == f"/desk/members/{world.mei.code}"
    privacy.erase(world.mei, NOON)
    assert desk.get(f"/desk/members/{world.mei.code}").status_code == 404


def test_the_whole_number_is_shown_once_and_the_member_sees_it(
    desk: FlaskClient, as_member: AsMember, world: World
) -> None:
    for htmx in (True, False):
        assert "+8613800000001" in text(desk.post(f"/desk/members/{world.mei.code}/reveal", htmx=htmx))
    assert "+8613800000001" not in text(desk.get(f"/desk/members/{world.mei.code}"))
    page = text(as_member(world.mei).get("/me/privacy"))
    assert "小陈" in page
    assert "查看了完整手机号" in page
    guest = world.member("", None)
    assert desk.post(f"/desk/members/{guest.code}/reveal").status_code == 422


def test_only_managers_are_offered_to_adjust_by_hand(as_staff: AsStaff, world: World) -> None:
    address = f"/desk/members/{world.mei.code}"
    assert "手工加减积分" not in text(as_staff(world.su).get(address))
    assert "手工加减积分" in text(as_staff(world.lin).get(address))


# --- scanning ----------------------------------------------------------------------------------------------------------


def test_the_scan_page_may_run_the_decoder_and_no_other_page_may(desk: FlaskClient) -> None:
    assert "'wasm-unsafe-eval'" in desk.get("/desk/scan").headers["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" not in desk.get("/desk/members").headers["Content-Security-Policy"]
    assert "'wasm-unsafe-eval'" in scan(desk, "").headers["Content-Security-Policy"]


def test_a_fresh_pass_and_six_digits_open_the_card(desk: FlaskClient, world: World) -> None:
    six, _ = codes.digits(world.mei, NOON)
    for code in (codes.text(world.mei, NOON - 60), six, f" {six[:3]} {six[3:]} "):
        assert scan(desk, code).location == f"/desk/members/{world.mei.code}"


def test_an_older_pass_asks_to_look_twice(desk: FlaskClient, world: World) -> None:
    address = scan(desk, codes.text(world.mei, NOON - 600)).location
    assert "可能是截图" in text(desk.get(address))
    assert "可能是截图" not in text(desk.get(address.partition("?")[0]))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "请扫码"),
        ("000000", "没有这组数字"),
        ("HT1.forged", "不是本店的会员码"),
        ("https://shop.example/claim/abc", "小票码"),
        ("https://shop.example/c/abc", "柜台码"),
        ("https://shop.example/s/bath?p=door", "门店海报"),
        ("https://evil.example/", "不是本店的会员码"),
        ("x" * 600, "太长了"),
        ("a\x00b", "不能使用的字符"),
    ],
)
def test_anything_else_is_told_what_it_is(desk: FlaskClient, code: str, said: str) -> None:
    answer = scan(desk, code)
    assert answer.status_code in (404, 422)
    assert said in text(answer)


def test_whatever_looks_like_a_name_or_tail_is_searched(desk: FlaskClient) -> None:
    assert scan(desk, "0001").location == "/desk/members?q=0001"


# --- handshakes --------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(world: World) -> Handshake:
    """Mei's new phone asks to be let in."""
    found = handshakes.of_browser(handshakes.ask(world.bath, "+8613800000001", NOON))
    assert found is not None
    return found


def answer_to(client: FlaskClient, found: Handshake, yes: str, **options: Any) -> Any:
    data = {"answer": yes, "handshake": str(found.id)}
    return client.post(f"/desk/handshakes/{found.digits}/confirmation", data=data, **options)


def test_four_digits_lead_to_a_masked_question(desk: FlaskClient, waiting: Handshake) -> None:
    assert scan(desk, waiting.digits).location == f"/desk/handshakes/{waiting.digits}"
    page = text(desk.get(f"/desk/handshakes/{waiting.digits}"))
    assert "138****0001" in page
    assert "林小满" in page
    assert "13800000001" not in page


def test_a_yes_confirms_once_however_often_it_is_tapped(desk: FlaskClient, world: World, waiting: Handshake) -> None:
    for htmx in (True, True, False):
        answer = answer_to(desk, waiting, "yes", htmx=htmx)
        assert answer.status_code == 200
        assert "已确认" in text(answer)
    assert world.fresh(waiting).confirmed_by_id == world.chen.id
    assert Event.select().where(Event.verb == "handshake_confirmed").count() == 1


def test_a_no_ends_it(desk: FlaskClient, world: World, waiting: Handshake) -> None:
    assert "过时" in text(answer_to(desk, waiting, "no"))
    assert answer_to(desk, waiting, "yes").status_code == 422
    assert world.fresh(waiting).confirmed_at is None


def test_a_number_without_a_card_is_said_and_offers_no_yes(desk: FlaskClient, world: World) -> None:
    found = handshakes.of_browser(handshakes.ask(world.bath, "+8613900000009", NOON))
    assert found is not None
    page = text(desk.get(f"/desk/handshakes/{found.digits}"))
    assert "这个号码还没有入会" in page
    assert not re.search(r'value="yes"', page)
    assert answer_to(desk, found, "yes").status_code == 422
    assert Member.select().count() == 2


def test_another_store_finds_nothing(as_staff: AsStaff, world: World, waiting: Handshake) -> None:
    client = as_staff(world.bo)
    assert client.get(f"/desk/handshakes/{waiting.digits}").status_code == 404
    assert answer_to(client, waiting, "yes").status_code == 404
    assert world.fresh(waiting).confirmed_at is None


@pytest.mark.parametrize("digits", ["0000", "x", "%00", "😀", "9" * 300])
def test_digits_that_nobody_has_are_a_404(desk: FlaskClient, digits: str) -> None:
    assert desk.get(f"/desk/handshakes/{digits}").status_code == 404

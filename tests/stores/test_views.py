"""The customers' doors of a store: the shop, the counter's code, the set-up, and what makes the app installable."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from models import Brand, Device, PlacementDay, Store, Visit
from tests.kit.doors import AsMember, AsStaff, Browser
from tests.world import NOON, World
from webapp import clock
from webapp.config import Settings
from webapp.stores import counter, setup

Later = Callable[[int], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """later(60): it is a minute past NOON now."""
    return lambda seconds: monkeypatch.setattr(clock, "now", lambda: NOON + seconds)


def proof_in(page: str) -> str:
    found = re.search(r'name="proof" value="([^"]+)"', page)
    assert found
    return found[1]


# --- the shop


def test_the_poster_opens_the_shop_and_is_counted_once(visitor: FlaskClient, world: World) -> None:
    for _ in range(2):
        answer = visitor.get("/s/bath?p=door")
        assert answer.status_code == 200
    page = answer.text
    assert "回头浴场·南门店" in page
    assert "营业中" in page
    assert "每天" in page
    assert "10:00–02:00" in page
    assert 'name="p" value="door"' in page
    assert PlacementDay.get().scans == 1


def test_a_look_without_a_body_is_not_counted(visitor: FlaskClient, world: World) -> None:
    assert visitor.head("/s/bath?p=door").status_code == 200
    assert PlacementDay.select().count() == 0


def test_a_member_sees_the_way_in_instead_of_the_form(as_member: AsMember, world: World) -> None:
    page = as_member(world.mei).get("/s/bath").text
    assert 'id="join"' not in page
    assert "1\u202f280" in page


def test_a_member_takes_another_store_in_hand(as_member: AsMember, world: World) -> None:
    phone = as_member(world.mei)
    answer = phone.post("/s/laundry/choice")
    assert (answer.status_code, answer.location) == (303, "/")
    assert Device.get(Device.member == world.mei.id).store_id == world.laundry.id
    assert phone.post("/s/nowhere/choice").status_code == 404
    assert phone.get("/s/laundry/choice").status_code == 405


@pytest.mark.parametrize("path", ["/s/nowhere", "/s/%00", "/s/" + "x" * 3000, "/s/🛁"])
def test_an_unknown_store_leads_to_the_chooser(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.location == "/s"


def test_the_chooser_lists_open_stores_only(visitor: FlaskClient, world: World) -> None:
    Store.update(closed_at=NOON).where(Store.id == world.retail.id).execute()
    page = visitor.get("/s").text
    assert "回头干洗" in page
    assert "回头杂货" not in page


# --- the counter's code


def test_a_member_who_scans_is_here(as_member: AsMember, world: World) -> None:
    phone, token = as_member(world.mei), counter.code(world.bath, NOON)
    page = phone.get(f"/c/{token}").text
    assert "data-autosubmit" in page
    assert Visit.select().count() == 0
    answer = phone.post(f"/c/{token}/visits", data={"proof": proof_in(page)})
    assert answer.status_code == 303
    assert "到店了，柜台知道你来了" in phone.get(answer.location).text
    assert Visit.get().member_id == world.mei.id
    assert "again" in phone.post(f"/c/{token}/visits").location


def test_a_slow_phone_is_still_in_time(as_member: AsMember, world: World, later: Later) -> None:
    phone, token = as_member(world.mei), counter.code(world.bath, NOON)
    proof = proof_in(phone.get(f"/c/{token}").text)
    later(200)
    stranger = as_member(world.xin).post(f"/c/{token}/visits", data={"proof": proof})
    assert stranger.status_code == 422
    assert "再扫一次" in stranger.text
    assert phone.post(f"/c/{token}/visits", data={"proof": proof}).status_code == 303


def test_who_joins_at_the_counter_keeps_the_visit(
    visitor: FlaskClient, as_member: AsMember, world: World, later: Later
) -> None:
    token = counter.code(world.bath, NOON)
    page = visitor.get(f"/c/{token}").text
    assert 'id="join"' in page
    assert f'name="next" value="/c/{token}"' in page
    mark = visitor.get_cookie("presence")
    later(200)
    phone = as_member(world.xin)
    assert phone.get(f"/c/{token}").status_code == 410
    phone.set_cookie("presence", mark.value)
    again = phone.get(f"/c/{token}")
    assert phone.post(f"/c/{token}/visits", data={"proof": proof_in(again.text)}).status_code == 303
    later(301)
    assert phone.get(f"/c/{token}").status_code == 410


def test_an_old_code_says_what_to_do(visitor: FlaskClient, world: World, later: Later) -> None:
    token = counter.code(world.bath, NOON)
    later(120)
    answer = visitor.get(f"/c/{token}")
    assert answer.status_code == 410
    assert "请再扫一次" in answer.text


@pytest.mark.parametrize("token", ["x", "1:2.abc", "%00", "🛁", "x" * 3000])
def test_a_made_up_code_says_what_to_do(visitor: FlaskClient, token: str) -> None:
    answer = visitor.get(f"/c/{token}")
    assert answer.status_code == 404
    assert "柜台平板" in answer.text


def test_a_visit_needs_a_member_and_is_nobody_elses(visitor: FlaskClient, as_member: AsMember, world: World) -> None:
    token = counter.code(world.bath, NOON)
    assert "/sign-in" in visitor.post(f"/c/{token}/visits").location
    visit, _ = counter.arrive(world.mei, token, "", NOON)
    assert as_member(world.mei).get(f"/visits/{visit.id}").status_code == 200
    assert as_member(world.xin).get(f"/visits/{visit.id}").status_code == 404
    assert as_member(world.mei).get("/visits/99999999999999999999").status_code == 404


def test_another_site_cannot_send_the_form(as_member: AsMember, world: World) -> None:
    token = counter.code(world.bath, NOON)
    answer = as_member(world.mei).post(f"/c/{token}/visits", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert Visit.select().count() == 0


# --- the set-up


@pytest.fixture
def new_shop(settings: Settings, app: Flask, at: int) -> FlaskClient:
    return app.test_client()


FORM = {
    "ticket": "t" * 20, "brand": "清泉", "kind": "bath", "store": "人民路店", "slug": "renmin", "hours": "10:00-02:00", "address": "",
    "name": "王老板", "username": "wang", "password": "龙井 and 浴巾", "pin": "2486",
}  # fmt: skip


def test_the_first_visit_leads_to_the_set_up_and_the_owner_ends_at_the_desk(
    new_shop: FlaskClient, settings: Settings
) -> None:
    code = setup.new_code(settings.data)
    for path in ("/", "/s", "/desk/", "/join"):
        assert new_shop.get(path).location == "/setup"
    assert f'value="{code}"' in new_shop.get(f"/setup?code={code}").text
    wrong = new_shop.post("/setup", data=FORM | {"code": code, "pin": "1111"})
    assert wrong.status_code == 422
    assert "太好猜" in wrong.text
    assert 'value="renmin"' in wrong.text
    assert "龙井 and 浴巾" not in wrong.text
    answer = new_shop.post("/setup", data=FORM | {"code": code})
    assert (answer.status_code, answer.location) == (303, "/desk/posters")
    page = new_shop.get("/desk/posters")
    assert page.status_code == 200
    assert "门口" in page.text
    for method in (new_shop.get, new_shop.post):
        assert method("/setup").status_code == 404
    assert new_shop.get("/s").status_code == 200


def test_a_wrong_code_keeps_what_was_typed(new_shop: FlaskClient, settings: Settings) -> None:
    setup.new_code(settings.data)
    answer = new_shop.post("/setup", data=FORM | {"code": "NOPE"}, htmx=True)
    assert answer.status_code == 422
    assert "开店码不对" in answer.text
    assert "<html" not in answer.text
    assert 'value="清泉"' in answer.text
    assert not Brand.select().exists()


# --- installable, offline, secure


def test_the_manifest_carries_the_brands_name_and_icons_that_exist(visitor: FlaskClient) -> None:
    answer = visitor.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    assert answer.json["name"] == "回头浴场"
    assert answer.json["start_url"] == "/"
    for icon in answer.json["icons"]:
        assert visitor.get(icon["src"]).status_code == 200


def test_the_service_worker_keeps_files_that_exist(visitor: FlaskClient) -> None:
    worker = visitor.get("/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert worker.headers["Cache-Control"] == "no-cache"
    for address in visitor.get("/offline/assets.json").json["assets"]:
        assert visitor.get(address).status_code == 200


def test_the_offline_page_names_nobody(as_member: AsMember, world: World) -> None:
    page = as_member(world.mei).get("/offline")
    assert page.status_code == 200
    assert world.mei.name not in page.text
    assert "1\u202f280" not in page.text


def test_the_authority_is_handed_out_where_there_is_one(visitor: FlaskClient, settings: Settings) -> None:
    assert visitor.get("/ca.crt").status_code == 404
    (settings.data / "tls").mkdir()
    (settings.data / "tls" / "ca.crt").write_text("-----BEGIN CERTIFICATE-----")
    answer = visitor.get("/ca.crt")
    assert answer.mimetype == "application/x-x509-ca-cert"
    assert "本店证书" in visitor.get("/insecure").text
    assert isinstance(visitor, Browser)


# --- how many wait -------------------------------------------------------------------------------------------------------------


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_the_phone_says_how_many_are_before_me_until_somebody_has_seen_me(
    world: World, as_member: AsMember, as_staff: AsStaff, at: int
) -> None:
    others, _ = counter.arrive(world.xin, counter.code(world.bath, at), "", at)
    visit, _ = counter.arrive(world.mei, counter.code(world.bath, at), "", at)
    phone = as_member(world.mei)
    page = text_of(phone.get(f"/visits/{visit.id}"))
    assert '<b class="num">1</b>' in page
    poll = re.search(r'hx-get="(/visits/\d+/ahead\?pulse=[^"]+)"', page)
    assert poll
    assert phone.get(poll[1], htmx=True).status_code == 200  # the clock of the tests is not the front's
    as_staff(world.chen).post(f"/desk/arrivals/{others.id}/greeting")
    assert "下一位就是你" in text_of(phone.get(f"/visits/{visit.id}/ahead", htmx=True))
    as_staff(world.chen).post(f"/desk/arrivals/{visit.id}/greeting")
    last = text_of(phone.get(f"/visits/{visit.id}/ahead", htmx=True))
    assert "店员已经看到你了" in last
    assert "hx-get" not in last
    assert as_member(world.xin).get(f"/visits/{visit.id}/ahead").status_code == 404


def test_the_shops_page_says_how_many_wait_and_how_to_write(world: World, visitor: FlaskClient, at: int) -> None:
    assert "柜台现在不用等" in text_of(visitor.get("/s/bath"))
    counter.arrive(world.xin, counter.code(world.bath, at), "", at)
    page = text_of(visitor.get("/s/bath"))
    assert "柜台前有 1 位在等" in page
    assert 'href="/questions?store=bath"' in page

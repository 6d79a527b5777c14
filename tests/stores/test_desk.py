"""The desk's doors of a store: the code that rotates, posters for every paper, data, hours, numbers and tills."""

import pytest
from flask.testing import FlaskClient

from models import ApiKey, Placement
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import clock, policy
from webapp.stores import counter, hours, settings

TICKET = {"ticket": "t" * 20}
MANAGERS = (
    "/desk/posters",
    "/desk/posters/door",
    "/desk/settings",
    "/desk/settings/hours",
    "/desk/settings/numbers",
    "/desk/settings/tills",
)


def test_any_signed_in_tablet_shows_the_code_without_a_pin(
    as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = as_staff(world.chen)
    monkeypatch.setattr(clock, "now", lambda: NOON + 13 * clock.HOUR)
    page = tablet.get("/desk/counter")
    assert page.status_code == 200
    assert "<svg" in page.text
    part = tablet.get("/desk/counter/code", htmx=True)
    assert "<html" not in part.text
    assert f'data-countdown="{counter.changes_at(clock.now())}"' in part.text


def test_the_code_is_not_for_visitors(visitor: FlaskClient) -> None:
    assert "/desk/sign-in" in visitor.get("/desk/counter").location


def test_pages_of_the_manager_open_for_the_manager_only(as_staff: AsStaff, visitor: FlaskClient, world: World) -> None:
    clerk, manager = as_staff(world.chen), as_staff(world.lin)
    for path in MANAGERS:
        assert manager.get(path).status_code == 200, path
        assert clerk.get(path).status_code == 403, path
        assert "/desk/sign-in" in visitor.get(path).location


@pytest.mark.parametrize("paper", ["a4", "tent", "locker", "napkin"])
def test_a_poster_prints_on_every_paper(as_staff: AsStaff, world: World, paper: str) -> None:
    page = as_staff(world.lin).get(f"/desk/posters/door?paper={paper}")
    assert page.status_code == 200
    assert f"sheet-{paper if paper != 'napkin' else 'a4'}" in page.text
    assert page.text.count('class="qr"') == {"tent": 2, "locker": 12}.get(paper, 1)
    if paper == "a4":
        assert "http://localhost/s/bath?p=door" in page.text


def test_another_stores_poster_is_not_there(as_staff: AsStaff, world: World) -> None:
    Placement.create(store=world.laundry.id, slug="window", name={"zh": "窗"}, made_at=NOON)
    manager = as_staff(world.lin)
    for slug in ("window", "%00", "x" * 999):
        assert manager.get(f"/desk/posters/{slug}").status_code == 404


def test_a_new_place_is_added_once_however_often_it_is_sent(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    for _ in range(2):
        assert manager.post("/desk/posters", data=TICKET | {"name": "更衣室"}).status_code == 303
    assert "更衣室" in manager.get("/desk/posters").text
    assert Placement.select().count() == 2
    wrong = manager.post("/desk/posters", data=TICKET | {"name": "太长" * 40})
    assert wrong.status_code == 422
    assert "太长了" in wrong.text


def test_the_shops_data_is_saved_and_bad_input_is_shown_again(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    given = TICKET | {
        "name": "南门店",
        "name_en": "South Gate",
        "address": "南门路 1 号",
        "phone": "021-5555",
        "hue": "150",
    }
    answer = manager.post("/desk/settings", data=given, htmx=True)
    assert answer.status_code == 200
    assert "已保存" in answer.text
    bath = world.fresh(world.bath)
    assert (bath.name, bath.hue) == ({"zh": "南门店", "en": "South Gate"}, 150)
    for change in ({"name": ""}, {"name": "x\x00y"}, {"name": "\u202eabc"}, {"hue": "999"}, {"phone": "1" * 50}):
        wrong = manager.post("/desk/settings", data=given | change)
        assert wrong.status_code == 422
        assert "南门路 1 号" in wrong.text
    assert world.fresh(world.bath).name["zh"] == "南门店"


def test_a_stores_name_in_three_languages_and_its_colour(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    given = TICKET | {"name": "南门店", "name_hant": "南門店", "name_en": "South Gate", "hue": "0"}
    assert manager.post("/desk/settings", data=given).status_code == 303
    assert world.fresh(world.bath).name == {"zh": "南门店", "zh_Hant": "南門店", "en": "South Gate"}
    page = manager.get("/desk/settings", headers={"Accept-Language": "zh-TW"}).text
    assert 'value="南門店"' in page
    assert 'data-hue="0"' in page.partition("<head>")[0], "the first of the colours is a colour too"
    assert "南門店" in page.partition('class="desk-body"')[0]
    for field, wrong in (("name_hant", "長" * 41), ("name_en", "x" * 61), ("hue", "31"), ("hue", "red")):
        answer = manager.post("/desk/settings", data=given | {field: wrong}, htmx=True)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert 'value="South Gate"' in answer.text or field == "name_en"
    cleared = manager.post("/desk/settings", data=given | {"name_hant": "", "hue": ""})
    assert cleared.status_code == 303
    assert (world.fresh(world.bath).name, world.fresh(world.bath).hue) == ({"zh": "南门店", "en": "South Gate"}, None)


def test_the_owner_renames_and_recolours_the_brand(as_staff: AsStaff, world: World) -> None:
    owner, manager = as_staff(world.zhao), as_staff(world.lin)
    assert "/desk/settings/brand" in owner.get("/desk/settings?of=brand").text
    assert "/desk/settings/brand" not in manager.get("/desk/settings?of=brand").text
    given = TICKET | {"name": "回头汤馆", "name_hant": "回頭湯館", "name_en": "Huitou Springs", "hue": "240"}
    assert manager.post("/desk/settings/brand", data=given).status_code == 403
    saved = owner.post("/desk/settings/brand", data=given, htmx=True)
    assert saved.status_code == 200
    assert "已保存" in saved.text
    brand = world.fresh(world.brand)
    assert brand.name == {"zh": "回头汤馆", "zh_Hant": "回頭湯館", "en": "Huitou Springs"}
    shop = owner.get("/s/bath")
    assert 'data-hue="240"' in shop.text.partition("<head>")[0], "a store without a colour of its own wears the brand's"
    assert '"name": "Huitou Springs"' in owner.get("/manifest.webmanifest", headers={"Accept-Language": "en"}).text
    assert "改了品牌的名字或颜色" in owner.get("/desk/audit").text
    for field, wrong in (("name", ""), ("name", "长" * 41), ("name_hant", "x\x00"), ("hue", "45")):
        answer = owner.post("/desk/settings/brand", data=given | {field: wrong})
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
        assert 'value="Huitou Springs"' in answer.text
    assert world.fresh(world.brand).hue == 240


def test_hours_are_saved_by_the_week(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    week = TICKET | {f"day{day}": "10:00-14:00, 17:00-02:00" for day in range(6)}
    assert manager.post("/desk/settings/hours", data=week).status_code == 303
    assert hours.of([world.bath])[world.bath.id] == {day: [(600, 840), (1020, 1560)] for day in range(6)}
    wrong = manager.post("/desk/settings/hours", data=week | {"day2": "noon"})
    assert wrong.status_code == 422
    assert 'id="day2-error"' in wrong.text
    assert 'value="noon"' in wrong.text


def test_numbers_show_their_bounds_and_keep_to_them(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    page = manager.get("/desk/settings/numbers").text
    assert "从 1 到 120" in page
    given = TICKET | {name: str(settings.defaults()[name]) for name in settings.STORE_NUMBERS}
    given |= {"bill_max": "20000", "hold_minutes": "15"}
    assert manager.post("/desk/settings/numbers/store", data=given).status_code == 303
    assert world.fresh(world.bath).policy == {"bill_max": 2_000_000, "hold_minutes": 15}
    for value in ("0", "121", "-1", "1e3", "x", "", "9" * 30):
        wrong = manager.post("/desk/settings/numbers/store", data=given | {"hold_minutes": value})
        assert wrong.status_code == 422, value
        assert 'id="hold_minutes-error"' in wrong.text


def test_numbers_of_the_brand_are_for_the_owner(as_staff: AsStaff, world: World) -> None:
    owner, manager = as_staff(world.zhao), as_staff(world.lin)
    page = owner.get("/desk/settings/numbers?of=brand").text
    assert 'name="point_rate"' in page
    assert 'name="point_rate"' not in manager.get("/desk/settings/numbers?of=brand").text
    now = settings.defaults()
    given = (
        TICKET
        | {name: str(now[name] // policy.UNITS.get(name, 1)) for name in settings.BRAND_NUMBERS}
        | {"point_rate": "200"}
    )
    assert manager.post("/desk/settings/numbers/brand", data=given).status_code == 403
    assert owner.post("/desk/settings/numbers/brand", data=given).status_code == 303
    assert world.fresh(world.brand).policy == {"point_rate": 200}
    crossed = owner.post("/desk/settings/numbers/brand", data=given | {"vip_at": "10"})
    assert crossed.status_code == 422
    assert "门槛" in crossed.text


def test_a_tills_key_is_shown_once(as_staff: AsStaff, world: World) -> None:
    manager = as_staff(world.lin)
    made = manager.post("/desk/settings/tills", data=TICKET | {"name": "前台"})
    assert made.status_code == 200
    assert "ht_" in made.text
    key = ApiKey.get()
    listed = manager.get("/desk/settings/tills").text
    assert key.hint in listed
    assert "data-copy" not in listed
    assert as_staff(world.chen).post(f"/desk/settings/tills/{key.id}/revocation").status_code == 403
    assert manager.post(f"/desk/settings/tills/{key.id}/revocation").status_code == 303
    assert manager.post("/desk/settings/tills/99999999999999/revocation").status_code == 404
    assert world.fresh(key).revoked_at == NOON


def test_a_key_wants_the_pin_typed_just_now(as_staff: AsStaff, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = as_staff(world.lin)
    monkeypatch.setattr(clock, "now", lambda: NOON + 600)
    answer = manager.post("/desk/settings/tills", data=TICKET | {"name": "前台"})
    assert "/desk/who" in answer.location
    assert not ApiKey.select().exists()

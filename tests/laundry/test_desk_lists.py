"""The counter's doors to what the laundry goes by: the price list, the care library, and who has what."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Advice, PriceItem
from tests.kit.doors import AsStaff
from tests.laundry.places import Cleaner
from webapp.laundry import prices


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def manager(cleaner: Cleaner, as_staff: AsStaff) -> FlaskClient:
    return as_staff(cleaner.shen)


def line(**more: Any) -> dict[str, Any]:
    return {"ticket": "a ticket of the desk", "name": "长裙", "kind": "dress", "price": "52.5", "days": 4} | more


def card(**more: Any) -> dict[str, Any]:
    about = {"kind": "", "fabric": "cashmere", "colour": "", "stain": ""}
    return about | {"ticket": "a ticket of the desk", "title": "羊绒怕搓", "text": "冷水轻按。"} | more


def test_a_line_of_the_price_list_is_written_changed_and_taken_off(cleaner: Cleaner, manager: FlaskClient) -> None:
    assert manager.post("/desk/prices/new", data=line(name_en="Long dress")).headers["Location"] == "/desk/prices"
    row = PriceItem.get(PriceItem.kind == "dress", PriceItem.price == 5250)
    assert row.name == {"zh": "长裙", "en": "Long dress"}
    assert "¥52.50" in text(manager.get("/desk/prices"))
    assert 'value="52.50"' in text(manager.get(f"/desk/prices/{row.id}"))
    manager.post(f"/desk/prices/{row.id}", data=line(price="60"))
    assert PriceItem.get_by_id(row.id).price == 6000
    manager.post(f"/desk/prices/{row.id}/retirement")
    assert row.id not in [one.id for one in prices.items(cleaner.store)]


def test_a_price_that_is_none_stays_typed(manager: FlaskClient) -> None:
    for wrong in ({"price": "viel"}, {"days": 99}, {"name": ""}, {"kind": "gold"}):
        answer = manager.post("/desk/prices/new", data=line(name_en="Long dress") | wrong)
        assert answer.status_code == 422, wrong
        assert 'value="Long dress"' in text(answer)


def test_an_empty_list_begins_with_the_usual_one(cleaner: Cleaner, manager: FlaskClient) -> None:
    PriceItem.delete().execute()
    assert "从常用的开始" in text(manager.get("/desk/prices"))
    manager.post("/desk/prices/start")
    assert len(prices.items(cleaner.store)) >= 20


def test_the_price_list_is_the_managers_and_this_stores(
    cleaner: Cleaner, as_staff: AsStaff, manager: FlaskClient
) -> None:
    assert as_staff(cleaner.bo).get("/desk/prices").status_code == 403
    other = as_staff(cleaner.world.lin)
    assert other.get(f"/desk/prices/{cleaner.coat.id}").status_code == 404
    assert other.post(f"/desk/prices/{cleaner.coat.id}/retirement").status_code == 404
    assert manager.post("/desk/prices").status_code == 405
    assert PriceItem.get_by_id(cleaner.coat.id).retired_at is None


def test_the_library_is_filled_read_by_all_and_written_by_managers(
    cleaner: Cleaner, manager: FlaskClient, as_staff: AsStaff
) -> None:
    clerk = as_staff(cleaner.bo)
    assert "还没有护理卡" in text(clerk.get("/desk/advice"))
    assert clerk.post("/desk/advice/start").status_code == 403
    manager.post("/desk/advice/start")
    assert Advice.select().count() >= 40
    assert text(clerk.get("/desk/advice")).count("<h2>") >= 40
    assert "红酒" in text(clerk.get("/desk/advice?stain=wine"))
    assert clerk.get("/desk/advice/new").status_code == 403


def test_a_card_is_written_changed_and_taken_away(manager: FlaskClient) -> None:
    manager.post("/desk/advice/new", data=card(title_en="Mind cashmere"))
    row = Advice.get()
    assert (row.fabric, row.stain, row.title) == ("cashmere", "", {"zh": "羊绒怕搓", "en": "Mind cashmere"})
    manager.post(f"/desk/advice/{row.id}", data=card(text="平铺晾干。"))
    assert Advice.get_by_id(row.id).text == {"zh": "平铺晾干。"}
    for wrong in ({"title": ""}, {"text": "x" * 601}, {"fabric": "gold"}):
        answer = manager.post(f"/desk/advice/{row.id}", data=card(title_en="Kept") | wrong)
        assert answer.status_code == 422, wrong
        assert 'value="Kept"' in text(answer)
    manager.post(f"/desk/advice/{row.id}/retirement")
    assert manager.get(f"/desk/advice/{row.id}").status_code == 404
    assert manager.get("/desk/advice/999999").status_code == 404


def test_who_has_wool_is_found_and_who_has_none_is_not(cleaner: Cleaner, manager: FlaskClient) -> None:
    cleaner.agreed()
    cleaner.agreed(cleaner.world.xin, fabric="silk", item=cleaner.dress)
    assert "先选一样" in text(manager.get("/desk/wardrobes"))
    page = text(manager.get("/desk/wardrobes?fabric=wool&kind=coat"))
    assert "林小满" in page
    assert "周新" not in page
    assert "还没有人送过" in text(manager.get("/desk/wardrobes?fabric=leather", htmx=True))
    assert "先选一样" in text(manager.get("/desk/wardrobes?fabric=gold", htmx=True))

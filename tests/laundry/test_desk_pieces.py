"""The counter's doors to one garment: pictures, pins, stages, the check, and a claim; tags and scanning."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Garment, GarmentPhoto, Order, Pin
from tests.kit.doors import AsStaff
from tests.laundry.pages import collected
from tests.laundry.places import Cleaner, pieces, steps
from tests.photos.images import jpeg
from tests.world import NOON
from webapp import clock
from webapp.clock import DAY, MINUTE
from webapp.laundry import after, intake, orders


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(cleaner: Cleaner, as_staff: AsStaff) -> FlaskClient:
    """Bo's, in the laundry."""
    return as_staff(cleaner.bo)


@pytest.fixture
def coat(cleaner: Cleaner) -> Garment:
    """Just put into a bag."""
    return cleaner.add(cleaner.open())[0]


def path(garment: Garment, then: str = "") -> str:
    return f"/desk/garments/{garment.tag}{then}"


def now(garment: Garment) -> Garment:
    found: Garment = Garment.get_by_id(garment.id)
    return found


def sent(data: bytes = b"", moment: str = "intake") -> dict[str, Any]:
    return {"data": {"photo": (BytesIO(data), "x.jpg"), "moment": moment}, "content_type": "multipart/form-data"}


# --- pictures and pins --------------------------------------------------------------------------------------------------


def test_a_picture_is_taken_and_the_spot_is_tapped(coat: Garment, tablet: FlaskClient) -> None:
    assert "先拍一张" in text(tablet.get(path(coat)))
    answer = text(tablet.post(path(coat, "/photos"), htmx=True, **sent(jpeg())))
    picture = GarmentPhoto.get()
    assert answer.lstrip().startswith("<article")
    assert f'action="{path(coat, "/pins")}"' in answer
    form = {"picture": picture.photo.code, "x": 300, "y": 420, "what": "stain.wine"}
    answer = text(tablet.post(path(coat, "/pins"), data=form, htmx=True))
    pin = Pin.get()
    assert (pin.x, pin.y, pin.kind, pin.stain) == (300, 420, "stain", "wine")
    assert 'x="30.0%"' in answer
    undo = re.search(rf'action="({path(coat)}/pins/\d+/removal)"', answer)
    assert undo
    tablet.post(undo[1], htmx=True)
    assert not Pin.select().exists()


def test_what_is_no_picture_is_refused_in_words(coat: Garment, tablet: FlaskClient) -> None:
    for data in (b"", b"<?php", b"\x89PNG\r\n"):
        answer = tablet.post(path(coat, "/photos"), htmx=True, **sent(data))
        assert answer.status_code == 422
        assert 'role="alert"' in text(answer)
    assert tablet.post(path(coat, "/photos"), htmx=True, **sent(jpeg(), "never")).status_code == 422
    assert not GarmentPhoto.select().exists()


def test_a_pin_wants_a_spot_a_defect_and_a_picture_of_this_piece(
    cleaner: Cleaner, coat: Garment, tablet: FlaskClient
) -> None:
    picture, other = cleaner.picture(coat), cleaner.picture(cleaner.add(coat.order)[0])
    good = {"picture": picture.photo.code, "x": 1, "y": 1, "what": "tear"}
    for wrong in ({"what": "gold"}, {"what": "stain.gold"}, {"x": 1001}, {"y": "left"}, {"x": ""}):
        assert tablet.post(path(coat, "/pins"), data=good | wrong, htmx=True).status_code == 422, wrong
    assert tablet.post(path(coat, "/pins"), data=good | {"picture": other.photo.code}, htmx=True).status_code == 404
    assert not Pin.select().exists()


def test_a_picture_that_came_out_badly_goes(cleaner: Cleaner, coat: Garment, tablet: FlaskClient) -> None:
    picture = cleaner.picture(coat)
    tablet.post(path(coat, f"/photos/{picture.photo.code}/removal"), htmx=True)
    assert not GarmentPhoto.select().exists()
    assert tablet.post(path(coat, f"/photos/{picture.photo.code}/removal"), htmx=True).status_code == 404


def test_the_care_cards_of_its_stain_stand_beside_it(cleaner: Cleaner, tablet: FlaskClient, as_staff: AsStaff) -> None:
    as_staff(cleaner.shen).post("/desk/advice/start")
    order = cleaner.asked()
    assert "红酒" in text(tablet.get(path(pieces(order)[0]))).split("怎么洗")[-1]


def test_what_it_is_can_be_put_right_and_taken_out(cleaner: Cleaner, coat: Garment, tablet: FlaskClient) -> None:
    form = {
        "item": cleaner.dress.id,
        "colour": "red",
        "fabric": "silk",
        "brand": "玛珂",
        "price": "66",
        "wish": "轻一点",
    }
    assert tablet.post(path(coat), data=form | {"fabric": "gold"}, htmx=True).status_code == 422
    assert tablet.post(path(coat), data=form, htmx=True).status_code == 200
    found = now(coat)
    assert (found.kind, found.colour, found.fabric, found.price, found.wish) == ("dress", "red", "silk", 6600, "轻一点")
    assert (
        tablet.post(path(coat, "/removal")).headers["Location"].partition("?")[0] == f"/desk/orders/{coat.order.code}"
    )
    assert pieces(coat.order) == []


# --- stages -------------------------------------------------------------------------------------------------------------


def test_each_step_is_one_tap_and_can_be_taken_back(cleaner: Cleaner, tablet: FlaskClient) -> None:
    (coat,) = pieces(cleaner.agreed())
    answer = text(tablet.post(path(coat, "/step"), data={"stage": "treated"}, htmx=True))
    assert now(coat).stage == "treated"
    assert f'action="{path(coat, "/undo")}"' in answer
    tablet.post(path(coat, "/undo"), htmx=True)
    assert now(coat).stage == "agreed"


def test_a_step_too_far_is_refused(cleaner: Cleaner, tablet: FlaskClient) -> None:
    (coat,) = pieces(cleaner.agreed())
    for stage in ("cleaned", "racked", "received", "gone"):
        assert tablet.post(path(coat, "/step"), data={"stage": stage}, htmx=True).status_code == 422
    (waiting,) = pieces(cleaner.asked())
    assert tablet.post(path(waiting, "/step"), data={"stage": "treated"}, htmx=True).status_code == 422


def test_whoever_cleaned_it_does_not_check_it_and_a_failed_check_says_why(cleaner: Cleaner, as_staff: AsStaff) -> None:
    order = cleaner.agreed()
    (coat,) = cleaner.until(order, "cleaned")
    qi, rui = as_staff(cleaner.qi), as_staff(cleaner.rui)
    refused = qi.post(path(coat, "/step"), data={"stage": "checked"}, htmx=True)
    assert refused.status_code == 422
    assert "请同事检查" in text(refused)
    assert rui.post(path(coat, "/failure"), data={"why": ""}, htmx=True).status_code == 422
    answer = text(rui.post(path(coat, "/failure"), data={"why": "渍没去掉"}, htmx=True))
    assert "渍没去掉" in answer
    assert now(coat).failed == 1
    assert ("cleaned", False, "渍没去掉") in steps(coat) or any(why == "渍没去掉" for _, _, why in steps(coat))


def test_a_picture_of_how_it_goes_out(cleaner: Cleaner, tablet: FlaskClient) -> None:
    (coat,) = pieces(cleaner.ready())
    assert "拍交还的照片" in text(tablet.get(path(coat)))
    tablet.post(path(coat, "/photos"), htmx=True, **sent(jpeg(), "outgoing"))
    assert [row.moment for row in GarmentPhoto.select().order_by(GarmentPhoto.id)] == ["intake", "outgoing"]


# --- scanning and tags --------------------------------------------------------------------------------------------------


def test_many_tags_move_at_once_and_each_that_cannot_is_named(cleaner: Cleaner, tablet: FlaskClient) -> None:
    good, waiting = cleaner.agreed(pieces=2), cleaner.asked()
    first, second = cleaner.tags(good)
    code = f"https://shop.example/t/{first}\n{second.lower()} {cleaner.tags(waiting)[0]} NOSUCH77"
    answer = text(tablet.post("/desk/orders/scan", data={"stage": "treated", "code": code}, htmx=True))
    assert [one.stage for one in pieces(good)] == ["treated", "treated"]
    assert answer.count('data-said="done"') == 2
    assert answer.count('data-said="no"') == 2
    assert "没有这个吊牌" in answer
    assert "客人还没有认可瑕疵" in answer


def test_a_tag_of_another_store_is_told_by_its_name(cleaner: Cleaner, tablet: FlaskClient, as_staff: AsStaff) -> None:
    order = cleaner.agreed()
    (tag,) = cleaner.tags(order)
    elsewhere = as_staff(cleaner.world.chen)
    answer = elsewhere.post("/desk/orders/scan", data={"stage": "treated", "code": tag}, htmx=True)
    assert "这是回头干洗的衣物" in text(answer)
    assert "这是回头干洗的衣物" in text(elsewhere.get(f"/desk/garments/{tag}"))
    assert elsewhere.post(f"/desk/garments/{tag}/step", data={"stage": "treated"}).status_code == 404
    assert [one.stage for one in pieces(order)] == ["agreed"]


def test_a_scan_is_taken_back_from_the_list(cleaner: Cleaner, tablet: FlaskClient) -> None:
    (coat,) = pieces(cleaner.agreed())
    tablet.post("/desk/orders/scan", data={"stage": "treated", "code": coat.tag}, htmx=True)
    answer = text(tablet.post(path(coat, "/scan-undo"), htmx=True))
    assert "撤销了" in answer
    assert now(coat).stage == "agreed"


def test_the_bar_is_gone_when_the_time_for_it_is_over(
    cleaner: Cleaner, tablet: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    (coat,) = pieces(cleaner.agreed())
    tablet.post(path(coat, "/step"), data={"stage": "treated"})
    monkeypatch.setattr(clock, "now", lambda: NOON + 11 * MINUTE)
    assert tablet.post(path(coat, "/undo"), htmx=True).status_code == 422
    assert now(coat).stage == "treated"


def test_the_last_piece_on_the_rack_makes_the_order_ready_at_its_place(cleaner: Cleaner, tablet: FlaskClient) -> None:
    order = cleaner.agreed(pieces=2)
    cleaner.until(order, "checked")
    form = {"stage": "racked", "code": " ".join(cleaner.tags(order)), "place": "A12"}
    answer = text(tablet.post("/desk/orders/scan", data=form, htmx=True))
    assert "这一单都好了" in answer
    found = orders.fresh(order)
    assert (found.state, found.rack) == ("ready", "A12")


def test_scanning_works_without_scripts_and_refuses_an_unknown_stage(cleaner: Cleaner, tablet: FlaskClient) -> None:
    (coat,) = pieces(cleaner.agreed())
    page = text(tablet.post("/desk/orders/scan", data={"stage": "treated", "code": coat.tag}))
    assert "desk-top" in page
    assert 'data-said="done"' in page
    for wrong in ({"stage": "gone", "code": coat.tag}, {"stage": "treated", "code": ""}):
        assert tablet.post("/desk/orders/scan", data=wrong).status_code == 422


def test_every_piece_has_a_tag_with_its_code_and_no_name(cleaner: Cleaner, tablet: FlaskClient) -> None:
    order = cleaner.agreed(pieces=3)
    for paper, sheets in (("label", 0), ("a4", 1)):
        page = text(tablet.get(f"/desk/orders/{order.code}/tags?paper={paper}"))
        assert page.count('class="tag-label"') == 3
        assert page.count('class="sheet-tags"') == sheets
        assert "3/3" in page
        assert "林小满" not in page.split("<main")[1]
    one = cleaner.tags(order)[1]
    assert text(tablet.get(f"/desk/orders/{order.code}/tags?tag={one}")).count('class="tag-label"') == 1


def test_a_tag_scanned_where_members_are_scanned_opens_the_piece(cleaner: Cleaner, tablet: FlaskClient) -> None:
    (coat,) = pieces(cleaner.agreed())
    answer = tablet.post("/desk/scan", data={"code": f"https://shop.example/t/{coat.tag}"})
    assert answer.headers["Location"] == path(coat)


# --- a claim ------------------------------------------------------------------------------------------------------------


def test_a_claim_shows_both_sides_and_is_answered(cleaner: Cleaner, tablet: FlaskClient, as_staff: AsStaff) -> None:
    order: Order = collected(cleaner, NOON - DAY)
    (coat,) = pieces(order)
    intake.attach(coat, cleaner.photo(), "outgoing", cleaner.bo, NOON - DAY)
    after.claim(coat, cleaner.world.mei, "多了一道印子", NOON, key="claim")
    page = text(tablet.get(path(coat, "/claim")))
    assert "多了一道印子" in page
    came, went = page.split("交还的时候")[:2]
    assert "/photos/" in came
    assert "/photos/" in went
    assert path(coat, "/claim") in text(tablet.get("/desk/queue"))
    form = {"ticket": "a ticket of the desk", "text": "我们赔"}
    assert "我们赔" in text(tablet.post(path(coat, "/words"), data=form, htmx=True))
    assert tablet.post(path(coat, "/words"), data={"ticket": "a second ticket", "text": ""}).status_code == 422
    assert as_staff(cleaner.world.chen).get(path(coat, "/claim")).status_code == 404

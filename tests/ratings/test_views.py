"""Members' doors to ratings: by a slip's code without signing in, or as oneself; low ones lead to a case only on a yes."""

import io
import re

import pytest
from flask.testing import FlaskClient

from models import Ask, Case, Rating
from tests.kit.doors import AsMember
from tests.photos.images import jpeg
from tests.world import NOON, World
from webapp import vault
from webapp.clock import DAY
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.ratings import asks, ratings


@pytest.fixture
def ask(world: World) -> Ask:
    fields = {"store": world.bath.id, "member": world.mei.id, "kind": "visit", "ref": "1", "at": NOON - DAY}
    return Ask.create(code=vault.code(10), expires_at=NOON + 13 * DAY, **fields)


@pytest.fixture
def slip(world: World) -> Ask:
    return asks.of_purchase(purchases.record(world.bath, Bill(4800, "b1", "desk"), None, world.chen, NOON), NOON)


def door(ask: Ask, more: str = "") -> str:
    return f"/rate/{asks.token(ask)}{more}"


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_faces_for_this_kind_of_shop_and_the_promise(as_member: AsMember, world: World, ask: Ask) -> None:
    text = page(as_member(world.mei), door(ask))
    assert text.count('class="face-row"') == 4
    assert "不影响你的等级" in text


def test_one_face_is_enough(as_member: AsMember, world: World, ask: Ask) -> None:
    client = as_member(world.mei)
    assert client.post(door(ask), data={"face_service": "5"}).status_code == 303
    text = page(client, door(ask))
    assert "谢谢，收到了" in text
    assert "要我们补救吗" not in text


def test_no_face_is_said_and_the_words_stay(as_member: AsMember, world: World, ask: Ask) -> None:
    answer = as_member(world.mei).post(door(ask), data={"text": "水很干净"})
    assert answer.status_code == 422
    assert "水很干净" in answer.get_data(as_text=True)
    assert Rating.select().count() == 0


@pytest.mark.parametrize(
    "fields", [{"face_service": "9"}, {"face_service": "x"}, {"face_result": "5"}, {"face_service": "5", "nps": "11"}]
)
def test_nonsense_is_refused(fields: dict[str, str], as_member: AsMember, world: World, ask: Ask) -> None:
    assert as_member(world.mei).post(door(ask), data=fields).status_code == 422
    assert Rating.select().count() == 0


def test_a_slip_works_without_signing_in_and_counts_once(visitor: FlaskClient, slip: Ask) -> None:
    assert visitor.post(door(slip), data={"face_service": "4"}).status_code == 303
    assert visitor.post(door(slip), data={"face_service": "2"}).status_code == 303
    assert Rating.select().count() == 1


def test_an_altered_code_leads_nowhere(visitor: FlaskClient, slip: Ask) -> None:
    for wrong in (f"/rate/{slip.code}", "/rate/nonsense", f"/rate/{vault.sign('claim', slip.code)}"):
        assert visitor.get(wrong).status_code == 404
        assert visitor.post(wrong, data={"face_service": "5"}).status_code == 404


def test_somebody_else_who_is_signed_in_sees_nothing(as_member: AsMember, world: World, ask: Ask) -> None:
    client = as_member(world.xin)
    assert client.get(door(ask)).status_code == 404
    assert client.post(door(ask), data={"face_service": "1"}).status_code == 404


def test_a_low_one_asks_and_a_yes_opens_the_case(as_member: AsMember, world: World, ask: Ask) -> None:
    client = as_member(world.mei)
    client.post(door(ask), data={"face_attitude": "1", "text": "很冲"})
    assert "要我们补救吗" in page(client, door(ask))
    answer = client.post(door(ask, "/wish"), data={"want": "yes"})
    assert answer.location == f"/complaints/{Case.get().code}"
    assert "看我们办到哪一步了" in page(client, door(ask))


def test_a_no_is_only_noted(as_member: AsMember, world: World, ask: Ask) -> None:
    client = as_member(world.mei)
    client.post(door(ask), data={"face_attitude": "1"})
    client.post(door(ask, "/wish"), data={"want": "no"})
    assert Case.select().count() == 0
    assert "要我们补救吗" not in page(client, door(ask))


def test_a_guests_low_one_becomes_a_case_with_a_key(visitor: FlaskClient, slip: Ask) -> None:
    visitor.post(door(slip), data={"face_price": "1"})
    answer = visitor.post(door(slip, "/wish"), data={"want": "yes", "guest": "王女士", "contact": "13800000088"})
    assert "?t=" in answer.location
    assert "王女士" not in page(visitor, door(slip))
    assert visitor.get(answer.location).status_code == 200
    assert answer.location.replace("&", "&amp;") in page(visitor, door(slip))


def test_a_guest_without_a_name_can_follow_it_too(visitor: FlaskClient, slip: Ask) -> None:
    visitor.post(door(slip), data={"face_price": "1"})
    answer = visitor.post(door(slip, "/wish"), data={"want": "yes"})
    assert "?t=" in answer.location
    assert visitor.get(answer.location).status_code == 200


def test_it_can_be_changed_for_a_day(
    as_member: AsMember, world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_member(world.mei)
    client.post(door(ask), data={"face_service": "5"})
    assert 'name="face_service" value="5" checked' in page(client, door(ask, "?change=1"))
    monkeypatch.setattr("webapp.clock.now", lambda: NOON + DAY)
    assert client.post(door(ask), data={"face_service": "1"}).status_code == 422
    assert "改一改" not in page(client, door(ask))


def test_a_picture_goes_with_it(as_member: AsMember, world: World, ask: Ask) -> None:
    client = as_member(world.mei)
    assert client.post(door(ask, "/photos"), data={"photo": (io.BytesIO(jpeg()), "a.jpg")}).status_code == 404
    client.post(door(ask), data={"face_service": "5"})
    assert client.post(door(ask, "/photos"), data={"photo": (io.BytesIO(jpeg()), "a.jpg")}).status_code == 303
    assert re.search(r'src="/photos/', page(client, door(ask)))


def test_home_asks_once_and_not_now_is_heard(as_member: AsMember, world: World, ask: Ask) -> None:
    world.mei.seen_at = NOON - DAY
    world.mei.save()
    client = as_member(world.mei)
    assert "上次来，怎么样？" in page(client, "/")
    assert client.post(door(ask, "/later")).status_code == 303
    assert "上次来，怎么样？" not in page(client, "/")


def test_everybody_is_asked_for_a_review_elsewhere_or_nobody(
    as_member: AsMember, world: World, ask: Ask, slip: Ask
) -> None:
    client = as_member(world.mei)
    client.post(door(ask), data={"face_service": "1"})
    assert "也去外面说说" not in page(client, door(ask))
    world.bath.policy = {"review_url": "https://example.org/review"}
    world.bath.save()
    assert "https://example.org/review" in page(client, door(ask))


def test_what_the_counter_wrote_down_is_marked(as_member: AsMember, world: World, ask: Ask) -> None:
    ratings.rate(ask, {"service": 4}, NOON, staff=world.chen)
    assert "小陈替你记的" in page(as_member(world.mei), door(ask))


def test_the_reply_stands_beneath(as_member: AsMember, world: World, ask: Ask) -> None:
    rating = ratings.rate(ask, {"service": 4}, NOON, member=world.mei)
    ratings.reply(rating, world.lin, "谢谢您，下次给您留靠窗的", NOON)
    assert "靠窗" in page(as_member(world.mei), door(ask))

"""The desk's pages of what leaves the house: what could not be delivered, and the systems of others."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Event, Hook, HookCall, Letter, transaction
from tests.kit.doors import AsStaff
from tests.world import NOON, World
from webapp import vault
from webapp.outbox import events, hooks, inbox


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


@pytest.fixture
def tablet(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.lin)


@pytest.fixture
def owners(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.zhao)


def given_up(world: World, key: str = "b1", **fields: Any) -> Letter:
    inbox.tell(world.mei.id, "points_given", NOON, key=key, points=48, amount=4860, store=world.bath.name)
    Letter.update(**{"state": "dead", "tries": 20, "error": "nobody answered"} | fields).where(
        Letter.key == key
    ).execute()
    found: Letter = Letter.get(Letter.key == key)
    return found


def test_everything_arrived(tablet: FlaskClient) -> None:
    assert "都送到了" in text(tablet.get("/desk/outbox"))


def test_what_was_given_up_says_what_it_said_and_to_whom(world: World, tablet: FlaskClient) -> None:
    given_up(world)
    page = text(tablet.get("/desk/outbox"))
    assert "到账 48 分" in page
    assert "林小满" in page
    assert "试了 20 次" in page


def test_once_more_from_the_start_and_a_second_tap_changes_nothing(world: World, tablet: FlaskClient) -> None:
    letter = given_up(world)
    for _ in range(2):
        assert tablet.post(f"/desk/outbox/{letter.id}/again").status_code == 303
    now = world.fresh(letter)
    assert (now.state, now.tries, now.next_at) == ("due", 0, NOON)
    assert Event.select().where(Event.verb == "letter_again").count() == 1


def test_dropped_is_not_sent_and_stays_in_the_inbox(world: World, tablet: FlaskClient) -> None:
    letter = given_up(world)
    tablet.post(f"/desk/outbox/{letter.id}/drop")
    assert (world.fresh(letter).state, world.fresh(letter).error) == ("sent", "dropped")
    assert [message.key for message in inbox.latest(world.mei.id)] == ["b1"]


def test_all_of_them_at_once(world: World, tablet: FlaskClient) -> None:
    for n in range(3):
        given_up(world, f"b{n}")
    tablet.post("/desk/outbox/again")
    assert Letter.select().where(Letter.state == "due").count() == 3


def test_what_is_tried_again_says_when(world: World, tablet: FlaskClient) -> None:
    given_up(world, state="due", tries=3, next_at=NOON + 240)
    assert "14:04再试" in text(tablet.get("/desk/outbox"))


def test_no_such_letter(tablet: FlaskClient) -> None:
    assert tablet.post("/desk/outbox/999/again").status_code == 404


def test_the_secret_is_shown_once(world: World, owners: FlaskClient) -> None:
    fields = {"ticket": vault.token()[:32], "url": "https://till.example/huitou", "topics": ["points", "bookings"]}
    page = text(owners.post("/desk/hooks", data=fields))
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    assert secret
    assert secret[0] not in text(owners.get(f"/desk/hooks/{Hook.get().code}"))
    assert Hook.get().verbs == ["bookings", "points"]
    assert "till.example" in text(owners.get("/desk/hooks"))


def test_an_address_that_is_none_is_told_and_stays(owners: FlaskClient) -> None:
    for wrong in ({"url": "till.example"}, {"url": "https://x", "topics": "secrets"}, {"url": ""}):
        answer = owners.post("/desk/hooks", data={"ticket": vault.token()[:32]} | wrong)
        assert answer.status_code == 422
        assert wrong["url"] in text(answer)
    assert Hook.select().count() == 0


@pytest.fixture
def hook(world: World) -> Hook:
    return hooks.make("https://till.example/x", ("points",), None, world.zhao, NOON).hook


def test_paused_and_on_again(world: World, owners: FlaskClient, hook: Hook) -> None:
    owners.post(f"/desk/hooks/{hook.code}/pause")
    assert "停着" in text(owners.get(f"/desk/hooks/{hook.code}"))
    owners.post(f"/desk/hooks/{hook.code}/pause", data={"on": "1"})
    assert world.fresh(hook).paused_at is None


def test_what_it_did_not_take_is_sent_again(world: World, owners: FlaskClient, hook: Hook) -> None:
    with transaction():
        events.record("bill_recorded", NOON, member=world.mei.id, store=world.bath.id, ref="B1")
    number = Event.select().order_by(Event.id.desc()).get().id
    call = HookCall.create(hook=hook.id, event=number, state="dead", tries=20, status=500, next_at=NOON, at=NOON)
    page = text(owners.get(f"/desk/hooks/{hook.code}"))
    assert "bill_recorded" in page
    assert "试了 20 次 · 500" in page
    owners.post(f"/desk/hooks/{hook.code}/calls/{call.id}")
    assert world.fresh(call).state == "due"
    assert owners.post(f"/desk/hooks/{hook.code}/replay", data={"since": str(number)}).status_code == 303
    assert world.fresh(hook).cursor == number - 1


def test_nothing_to_replay_is_told_beside_the_number(owners: FlaskClient, hook: Hook) -> None:
    answer = owners.post(f"/desk/hooks/{hook.code}/replay", data={"since": "999999"})
    assert answer.status_code == 422
    assert "只留 30 天" in text(answer)
    assert 'value="999999"' in text(answer)
    assert owners.post(f"/desk/hooks/{hook.code}/replay", data={"since": "x"}).status_code == 422


def test_disconnected_is_gone(world: World, owners: FlaskClient, hook: Hook) -> None:
    answer = owners.post(f"/desk/hooks/{hook.code}/retire")
    assert answer.status_code == 303
    if "/desk/who" in answer.headers["Location"]:  # the PIN is asked again
        hooks.retire(hook, world.zhao, NOON)
    assert owners.get(f"/desk/hooks/{hook.code}").status_code == 404

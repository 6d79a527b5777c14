"""Signed webhooks against a real server: what happened, once, in order, never to anybody who was not asked for, never a person's name."""

import datetime as dt
import ipaddress
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from standardwebhooks import Webhook

import models
from models import Event, Hook, HookCall, transaction
from tests.outbox.servers import Theirs
from tests.world import NOON, World
from webapp.clock import DAY, HOUR, MINUTE
from webapp.outbox import calling, events, hooks
from webapp.outbox.hooks import Made
from webapp.refusals import Refusal
from webapp.staff import audit

LATER = NOON + MINUTE


@pytest.fixture
def theirs() -> Iterator[Theirs]:
    made = Theirs()
    yield made
    made.close()


def hooked(world: World, theirs: Theirs, *topics: str, **more: object) -> Made:
    return hooks.make(theirs.url, topics, more.get("store"), world.zhao, NOON - HOUR)  # type: ignore[arg-type]


def bill(world: World, n: int = 1, at: int = NOON) -> int:
    with transaction():
        events.record(
            "bill_recorded", at, store=world.bath.id, staff=world.chen.id, member=world.mei.id, ref=f"B{n}",
            amount=4800, points=48, name="林小满", why="多给的", helper=world.xin.id,
        )  # fmt: skip
    return int(Event.select().order_by(Event.id.desc()).get().id)


def told(theirs: Theirs) -> list[str]:
    return [json.loads(body)["data"]["ref"] for _, _, body in theirs.got]


def test_what_happened_is_told_signed_and_without_a_person(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    number = bill(world)
    assert hooks.run(LATER) == 1
    ((_, headers, body),) = theirs.got
    assert headers["webhook-id"] == f"{made.hook.code}.{number}"
    assert headers["webhook-timestamp"] == str(LATER)
    fresh = Webhook(made.secret).sign(headers["webhook-id"], dt.datetime.fromtimestamp(LATER, dt.UTC), body.decode())
    assert headers["webhook-signature"] == fresh
    assert json.loads(body) == {
        "id": number,
        "type": "bill_recorded",
        "timestamp": "2026-05-20T06:00:00Z",
        "data": {"amount": 4800, "points": 48, "ref": "B1", "member": world.mei.code, "store": "bath"},
    }
    for person in ("林小满", "小陈", "138"):
        assert person not in body.decode()


def test_a_receiver_that_follows_the_standard_believes_it(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    now = int(dt.datetime.now(dt.UTC).timestamp())
    bill(world, at=now - MINUTE)
    hooks.run(now)
    ((_, headers, body),) = theirs.got
    assert Webhook(made.secret).verify(body, headers)["type"] == "bill_recorded"
    with pytest.raises(Exception, match="signature"):
        Webhook(made.secret).verify(body.replace(b"4800", b"9999"), headers)


def test_events_come_in_order_and_once(world: World, theirs: Theirs) -> None:
    hooked(world, theirs)
    for n in range(30):
        bill(world, n)
    hooks.run(LATER)
    hooks.run(LATER + MINUTE)
    assert told(theirs) == [f"B{n}" for n in range(30)]


def test_only_what_was_asked_for_and_only_of_its_shop(world: World, theirs: Theirs) -> None:
    hooked(world, theirs, "bookings")
    hooked(world, theirs, "points", store=world.laundry)
    bill(world)
    with transaction():
        events.record("card_viewed", NOON, store=world.bath.id, member=world.mei.id, staff=world.chen.id)
    assert hooks.run(LATER) == 0
    assert theirs.got == []


def test_a_hook_hears_nothing_of_what_was_before_it(world: World, theirs: Theirs) -> None:
    bill(world)
    hooks.make(theirs.url, (), None, world.zhao, NOON)
    assert hooks.run(LATER) == 0


def test_an_event_that_is_written_late_is_not_lost(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    first, second = bill(world, 1), bill(world, 2)
    late = Event.get_by_id(first)
    Event.delete().where(Event.id == first).execute()  # its transaction has not ended yet
    hooks.run(LATER)
    assert world.fresh(made.hook).cursor == second
    Event.insert(late.__data__).execute()
    hooks.run(LATER + MINUTE)
    assert told(theirs) == ["B2", "B1"]


def test_down_for_a_day_and_then_everything_once_in_order(world: World, theirs: Theirs) -> None:
    hooked(world, theirs)
    for n in range(5):
        bill(world, n)
    theirs.status = 503
    at = LATER
    while at < LATER + DAY:
        hooks.run(at)
        at = max(at + MINUTE, HookCall.select().order_by(HookCall.event).get().next_at)
    asked = len(theirs.got)
    assert asked < 20
    assert set(told(theirs)) == {"B0"}
    theirs.status, theirs.got = 200, []
    hooks.run(at)
    assert told(theirs) == [f"B{n}" for n in range(5)]
    hooks.run(at + HOUR)
    assert len(theirs.got) == 5


def test_given_up_at_last_and_the_others_go_on(world: World, theirs: Theirs) -> None:
    hooked(world, theirs)
    bill(world, 1)
    theirs.status, at = 500, LATER
    for _ in range(hooks.TRIES):
        hooks.run(at)
        at = HookCall.get().next_at
    assert HookCall.get().state == "dead"
    assert HookCall.get().status == 500
    assert at - LATER > 2 * DAY
    theirs.status, theirs.got = 200, []
    bill(world, 2, at)
    hooks.run(at + MINUTE)
    assert told(theirs) == ["B2"]
    hooks.again(HookCall.get(HookCall.state == "dead"), at)
    hooks.run(at + 2 * MINUTE)
    assert told(theirs) == ["B2", "B1"]


def test_a_redirect_is_never_followed(world: World, theirs: Theirs) -> None:
    other = Theirs()
    theirs.status, theirs.to = 307, other.url
    hooked(world, theirs)
    bill(world)
    assert hooks.run(LATER) == 0
    assert other.got == []
    assert HookCall.get().error == "answered 307"
    other.close()


def test_a_name_that_leads_where_nobody_is_called_is_told_nothing(
    world: World, theirs: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked of the connection, not of the name: what a name meant a moment ago does not count."""
    hooked(world, theirs)
    bill(world)
    with monkeypatch.context() as patched:
        patched.setattr(calling, "NEVER", (ipaddress.ip_network("127.0.0.0/8"),))
        assert hooks.run(LATER) == 0
    assert (theirs.got, HookCall.get().error) == ([], "NotCalled")
    assert hooks.run(LATER + HOUR) == 1


def test_who_says_gone_is_not_asked_again(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    theirs.status = 410
    bill(world)
    hooks.run(LATER)
    assert world.fresh(made.hook).paused_at == LATER
    hooks.run(LATER + DAY)
    assert len(theirs.got) == 1


def test_a_server_that_drips_is_left(world: World, theirs: Theirs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LONGEST", 1.0)
    theirs.drip = 0.2
    hooked(world, theirs)
    bill(world)
    begun = time.monotonic()
    assert hooks.run(LATER) == 0
    assert time.monotonic() - begun < 3
    assert HookCall.get().error == "no answer in time"


def test_nobody_at_that_address(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    theirs.close()
    bill(world)
    assert hooks.run(LATER) == 0
    assert HookCall.get().error == "ConnectionError"
    assert world.fresh(made.hook).retired_at is None


def test_eight_workers_tell_each_event_once_in_order(world: World, theirs: Theirs) -> None:
    hooked(world, theirs)
    for n in range(20):
        bill(world, n)

    def work(_: int) -> None:
        try:
            hooks.run(LATER)
        finally:
            models.database.obj.close()

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))
    hooks.run(LATER + MINUTE)
    assert told(theirs) == [f"B{n}" for n in range(20)]


def test_replayed_from_an_event_on_under_the_same_ids(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    numbers = [bill(world, n) for n in range(4)]
    hooks.run(LATER)
    assert hooks.replay(made.hook, numbers[2], world.zhao, LATER) == 2
    theirs_before = [headers["webhook-id"] for _, headers, _ in theirs.got]
    hooks.run(LATER + MINUTE)
    assert [headers["webhook-id"] for _, headers, _ in theirs.got[4:]] == theirs_before[2:]
    assert told(theirs)[4:] == ["B2", "B3"]
    HookCall.delete().execute()  # as when they are long forgotten
    hooks.replay(made.hook, numbers[3], world.zhao, LATER + HOUR)
    hooks.run(LATER + HOUR)
    assert told(theirs)[6:] == ["B3"]


def test_there_is_nothing_to_replay_after_a_month(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    number = bill(world)
    with pytest.raises(Refusal) as no:
        hooks.replay(made.hook, number, world.zhao, NOON + 31 * DAY)
    assert no.value.code == "nothing_to_replay"


def test_paused_waits_and_goes_on_retired_is_over(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    hooks.pause(made.hook, world.zhao, NOON)
    bill(world)
    assert hooks.run(LATER) == 0
    hooks.resume(made.hook, world.zhao, LATER)
    assert hooks.run(LATER) == 1
    hooks.retire(made.hook, world.zhao, LATER)
    bill(world, 2, LATER)
    assert hooks.run(LATER + MINUTE) == 0
    with pytest.raises(Refusal):
        hooks.replay(world.fresh(made.hook), 1, world.zhao, LATER)


@pytest.mark.parametrize(
    "url", ["", "shop.example", "ftp://shop.example", "https://u:p@shop.example", "https://", "https://a b", "https://x:99999999/", "https://x/" + "y" * 300,
     "http://169.254.169.254/latest", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/", "http://100.100.100.200/"]
)  # fmt: skip
def test_what_is_no_address_is_refused(world: World, url: str) -> None:
    with pytest.raises(Refusal) as no:
        hooks.make(url, (), None, world.zhao, NOON)
    assert no.value.field == "url"
    assert Hook.select().count() == 0


def test_the_secret_is_sealed_and_shown_once(world: World, theirs: Theirs) -> None:
    made = hooked(world, theirs)
    assert made.secret.startswith("whsec_")
    assert made.secret.encode() not in bytes(Hook.get().secret_sealed)


def test_every_verb_that_may_be_told_is_one_of_the_log_and_of_the_page_about_hooks() -> None:
    told = {verb for verbs in hooks.TOPICS.values() for verb in verbs}
    assert told - set(audit.SENTENCES) == set()
    assert set(hooks.TOPICS) == set(hooks.TOPIC_NAMES)
    page = Path("docs/hooks.md").read_text("utf-8")
    assert {verb for verb in told if f"`{verb}`" not in page} == set()

"""Letters leave once: claimed by one worker, sent outside of a transaction, tried again when nobody answers."""

import email
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import pytest

import models
from models import Budget, Consent, Letter, Member, Message
from tests.outbox.servers import Mail
from tests.world import World
from webapp import config
from webapp.clock import DAY, HOUR, MINUTE
from webapp.outbox import inbox, letters


class Provider:
    """A message service on this machine; `up` may be turned off. `got` is what it took."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.up = True
        self.in_transaction = False
        provider = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                provider.asked += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if provider.up:
                    provider.got.append(json.loads(body) | {"path": self.path})
                self.send_response(200 if provider.up else 503)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def posted(settings: config.Settings, provider: Provider) -> config.Settings:
    return replace(settings, notify_members=(provider.address,))


def agree(world: World, member: Member, granted: bool = True, at: int | None = None) -> None:
    Consent.create(
        member=member.id, purpose="service", granted=granted, text_version="test", source="test", at=at or world.at
    )


def write(world: World, member: Member, key: str = "bill:1") -> Letter:
    inbox.tell(member.id, "points_given", world.at, key=key, points=48, amount=4860, store=world.bath.name)
    return Letter.get(Letter.key == key)


def test_a_letter_arrives_once_with_what_and_why(world: World, posted: config.Settings, provider: Provider) -> None:
    agree(world, world.mei)
    write(world, world.mei)
    assert letters.post(posted, world.at) == 1
    assert letters.post(posted, world.at + HOUR) == 0
    assert [(letter["title"], letter["message"]) for letter in provider.got] == [
        ("到账 48 分", "在回头浴场·南门店消费 ¥48.60，得 48 分。\n因为你刚在店里结了账")
    ]
    assert Letter.get().state == "sent"


def test_a_provider_that_was_down_gets_it_once_when_it_is_back(
    world: World, posted: config.Settings, provider: Provider
) -> None:
    agree(world, world.mei)
    write(world, world.mei)
    provider.up = False
    letters.post(posted, world.at)
    waits = Letter.get()
    assert (waits.state, waits.tries, waits.next_at) == ("due", 1, world.at + MINUTE)
    letters.post(posted, world.at + MINUTE - 1)
    assert provider.asked == 1
    letters.post(posted, world.at + MINUTE)
    assert Letter.get().next_at == world.at + 3 * MINUTE
    provider.up = True
    letters.post(posted, world.at + 3 * MINUTE)
    letters.post(posted, world.at + 9 * HOUR)
    assert len(provider.got) == 1
    assert Letter.get().state == "sent"


def test_after_twelve_tries_a_letter_is_given_up(world: World, posted: config.Settings, provider: Provider) -> None:
    agree(world, world.mei)
    write(world, world.mei)
    provider.up = False
    at, waits = world.at, []
    while Letter.get().state == "due":
        letters.post(posted, at)
        waits.append(Letter.get().next_at - at)
        at = max(Letter.get().next_at, at + 1)
    assert Letter.get().state == "dead"
    assert len(waits) == provider.asked == letters.TRIES
    assert sum(waits) > 2 * DAY
    assert waits[:4] == [60, 120, 240, 480]
    assert max(waits) == 6 * HOUR


def test_down_for_a_day_and_everything_arrives_once_when_it_is_back(
    world: World, posted: config.Settings, provider: Provider
) -> None:
    agree(world, world.mei)
    for number in range(3):
        write(world, world.mei, f"bill:{number}")
    provider.up = False
    for minute in range(0, 24 * 60, 5):
        letters.post(posted, world.at + minute * MINUTE)
    assert {letter.state for letter in Letter.select()} == {"due"}
    provider.up = True
    for hour in range(24, 36):
        letters.post(posted, world.at + hour * HOUR)
    assert len(provider.got) == 3
    assert {letter.state for letter in Letter.select()} == {"sent"}


def test_what_is_care_waits_until_nobody_is_asleep(world: World, posted: config.Settings, provider: Provider) -> None:
    agree(world, world.mei)
    Consent.create(
        member=world.mei.id, purpose="marketing", granted=True, text_version="test", source="test", at=world.at
    )
    texts = {"texts": {"zh": {"title": "生日快乐", "text": "给你留了礼物。"}}, "values": {}}
    night = world.at + 9 * HOUR  # 23:00
    both = {"member": world.mei.id, "audience": "member", "params": texts, "at": night, "next_at": night}
    Letter.create(text="care", key="care:1", store=world.bath.id, **both)
    letters.post(posted, night)
    assert provider.got == []
    letter = Letter.get()
    assert (letter.tries, letter.next_at) == (0, night + 10 * HOUR)
    letters.post(posted, night + 10 * HOUR)
    assert provider.got[0]["title"] == "生日快乐"


def test_who_wants_none_any_more_gets_no_letter_that_was_still_to_leave(
    world: World, posted: config.Settings, provider: Provider
) -> None:
    Consent.create(member=world.mei.id, purpose="marketing", granted=True, text_version="t", source="t", at=world.at)
    texts = {"texts": {"zh": {"title": "生日快乐", "text": "给你留了礼物。"}}, "values": {}}
    both = {"member": world.mei.id, "audience": "member", "params": texts, "at": world.at, "next_at": world.at}
    Letter.create(text="care", key="care:1", **both)
    Budget.create(member=world.mei.id, per_month=0)
    letters.post(posted, world.at)
    assert provider.got == []
    assert Letter.get().state == "sent"


def test_what_the_night_has_worked_out_waits_for_the_morning(
    world: World, posted: config.Settings, provider: Provider
) -> None:
    """That the shop writes less from now on is no reason to wake anybody; a bill is told at once."""
    agree(world, world.mei)
    night = world.at + 13 * HOUR + 30 * MINUTE  # 03:30
    inbox.tell(world.mei.id, "care_quieter", night, key="quieter:1", n=1)
    inbox.tell(world.mei.id, "points_given", night, key="bill:9", points=48, amount=4860, store=world.bath.name)
    letters.post(posted, night)
    assert len(provider.got) == 1
    letters.post(posted, night + 5 * HOUR + 30 * MINUTE)
    assert len(provider.got) == 2
    assert {letter.state for letter in Letter.select()} == {"sent"}


def test_in_an_email_words_are_words(world: World, settings: config.Settings) -> None:
    """What somebody wrote must not become a link or a picture there, and lines stay lines."""
    mail = Mail()
    agree(world, world.mei)
    texts = {"zh": {"title": "谢谢", "text": "{name}，<img src=x>你好。"}}
    params = {"texts": texts, "values": {"name": "<a href=//x>梅</a>"}, "service": True, "why": "因为你刚来过第一次"}
    both = {"member": world.mei.id, "audience": "member", "params": params, "at": world.at, "next_at": world.at}
    Letter.create(text="care", key="care:1", **both)
    letters.post(replace(settings, notify_members=(mail.address,)), world.at)
    mail.close()
    (came,) = mail.got
    parts = list(email.message_from_string(came).walk())
    assert [part.get_content_type() for part in parts] == ["text/plain"]
    assert bytes(parts[0].get_payload(decode=True)).decode().splitlines()[:2] == [
        "<a href=//x>梅</a>，<img src=x>你好。",
        "因为你刚来过第一次",
    ]


def test_of_two_addresses_only_the_one_that_missed_it_gets_it_again(
    world: World, settings: config.Settings, provider: Provider
) -> None:
    other = Provider()
    both = replace(settings, notify_members=(provider.address, other.address))
    agree(world, world.mei)
    write(world, world.mei)
    other.up = False
    letters.post(both, world.at)
    other.up = True
    letters.post(both, world.at + MINUTE)
    assert len(provider.got) == len(other.got) == 1
    other.server.shutdown()
    other.server.server_close()


def test_twelve_workers_send_twenty_letters_once_each(
    world: World, posted: config.Settings, provider: Provider
) -> None:
    agree(world, world.mei)
    for number in range(20):
        write(world, world.mei, f"bill:{number}")

    def work(_: int) -> None:
        letters.post(posted, world.at)
        models.database.obj.close()

    with ThreadPoolExecutor(12) as workers:
        list(workers.map(work, range(12)))
    assert len(provider.got) == 20
    assert Letter.select().where(Letter.state == "sent").count() == 20


def test_a_letter_that_a_worker_took_to_its_grave_is_due_again_after_five_minutes(
    world: World, posted: config.Settings, provider: Provider
) -> None:
    agree(world, world.mei)
    letter = write(world, world.mei)
    assert letters.claim(letter.id, world.at)
    assert not letters.claim(letter.id, world.at + 299)
    letters.post(posted, world.at + 300)
    assert len(provider.got) == 1


def test_where_nothing_is_set_up_the_inbox_is_all(world: World, settings: config.Settings) -> None:
    write(world, world.mei)
    assert letters.post(settings, world.at) == 1
    assert Letter.get().state == "sent"
    assert Message.select().count() == 1


@pytest.mark.parametrize("answer", ["never asked", "withdrawn", "erased"])
def test_nothing_leaves_the_house_without_a_yes(
    world: World, posted: config.Settings, provider: Provider, answer: str
) -> None:
    if answer != "never asked":
        agree(world, world.mei)
    if answer == "withdrawn":
        agree(world, world.mei, granted=False, at=world.at + 1)
    if answer == "erased":
        Member.update(erased_at=world.at).where(Member.id == world.mei.id).execute()
    write(world, world.mei)
    letters.post(posted, world.at + 2)
    assert provider.got == []
    assert Letter.get().state == "sent"


def test_an_address_may_name_the_members_number(world: World, settings: config.Settings, provider: Provider) -> None:
    agree(world, world.mei)
    guest = world.member("")
    agree(world, guest)
    write(world, world.mei, "bill:1")
    write(world, guest, "bill:2")
    letters.post(replace(settings, notify_members=(provider.address + "/sms/{phone}/{code}",)), world.at)
    assert [unquote(letter["path"]).rstrip("/") for letter in provider.got] == [f"/sms/+8613800000001/{world.mei.code}"]


def test_a_letter_in_english_for_who_reads_english(world: World, posted: config.Settings, provider: Provider) -> None:
    alex = world.member("Alex", locale="en")
    agree(world, alex)
    write(world, alex)
    letters.post(posted, world.at)
    assert "Huitou Baths South Gate" in provider.got[0]["message"]

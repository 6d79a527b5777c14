"""The one place that writes a message of care, and its guards: each no has a name, and nothing goes around it."""

import re
from pathlib import Path
from threading import Thread

import pytest
from peewee import Database

from models import Coupon, Gift, Letter, Member, Message, Send, Work
from tests.care import people
from tests.care.people import agrees, day, done, run
from tests.world import NOON, World
from webapp.care import budget, daily, occasions, sending
from webapp.clock import DAY, HOUR
from webapp.complaints import cases, closing
from webapp.complaints.cases import Report
from webapp.insights import segments
from webapp.members import consents, privacy

ROOT = Path(__file__).parents[2]


def news(world: World, edition: int = 1, **more: object) -> people.Rule:
    return people.rule(world, "news", params={"edition": edition}, **more)


def test_nothing_else_in_the_house_writes_a_message_of_care() -> None:
    """Every line that makes a Message row, by whatever way, stands in two files, and only one of them knows the kind care."""
    writers, kinds_ = set(), set()
    for path in (ROOT / "webapp").rglob("*.py"):
        text = path.read_text()
        name = str(path.relative_to(ROOT / "webapp"))
        if re.search(r"\bMessage\.(insert|create|insert_many|insert_from)\(|\bMessage\(", text):
            writers.add(name)
        if re.search(r"kind\W{1,4}\"care\"|\"care\" if|else \"care\"", text) and "Message" in text:
            kinds_.add(name)
    assert {"outbox/inbox.py", "care/sending.py"} <= writers
    assert {name for name in writers if not name.startswith("seeds/")} == {"outbox/inbox.py", "care/sending.py"}
    assert 'Message.kind: "service"' in (ROOT / "webapp/outbox/inbox.py").read_text()
    assert "care/sending.py" in kinds_


def test_who_did_not_agree_hears_nothing_and_costs_no_row(world: World) -> None:
    agrees(world, "愿意")
    world.member("没说过")
    withdrawn = agrees(world, "收回了")
    consents.choose(withdrawn.id, "marketing", False, source="me", at=world.at)
    rule = news(world)

    assert run(rule, day(2026, 5, 20)) == [("愿意", "sent", "")]
    assert Message.select().where(Message.text == "care").count() == 1
    assert daily.run(rule, day(2026, 5, 20)).counts == {"sent": 1, "consent": 4}


def test_while_a_case_is_open_nothing_is_sold_and_afterwards_the_turn_is_made_up_for(world: World) -> None:
    """The skip has its reason; the same occasion goes out when the case is over and its days are not."""
    mei = agrees(world, "梅", birthday=523)
    case = cases.report(world.bath, Report("k", "complaint", "wait", "等太久"), day(2026, 5, 19), member=mei)
    rule = people.rule(world, "birthday")

    assert run(rule, day(2026, 5, 20)) == [("梅", "skipped", "open_case")]
    closing.propose(case, world.lin, people.cause(world), "加一个人", "", day(2026, 5, 20), key="p")
    closing.agree(case, day(2026, 5, 20, 20))
    assert run(rule, day(2026, 5, 21)) == [("梅", "sent", "")]


def test_the_months_budget_is_never_exceeded_and_the_next_month_is_new(world: World) -> None:
    mei = agrees(world, "梅")
    rules = [news(world, edition) for edition in (1, 2, 3)]

    for rule in rules:
        run(rule, day(2026, 5, 20))
    assert [done(rule)[0][1:] for rule in rules] == [("sent", ""), ("sent", ""), ("skipped", "budget")]
    assert budget.of(mei, day(2026, 5, 20)) == (2, 2, False, 0)
    assert run(rules[2], day(2026, 6, 1)) == [("梅", "sent", "")]
    assert budget.of(mei, day(2026, 6, 1)) == (2, 1, False, 0)


def test_the_month_is_the_one_on_the_wall_of_their_store(world: World) -> None:
    """At one in the morning of 1 June in Shanghai it is May in London."""
    world.laundry.timezone = "Europe/London"
    world.laundry.save()
    mei = agrees(world, "梅", store=world.laundry)
    for edition in (1, 2, 3):
        rule = news(world, edition)
        turn = occasions.find(rule, day(2026, 6, 1, 1)).turns[-1]
        sending.send(rule, turn, day(2026, 6, 1, 1))
    assert [row.month for row in Send.select().order_by(Send.id)] == [202605] * 3
    assert budget.of(mei, day(2026, 6, 1, 1)).used == 2


def test_who_wants_none_gets_none_but_is_told_what_is_theirs(world: World) -> None:
    """Points about to lapse are outside of the budget: they sell nothing (T8)."""
    mei = agrees(world, "梅", phone="13800000077")
    world.at = day(2026, 5, 20)
    world.give(mei, 300, lasts=20 * DAY)
    budget.choose(mei, 0, world.at)
    offer, owed = news(world), people.rule(world, "points_lapse")

    run(offer, world.at)
    run(owed, world.at)

    assert (done(offer), ("梅", "sent", "") in done(owed)) == ([], True)
    assert daily.run(offer, world.at).counts["none_wanted"] == 1
    row = Message.get(Message.member == mei.id, Message.text == "care")
    assert (row.kind, budget.of(mei, world.at).used) == ("service", 0)


def test_at_night_nobody_is_written_to_and_in_the_morning_they_are(world: World) -> None:
    """In the member's own town: at ten in Shanghai it is four in London."""
    world.laundry.timezone = "Europe/London"
    world.laundry.save()
    agrees(world, "上海")
    agrees(world, "伦敦", store=world.laundry)
    rule = news(world)

    assert run(rule, day(2026, 5, 20, 3)) == []
    assert run(rule, day(2026, 5, 20, 10)) == [("上海", "sent", "")]
    assert run(rule, day(2026, 5, 20, 10) + 60) == [("上海", "sent", "")]
    assert run(rule, day(2026, 5, 20, 17)) == [("上海", "sent", ""), ("伦敦", "sent", "")]
    assert daily.run(rule, day(2026, 5, 20, 17)).done_at is not None


def test_what_has_run_out_is_not_promised(world: World) -> None:
    """One piece, two people: one keeps it, the other is skipped with the reason, and nothing of theirs stays behind."""
    agrees(world, "先"), agrees(world, "后")
    rule = news(world, reward=world.last_scrub, template=people.template(world, "五元券", most=5))

    assert run(rule, day(2026, 5, 20)) == [("先", "sent", ""), ("后", "skipped", "stock")]
    assert (Gift.select().count(), Coupon.select().count(), world.shelf(world.last_scrub).stock) == (1, 1, 0)
    assert Message.select().where(Message.text == "care").count() == 1


def test_coupons_stop_at_the_limit_of_their_template(world: World) -> None:
    for number in range(4):
        agrees(world, f"客{number}")
    template = people.template(world, "五元券", most=3)
    rule = news(world, template=template)

    states = [state for _, state, _ in run(rule, day(2026, 5, 20))]
    assert states == ["sent"] * 3 + ["skipped"]
    assert world.fresh(template).given == 3


def test_a_segment_says_who_and_is_asked_again_when_it_is_sent(world: World) -> None:
    loyal, plain = agrees(world, "熟客", tier="loyal"), agrees(world, "会员")
    chosen = segments.put(world.brand, "熟客们", {"is": "tier", "of": ["loyal"]}, world.zhao, world.at)
    rule = news(world, segment=chosen)
    turns = occasions.find(rule, NOON).turns
    assert [turn.member.id for turn in turns] == [loyal.id]

    Member.update(tier="ordinary").where(Member.id == loyal.id).execute()
    assert sending.send(rule, turns[0], day(2026, 5, 20)).why == "segment"
    assert not Send.select().where(Send.member == plain.id).exists()


def test_who_leaves_between_the_finding_and_the_sending_gets_nothing(world: World) -> None:
    mei = agrees(world, "梅")
    rule = news(world)
    turn = occasions.find(rule, NOON).turns[-1]
    privacy.erase(mei, NOON)
    assert sending.send(rule, turn, day(2026, 5, 20)).why == "erased"
    assert not Message.select().where(Message.member == mei.id).exists()


def test_the_hold_out_is_the_same_for_ever_and_about_its_share(world: World) -> None:
    """Another rule leaves out others; who is left out gets neither message, gift nor coupon."""
    rule, other = news(world, holdout=20), news(world, 2, holdout=20)
    left_out = {number for number in range(10_000) if sending.is_held_out(rule, number)}
    others = {number for number in range(10_000) if sending.is_held_out(other, number)}
    assert 1_850 < len(left_out) < 2_150
    assert len(left_out & others) < 500

    for number in range(30):
        agrees(world, f"客{number}")
    template = people.template(world, "五元券")
    third = news(world, 3, holdout=50, template=template)
    states = [state for _, state, _ in run(third, day(2026, 5, 20))]
    assert {*states} == {"sent", "held_out"}
    assert world.fresh(template).given == states.count("sent")
    assert budget_used() == states.count("sent")


def budget_used() -> int:
    return int(Send.select().where(Send.counted).count())


def test_the_letter_leaves_only_with_the_yes_to_offers(world: World) -> None:
    """A letter per message, under the same key; service ones need the other yes."""
    agrees(world, "梅")
    run(news(world), day(2026, 5, 20))
    assert [letter.key for letter in Letter.select()] == [message.key for message in Message.select()]
    assert Letter.get().text == "care"


@pytest.mark.parametrize("workers", [4])
def test_two_workers_at_once_send_once(world: World, database: Database, workers: int) -> None:
    """Two rules, four threads each: as many messages as the budget has, each occasion once, the stock exact."""
    for number in range(12):
        agrees(world, f"客{number}")
    mine = [news(world, edition, reward=world.towel) for edition in (1, 2, 3)]
    failed: list[BaseException] = []

    def work(rule: people.Rule) -> None:
        try:
            daily.run(rule, day(2026, 5, 20), batch=5)
        except BaseException as error:
            failed.append(error)
        finally:
            database.close()

    threads = [Thread(target=work, args=(rule,)) for rule in mine for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failed
    assert world.shelf(world.towel).stock == 0
    assert Gift.select().count() == 5 == Send.select().where(Send.state == "sent").count()
    assert Message.select().where(Message.text == "care").count() == 5
    for member in Member.select():
        assert budget.of(member, day(2026, 5, 20)).used <= 2


def test_after_an_hour_of_quiet_time_nothing_waits_for_ever(world: World) -> None:
    """The last minute before the quiet hours still sends; the first of them does not."""
    assert not sending.is_quiet(world.bath, day(2026, 5, 20, 20) + HOUR - 1)
    assert sending.is_quiet(world.bath, day(2026, 5, 20, 21))
    assert sending.is_quiet(world.bath, day(2026, 5, 21, 0))
    assert not sending.is_quiet(world.bath, day(2026, 5, 21, 9))
    assert Work.select().count() == 0

"""What two rules of one kind must not do twice, and a rule that is switched off while it runs."""

import pytest

from models import Coupon, Gift, Rule, Send
from tests.care import people
from tests.care.people import agrees, bill, day, done, run
from tests.world import World
from webapp.care import daily, dry, library, rules, sending
from webapp.refusals import Refusal


def test_two_rules_for_birthdays_make_one_birthday(world: World) -> None:
    """One of the two greets and keeps the gift; the dry run of the other says so before."""
    agrees(world, "梅", birthday=523)
    one = people.rule(world, "birthday", reward=world.towel)
    other = people.rule(world, "birthday", reward=world.towel)
    at = day(2026, 5, 20)

    assert run(one, at) == [("梅", "sent", "")]
    assert dry.run(other, at).reach == 0
    assert run(other, at) == []
    assert Gift.select().count() == 1


def test_a_rule_that_is_put_away_and_written_anew_greets_nobody_again(world: World) -> None:
    agrees(world, "梅", birthday=523)
    first = people.rule(world, "birthday")
    run(first, day(2026, 5, 20))
    rules.retire(first, world.zhao, day(2026, 5, 20, 12))

    assert run(people.rule(world, "birthday"), day(2026, 5, 21)) == []


def test_the_first_bill_is_thanked_for_once_whatever_rules_there_are(world: World) -> None:
    mei = agrees(world, "梅")
    gift = people.template(world, "五元券")
    bill(world, mei, day(2026, 5, 19))
    one, other = (people.rule(world, "first_purchase", template=gift) for _ in range(2))

    assert [len(run(rule, day(2026, 5, 20))) for rule in (one, other)] == [1, 0]
    assert Coupon.select().count() == 1


def test_who_one_rule_holds_out_another_of_its_kind_may_greet(world: World) -> None:
    """To be left out for a comparison is no greeting."""
    agrees(world, "梅", birthday=523)
    one, other = people.rule(world, "birthday"), people.rule(world, "birthday")
    Send.create(
        rule=one.id, member=agrees(world, "新", birthday=523).id, occasion="birthday:2026", state="held_out",
        month=202605, at=day(2026, 5, 20, 9),
    )  # fmt: skip

    assert sorted(run(other, day(2026, 5, 20))) == [("新", "sent", ""), ("梅", "sent", "")]


def test_news_is_something_else_each_time(world: World) -> None:
    agrees(world, "梅")
    one, other = (people.rule(world, "news", params={"edition": 1}) for _ in range(2))
    assert [run(rule, day(2026, 5, 20)) for rule in (one, other)] == [[("梅", "sent", "")]] * 2


def test_switched_off_while_it_runs_it_stops_at_the_next_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And switched on again on the same day it goes on from there."""
    for name in ("甲", "乙", "丙"):
        agrees(world, name)
    rule, at, send = people.rule(world, "news", params={"edition": 1}), day(2026, 5, 20), sending.send

    def off_after_the_first(one: Rule, turn: sending.Turn, moment: int) -> sending.Outcome:
        outcome = send(one, turn, moment)
        rules.switch(one, False, world.zhao, moment)
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(sending, "send", off_after_the_first)
        assert daily.run(rule, at).done_at is None
    assert done(rule) == [("甲", "sent", "")]
    rules.switch(rule, True, world.zhao, at + 60)
    assert run(rules.get(world.brand, rule.id), at + 120) == [(name, "sent", "") for name in ("甲", "乙", "丙")]


def test_what_is_theirs_already_is_kept_from_nobody_to_compare(world: World) -> None:
    """Points that lapse are told to everybody who has some: no hold-out there."""
    with pytest.raises(Refusal) as no:
        rules.put(world.brand, None, "points_lapse", library.TEXTS["points_lapse"], world.zhao, world.at, holdout=10)
    assert no.value.field == "holdout"


@pytest.mark.parametrize("given", ["template", "reward"])
def test_a_message_outside_the_budget_gives_nothing(world: World, given: str) -> None:
    """A service message never sells: no coupon and no gift goes along with it."""
    more = {"template": people.template(world, "五元券")} if given == "template" else {"reward": world.towel}
    with pytest.raises(Refusal) as no:
        rules.put(world.brand, None, "points_lapse", library.TEXTS["points_lapse"], world.zhao, world.at, **more)
    assert no.value.field == given

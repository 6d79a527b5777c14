"""What a rule did, what silence means, and how the shop becomes quieter by itself (E10, L4, L5, T8, T9)."""

import pytest

from models import Budget, Coupon, Member, Message, Rule, Send, Visit
from tests.care import people
from tests.care.people import agrees, day, run
from tests.kit.crowd import together
from tests.world import World
from webapp.care import budget, effects
from webapp.clock import DAY
from webapp.points import visits
from webapp.prices import coupons
from webapp.refusals import Refusal


def month(number: int) -> int:
    """The fifth of that month."""
    return day(2026, number, 5)


def send(world: World, edition: int, at: int, **more: object) -> Rule:
    rule = people.rule(world, "news", params={"edition": edition}, **more)
    run(rule, at)
    return rule


def judged(at: int) -> None:
    effects.look(at)
    effects.judge(at)


def test_three_in_a_row_that_nobody_looked_at_are_one_step_quieter_and_told_once(world: World) -> None:
    """2 → 1 → 0, each step told once as service, never as care (T8)."""
    mei = agrees(world, "梅")
    for number in (6, 7, 8):
        send(world, number, month(number))
        judged(month(number) + 14 * DAY - 1)
        assert budget.of(mei, month(number)).per_month == 2
        judged(month(number) + 14 * DAY)
        judged(month(number) + 15 * DAY)
    assert budget.of(mei, month(9)) == (1, 0, True, 0)

    for number in (9, 10, 11):
        send(world, number, month(number))
        judged(month(number) + 14 * DAY)
    assert budget.of(mei, month(12)).per_month == 0
    send(world, 12, month(12))
    assert Send.select().where(Send.month == 202612).count() == 0
    told = [row.text for row in Message.select().where(Message.kind == "service").order_by(Message.id)]
    assert told == ["care_quieter", "care_silent"]


def test_others_may_write_while_it_looks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question still open on one connection would lock SQLite against its own next write, once somebody else has written."""
    mei = agrees(world, "梅")
    for number in (6, 7):
        send(world, number, month(number), holdout=0)
    stamp = effects._stamp

    def meanwhile(rows: list[tuple[int, int, int]]) -> int:
        together(lambda: Member.update(version=Member.version + 1).where(Member.id == mei.id).execute())
        return stamp(rows)

    monkeypatch.setattr(effects, "_stamp", meanwhile)
    visits.check_in(mei, world.bath, "counter", month(7) + DAY)
    assert effects.look(month(7) + 2 * DAY) == 1


@pytest.mark.parametrize("sign", ["opened", "visited"])
def test_a_look_or_a_visit_within_fourteen_days_is_an_answer(world: World, sign: str) -> None:
    """Two ignored, one answered, two ignored: never three in a row."""
    mei = agrees(world, "梅")
    for number in (6, 7, 8, 9, 10):
        send(world, number, month(number))
        if number == 8 and sign == "opened":
            assert (
                effects.opened(mei, month(number) + DAY) == 3
            )  # what lies above is seen as well, but was judged before
        if number == 8 and sign == "visited":
            visits.check_in(mei, world.bath, "counter", month(number) + 13 * DAY)
        judged(month(number) + 14 * DAY)
    dial = budget.of(mei, month(11))
    assert (dial.per_month, dial.ignored, dial.quiet) == (2, 2, False)


def test_a_visit_on_the_fifteenth_day_came_too_late_for_the_message(world: World) -> None:
    mei = agrees(world, "梅")
    rule = send(world, 1, month(6))
    visits.check_in(mei, world.bath, "counter", month(6) + 14 * DAY + 1)
    judged(month(6) + 16 * DAY)
    row = Send.get(Send.rule == rule.id)
    assert (row.visited_at, row.ignored) == (None, True)


def test_the_members_own_choice_counts_and_begins_anew(world: World) -> None:
    """Whoever turns the dial back has two again, and no ignored ones behind them."""
    mei = agrees(world, "梅")
    for number in (6, 7):
        send(world, number, month(number))
        judged(month(number) + 14 * DAY)
    send(world, 8, month(8))
    assert budget.choose(mei, 1, month(8) + DAY) == (1, 1, False, 0)
    judged(month(8) + 14 * DAY)
    assert budget.of(mei, month(8)).ignored == 0
    assert budget.choose(mei, 2, month(9)) == (2, 0, False, 0)
    with pytest.raises(Refusal):
        budget.choose(mei, 3, month(9))
    assert Budget.select().count() == 1


def test_the_dial_is_kept_by_the_very_next_rule(world: World) -> None:
    mei = agrees(world, "梅")
    budget.choose(mei, 1, month(6))
    first, second = send(world, 1, month(6)), send(world, 2, month(6))
    assert people.done(first)[0][1:] == ("sent", "")
    assert people.done(second)[0][1:] == ("skipped", "budget")


def test_the_effect_is_who_came_against_those_who_got_nothing(world: World) -> None:
    """Half are held out; all who were sent something came, and none of the others: the rule brought everybody."""
    for number in range(60):
        agrees(world, f"客{number}")
    template = people.template(world, "五元券")
    rule = send(world, 1, month(6), holdout=50, template=template)
    sent = list(Member.select().join(Send).where(Send.state == "sent"))
    held = Send.select().where(Send.state == "held_out").count()
    for member in sent:
        Visit.create(
            member=member.id, store=world.bath.id, source="counter", at=month(6) + DAY, closes_at=month(6) + DAY + 9, is_open=False
        )  # fmt: skip
    coupons.use(Coupon.get(), world.bath, world.chen, month(6) + DAY, saved=500)
    effects.look(month(6) + 15 * DAY)

    young, old = effects.of(rule, month(6) + DAY), effects.of(rule, month(6) + 15 * DAY)

    assert (young.n, young.extra) == (0, None)
    assert (old.n, old.visited, old.held, old.held_visited) == (len(sent), len(sent), held, 0)
    assert old.extra == 100
    assert (old.coupons, old.coupons_used, old.saved) == (len(sent), 1, 500)


def test_below_twenty_there_are_counts_and_no_share(world: World) -> None:
    agrees(world, "梅")
    rule = send(world, 1, month(6))
    found = effects.of(rule, month(8))
    assert (found.sent, found.n, found.extra) == (1, 1, None)


def test_who_is_told_what_is_theirs_is_never_judged_for_not_looking(world: World) -> None:
    world.at = month(6)
    mei = agrees(world, "梅")
    for days in (30, 60, 90, 120):
        world.give(mei, 200, lasts=days * DAY)
    rule = people.rule(world, "points_lapse")
    for days in range(0, 110, 10):
        run(rule, month(6) + days * DAY)
    judged(month(12))
    assert Send.select().where(Send.member == mei.id, Send.state == "sent").count() >= 4
    assert budget.of(mei, month(12)) == (2, 0, False, 0)

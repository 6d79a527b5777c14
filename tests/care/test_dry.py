"""Tried dry: what it says is what the real run then does, reason by reason, and it writes nothing."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import MODELS, Member
from tests.care import people
from tests.care.people import agrees, day, done, run
from tests.world import World
from webapp.care import budget, dry
from webapp.complaints import cases
from webapp.complaints.cases import Report

AT = day(2026, 5, 20)


def crowd(world: World) -> None:
    """Two who want it, one with a case, one who has had enough, one who wants none, one who never agreed (and Mei and Xin, who did not)."""
    agrees(world, "甲"), agrees(world, "乙")
    cases.report(world.bath, Report("k", "complaint", "wait", "等太久"), AT - 86400, member=agrees(world, "有事"))
    full, none = agrees(world, "够了"), agrees(world, "不要")
    for edition in (98, 99):
        rule = people.rule(world, "news", params={"edition": edition})
        people.only(rule, full, AT)
    budget.choose(none, 0, AT)
    world.member("没点头")


def test_the_reasons_are_those_of_the_real_run(world: World) -> None:
    crowd(world)
    rule = people.rule(world, "news", reward=world.last_scrub)

    tried = dry.run(rule, AT)

    assert tried.reach == 1
    assert dict(tried.skipped) == {"consent": 3, "open_case": 1, "budget": 1, "none_wanted": 1, "stock": 1}
    assert [person.member.name for person in tried.people] == ["甲"]
    assert {(person.member.name, person.why) for person in tried.left_out if person.why != "consent"} == {
        ("乙", "stock"), ("有事", "open_case"), ("够了", "budget"), ("不要", "none_wanted"),
    }  # fmt: skip
    real = run(rule, AT)
    assert sum(state == "sent" for _, state, _ in real) == tried.reach
    assert {(name, why) for name, state, why in real if state == "skipped"} == {
        ("乙", "stock"), ("有事", "open_case"), ("够了", "budget"),
    }  # fmt: skip
    again = dry.run(rule, AT)
    assert (again.reach, "甲" in [person.member.name for person in again.left_out]) == (0, False)


def test_it_writes_nothing_at_all(world: World) -> None:
    crowd(world)
    rule = people.rule(world, "birthday", reward=world.towel, on=False)
    Member.update(birthday=522).execute()
    before = {model.__name__: model.select().count() for model in MODELS}
    assert dry.run(rule, AT).reach == 2
    assert {model.__name__: model.select().count() for model in MODELS} == before


def test_at_night_it_says_what_the_morning_will_do(world: World) -> None:
    agrees(world, "梅")
    assert dry.run(people.rule(world, "news"), day(2026, 5, 20, 23)).reach == 1


def test_those_who_are_held_out_are_counted_apart(world: World) -> None:
    for number in range(40):
        agrees(world, f"客{number}")
    rule = people.rule(world, "news", holdout=50)
    tried = dry.run(rule, AT)
    run(rule, AT)
    states = [state for _, state, _ in done(rule)]
    assert (tried.reach, tried.held) == (states.count("sent"), states.count("held_out"))
    assert tried.held > 5


def test_a_large_shop_is_tried_on_its_first_people_and_says_so(world: World) -> None:
    for number in range(6):
        agrees(world, f"客{number}")
    rule = people.rule(world, "news")
    assert dry.run(rule, AT).whole
    assert dry.run(rule, AT, enough=0).whole  # one batch was all there is


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 2)), min_size=1, max_size=5),
    st.integers(0, 50),
    st.integers(1, 4),
)
def test_dry_and_real_agree_whoever_comes(
    world: World, crowd: list[tuple[bool, bool, int]], holdout: int, stock: int
) -> None:
    """Any mix of yes, open case and dial, any hold-out, any stock: as many as were foretold, for the reasons that were foretold."""
    Member.update(erased_at=1).execute()  # the examples share a database: the people of the last one are gone
    gift = world.reward({"zh": "小礼"}, 10, stock=stock)
    for number, (agreed, waits, dial) in enumerate(crowd):
        member = agrees(world, f"客{number}") if agreed else world.member(f"客{number}")
        budget.choose(member, dial, AT)
        if waits:
            Member.update(care_since=AT).where(Member.id == member.id).execute()
    rule = people.rule(world, "news", reward=gift, holdout=holdout)
    tried = dry.run(rule, AT)
    real = run(rule, AT)
    assert sum(state == "sent" for _, state, _ in real) == tried.reach <= stock
    assert sum(state == "held_out" for _, state, _ in real) == tried.held
    foretold = dict(tried.skipped)
    for why in ("open_case", "stock"):
        assert sum(reason == why for *_, reason in real) == foretold.get(why, 0)
    people.rules.retire(rule, world.zhao, AT)

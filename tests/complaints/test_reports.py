"""How the promises were kept: by step, cause, store and person; and the private list of what ran out in one's hands."""

import pytest

from models import Case, Staff
from tests.complaints.places import cause, complain
from tests.world import NOON, World
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, closing, guards, handing, ladder, reports
from webapp.refusals import Forbidden


@pytest.fixture
def week(world: World) -> World:
    """One case kept throughout by Chen, one whose first promise Kai missed and answered late, one still open, one elsewhere."""
    good = handing.take(complain(world, key="good"), world.chen, NOON)
    cases.say(good, "对不起", NOON + 5 * MINUTE, key="a", staff=world.chen)
    closing.propose(good, world.chen, cause(world), "换了排班", "", NOON + HOUR, key="p")
    closing.agree(good, NOON + 2 * HOUR)
    closing.rate(world.fresh(good), 5, 4, NOON + 3 * HOUR)
    bad = handing.take(complain(world, key="bad"), world.kai, NOON)
    ladder.sweep(NOON + 15 * MINUTE)
    cases.say(bad, "来晚了", NOON + 40 * MINUTE, key="b", staff=world.su)
    complain(world, key="open", at=NOON + 20 * MINUTE, category="price")
    told = cases.Report(key="else", kind="complaint", category="price", text="贵")
    cases.report(world.laundry, told, NOON, member=world.mei)
    return world


def test_each_step_with_what_was_kept_missed_and_still_runs(week: World) -> None:
    report = reports.of(week.bath, NOON - DAY, NOON + DAY)
    assert (report.cases, report.closed, report.reopened) == (3, 1, 0)
    first = report.steps[0]
    assert (first.key, first.kept, first.missed, first.running) == (1, 1, 1, 1)
    assert (first.median, first.worst) == ((5 + 40) * MINUTE // 2, 40 * MINUTE)
    assert [(line.key, line.kept) for line in report.steps] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert report.handling == [(5, 1)]
    assert report.all.percent is None  # under twenty: counts only


def test_a_missed_promise_is_whose_hands_it_ran_out_in(week: World) -> None:
    people = {line.name: line for line in reports.of(week.bath, NOON - DAY, NOON + DAY).people}
    assert (people["阿凯"].missed, people["阿凯"].kept) == (1, 0)
    assert people["小陈"].kept >= 3
    assert people["苏姐"].missed == 0


def test_by_cause_and_by_store(week: World) -> None:
    report = reports.of([week.bath, week.laundry], NOON - DAY, NOON + DAY)
    causes = {line.name["zh"] if line.name else None: line for line in report.causes}
    assert causes["说话方式"].kept == 4
    assert causes[None].missed == 1
    assert {line.name["zh"] for line in report.stores} == {"回头浴场·南门店", "回头干洗"}
    assert reports.of(week.bath, NOON + DAY, NOON + 2 * DAY).cases == 0


def test_a_case_that_became_part_of_another_counts_there_and_hides_nothing(week: World) -> None:
    bad, still = Case.get(Case.key == "bad"), Case.get(Case.key == "open")
    closing.merge(bad, still, week.lin, NOON + HOUR)
    report = reports.of(week.bath, NOON - DAY, NOON + DAY)
    assert report.cases == 2
    assert report.steps[0].missed == 1


def test_the_table_for_outside_has_codes_and_moments_and_nobodys_words(week: World) -> None:
    head, *rows = reports.rows([week.bath, week.laundry], NOON - DAY, NOON + DAY)
    assert len(rows) == 4
    assert {len(row) for row in rows} == {len(head)}
    good = dict(zip(head, rows[0], strict=True))
    assert (good["state"], good["cause"], good["answer_done"]) == ("closed", "说话方式", NOON + 5 * MINUTE)
    text = str(rows)
    assert "前台" not in text
    assert "林小满" not in text


def test_the_list_for_coaching_is_for_that_person_and_their_managers(week: World) -> None:
    for reader in (week.kai, week.lin, week.zhao):
        (step,) = reports.coaching(week.kai, reader)
        assert (step.case.key, step.number) == ("bad", 1)
    elsewhere = Staff.create(
        brand=week.brand.id,
        store=week.laundry.id,
        username="shen",
        name="沈店长",
        role="manager",
        password_hash="",
        made_at=0,
    )
    for reader in (week.chen, week.su, elsewhere):
        with pytest.raises(Forbidden):
            reports.coaching(week.kai, reader)
    with pytest.raises(Forbidden):  # a manager reads nothing about the owner
        reports.coaching(week.zhao, week.lin)
    assert reports.coaching(week.chen, week.chen) == []


# --- what other rooms ask ------------------------------------------------------------------------------------------------


def test_who_waits_for_us_is_sold_nothing(world: World) -> None:
    assert guards.may_sell(world.mei)
    assert guards.open_case(world.mei) is None
    second = complain(world, key="later", at=NOON + HOUR)
    case = complain(world)
    mei = world.fresh(world.mei)
    assert not guards.may_sell(mei)
    assert guards.open_case(mei) == case
    for one in (case, second):
        closing.propose(one, world.lin, cause(world), "改了", "", NOON + DAY, key=f"p{one.id}")
        closing.agree(one, NOON + DAY)
    mei = world.fresh(world.mei)
    assert guards.may_sell(mei)
    assert guards.open_case(mei) is None


def test_an_idea_is_no_reason_to_stop_selling(world: World) -> None:
    complain(world, kind="idea", text="加个吹风机")
    assert guards.may_sell(world.fresh(world.mei))

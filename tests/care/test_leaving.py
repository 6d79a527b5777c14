"""Care when a card goes away: joined to another, exported, forgotten; and what leaves the house as a letter."""

import pytest

from models import Budget, Letter, Member, Message, Send
from tests.care import people
from tests.care.people import agrees, day, done, run
from tests.world import World
from webapp import check
from webapp.care import budget
from webapp.clock import DAY
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.config import Settings
from webapp.members import consents, merging, privacy
from webapp.outbox import letters

AT = day(2026, 5, 20)


def news(world: World, edition: int, **more: object) -> people.Rule:
    return people.rule(world, "news", params={"edition": edition}, **more)


def test_two_cards_of_one_person_are_one_reader(world: World) -> None:
    """The quieter dial holds; nobody is greeted twice; the books are clean."""
    pass_, card = agrees(world, "梅"), agrees(world, "梅", "13800000088")
    first = news(world, 1, reward=world.towel)
    run(first, AT)
    budget.choose(pass_, 1, AT)
    merging.merge(pass_, card, world.chen, world.bath, AT + 60)

    second = news(world, 2)
    assert run(first, AT + DAY) == [("", "sent", ""), ("梅", "sent", "")]
    assert run(second, AT + DAY) == [("梅", "skipped", "budget")]
    assert budget.of(card, AT).per_month == 1
    assert not check.run(3)


def test_what_only_the_pass_was_sent_is_not_sent_again(world: World) -> None:
    pass_, card = agrees(world, "梅"), world.member("梅", "13800000088")
    rules = [news(world, edition) for edition in (1, 2)]
    for rule in rules:
        run(rule, AT)
    consents.choose(card.id, "marketing", True, source="me", at=AT)
    merging.merge(pass_, card, world.chen, world.bath, AT + 60)

    assert [run(rule, AT + DAY) for rule in rules] == [[("梅", "sent", "")]] * 2
    assert budget.of(card, AT).used == 2
    assert not check.run(3)


def test_the_export_has_what_was_sent_and_why_not(world: World) -> None:
    mei = agrees(world, "梅")
    for edition in (1, 2, 3):
        run(news(world, edition), AT)
    budget.choose(mei, 1, AT)
    told = privacy.export(mei, AT)
    assert [row["why"] for row in told["care"]] == ["", "", "budget"]
    assert told["care_budget"][0]["per_month"] == 1


def test_who_is_forgotten_hears_nothing_and_the_sums_stay(world: World) -> None:
    mei = agrees(world, "梅")
    rule = news(world, 1)
    run(rule, AT)
    budget.choose(mei, 2, AT)
    privacy.erase(mei, AT + 60)
    assert done(rule) == [("", "sent", "")]
    assert run(news(world, 2), AT) == []
    assert (Message.select().count(), Letter.select().count(), Budget.select().count()) == (0, 0, 0)
    assert not check.run(3)


@pytest.fixture
def outside(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What leaves the house, instead of leaving it."""
    left: list[tuple[str, str]] = []
    monkeypatch.setattr(letters, "_send", lambda address, title, body: bool(left.append((title, body))) or True)
    object.__setattr__(settings, "notify_members", ("json://localhost/",))
    return left


def test_a_letter_says_the_day_as_it_is_when_it_leaves(
    world: World, settings: Settings, outside: list[tuple[str, str]]
) -> None:
    """The provider was down for two days: the birthday is tomorrow by then."""
    agrees(world, "梅", birthday=523)
    run(people.rule(world, "birthday"), AT)
    letters.post(settings, AT + 2 * DAY)
    assert outside[0][1].startswith("梅，明天是你的生日")
    assert outside[0][1].endswith("因为你的生日快到了")


@pytest.mark.parametrize("then", ["withdrawn", "case"])
def test_an_offer_that_is_no_longer_wanted_stays_inside(
    world: World, settings: Settings, outside: list[tuple[str, str]], then: str
) -> None:
    """The yes was taken back, or something went wrong, between the message and the letter; what is theirs already still goes."""
    world.at = AT
    mei = agrees(world, "梅")
    world.give(mei, 200, lasts=20 * DAY)
    run(news(world, 1), AT)
    run(people.rule(world, "points_lapse"), AT)
    if then == "withdrawn":
        consents.choose(mei.id, "marketing", False, source="me", at=AT)
    else:
        cases.report(world.bath, Report("k", "complaint", "wait", "等太久"), AT, member=mei)
        Letter.delete().where(Letter.text != "care").execute()
    letters.post(settings, AT + 60)
    assert [title for title, _ in outside] == ["有 200 分快到期了"]
    assert Letter.select().where(Letter.state == "due").count() == 0


def test_a_letter_with_the_yes_to_service_only_tells_no_offer(
    world: World, settings: Settings, outside: list[tuple[str, str]]
) -> None:
    mei = world.member("梅", joined_at=AT - 99 * DAY)
    consents.grant_all(mei.id, {"marketing"}, source="poster", at=AT)
    run(news(world, 1), AT)
    letters.post(settings, AT + 60)
    assert len(outside) == 1
    assert Send.get().state == "sent"
    assert Member.select().count() == 3

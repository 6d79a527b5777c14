"""Ratings on both databases: who is asked, what can be said, what a low one leads to, and what they say together."""

import pytest
from peewee import IntegrityError

from models import Ask, Case, Consent, LedgerLine, Member, Message, Rating, Score, Staff, Visit
from tests.world import NOON, World
from webapp import vault
from webapp.clock import DAY, HOUR
from webapp.points import purchases, visits
from webapp.points.purchases import Bill
from webapp.ratings import asks, figures, pulse, ratings
from webapp.refusals import Missing, Refusal

HAPPY = {"service": 5, "attitude": 5, "price": 4, "environment": 5}
SAD = {"service": 4, "attitude": 1, "price": 4}


def visited(world: World, member: Member | None = None, at: int = NOON) -> Ask:
    visit, _ = visits.check_in(member or world.mei, world.bath, "counter", at)
    asks.collect(visit.closes_at)
    return Ask.get(Ask.kind == "visit", Ask.ref == str(visit.id))


def agree(member: Member, purpose: str = "survey") -> None:
    Consent.create(member=member.id, purpose=purpose, granted=True, text_version="1", source="join", at=NOON - DAY)


def test_a_visit_that_is_over_is_asked_about_once(world: World) -> None:
    visit, _ = visits.check_in(world.mei, world.bath, "counter", NOON)
    assert asks.collect(NOON + HOUR) == 0
    assert asks.collect(visit.closes_at) == 1
    assert asks.collect(visit.closes_at + 5) == 0
    found = asks.due(world.mei.id, visit.closes_at)
    assert found is not None
    assert (found.kind, found.ref) == ("visit", str(visit.id))
    assert not Visit.get_by_id(visit.id).is_open


def test_the_next_visit_opens_a_new_one(world: World) -> None:
    visited(world)
    again, new = visits.check_in(world.mei, world.bath, "counter", NOON + DAY)
    assert new
    assert asks.collect(again.closes_at) == 1
    assert Ask.select().count() == 2


def test_a_visit_that_ended_while_the_worker_was_away_is_found_at_night(world: World) -> None:
    visits.check_in(world.mei, world.bath, "counter", NOON)
    visits.check_in(world.mei, world.bath, "counter", NOON + DAY)
    assert asks.collect(NOON + DAY + HOUR) == 0
    assert asks.catch_up(NOON + DAY + 2 * HOUR) == 1
    assert asks.catch_up(NOON + DAY + 3 * HOUR) == 0


def test_who_served_is_who_rang_up_the_bill(world: World) -> None:
    purchases.record(world.bath, Bill(4800, "b1", "desk"), world.mei, world.chen, NOON)
    visit = Visit.get()
    asks.collect(visit.closes_at)
    assert Ask.get().served_by_id == world.chen.id


def test_the_inbox_asks_only_who_agreed_by_day_and_once_a_month(world: World) -> None:
    ask = visited(world)
    assert asks.invite(ask.at) == 0
    agree(world.mei)
    assert asks.invite(NOON + 12 * HOUR) == 0  # two in the night
    assert asks.invite(NOON + 22 * HOUR) == 1
    assert Message.get(Message.text == "rate_please").url == f"/rate/{asks.token(ask)}"
    again = visited(world, at=NOON + 5 * DAY)
    assert asks.invite(again.at + HOUR) == 0
    later = visited(world, at=NOON + 40 * DAY)
    assert asks.invite(later.at + HOUR) == 1


def test_a_token_that_was_altered_leads_nowhere(world: World) -> None:
    ask = visited(world)
    assert asks.behind(asks.token(ask)).id == ask.id
    signed = asks.token(ask)
    for wrong in (
        ("B" if signed[0] != "B" else "C") + signed[1:],
        ask.code,
        vault.sign("claim", ask.code),
        vault.sign("rate", "ABC"),
    ):
        with pytest.raises(Missing):
            asks.behind(wrong)


def test_a_bills_slip_asks_whoever_holds_it_once(world: World) -> None:
    bill = purchases.record(world.bath, Bill(4800, "b1", "desk"), None, world.chen, NOON)
    ask = asks.of_purchase(bill, NOON)
    assert asks.of_purchase(bill, NOON + 5).id == ask.id
    rating = ratings.rate(ask, HAPPY, NOON + HOUR)
    assert rating.member_id is None
    assert figures.of([world.bath], NOON, NOON + DAY).slip == 1


def test_two_taps_are_enough_and_the_words_are_sealed(world: World) -> None:
    rating = ratings.rate(visited(world), {"service": 5}, NOON + DAY, member=world.mei, text="水很干净")
    assert ratings.scores(rating) == {"service": 5}
    assert "水" not in str(bytes(rating.text_sealed))
    assert ratings.text_of(rating) == "水很干净"
    assert not rating.low


def test_it_can_be_changed_for_a_day_and_never_afterwards(world: World) -> None:
    ask = visited(world)
    made = ratings.rate(ask, HAPPY, ask.at, member=world.mei)
    changed = ratings.rate(ask, SAD, ask.at + DAY - 1, member=world.mei)
    assert changed.id == made.id
    assert ratings.scores(changed) == SAD
    assert changed.low
    with pytest.raises(Refusal, match="一天"):
        ratings.rate(ask, HAPPY, ask.at + DAY, member=world.mei)
    assert Rating.select().count() == 1


def test_the_table_itself_knows_one_rating_per_question(world: World) -> None:
    ask = visited(world)
    ratings.rate(ask, HAPPY, ask.at, member=world.mei)
    with pytest.raises(IntegrityError):
        Rating.create(ask=ask.id, store=world.bath.id, made_at=NOON)


def test_somebody_elses_question_is_not_there(world: World) -> None:
    with pytest.raises(Missing):
        ratings.rate(visited(world), HAPPY, NOON + DAY, member=world.xin)


@pytest.mark.parametrize(
    "faces",
    [{}, {"service": 0}, {"service": 6}, {"after_sales": 5}, {"<script>": 5}],
    ids=["none", "zero", "six", "other", "odd"],
)
def test_what_is_no_face_is_refused(world: World, faces: dict[str, int]) -> None:
    ask = visited(world)
    with pytest.raises(Refusal):
        ratings.rate(ask, faces, ask.at, member=world.mei)
    assert Score.select().count() == 0


def test_after_two_weeks_nobody_asks_any_more(world: World) -> None:
    ask = visited(world)
    assert asks.due(world.mei.id, ask.expires_at) is None
    with pytest.raises(Refusal, match="时间过了"):
        ratings.rate(ask, HAPPY, ask.expires_at, member=world.mei)


def test_put_aside_it_leaves_home_and_the_slip_still_works(world: World) -> None:
    ask = visited(world)
    asks.skip(ask, ask.at)
    assert asks.due(world.mei.id, ask.at) is None
    assert ratings.rate(ask, HAPPY, ask.at + 5, member=world.mei).id


def test_a_low_one_becomes_a_case_only_when_the_member_wants(world: World) -> None:
    ask = visited(world)
    rating = ratings.rate(ask, SAD, ask.at, member=world.mei, text="前台很冲")
    assert Case.select().count() == 0
    assert ratings.want(rating, False, ask.at) is None
    case = ratings.want(rating, True, ask.at + 5)
    assert case is not None
    assert (case.kind, case.category, case.member_id, case.ref) == ("rating", "attitude", world.mei.id, str(rating.id))
    again = ratings.want(rating, True, ask.at + 9)
    assert again is not None
    assert again.id == case.id
    assert Case.select().count() == 1


def test_nps_of_six_is_low_and_seven_is_not(world: World) -> None:
    assert ratings.is_low({"service": 5}, 6)
    assert not ratings.is_low({"service": 3}, 7)


def test_no_score_ever_touches_points_or_tier(world: World) -> None:
    before = (LedgerLine.select().count(), world.fresh(world.mei).tier, world.fresh(world.mei).version)
    ask = visited(world)
    ratings.rate(ask, {"service": 1, "attitude": 1}, ask.at, member=world.mei, nps=0)
    assert (LedgerLine.select().count(), world.fresh(world.mei).tier, world.fresh(world.mei).version) == before


def test_a_spoken_one_is_marked_told_and_becomes_the_members_own_when_changed(world: World) -> None:
    ask = visited(world)
    spoken = ratings.rate(ask, {"service": 5}, ask.at, staff=world.chen)
    assert spoken.spoken_by_id == world.chen.id
    assert Message.get(Message.text == "rating_spoken").member_id == world.mei.id
    own = ratings.rate(ask, SAD, ask.at + HOUR, member=world.mei)
    assert own.spoken_by_id is None
    with pytest.raises(Refusal, match="自己评过"):
        ratings.rate(ask, {"service": 5}, ask.at + 2 * HOUR, staff=world.chen)


def test_nobody_of_the_staff_rates_for_themselves(world: World) -> None:
    Staff.update(member=world.mei.id).where(Staff.id == world.chen.id).execute()
    ask = visited(world)
    with pytest.raises(Refusal, match="自己"):
        ratings.rate(ask, {"service": 5}, ask.at, staff=world.fresh(world.chen))


def test_it_is_answered_once_and_its_customer_hears_of_it(world: World) -> None:
    ask = visited(world)
    rating = ratings.rate(ask, HAPPY, ask.at, member=world.mei)
    assert ratings.reply_of(ratings.reply(rating, world.lin, "谢谢您", ask.at + 9)) == "谢谢您"
    with pytest.raises(Refusal, match="回过"):
        ratings.reply(rating, world.su, "我也谢", ask.at + 10)
    assert Message.select().where(Message.text == "rating_replied").count() == 1


def test_the_shift_sees_no_name_for_a_day(world: World) -> None:
    ask = visited(world)
    rating = ratings.rate(ask, SAD, ask.at, member=world.mei)
    assert not ratings.shows_name(rating, world.chen, ask.at + DAY - 1)
    assert ratings.shows_name(rating, world.chen, ask.at + DAY)
    assert ratings.shows_name(rating, world.lin, ask.at)


def many(world: World, number: int, faces: dict[str, int], nps: int | None = None, at: int = NOON) -> None:
    for n in range(number):
        ask = Ask.create(
            code=vault.code(10), store=world.bath.id, kind="visit", ref=f"{at}{nps}{faces}{n}"[:24][-8:] + str(n), at=at,
            expires_at=at + DAY, served_by=world.chen.id, member=world.mei.id,
        )  # fmt: skip
        ratings.rate(ask, faces, at + 1, nps=nps, member=world.mei)


def test_below_twenty_there_are_counts_and_no_percent(world: World) -> None:
    many(world, 19, {"service": 5})
    found = figures.of([world.bath], NOON, NOON + DAY)
    (row,) = found.rows
    assert (row.n, row.counts, row.satisfied, found.satisfied) == (19, (0, 0, 0, 0, 19), None, None)
    assert figures.by_person([world.bath], NOON, NOON + DAY)[0].mean is None


def test_from_twenty_on_there_are_percent_means_and_spread(world: World) -> None:
    many(world, 18, {"service": 5, "price": 2}, nps=10)
    many(world, 2, {"service": 1, "price": 4}, nps=3, at=NOON + 10)
    found = figures.of([world.bath], NOON, NOON + DAY)
    service, price = found.rows
    assert (service.n, service.mean, service.satisfied) == (20, 460, 90)
    assert service.spread == 120
    assert price.satisfied == 10
    assert (found.nps, found.nps_counts) == (80, (18, 0, 2))
    assert found.overall == round((460 + 220) / 2)
    assert figures.by_person([world.bath], NOON, NOON + DAY)[0].mean == 340


def test_the_front_desk_by_part_of_the_day(world: World) -> None:
    many(world, 20, {"attitude": 5, "price": 1})  # at two in the afternoon
    many(world, 3, {"service": 2, "attitude": 4}, at=NOON + 6 * HOUR)
    afternoon, evening = figures.by_shift([world.bath], NOON, NOON + DAY)
    assert afternoon == ("afternoon", 20, 20, 100)
    assert evening == ("evening", 6, 3, None)


def test_the_shop_may_weigh_one_dimension_more(world: World) -> None:
    many(world, 2, {"service": 5, "price": 2})
    world.bath.policy = {"rating_weights": {"service": 3}}
    world.bath.save()
    assert figures.of([world.fresh(world.bath)], NOON, NOON + DAY).overall == round((3 * 500 + 200) / 4)


def test_the_staffs_own_pulse_is_once_a_month_and_shown_from_five_on(world: World) -> None:
    for person in (world.chen, world.kai, world.su, world.lin):
        pulse.give(person, world.bath, 4, f"{person.name}的话", NOON)
    with pytest.raises(Refusal, match="这个月"):
        pulse.give(world.chen, world.bath, 1, "", NOON + DAY)
    assert pulse.months(world.bath)[0] == (202605, 4, None, ())
    pulse.give(world.zhao, world.bath, 5, "", NOON)
    month = pulse.months(world.bath)[0]
    assert (month.n, month.mean, len(month.texts)) == (5, 420, 4)
    pulse.give(world.chen, world.bath, 1, "", NOON + 20 * DAY)

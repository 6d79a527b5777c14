"""Calls: one for each occasion, never two in a week, none to those who do not want them; and what came of each reaches who served."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import models
from models import Consent, Event, Follow, FollowTry, Grade, Letter, Member, Order, Purchase, Work
from tests.world import NOON, World
from webapp import check, clock
from webapp.care import follows, gathering
from webapp.clock import DAY
from webapp.members import consents, merging, privacy
from webapp.refusals import Refusal

TODAY = clock.day_number(NOON, "Asia/Shanghai")


def agree(member: Member, granted: bool = True, at: int = NOON - DAY) -> None:
    consents.choose(member.id, "survey", granted, source="test", at=at)


def due(world: World, member: Member | None = None, kind: str = "key", day: int = TODAY, key: str = "k1") -> Follow:
    member = member or world.mei
    if kind in follows.ASKS:
        agree(member)
    found = follows.put(member, world.bath, kind, day, NOON, key=key, served_by=world.kai.id)
    assert found is not None
    return found


def bought(world: World, member: Member, at: int, key: str = "1", **fields: int) -> Purchase:
    return Purchase.create(
        store=world.bath.id, code=f"B{member.id}{key}", key=key, source="desk", amount=4800, member=member.id,
        staff=world.kai.id, at=at, **fields,
    )  # fmt: skip


def graded(world: World, member: Member, **fields: object) -> Grade:
    usual = {"grade": "c", "life": "returning", "last_at": NOON - 10 * DAY, "store": world.bath.id, "day": TODAY}
    return Grade.create(member=member.id, **usual | fields)


def card(world: World) -> Work | None:
    return Work.get_or_none(Work.kind == "follow", Work.store == world.bath.id, Work.done_at.is_null())


# --- one for each occasion ---------------------------------------------------------------------------------------------


def test_the_same_occasion_twice_is_one_call(world: World) -> None:
    assert due(world).id == due(world).id
    assert Follow.select().count() == 1


def test_two_occasions_of_a_kind_are_one_while_it_is_open(world: World) -> None:
    assert due(world, key="a").id == due(world, key="b").id


def test_what_is_due_today_is_one_card_and_goes_with_the_last_one(world: World) -> None:
    one, two = due(world, key="a"), due(world, world.xin, key="b")
    due(world, world.member("远", "13800000077"), day=TODAY + 3, key="c")
    shown = card(world)
    assert shown
    assert shown.brief == {"n": 2}
    follows.record(one, "glad", world.chen, NOON, key="t", seen=0)
    follows.record(two, "glad", world.chen, NOON, key="t", seen=0)
    assert card(world) is None
    assert check.run() == []


def test_no_call_without_a_number_or_a_yes_or_a_person(world: World) -> None:
    nameless = world.member("无号")
    agree(nameless)
    agree(world.xin)
    Member.update(erased_at=NOON).where(Member.id == world.xin.id).execute()
    for member in (nameless, world.xin, world.mei):
        assert follows.put(member, world.bath, "key", TODAY, NOON, key=f"k{member.id}") is None


def test_a_yes_that_was_taken_back_is_a_no(world: World) -> None:
    agree(world.mei)
    agree(world.mei, False, NOON)
    assert follows.put(world.mei, world.bath, "first", TODAY, NOON, key="k") is None


def test_a_bag_that_hangs_is_told_without_that_yes_but_not_after_please_dont(world: World) -> None:
    bag = due(world, kind="uncollected", key="a")
    follows.record(bag, "unwanted", world.chen, NOON, key="t", seen=0)
    assert follows.put(world.mei, world.bath, "uncollected", TODAY, NOON + DAY, key="b") is None
    agree(world.mei, True, NOON + 2 * DAY)
    assert follows.put(world.mei, world.bath, "uncollected", TODAY, NOON + 2 * DAY, key="b")


# --- never twice in a week ---------------------------------------------------------------------------------------------


def test_whoever_was_rung_on_monday_is_not_rung_on_thursday(world: World) -> None:
    follows.record(due(world, key="a"), "glad", world.chen, NOON, key="t", seen=0)
    later = follows.put(world.mei, world.bath, "uncollected", TODAY + 3, NOON + 3 * DAY, key="b")
    assert later
    assert later.due_day == TODAY + 7


def test_of_two_calls_in_one_week_the_second_waits_for_the_next(world: World) -> None:
    one, two = due(world, key="a"), due(world, kind="uncollected", key="b", day=TODAY + 1)
    follows.record(one, "glad", world.chen, NOON, key="t", seen=0)
    assert world.fresh(two).due_day == TODAY + 7
    with pytest.raises(Refusal, match="通过话"):
        follows.ring(two, world.su, NOON + DAY)
    assert follows.ring(two, world.su, NOON + 7 * DAY) == "+8613800000001"


def test_what_is_done_without_a_call_does_not_wait(world: World) -> None:
    follows.record(due(world, key="a"), "glad", world.chen, NOON, key="t", seen=0)
    assert due(world, kind="surprise", key="b", day=TODAY + 1).due_day == TODAY + 1


def test_the_number_is_shown_once_and_written_down(world: World) -> None:
    follow = due(world)
    assert follows.ring(follow, world.chen, NOON) == "+8613800000001"
    seen = Event.get(Event.verb == "phone_revealed")
    assert (seen.member_id, seen.staff_id) == (world.mei.id, world.chen.id)
    assert world.fresh(follow).owner_id == world.chen.id


# --- what came of it ---------------------------------------------------------------------------------------------------


def test_nobody_answers_tomorrow_again_then_the_day_after_then_it_is_let_be(world: World) -> None:
    follow = due(world)
    follow = follows.record(follow, "no_answer", world.chen, NOON, key="1", seen=0)
    assert (follow.state, follow.due_day) == ("open", TODAY + 1)
    follow = follows.record(follow, "no_answer", world.chen, NOON + DAY, key="2", seen=1)
    assert (follow.state, follow.due_day) == ("open", TODAY + 3)
    follow = follows.record(follow, "no_answer", world.chen, NOON + 3 * DAY, key="3", seen=2)
    assert (follow.state, follow.outcome, follow.tries) == ("done", "no_answer", 3)
    assert check.run() == []


def test_not_now_wants_the_day_they_named(world: World) -> None:
    follow = due(world)
    for wrong in (None, TODAY, TODAY + 61):
        with pytest.raises(Refusal) as no:
            follows.record(follow, "later", world.chen, NOON, key="t", seen=0, next_day=wrong)
        assert no.value.field == "next_day"
    assert follows.record(follow, "later", world.chen, NOON, key="t", seen=0, next_day=TODAY + 2).due_day == TODAY + 2
    assert follows.ring(world.fresh(follow), world.chen, NOON + 2 * DAY)  # as they asked


def test_the_same_tap_twice_is_one_call(world: World) -> None:
    follow = due(world)
    for _ in range(2):
        assert follows.record(follow, "glad", world.chen, NOON, key="t", seen=0, note="水很好").tries == 1
    tried = FollowTry.get()
    assert follows.note(tried) == "水很好"
    assert "水很好".encode() not in bytes(tried.note_sealed)


def test_who_is_slower_hears_who_was_faster(world: World) -> None:
    follow = due(world)
    follows.record(follow, "glad", world.chen, NOON, key="a", seen=0)
    with pytest.raises(Refusal) as no:
        follows.record(follow, "unhappy", world.su, NOON, key="b", seen=0)
    assert (no.value.code, no.value.params) == ("followed_already", {"name": "小陈"})


def test_a_thing_to_do_has_no_happy_ending_to_choose(world: World) -> None:
    with pytest.raises(Refusal):
        follows.record(due(world, kind="surprise"), "glad", world.chen, NOON, key="t", seen=0)


def test_please_dont_ends_everything_and_takes_the_yes_back(world: World) -> None:
    one, two = due(world, key="a"), due(world, kind="uncollected", key="b")
    follows.record(one, "unwanted", world.chen, NOON, key="t", seen=0)
    assert world.fresh(two).state == "off"
    answer = Consent.select().where(Consent.member == world.mei.id).order_by(Consent.id.desc()).first()
    assert (answer.purpose, answer.granted, answer.source) == ("survey", False, "counter")
    assert check.run() == []


def test_who_served_them_hears_it_and_nobody_else_is_written_to(world: World) -> None:
    follow = due(world)
    follows.record(follow, "unhappy", world.chen, NOON, key="t", seen=0, note="等太久")
    letter = Letter.get(Letter.audience == "staff")
    assert letter.text == "follow_unhappy"
    assert letter.params == {"person": "阿凯", "by": "小陈", "store": world.bath.name}
    own = due(world, world.xin, key="b")
    follows.record(own, "glad", world.kai, NOON, key="t", seen=0)
    assert Letter.select().where(Letter.audience == "staff").count() == 1


def test_two_people_who_finish_one_call_at_once_make_one(world: World) -> None:
    follow = due(world)

    def finish(who: int) -> str:
        staff = (world.chen, world.su, world.lin, world.kai)[who % 4]
        try:
            follows.record(follow, "glad", staff, NOON, key=f"t{who}", seen=0)
        except Refusal as no:
            return no.code
        finally:
            models.database.obj.close()
        return "mine"

    with ThreadPoolExecutor(8) as people:
        ends = list(people.map(finish, range(8)))
    assert sorted(ends) == ["followed_already"] * 7 + ["mine"]
    assert FollowTry.select().count() == 1
    assert check.run() == []


# --- the night ---------------------------------------------------------------------------------------------------------


def test_the_first_bill_of_a_life_is_asked_about_within_three_days(world: World) -> None:
    agree(world.xin)
    bought(world, world.xin, NOON - 3600)
    bought(world, world.xin, NOON - 1800, "2")
    assert gathering.collect(NOON) == 1
    follow = Follow.get()
    assert (follow.kind, follow.due_day, follow.served_by_id) == ("first", TODAY + 1, world.kai.id)
    assert follow.about["until"] == TODAY + 3
    assert gathering.collect(NOON) == 0
    follows.record(follow, "glad", world.chen, NOON, key="t", seen=0)
    assert gathering.collect(NOON + DAY) == 0


def test_a_worker_that_slept_for_a_week_asks_nobody_too_late(world: World) -> None:
    agree(world.xin)
    bought(world, world.xin, NOON - 5 * DAY)
    assert gathering.collect(NOON) == 0


def test_a_bill_that_was_paid_back_is_no_first_one(world: World) -> None:
    agree(world.xin)
    bought(world, world.xin, NOON - 3600, refunded=4800)
    assert gathering.collect(NOON) == 0


def test_a_second_bill_is_nothing_new(world: World) -> None:
    agree(world.mei)
    bought(world, world.mei, NOON - 90 * DAY)
    bought(world, world.mei, NOON - 3600, "2")
    assert gathering.collect(NOON) == 0


def test_good_customers_hear_from_us_every_six_weeks_and_not_when_we_saw_them(world: World) -> None:
    agree(world.mei)
    graded(world, world.mei, grade="vip")
    Member.update(seen_at=NOON - 41 * DAY).where(Member.id == world.mei.id).execute()
    assert gathering.collect(NOON) == 0
    assert gathering.collect(NOON + 2 * DAY) == 1
    follows.record(Follow.get(), "glad", world.chen, NOON + 2 * DAY, key="t", seen=0)
    assert [gathering.collect(NOON + n * DAY) for n in (3, 20, 43, 60)] == [0, 0, 0, 1]


def test_who_stayed_away_is_asked_why_once(world: World) -> None:
    agree(world.mei)
    graded(world, world.mei, life="lapsed", visits_ever=9, last_at=NOON - 200 * DAY)
    assert gathering.collect(NOON) == 1
    follow = Follow.get()
    assert (follow.kind, follow.about["visits"]) == ("lapsed", 9)
    ended = follows.record(follow, "glad", world.chen, NOON, key="t", seen=0, cause="need")
    assert ended.cause == "need"
    assert gathering.collect(NOON + 30 * DAY) == 0


def test_who_waits_for_our_answer_is_apologised_to_and_not_asked(world: World) -> None:
    from tests.complaints.places import complain

    case = complain(world)
    graded(world, world.mei, life="lapsed", visits_ever=9, last_at=NOON - 200 * DAY)
    assert gathering.collect(NOON) == 1
    assert (Follow.get().kind, Follow.get().about["case"]) == ("apology", case.code)


def test_a_bag_is_rung_about_after_two_reminders(world: World) -> None:
    bag = {"store": world.laundry.id, "member": world.mei.id, "made_at": NOON - 40 * DAY, "state": "ready"}
    bag |= {"made_by": world.bo.id, "ready_at": NOON - 15 * DAY, "agreed_at": NOON - 39 * DAY, "agreed_how": "phone"}
    Order.create(code="BAG1", key="b1", reminders=1, **bag)
    assert gathering.collect(NOON) == 0
    Order.update(reminders=2).execute()
    assert gathering.collect(NOON) == 1
    assert (Follow.get().kind, Follow.get().served_by_id) == ("uncollected", world.bo.id)


def test_a_list_stays_one_that_can_be_worked_through(world: World) -> None:
    for n in range(9):
        member = world.member(f"客{n}", f"138000002{n:02}", seen_at=NOON - 60 * DAY)
        agree(member)
        graded(world, member, grade="a", spent=100 * n)
    assert [gathering.collect(NOON + n * DAY) for n in range(3)] == [gathering.MOST, 0, 0]
    assert Follow.get(Follow.key == f"key:{member.id}:{TODAY // gathering.KEY_DAYS}")  # the dearest is on it
    follows.record(Follow.get(), "glad", world.chen, NOON + 3 * DAY, key="t", seen=0)
    assert gathering.collect(NOON + 3 * DAY) == 1


def test_the_shop_hears_in_the_morning_how_many_there_are(world: World) -> None:
    due(world, day=TODAY - 1, key="a")
    due(world, world.xin, key="b")
    night = clock.day_start(NOON, "Asia/Shanghai") + 3 * 3600
    for _ in range(2):
        gathering.collect(night)
    letter = Letter.get(Letter.text == "follows_today")
    assert (letter.params["n"], letter.params["late"], letter.next_at) == (2, 1, night + 6 * 3600)
    assert "林小满" not in str(letter.params)


def test_two_workers_in_one_night_make_each_call_once(world: World) -> None:
    for n in range(12):
        member = world.member(f"客{n}", f"138000002{n:02}")
        agree(member)
        bought(world, member, NOON - 3600, str(n))

    def night(_: int) -> None:
        try:
            gathering.collect(NOON)
        finally:
            models.database.obj.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(night, range(4)))
    assert Follow.select().count() == 12
    assert check.run() == []


# --- the person goes ---------------------------------------------------------------------------------------------------


def test_who_is_forgotten_is_rung_no_more_and_their_words_are_gone(world: World) -> None:
    done, left = due(world, key="a"), due(world, kind="uncollected", key="b")
    follows.record(done, "glad", world.chen, NOON, key="t", seen=0, note="喜欢靠窗")
    privacy.erase(world.mei, NOON + 60)
    assert world.fresh(left).state == "off"
    assert FollowTry.get().note_sealed is None
    assert world.fresh(done).about == {}
    assert card(world) is None
    assert check.run() == []


def test_the_export_has_every_call_and_what_was_written(world: World) -> None:
    follows.record(due(world), "glad", world.chen, NOON, key="t", seen=0, note="喜欢靠窗")
    (told,) = privacy.export(world.mei, NOON)["follow_ups"]
    assert (told["kind"], told["calls"][0]["outcome"], told["calls"][0]["note"]) == ("key", "glad", "喜欢靠窗")


def test_calls_go_along_to_the_card_that_stays(world: World) -> None:
    guest = world.member("小满的旧卡")
    follow = follows.put(guest, world.bath, "surprise", TODAY, NOON, key="g")
    assert follow
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    assert world.fresh(follow).member_id == world.mei.id

"""Segments: a rule says who belongs, and every condition means what its words say."""

from typing import Any

import pytest
from peewee import Database

from models import (
    Booking,
    Chip,
    Consent,
    Coupon,
    Grade,
    Member,
    Memory,
    Segment,
    Wear,
)
from tests.bookings.places import Bath, moment
from tests.world import NOON, World
from webapp.bookings import bookings
from webapp.clock import DAY
from webapp.insights import language, segments
from webapp.refusals import Refusal

TODAY = NOON // DAY


@pytest.fixture
def world(database: Database) -> World:
    return World()


def graded(member: Member, **fields: Any) -> None:
    fields = {"grade": "a", "frequency": "high", "life": "returning", "day": TODAY} | fields
    Grade.create(member=member.id, **fields)


def who(rule: Any, at: int = NOON) -> set[int]:
    """The members it finds, one way; the other ways must say the same."""
    found = set(segments.members(rule, at))
    assert segments.count(rule, at) == len(found)
    everybody = [row.id for row in Member.select(Member.id)]
    assert {member for member in everybody if segments.holds(rule, member, at)} == found
    assert segments.among(rule, everybody, at) == found
    here = {row.id for row in Member.select().where(Member.erased_at.is_null(), Member.merged_into.is_null())}
    assert set(segments.members({"is": "not", "of": rule}, at)) == here - found, "everybody is in or out"
    return found


def test_grade_frequency_and_life(world: World) -> None:
    mei, xin = world.mei, world.xin
    graded(mei, grade="vip", frequency="high", life="returning")
    assert who({"is": "grade", "of": ["vip"]}) == {mei.id}
    assert who({"is": "grade", "of": ["none"]}) == {xin.id}
    assert who({"is": "grade", "of": ["vip", "none"]}) == {mei.id, xin.id}
    assert who({"is": "frequency", "of": ["high", "low"]}) == {mei.id}
    assert who({"is": "life", "of": ["returning"]}) == {mei.id}
    assert who({"is": "life", "of": ["new"]}) == {xin.id}, "no night has seen them yet"


def test_numbers_are_between_their_ends_both_counted_in(world: World) -> None:
    mei, xin = world.mei, world.xin
    graded(mei, visits=3, spent=50_000, risk=40, due_at=NOON + 2 * DAY)
    assert who({"is": "visits", "least": 3, "most": 3}) == {mei.id}
    assert who({"is": "visits", "most": 2}) == {xin.id}, "none at all is less than three"
    assert who({"is": "spent", "least": 50_000}) == {mei.id}
    assert who({"is": "spent", "least": 50_001}) == set()
    assert who({"is": "risk", "least": 40}) == {mei.id}
    assert who({"is": "points", "least": 1280}) == {mei.id}
    assert who({"is": "due", "within": 2}) == {mei.id}
    assert who({"is": "due", "within": 1}) == set()
    Grade.update({Grade.due_at: NOON - 3 * DAY}).execute()
    assert who({"is": "due", "within": 0}) == set()
    assert who({"is": "due", "within": 0, "past": 3}) == {mei.id}


def test_days_since_they_joined_or_came(world: World) -> None:
    mei, xin = world.mei, world.xin
    assert who({"is": "joined", "most": 1}) == {xin.id}
    assert who({"is": "joined", "least": 2}) == {mei.id}
    graded(mei, last_at=NOON - 60 * DAY)
    assert who({"is": "last", "least": 60}) == {mei.id}
    assert who({"is": "last", "least": 61}) == set()
    assert who({"is": "last", "most": 60}) == {mei.id}
    Member.update({Member.seen_at: NOON - DAY}).where(Member.id == mei.id).execute()
    assert who({"is": "last", "least": 60}) == set(), "they came since that night"
    assert who({"is": "last", "most": 1}) == {mei.id}


def test_who_they_are(world: World) -> None:
    mei, xin = world.mei, world.xin
    Member.update({Member.birthday: 229, Member.tier: "vip", Member.care_since: NOON}).where(
        Member.id == mei.id
    ).execute()
    Member.update({Member.locale: "en", Member.store: world.laundry.id}).where(Member.id == xin.id).execute()
    assert who({"is": "birthday", "months": [2]}) == {mei.id}
    assert who({"is": "birthday", "months": [1, 3]}) == set()
    assert who({"is": "tier", "of": ["vip"]}) == {mei.id}
    assert who({"is": "open_case"}) == {mei.id}
    assert who({"is": "language", "of": ["en"]}) == {xin.id}
    assert who({"is": "store", "of": [world.laundry.id]}) == {xin.id}
    graded(xin, store=world.bath.id)
    assert who({"is": "store", "of": [world.laundry.id]}) == set(), "where they come counts, not where they joined"


def test_the_newest_answer_is_the_consent(world: World) -> None:
    for n, granted in enumerate((True, False, True)):
        Consent.create(
            member=world.mei.id, purpose="marketing", granted=granted, text_version="1", source="x", at=NOON + n
        )
        assert who({"is": "consent", "purpose": "marketing"}) == ({world.mei.id} if granted else set())
    assert who({"is": "consent", "purpose": "survey"}) == set()


def test_what_the_shop_remembers_until_it_is_forgotten(world: World) -> None:
    chip = Chip.create(brand=world.brand.id, kind="like", name={"zh": "热茶"}, made_at=NOON)
    Memory.create(key="m", member=world.mei.id, chip=chip.id, source="member", made_at=NOON)
    assert who({"is": "chip", "of": [chip.id]}) == {world.mei.id}
    Memory.update({Memory.forgotten_at: NOON}).execute()
    assert who({"is": "chip", "of": [chip.id]}) == set()


def test_what_they_bring_to_be_washed(world: World) -> None:
    wear = Wear.create(
        member=world.mei.id, kind="coat", name={"zh": "大衣"}, fabric="wool", colour="grey", first_at=NOON, last_at=NOON
    )
    assert who({"is": "garment", "fabric": "wool"}) == {world.mei.id}
    assert who({"is": "garment", "fabric": "wool", "kind": "coat", "colour": "grey"}) == {world.mei.id}
    assert who({"is": "garment", "fabric": "wool", "kind": "dress"}) == set()
    Wear.update({Wear.removed_at: NOON}).where(Wear.id == wear.id).execute()
    assert who({"is": "garment", "fabric": "wool"}) == set(), "they said: forget it"


def test_what_they_have_had(database: Database) -> None:
    bath = Bath(World())
    mei = bath.world.mei
    booking = bath.book(mei, moment("19:00"))
    rule = {"is": "service", "of": [bath.family.id], "days": 30}
    assert who(rule, moment("20:00")) == set(), "booked is not had"
    bookings.arrive(booking, moment("19:00"), staff=bath.world.chen)
    assert Booking.get_by_id(booking.id).state == "arrived"
    assert who(rule, moment("20:00")) == {mei.id}
    assert who(rule, moment("20:00") + 31 * DAY) == set()
    assert who({"is": "service", "of": [bath.massage.id]}, moment("20:00")) == set()


def test_a_coupon_that_can_be_used_now(world: World) -> None:
    fields = {"member": world.mei.id, "store": world.bath.id, "reason": "offer", "amount": 500, "made_at": NOON}
    Coupon.create(code="C1", key="1", expires_at=NOON + DAY, **fields)
    assert who({"is": "coupon"}) == {world.mei.id}
    assert who({"is": "coupon"}, NOON + DAY) == set()
    assert who({"is": "coupon", "template": 7}) == set()
    Coupon.update({Coupon.used_at: NOON, Coupon.used_store: world.bath.id}).execute()
    assert who({"is": "coupon"}) == set()


def test_conditions_go_together_as_their_words_say(world: World) -> None:
    graded(world.mei, grade="vip", life="lapsed")
    graded(world.xin, grade="b", life="lapsed")
    lapsed, vip = {"is": "life", "of": ["lapsed"]}, {"is": "grade", "of": ["vip"]}
    assert who({"is": "all", "of": [lapsed, vip]}) == {world.mei.id}
    assert who({"is": "any", "of": [lapsed, vip]}) == {world.mei.id, world.xin.id}
    assert who({"is": "all", "of": [lapsed, {"is": "not", "of": vip}]}) == {world.xin.id}
    assert who({"is": "not", "of": {"is": "any", "of": [vip]}}) == {world.xin.id}
    assert who({"is": "all", "of": []}) == {world.mei.id, world.xin.id}


def test_nobody_belongs_who_is_gone(world: World) -> None:
    Member.update({Member.erased_at: NOON}).where(Member.id == world.mei.id).execute()
    Member.update({Member.merged_into: world.mei.id}).where(Member.id == world.xin.id).execute()
    assert who({"is": "all", "of": []}) == set()


def test_members_come_in_stretches(world: World) -> None:
    ids = sorted(world.member(f"客{n}").id for n in range(5))
    first = segments.members(language.EVERYBODY, NOON, after_id=world.xin.id, limit=3)
    assert first == ids[:3]
    assert segments.members(language.EVERYBODY, NOON, after_id=first[-1], limit=3) == ids[3:]
    assert segments.members(language.EVERYBODY, NOON, after_id=ids[-1]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        [],
        {"is": "gold"},
        {"is": "grade", "of": []},
        {"is": "grade", "of": ["d"]},
        {"is": "grade", "of": ["a"], "and": 1},
        {"is": "spent"},
        {"is": "spent", "least": -1},
        {"is": "spent", "least": 9, "most": 1},
        {"is": "birthday", "months": [13]},
        {"is": "garment"},
        {"is": "all", "of": [{"is": "tier", "of": ["vip"]}] * 21},
        {"is": "any", "of": []},
        {"is": "not", "of": {"is": "not", "of": {"is": "not", "of": {"is": "not", "of": {"is": "not", "of": 1}}}}},
        {"is": "all", "of": [{"is": "all", "of": [{"is": "all", "of": [{"is": "all", "of": [{"is": "all"}]}]}]}]},
    ],
)
def test_what_the_language_cannot_say_is_refused(wrong: Any) -> None:
    with pytest.raises(Refusal):
        language.checked(wrong)


def test_a_rule_is_kept_as_it_was_said(world: World) -> None:
    rule = {"is": "all", "of": [{"is": "grade", "of": ["vip"]}, {"is": "not", "of": {"is": "open_case"}}]}
    kept = segments.put(world.brand, "贵宾", rule, world.zhao, NOON)
    assert kept.rule == rule
    assert language.plain(language.checked(rule)) == rule
    assert segments.rule_of(kept.id) == language.checked(rule)
    assert segments.rule_of(None) == language.EVERYBODY
    with pytest.raises(Refusal):
        segments.put(world.brand, "贵宾", rule, world.zhao, NOON)
    again = segments.put(world.brand, "贵宾", {"is": "open_case"}, world.zhao, NOON, kept)
    assert again.rule == {"is": "open_case"}
    assert segments.recount(again, NOON) == 0
    assert Segment.get_by_id(kept.id).counted_at == NOON
    segments.retire(again, world.zhao, NOON)
    segments.retire(again, world.zhao, NOON + 1)
    assert segments.saved(world.brand) == []
    assert Segment.get_by_id(kept.id).retired_at == NOON
    segments.put(world.brand, "贵宾", rule, world.zhao, NOON)

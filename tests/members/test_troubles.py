"""What a member told the shop: in the export without what stays inside, forgotten with the card, on the card that it became part of."""

import json

import pytest

from models import Case, CaseEntry, CaseOffer, CaseStep, Coupon, EntryPhoto, Member, Photo, PurseUse, Rating, Work
from tests.complaints.places import complain, entries
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, ladder, offers, purse
from webapp.members import merging, privacy
from webapp.points import visits
from webapp.prices import coupons
from webapp.ratings import asks, ratings


def photo(world: World, member: Member | None, n: int) -> Photo:
    return Photo.create(
        code=f"p{n}", hash=f"{n:064}", width=9, height=9, bytes=9, store=world.bath.id, member=member and member.id, made_at=NOON
    )  # fmt: skip


def live_a_little(world: World, member: Member) -> Case:
    """A complaint with a photo, a note, a missed promise and an offer; a gift; a rating that became a case."""
    case = complain(world, member=member)
    cases.say(case, "水是凉的", NOON + MINUTE, key="m", photos=[photo(world, member, 1)])
    cases.say(
        case, "这位客人脾气大", NOON + MINUTE, key="n", staff=world.chen, kind="note", photos=[photo(world, None, 2)]
    )
    ladder.sweep(NOON + 15 * MINUTE)
    offers.make(case, world.lin, "coupon", 900, 0, "赔个不是", NOON + HOUR, key="o")
    purse.give(member, world.bath, world.chen, "coupon", 500, "等太久", NOON + HOUR, key="g", case=case)
    visit, _ = visits.check_in(member, world.bath, "counter", NOON)
    rating = ratings.rate(
        asks.of_visit_now(visit, NOON),
        {"service": 1},
        NOON,
        text="很失望",
        photo=photo(world, member, 3),
        member=member,
    )
    ratings.want(rating, True, NOON)
    ratings.reply(rating, world.lin, "对不起您", NOON + HOUR)
    return world.fresh(case)  # type: ignore[no-any-return]


def test_the_export_has_the_whole_story_and_nothing_from_inside(world: World) -> None:
    case = live_a_little(world, world.mei)
    text = json.dumps(privacy.export(world.fresh(world.mei), NOON + HOUR), ensure_ascii=False)
    found = json.loads(text)
    first, second = found["cases"]
    assert first["code"] == case.code
    assert [entry["text"] for entry in first["thread"] if entry["kind"] == "said"] == ["前台说话很冲", "水是凉的"]
    assert first["thread"][1]["photos"] == ["p1"]
    assert len(first["promises"]) == 4
    assert first["offers"][0]["amount"] == 900
    assert first["owner_name"] == "苏姐"
    assert second["kind"] == "rating"
    assert {row["reason"] for row in found["coupons"]} == {"late", "goodwill"}
    assert found["goodwill"][0]["why"] == "等太久"
    given = found["ratings"][0]["rating"]
    assert (given["faces"], given["text"], given["reply"]) == ({"service": 1}, "很失望", "对不起您")
    assert "脾气" not in text
    assert "p2" not in text
    assert all("key" not in row for row in (first, *first["thread"], *found["coupons"]))


def test_forgotten_the_promises_stay_and_the_words_are_gone(world: World) -> None:
    case = live_a_little(world, world.mei)
    late = Coupon.get(Coupon.reason == "late")
    coupons.use(late, world.bath, world.chen, NOON + HOUR)
    privacy.erase(world.mei, NOON + 2 * HOUR)
    case = world.fresh(case)
    assert (case.state, case.closed_at) == ("closed", NOON + 2 * HOUR)
    assert CaseStep.get(CaseStep.case == case.id, CaseStep.number == 1).missed_at == NOON + 15 * MINUTE
    assert {entry.text_sealed for entry in CaseEntry.select()} == {None}
    assert Photo.select().count() + EntryPhoto.select().count() == 0
    rating = Rating.get()
    assert (rating.text_sealed, rating.reply_sealed, rating.photo_id, rating.low) == (None, None, None, True)
    assert (CaseOffer.get().state, CaseOffer.get().text, PurseUse.get().why) == ("withdrawn", "", "")
    assert Work.select().where(Work.done_at.is_null()).count() == 0
    assert world.fresh(late).used_at == NOON + HOUR
    with pytest.raises(Exception, match="过期"):
        coupons.use(Coupon.get(Coupon.reason == "goodwill"), world.bath, world.chen, NOON + 3 * HOUR)
    assert ladder.sweep(NOON + 9 * DAY) == 0
    assert check.run() == []


def test_a_photo_that_somebody_elses_case_shows_too_stays_there(world: World) -> None:
    shared = photo(world, None, 7)
    cases.say(complain(world), "看", NOON, key="a", photos=[shared])
    cases.say(complain(world, key="x", member=world.xin), "看", NOON, key="b", photos=[shared])
    privacy.erase(world.mei, NOON)
    assert [row.photo_id for row in EntryPhoto.select()] == [shared.id]


def test_merged_the_story_goes_on_with_the_other_card(world: World) -> None:
    guest = world.member("没有手机号")
    case = live_a_little(world, guest)
    merging.merge(guest, world.xin, world.chen, world.bath, NOON + 2 * HOUR)
    xin = world.fresh(world.xin)
    assert (world.fresh(case).member_id, xin.care_since) == (xin.id, NOON)
    assert world.fresh(guest).care_since is None
    assert {entry.member_id for entry in entries(case) if entry.member_id} == {xin.id}
    assert {row.member_id for model in (Coupon, PurseUse, Rating) for row in model.select()} == {xin.id}
    cases.say(case, "还是我", NOON + 3 * HOUR, key="later")
    offers.accept(offers.on_the_table(case), NOON + 3 * HOUR)  # type: ignore[arg-type]
    assert check.run() == []

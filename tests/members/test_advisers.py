"""The one person who looks after a VIP: named by a manager, seen on the phone, a list on the tablet."""

from typing import Any

import pytest

from models import Adviser, Event, Member, Staff
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp.bookings import questions
from webapp.members import advisers, merging, privacy
from webapp.points import tiers
from webapp.refusals import Refusal


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


@pytest.fixture
def vip(world: World) -> Member:
    Member.update(tier="vip").where(Member.id == world.mei.id).execute()
    return world.fresh(world.mei)


def name(world: World, member: Member, staff: Staff | None) -> None:
    advisers.name(member, staff, world.bath, world.lin, NOON)


def test_a_manager_names_changes_and_ends(world: World, vip: Member) -> None:
    for staff in (world.chen, world.chen, world.su, None, None):
        name(world, vip, staff)
        assert advisers.of(vip.id) == staff
    said = [event.verb for event in Event.select().where(Event.verb.startswith("adviser_")).order_by(Event.id)]
    assert said == ["adviser_named", "adviser_named", "adviser_ended"]


def test_only_vips_have_one_and_only_from_their_store(world: World, vip: Member) -> None:
    with pytest.raises(Refusal) as no:
        name(world, world.xin, world.chen)
    assert no.value.code == "no_vip"
    with pytest.raises(Refusal) as no:
        name(world, vip, world.bo)
    assert no.value.code == "not_here"
    assert Adviser.select().count() == 0


def test_who_has_left_looks_after_nobody(world: World, vip: Member) -> None:
    name(world, vip, world.chen)
    Staff.update(dismissed_at=NOON).where(Staff.id == world.chen.id).execute()
    assert advisers.of(vip.id) is None
    assert advisers.mine(world.chen, world.bath), "the list stays until a manager gives them to somebody else"
    Adviser.delete().execute()
    with pytest.raises(Refusal):
        name(world, vip, world.fresh(world.chen))


def test_the_list_has_those_who_asked_first(world: World, vip: Member) -> None:
    other = world.member("老客", "13800000009", tier="vip", seen_at=NOON)
    for member in (vip, other):
        name(world, member, world.chen)
    assert [one.member.id for one in advisers.mine(world.chen, world.bath)] == [other.id, vip.id]
    question = questions.ask(vip, world.bath, "在吗", "k", NOON, adviser=world.chen)
    assert [(one.member.id, one.asked) for one in advisers.mine(world.chen, world.bath)] == [
        (vip.id, question.code),
        (other.id, ""),
    ]
    assert [one.asked for one in advisers.mine(world.chen, world.laundry)] == ["", ""]
    assert advisers.mine(world.su, world.bath) == []


def test_of_two_cards_the_owners_adviser_stays(world: World, vip: Member) -> None:
    first, second = (world.member(f"客{n}", tier="vip") for n in range(2))
    name(world, first, world.su)
    merging.merge(first, vip, world.chen, world.bath, NOON)
    assert advisers.of(vip.id) == world.su
    name(world, second, world.chen)
    merging.merge(second, world.fresh(vip), world.chen, world.bath, NOON)
    assert advisers.of(vip.id) == world.su
    privacy.erase(world.fresh(vip), NOON)
    assert Adviser.select().count() == 0


@pytest.mark.parametrize(("said", "called"), [("小陈", "小陈"), ("Chen Wei", "Chen")])
def test_members_read_a_first_name(said: str, called: str) -> None:
    assert tiers.first_name(Staff(name=said)) == called


# --- the doors -----------------------------------------------------------------------------------------------------------


def test_named_on_the_card_seen_on_the_phone(world: World, vip: Member, as_staff: AsStaff, as_member: AsMember) -> None:
    phone, manager = as_member(vip), as_staff(world.lin)
    assert "专属顾问" not in text(phone.get("/me")) + text(phone.get("/tier"))
    door = f"/desk/members/{vip.code}/adviser"
    assert door in text(manager.get(f"/desk/members/{vip.code}"))
    assert door not in text(as_staff(world.chen).get(f"/desk/members/{vip.code}"))
    assert manager.post(door, data={"staff": world.chen.id}).location == f"/desk/members/{vip.code}"
    assert "顾问：小陈" in text(manager.get(f"/desk/members/{vip.code}"))
    for page in ("/me", "/tier"):
        assert "小陈" in text(phone.get(page))
        assert 'href="/questions?to=adviser"' in text(phone.get(page))
    assert "有一位专属顾问" in text(phone.get("/tier"))
    assert vip.code in text(as_staff(world.chen).get("/desk/members/mine"))
    assert vip.code not in text(as_staff(world.su).get("/desk/members/mine"))


def test_a_wrong_choice_is_said_next_to_the_field(world: World, vip: Member, as_staff: AsStaff) -> None:
    manager = as_staff(world.lin)
    plain = manager.post(f"/desk/members/{world.xin.code}/adviser", data={"staff": world.chen.id})
    assert plain.status_code == 422
    assert "专属顾问是给贵宾的" in text(plain)
    part = manager.post(f"/desk/members/{vip.code}/adviser", data={"staff": world.bo.id}, htmx=True)
    assert part.status_code == 422
    assert text(part).lstrip().startswith("<form")
    assert manager.post(f"/desk/members/{vip.code}/adviser", data={"staff": 999}).status_code == 404
    assert manager.post(f"/desk/members/{vip.code}/adviser", data={"staff": "x"}).status_code == 422

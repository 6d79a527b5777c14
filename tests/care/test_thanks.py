"""The thanks wall: what may be asked about, what the member decides, and what the shop may do."""

import pytest

from models import Event, Member, Message, Rating, Thanks
from tests.complaints.places import complain
from tests.ratings.test_ratings import HAPPY, SAD, visited
from tests.world import NOON, World
from webapp import vault
from webapp.care import thanks
from webapp.clock import DAY
from webapp.members import merging, privacy
from webapp.ratings import ratings
from webapp.refusals import Missing, Refusal

WORDS = "搓澡的师傅手劲正好，水也干净，下回还来。"
LATER = NOON + 3 * DAY


def praised(world: World, text: str = WORDS, *, member: Member | None = None) -> Rating:
    return ratings.rate(visited(world, member), HAPPY, NOON, text=text, member=member or world.mei)


def asked(world: World) -> Thanks:
    rating = praised(world)
    return thanks.ask(world.bath, f"rating:{rating.id}", world.chen, LATER)


def test_good_faces_with_words_may_be_asked_about_from_the_next_day_on(world: World) -> None:
    rating = praised(world)
    assert thanks.candidates(world.bath, NOON + 3600) == []
    assert [one.key for one in thanks.candidates(world.bath, LATER)] == [f"rating:{rating.id}"]
    assert thanks.candidates(world.laundry, LATER) == []
    assert thanks.candidates(world.bath, NOON + thanks.LOOK_BACK + DAY) == []


@pytest.mark.parametrize(
    ("faces", "nps", "text"),
    [(SAD, None, WORDS), (HAPPY | {"price": 3}, None, WORDS), (HAPPY, 7, WORDS), (HAPPY, 10, ""), (HAPPY, 10, "好")],
)
def test_what_is_not_warm_or_says_nothing_is_left_alone(
    faces: dict[str, int], nps: int | None, text: str, world: World
) -> None:
    ratings.rate(visited(world), faces, NOON, nps=nps, text=text, member=world.mei)
    assert thanks.candidates(world.bath, LATER) == []


def test_a_case_of_praise_may_be_asked_about_a_complaint_may_not(world: World) -> None:
    case = complain(world, kind="praise", text="前台小陈帮我找回了手机，真心谢谢。")
    complain(world, key="another", text="水不够热，说了也没人管。")
    assert [one.key for one in thanks.candidates(world.bath, LATER)] == [f"case:{case.code}"]


def test_it_is_asked_once_by_a_message_that_sells_nothing(world: World) -> None:
    found = asked(world)
    again = thanks.ask(world.bath, found.key, world.kai, LATER + 60)
    assert again.id == found.id
    assert Message.select().where(Message.text == "thanks_ask", Message.kind == "service").count() == 1
    assert Message.get().url == f"/thanks/{found.code}"
    assert thanks.candidates(world.bath, LATER) == []
    assert thanks.wall(world.bath) == []


def test_what_nobody_said_cannot_be_asked_about(world: World) -> None:
    low = ratings.rate(visited(world), SAD, NOON, text=WORDS, member=world.mei)
    for key in (f"rating:{low.id}", "rating:999", "case:NOSUCH", ""):
        with pytest.raises(Missing):
            thanks.ask(world.bath, key, world.chen, LATER)


def test_nobody_asks_their_own_card(world: World) -> None:
    world.chen.member = world.mei
    world.chen.save()
    rating = praised(world)
    with pytest.raises(Refusal, match="你自己的"):
        thanks.ask(world.bath, f"rating:{rating.id}", world.fresh(world.chen), LATER)


def test_a_yes_hangs_it_up_word_for_word_under_the_name_they_choose(world: World) -> None:
    found = thanks.agree(asked(world), "  南门的   老林 ", LATER)
    assert [(thanks.text_of(row), row.sign) for row in thanks.wall(world.bath)] == [(WORDS, "南门的 老林")]
    assert WORDS.encode() not in found.text_sealed
    assert thanks.wall() == [found]
    assert thanks.wall(world.laundry) == []
    with pytest.raises(Refusal, match="最多写"):
        thanks.agree(found, "名" * 21, LATER)


def test_a_no_and_a_change_of_mind_take_it_down_at_once(world: World) -> None:
    found = asked(world)
    thanks.refuse(found, LATER)
    assert thanks.state(thanks.refuse(found, LATER + 60)) == "refused"
    assert thanks.state(thanks.agree(found, "", LATER + DAY)) == "shown"
    thanks.refuse(found, LATER + 2 * DAY)
    assert thanks.wall(world.bath) == []
    with pytest.raises(Refusal, match="没有点头"):
        thanks.show(found, world.su, LATER + 3 * DAY)
    assert Event.select().where(Event.verb == "thanks_refused").count() == 2


def test_the_shop_takes_down_and_puts_back_only_what_was_agreed(world: World) -> None:
    found = asked(world)
    with pytest.raises(Refusal, match="没有点头"):
        thanks.show(found, world.su, LATER)
    thanks.agree(found, "", LATER)
    assert thanks.state(thanks.hide(found, world.su, LATER)) == "hidden"
    assert thanks.wall(world.bath) == []
    with pytest.raises(Refusal, match="已经取下"):
        thanks.agree(found, "", LATER)
    assert thanks.state(thanks.show(found, world.su, LATER)) == "shown"
    assert len(thanks.wall(world.bath)) == 1


def hung(world: World, number: int, at: int) -> Thanks:
    return Thanks.create(
        code=vault.code(10),
        key=f"case:{number}",
        store=world.bath.id,
        text_sealed=vault.seal(f"第 {number} 句"),
        asked_at=at,
        agreed_at=at,
        shown_at=at,
    )


def test_the_story_is_the_same_all_week_and_another_one_the_next(world: World) -> None:
    for number in range(3):
        hung(world, number, NOON - 10 * DAY + number)
    rows, zone = thanks.wall(world.bath), world.bath.timezone
    monday = NOON - 2 * DAY
    week = {thanks.story(rows, monday + day * DAY, zone) for day in range(7)}
    assert len(week) == 1
    assert thanks.story(rows, monday + 7 * DAY, zone) not in week
    assert thanks.story(rows, monday + 60 * DAY, zone) is None
    assert thanks.story([], NOON, zone) is None


def test_an_erased_card_takes_its_words_from_the_wall(world: World) -> None:
    thanks.agree(asked(world), "老林", LATER)
    assert privacy.export(world.mei, LATER)["thanks"][0]["text"] == WORDS
    privacy.erase(world.mei, LATER)
    assert thanks.wall() == []
    assert Thanks.select().count() == 0


def test_words_move_with_the_card_that_said_them(world: World) -> None:
    guest = world.member("", None)
    praised(world, member=guest)
    found = thanks.ask(world.bath, thanks.candidates(world.bath, LATER)[0].key, world.chen, LATER)
    merging.merge(guest, world.mei, world.chen, world.bath, LATER)
    assert thanks.of_member(found.code, world.mei).id == found.id
    with pytest.raises(Missing):
        thanks.of_member(found.code, world.xin)

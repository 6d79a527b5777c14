"""What the shop remembers: seen, changed and forgotten by the member; written by staff under their name; never about other people."""

from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Chip, Event, Grade, Member, Memory, Staff, Store
from tests.kit.doors import AsMember, AsStaff
from tests.world import NOON, World
from webapp import check
from webapp.clock import DAY
from webapp.members import chips, freshness, history, memory, merging, privacy
from webapp.points import purchases, visits
from webapp.refusals import Missing, Refusal

TICKET = "t" * 32


@pytest.fixture
def tea(world: World) -> Chip:
    chips.fill(world.brand, NOON)
    return next(chip for chip in chips.of_brand(world.brand.id) if chip.name["zh"] == "茶不加糖")


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


# --- chips ---------------------------------------------------------------------------------------------------------------


def test_the_shipped_chips_are_thirty_at_least_in_three_languages_and_come_once(world: World) -> None:
    assert chips.fill(world.brand, NOON) >= 30
    assert chips.fill(world.brand, NOON) == 0
    for chip in chips.of_brand(world.brand.id):
        assert chip.name.keys() == {"zh", "en", "zh_Hant"}
        assert not chip.surprise["zh"] or chip.surprise.keys() == {"zh", "en", "zh_Hant"}
    assert {chip.kind for chip in chips.of_brand(world.brand.id)} == set(chips.KINDS)


def test_a_retired_chip_stays_with_whom_has_it_and_is_not_filled_in_again(world: World, tea: Chip) -> None:
    memory.choose(world.mei, [tea.id], [tea.id], world.bath, NOON)
    chips.retire(tea, world.lin, NOON)
    assert chips.fill(world.brand, NOON) == 0
    assert [note.name["zh"] for note in memory.of(world.mei.id)] == ["茶不加糖"]
    assert memory.choose(world.xin, [tea.id], [tea.id], world.bath, NOON) == 0


def test_each_shop_is_offered_its_own(world: World, tea: Chip) -> None:
    names = {store.slug: {chip.name["zh"] for chip in chips.of_store(store)} for store in Store.select()}
    assert "水热一点" in names["bath"]
    assert "水热一点" not in names["laundry"]
    assert all("茶不加糖" in some for some in names.values())


@pytest.mark.parametrize(
    ("field", "change"),
    [("name", {"name": {"zh": ""}}), ("name", {"name": {"zh": "长" * 17}}), ("name", {"name": {"zh": "茶不加糖"}}), ("kind", {"kind": "family"}), ("surprise", {"surprise": {"en": "tea"}})],
)  # fmt: skip
def test_a_chip_that_does_not_hold_is_refused(world: World, tea: Chip, field: str, change: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {"kind": "like", "name": {"zh": "热豆浆"}, "surprise": {}, "shops": []} | change
    before = Chip.select().count()
    with pytest.raises(Refusal) as refused:
        chips.put(world.brand, None, **wanted, staff=world.lin, at=NOON)
    assert (refused.value.field, Chip.select().count()) == (field, before)


# --- notes ---------------------------------------------------------------------------------------------------------------


def test_what_was_chosen_stands_and_what_was_left_does_not(world: World, tea: Chip) -> None:
    offered = [chip.id for chip in chips.of_brand(world.brand.id)]
    assert memory.choose(world.mei, offered, offered[:3], world.bath, NOON) == 3
    assert memory.choose(world.mei, offered, offered[:3], world.bath, NOON) == 0
    assert memory.choose(world.mei, offered, offered[1:2], world.bath, NOON) == 2
    assert memory.has(world.mei.id) == {offered[1]}
    assert memory.choose(world.mei, offered, [], world.bath, NOON) == 1  # skipped is fine


def test_words_are_sealed_at_rest_and_gone_when_forgotten(world: World) -> None:
    row = memory.add(world.mei, NOON, key=TICKET, text=" 靠窗的   位子 ")
    assert "靠窗".encode() not in bytes(row.text_sealed or b"")
    assert memory.of(world.mei.id)[0].text == "靠窗的 位子"
    memory.forget(world.mei, row.id, NOON)
    memory.forget(world.mei, row.id, NOON)
    assert (memory.of(world.mei.id), Memory.get().text_sealed) == ([], None)


def test_the_same_ticket_is_the_same_note_and_no_other_members(world: World) -> None:
    one = memory.add(world.mei, NOON, key=TICKET, text="靠窗")
    assert memory.add(world.mei, NOON, key=TICKET, text="靠窗") == one
    with pytest.raises(Refusal):
        memory.add(world.xin, NOON, key=TICKET, text="靠窗")


@pytest.mark.parametrize(
    "said", ["孙子在实验小学", "女儿结婚了", "Her daughter lives abroad", "老公爱喝酒", "兒子考試"]
)
def test_a_note_about_other_people_is_asked_back_and_kept_only_if_it_must_be(world: World, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        memory.add(world.mei, NOON, key=TICKET, text=said, staff=world.chen, store=world.bath, source="counter")
    assert (refused.value.code, Memory.select().count()) == ("about_others", 0)
    memory.add(world.mei, NOON, key=TICKET, text=said, staff=world.chen, store=world.bath, sure=True)
    assert memory.of(world.mei.id)[0].by == "小陈"


@pytest.mark.parametrize("said", ["要女技师", "茶烫一点", "Prefers a quiet seat", "水温别太高"])
def test_a_plain_liking_is_not_asked_back(world: World, said: str) -> None:
    assert memory.add(world.mei, NOON, key=TICKET, text=said).id


def test_nothing_too_long_too_much_and_somebody_elses_are_refused(world: World) -> None:
    row = memory.add(world.mei, NOON, key=TICKET, text="靠窗")
    refused: list[tuple[type[Refusal], Any]] = [
        (Refusal, partial(memory.add, world.mei, NOON, key="a", text=" ")),
        (Refusal, partial(memory.add, world.mei, NOON, key="a", text="长" * 61)),
        (Refusal, partial(memory.change, world.mei, row.id, "", NOON)),
        (Missing, partial(memory.change, world.xin, row.id, "我的", NOON)),
        (Missing, partial(memory.forget, world.xin, row.id, NOON)),
        (Missing, partial(memory.add, world.mei, NOON, key="a", chip=999_999)),
    ]
    for error, act in refused:
        with pytest.raises(error):
            act()
    assert memory.of(world.mei.id)[0].text == "靠窗"


def test_a_clerk_writes_nothing_on_their_own_card(world: World) -> None:
    Staff.update(member=world.mei.id).where(Staff.id == world.chen.id).execute()
    with pytest.raises(Refusal, match="自己的卡"):
        memory.add(world.mei, NOON, key=TICKET, text="多给点", staff=world.fresh(world.chen))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6))
def test_whatever_is_tapped_a_chip_stands_once(world: World, tea: Chip, steps: list[list[int]]) -> None:
    some = [chip.id for chip in chips.of_brand(world.brand.id)][:6]
    chosen: set[int] = set()
    for number, taps in enumerate(steps):
        chosen = {some[tap] for tap in taps}
        memory.choose(world.mei, some, chosen, world.bath, NOON + number)
    if steps:
        assert memory.has(world.mei.id) == chosen
    standing = Memory.select().where(Memory.member == world.mei.id, Memory.forgotten_at.is_null()).count()
    assert standing == len(memory.has(world.mei.id))


# --- pages ---------------------------------------------------------------------------------------------------------------


def test_the_member_sees_who_wrote_it_and_who_looked(
    world: World, tea: Chip, as_member: AsMember, as_staff: AsStaff
) -> None:
    desk = as_staff(world.chen)
    answer = desk.post(f"/desk/members/{world.mei.code}/memory", data={"ticket": TICKET, "text": "坐靠窗"}, htmx=True)
    assert answer.status_code == 200
    assert "坐靠窗" in text(answer)
    desk.get(f"/desk/members/{world.mei.code}")
    page = text(as_member(world.mei).get("/me/memory"))
    assert "坐靠窗" in page
    assert "小陈 记的" in page
    assert "打开了会员卡" in page


def test_a_note_about_others_is_shown_again_with_what_was_typed(world: World, as_staff: AsStaff) -> None:
    answer = as_staff(world.chen).post(
        f"/desk/members/{world.mei.code}/memory", data={"ticket": TICKET, "text": "孙子上小学"}, htmx=True
    )
    assert answer.status_code == 422
    assert "孙子上小学" in text(answer)
    assert 'name="sure"' in text(answer)


def test_the_phone_chooses_changes_and_forgets(world: World, tea: Chip, as_member: AsMember) -> None:
    mei = as_member(world.mei)
    mei.post("/me/memory/chips", data={"chip": [str(tea.id), "nonsense", "99999999999"]})
    assert memory.has(world.mei.id) == {tea.id}
    row = Memory.get()
    mei.post(f"/me/memory/{row.id}", data={"text": "常温就好"})
    assert memory.of(world.mei.id)[0].text == "常温就好"
    assert as_member(world.xin).post(f"/me/memory/{row.id}/forgetting").status_code == 404
    mei.post(f"/me/memory/{row.id}/forgetting")
    assert memory.of(world.mei.id) == []


def test_everything_is_in_the_export_and_nothing_is_left_after_forgetting(world: World, tea: Chip) -> None:
    memory.add(
        world.mei, NOON, key=TICKET, chip=tea.id, text="常温", staff=world.chen, store=world.bath, source="counter"
    )
    told = privacy.export(world.mei, NOON)["memory"][0]
    assert (told["text"], told["staff_name"], told["source"]) == ("常温", "小陈", "counter")
    privacy.erase(world.mei, NOON)
    assert Memory.select().count() == 0
    assert check.run() == []


def test_a_pass_brings_what_it_is_remembered_by(world: World, tea: Chip) -> None:
    guest = world.member("小客", None)
    for card in (guest, world.mei):
        memory.choose(card, [tea.id], [tea.id], world.bath, NOON)
    memory.add(guest, NOON, key=TICKET, text="靠窗")
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    assert sorted(note.text or note.name["zh"] for note in memory.of(world.mei.id)) == ["茶不加糖", "靠窗"]


# --- once a year ---------------------------------------------------------------------------------------------------------


def test_still_right_is_asked_once_a_year(world: World, as_member: AsMember) -> None:
    Member.update(joined_at=NOON - 400 * DAY).where(Member.id == world.mei.id).execute()
    mei = as_member(world.mei)
    assert "这些还对吗" in text(mei.get("/me"))
    mei.post("/me/still-right")
    assert "这些还对吗" not in text(mei.get("/me"))
    assert freshness.asks(world.fresh(world.mei), NOON + 366 * DAY)
    assert not freshness.asks(world.xin, NOON)


def test_records_to_look_at_say_why(world: World) -> None:
    odd = world.member("测试一下", "13900000001")
    number = world.member("13800138000", "13900000002")
    poor = world.member("小客", None)
    world.give(poor, 500)
    old = world.member("老顾客", "13900000003", joined_at=NOON - 500 * DAY, seen_at=NOON - DAY)
    found = {row.member.id: row.why for row in freshness.doubtful(NOON)}
    assert {
        odd.id: "odd_name",
        number.id: "number_name",
        poor.id: "no_number",
        old.id: "stale",
    }.items() <= found.items()
    assert world.xin.id not in found


# --- visits and the story --------------------------------------------------------------------------------------------------


def test_averages_are_of_a_year_and_less_refunds(world: World) -> None:
    for number, (days, amount) in enumerate(((400, 9900), (40, 3000), (20, 5000), (0, 4000))):
        at = NOON - days * DAY
        visits.check_in(world.mei, world.bath, "counter", at)
        purchases.record(world.bath, purchases.Bill(amount, f"bill-{number}", "desk"), world.mei, world.chen, at)
    mean = history.averages(world.mei.id, NOON, "Asia/Shanghai")
    assert (mean.days, mean.bills, mean.spent, mean.mean, mean.every) == (3, 3, 12000, 4000, 20)
    assert mean.bills
    assert history.averages(world.xin.id, NOON, "Asia/Shanghai").mean == 0


def test_visits_are_listed_day_by_day_and_paged_without_losing_one(world: World, as_member: AsMember) -> None:
    for number in range(50):
        at = NOON - number * DAY // 2
        purchases.record(world.bath, purchases.Bill(1000 + number, f"bill-{number}", "desk"), world.mei, world.chen, at)
    seen: list[int] = []
    older: int | None = None
    while True:
        days, older = history.came(world.mei.id, "Asia/Shanghai", older)
        seen += [paid for day in days for _, _, paid, _ in day.bills]
        if older is None:
            break
    assert sorted(seen) == [1000 + number for number in range(50)]
    assert as_member(world.mei).get("/me/visits").status_code == 200


def test_the_story_has_what_happened_and_a_merged_cards_too(
    world: World, as_member: AsMember, as_staff: AsStaff
) -> None:
    guest = world.member("小客", None)
    visits.check_in(guest, world.bath, "counter", NOON - DAY)
    merging.merge(guest, world.mei, world.chen, world.bath, NOON)
    purchases.record(world.bath, purchases.Bill(5000, "bill-1", "desk"), world.mei, world.chen, NOON)
    lines, older = history.timeline(world.mei.id)
    assert [line.group for line in lines][-1] == "visit"
    assert not older
    assert {line.group for line in history.timeline(world.mei.id, "points")[0]} == {"points"}
    for page in (
        as_member(world.mei).get("/me/story"),
        as_staff(world.chen).get(f"/desk/members/{world.mei.code}/story"),
    ):
        assert page.status_code == 200
        assert "到店" in text(page)
    assert Event.select().where(Event.verb == "card_viewed", Event.member == world.mei.id).exists()


# --- home ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("life", "words"), [("new", "头一回来"), ("returning", "又见面了"), ("lapsed", "好久不见")])
def test_home_meets_the_new_and_the_lapsed_in_their_own_words(
    world: World, as_member: AsMember, life: str, words: str
) -> None:
    Grade.create(member=world.xin.id, life=life, day=20_000)
    page = text(as_member(world.xin).get("/"))
    assert words in page
    assert ("头一回来" in page) is (life == "new")

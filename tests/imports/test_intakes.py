"""A file of members or bills: looked at first, put in once, taken out again without anybody's loss."""

from io import BytesIO
from pathlib import Path

import pytest

from models import Intake, IntakeRow, LedgerLine, Member, Purchase, transaction
from tests.kit.crowd import together
from tests.world import NOON, World
from webapp import check, storage
from webapp.clock import DAY
from webapp.imports import intakes
from webapp.members import phones
from webapp.points import purchases, visits
from webapp.points.purchases import Bill
from webapp.refusals import Refusal

PEOPLE = """手机号,姓名,生日,积分,入会日期
13912340001,王小明,3-21,120,2024-05-01
13800000001,林小满,,,
13912340002,赵敏,2-29,,2025/1/31
13912340001,王小明又一次,,,
12345,写错了,,,
,,,,
13912340003,=1+1,,,
13912340004,,,0,
"""


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage._Files, "uploads", tmp_path / "uploads")


def taken(world: World, text: str = PEOPLE, kind: str = "members") -> Intake:
    return intakes.take_in(BytesIO(text.encode()), "会员.csv", kind, world.bath, world.lin, NOON)


def ready(world: World, text: str = PEOPLE, kind: str = "members") -> Intake:
    intake = taken(world, text, kind)
    intakes.choose(intake, intake.columns["chosen"], NOON)
    return intakes.work(intake, NOON, 20)


def brought(world: World, text: str = PEOPLE, kind: str = "members") -> Intake:
    intake = ready(world, text, kind)
    intakes.put_in(intake, world.lin, NOON)
    return intakes.work(intake, NOON, 20)


def known(number: str) -> Member | None:
    return phones.owner(f"+86{number}")


def whys(intake: Intake) -> dict[int, tuple[str, str]]:
    return {row.number: (row.state, row.why) for row in IntakeRow.select().where(IntakeRow.intake == intake.id)}


def test_the_dry_run_says_of_every_line_what_it_would_become_and_changes_nothing(world: World) -> None:
    before = Member.select().count()
    intake = ready(world)
    assert (intake.state, intake.total) == ("ready", 8)
    assert intake.counts == {"new": 3, "known": 1, "twice": 1, "bad": 2}
    assert whys(intake) == {
        2: ("new", ""),
        3: ("known", "已经是会员"),
        4: ("new", ""),
        5: ("twice", "文件里前面已经有了"),
        6: ("bad", "不像手机号"),
        8: ("bad", "有公式，请先换成数值"),
        9: ("new", ""),
    }
    assert Member.select().count() == before


def test_what_is_new_goes_in_with_its_points_and_no_consent(world: World) -> None:
    intake = brought(world)
    assert intake.state == "done"
    wang = known("13912340001")
    assert wang is not None
    assert (wang.name, wang.birthday, wang.points, wang.source) == ("王小明", 321, 120, "import")
    assert LedgerLine.get(LedgerLine.member == wang.id).reason == "imported"
    assert wang.consents.count() == 0
    assert wang.tier == "ordinary"
    zhao = known("13912340002")
    assert zhao is not None
    assert (zhao.birthday, zhao.points) == (229, 0)
    assert not check.run(3)


def test_nothing_readable_of_anybody_is_kept_of_the_file(world: World, tmp_path: Path) -> None:
    intake = ready(world)
    sealed = [row.data_sealed for row in IntakeRow.select() if row.data_sealed]
    assert sealed
    assert not any(b"1391234" in piece or "王".encode() in piece for piece in sealed)
    intakes.put_in(intake, world.lin, NOON)
    intakes.work(intake, NOON, 20)
    assert not any(row.data_sealed for row in IntakeRow.select())
    assert list((tmp_path / "imports").glob("*")) == []


def test_a_second_tap_puts_nothing_in_twice(world: World) -> None:
    intake = brought(world)
    count = Member.select().count()
    assert intakes.put_in(intake, world.lin, NOON).state == "done"
    intakes.work(intake, NOON, 20)
    assert Member.select().count() == count


def test_the_same_file_again_brings_nobody_new(world: World) -> None:
    brought(world)
    again = ready(world)
    assert again.counts == {"known": 4, "twice": 1, "bad": 2}


def test_who_joined_by_themselves_meanwhile_keeps_their_card(world: World) -> None:
    intake = ready(world)
    own = world.member("王小明自己", "13912340001")
    intakes.put_in(intake, world.lin, NOON)
    intakes.work(intake, NOON, 20)
    assert world.fresh(own).points == 0
    assert whys(intake)[2][0] == "known"


def test_another_choice_of_columns_looks_at_every_line_again(world: World) -> None:
    intake = ready(world)
    intakes.choose(intake, {"phone": 0}, NOON)
    intake = intakes.work(intake, NOON, 20)
    assert intake.counts == {"new": 4, "known": 1, "twice": 1, "bad": 1}


def test_undone_everything_is_as_before_and_the_ledger_adds_up(world: World) -> None:
    before = {row.id for row in Member.select().where(Member.erased_at.is_null())}
    intake = brought(world)
    intakes.undo(intake, world.lin, NOON + DAY)
    assert intakes.work(intake, NOON + DAY, 20).state == "undone"
    assert {row.id for row in Member.select().where(Member.erased_at.is_null())} == before
    assert known("13912340001") is None
    assert not check.run(3)
    assert brought(world).counts["in"] == 3


def test_whoever_came_since_stays_and_it_is_said(world: World) -> None:
    intake = brought(world)
    wang = known("13912340001")
    assert wang is not None
    with transaction():
        visits.check_in(wang, world.bath, "counter", NOON)
    intakes.undo(intake, world.lin, NOON)
    intakes.work(intake, NOON, 20)
    assert known("13912340001") == wang
    assert known("13912340002") is None
    assert whys(intake)[2] == ("in", "已经用过这张卡，留着")


def test_after_seven_days_it_stays(world: World) -> None:
    intake = brought(world)
    with pytest.raises(Refusal, match="七天"):
        intakes.undo(intake, world.lin, NOON + 8 * DAY)


@pytest.mark.parametrize("state", ["reading", "running", "undoing"])
def test_killed_between_any_two_steps_it_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setattr(intakes, "BATCH", 2)
    lines = [f"139{n:08},人{n},,{n % 9 + 1},2025-01-01" for n in range(10_000_000, 10_000_012)]
    text = PEOPLE.splitlines()[0] + "\n" + "\n".join(lines) + "\n"
    wanted = {"reading": 0, "running": 0, "undoing": 0}
    intake = taken(world, text)
    intakes.choose(intake, intake.columns["chosen"], NOON)
    moves = {
        "ready": lambda: intakes.put_in(intake, world.lin, NOON),
        "done": lambda: intakes.undo(intake, world.lin, NOON),
    }

    class Killed(Exception):
        pass

    real = intakes._move

    def dies(row: Intake, to: str, **values: object) -> Intake:
        moved = real(row, to, **values)
        if to == state and wanted[to] % 2 == 0:
            wanted[to] += 1
            raise Killed  # the transaction of this step is lost
        wanted[to] = wanted.get(to, 0) + 1
        return moved

    monkeypatch.setattr(intakes, "_move", dies)
    for _ in range(60):
        try:
            now = intakes.work(intake, NOON, 0.5)
            if now.state in moves:
                moves[now.state]()
            if now.state == "undone":
                break
        except Killed:
            continue
    assert wanted[state] >= 6, (wanted, Intake.get().__data__)
    assert Intake.get().state == "undone"
    assert Intake.get().counts == {"out": 12}
    assert LedgerLine.select().where(LedgerLine.reason == "imported").count() == 24
    assert not check.run(3)


def test_two_workers_at_once_put_everything_in_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "BATCH", 5)
    lines = [f"138{n:08},,,{n % 7},," for n in range(10_000_000, 10_000_060)]
    intake = ready(world, PEOPLE.splitlines()[0] + "\n" + "\n".join(lines) + "\n")
    intakes.put_in(intake, world.lin, NOON)
    together(*[lambda: intakes.work(intake, NOON, 10) for _ in range(4)])
    intakes.work(intake, NOON, 10)
    assert Intake.get().counts == {"in": 60}
    assert Member.select().where(Member.source == "import").count() == 60
    assert LedgerLine.select().where(LedgerLine.reason == "imported").count() == sum(
        1 for n in range(60) if (10_000_000 + n) % 7
    )


def test_a_file_that_breaks_off_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intakes, "MOST", 5)
    intake = ready(world)
    assert (intake.state, intake.error) == ("failed", "一个文件最多一百万行，请分成几个")
    assert IntakeRow.select().count() == 0


def test_what_is_no_table_leaves_no_file(world: World, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="读不懂"):
        taken(world, "\0\0\0")
    assert list((tmp_path / "imports").glob("*")) == []


def test_never_mind_forgets_it(world: World, tmp_path: Path) -> None:
    intakes.drop(ready(world), NOON)
    assert (Intake.select().count(), IntakeRow.select().count()) == (0, 0)
    assert list((tmp_path / "imports").glob("*")) == []


def test_what_nobody_goes_on_with_is_gone_after_a_week(world: World, tmp_path: Path) -> None:
    ready(world)
    intakes.tidy(NOON + 6 * DAY)
    assert Intake.select().count() == 1
    intakes.tidy(NOON + 8 * DAY)
    assert Intake.select().count() == 0
    assert list((tmp_path / "imports").glob("*")) == []


BILLS = """手机号,金额,时间,单号
13800000001,88.00,2025-11-02 14:30,A1
13800000002,¥1280,2025/12/3,A2
13800000001,88.00,2025-11-02 14:30,A1
13912349999,10,2025-12-03,A4
13800000001,0,2025-12-03,A5
"""


def test_bills_of_the_past_are_written_down_without_points(world: World) -> None:
    intake = brought(world, BILLS, "purchases")
    assert intake.counts == {"in": 2, "twice": 1, "bad": 2}
    mine = list(Purchase.select().where(Purchase.member == world.mei.id))
    assert [(bill.amount, bill.receipt) for bill in mine] == [(8800, "A1")]
    assert world.fresh(world.mei).points == 1280
    assert world.fresh(world.xin).seen_at is not None
    assert not check.run(3)
    assert ready(world, BILLS, "purchases").counts == {"known": 2, "twice": 1, "bad": 2}


def test_bills_go_away_again_but_those_that_were_refunded(world: World) -> None:
    intake = brought(world, BILLS, "purchases")
    bill = Purchase.get(Purchase.member == world.xin.id)
    purchases.refund(bill.id, 100, key="r1", staff=world.lin, at=NOON)
    intakes.undo(intake, world.lin, NOON)
    intakes.work(intake, NOON, 20)
    assert [row.id for row in Purchase.select()] == [bill.id]
    assert world.fresh(world.mei).seen_at is None
    assert not check.run(3)


def test_a_bill_finds_the_card_that_a_card_became_part_of(world: World) -> None:
    old = world.member("旧卡", merged_into=world.mei.id)
    intake = brought(world, f"会员码,金额,日期\n{old.code},12,2026-01-02\n", "purchases")
    assert intake.counts == {"in": 1}
    assert Purchase.get().member_id == world.mei.id


def test_letters_that_no_database_keeps_stop_nobody(world: World) -> None:
    rows = "".join(f"13800000001,10,2026-05-01 10:{n // 60:02d}:{n % 60:02d},R{n}\n" for n in range(2000))
    broken = f"手机号,金额,时间,单号\n{rows}13800000002,10,2026-05-02,A\x00B\n"
    intake = brought(world, broken, "purchases")
    assert (intake.state, intake.counts) == ("done", {"in": 2001})
    assert Purchase.get(Purchase.member == world.xin.id).receipt == "A B"
    named = intakes.take_in(BytesIO(PEOPLE.encode()), "a\x00b.csv", "members", world.bath, world.lin, NOON)
    assert named.name == "ab.csv"


def test_a_bill_that_is_given_afterwards_is_not_among_them(world: World) -> None:
    purchases.record(world.bath, Bill(8800, "k", "till", "A1"), world.mei, None, NOON)
    assert ready(world, BILLS, "purchases").counts["new"] == 2

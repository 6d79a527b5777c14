"""The counter's doors to imports: a file, its columns, the dry run, in, and out again."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from models import Event, Intake, Member
from tests.imports.test_intakes import PEOPLE
from tests.kit.doors import AsStaff
from tests.world import World
from webapp import app as whole
from webapp import storage
from webapp.imports import intakes
from webapp.members import phones


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage._Files, "uploads", tmp_path / "uploads")


@pytest.fixture
def office(world: World, as_staff: AsStaff) -> FlaskClient:
    return as_staff(world.lin)


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True)).replace("\u202f", "")


def send(client: FlaskClient, data: bytes = PEOPLE.encode(), **fields: str) -> Any:
    sent = {"kind": "members", "file": (io.BytesIO(data), "老会员.csv"), **fields}
    return client.post("/desk/imports/files", data=sent, content_type="multipart/form-data")


def taps(client: FlaskClient, what: str, **fields: str) -> Any:
    return client.post(f"/desk/imports/{Intake.get().code}/{what}", data=fields, htmx=True)


def test_a_file_its_columns_the_dry_run_in_and_out_again(world: World, office: FlaskClient) -> None:
    gone = send(office)
    assert gone.status_code == 303
    shown = text(office.get(gone.headers["Location"]))
    assert "老会员.csv" in shown
    assert "王小明" in shown
    assert '<option value="0" selected>手机号</option>' in shown
    looked = text(taps(office, "columns", phone="0", name="1", birthday="2", points="3", joined="4"))
    assert "放进来 3 行" in looked
    assert "已经是会员" in looked
    assert "有公式，请先换成数值" in looked
    assert "3 行放进来了" in text(taps(office, "entry"))
    assert phones.owner("+8613912340001") is not None
    assert "3</b><span>撤回了" in text(taps(office, "undo"))
    assert phones.owner("+8613912340001") is None


def test_without_script_every_tap_comes_back_to_the_page(world: World, office: FlaskClient) -> None:
    send(office)
    path = f"/desk/imports/{Intake.get().code}"
    answer = office.post(f"{path}/columns", data={"phone": "0"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert office.post(f"{path}/entry").headers["Location"] == path


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "文件是空的"), (b"\x89PNG\0\0", "读不懂这个文件"), (b"\xff\xd8\xff\xe0", "读不懂这个文件")],
)
def test_a_bad_file_is_refused_in_words(world: World, office: FlaskClient, data: bytes, words: str) -> None:
    answer = send(office, data)
    assert answer.status_code == 422
    assert words in text(answer)
    assert Intake.select().count() == 0


def test_no_file_at_all_is_empty(world: World, office: FlaskClient) -> None:
    answer = office.post("/desk/imports/files", data={"kind": "members"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "文件是空的" in text(answer)


def test_a_kind_that_is_none_is_refused(world: World, office: FlaskClient) -> None:
    assert send(office, kind="bookings").status_code == 422


def test_a_file_over_the_limit_is_refused_in_words(
    world: World, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "LARGEST_IMPORT", 5_000)
    answer = send(office, PEOPLE.encode() + b"13912345678,x,,,\n" * 1_000)
    assert answer.status_code == 422
    assert "最多 60 MB" in text(answer)


def test_without_the_number_nothing_is_looked_at(world: World, office: FlaskClient) -> None:
    send(office)
    answer = taps(office, "columns", name="1")
    assert answer.status_code == 422
    assert "还没有选手机号" in text(answer)
    assert Intake.get().state == "new"


def test_one_column_for_two_of_ours_is_refused(world: World, office: FlaskClient) -> None:
    send(office)
    assert "同一列不能用两次" in text(taps(office, "columns", phone="0", name="0"))


def test_putting_in_what_nobody_looked_at_is_refused(world: World, office: FlaskClient) -> None:
    send(office)
    assert taps(office, "entry").status_code == 422
    assert Member.select().where(Member.source == "import").count() == 0


def test_a_large_file_shows_how_far_it_is_and_asks_again(
    world: World, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "AT_ONCE", 0)
    send(office)
    shown = text(taps(office, "columns", phone="0"))
    assert 'hx-trigger="every 2s"' in shown
    assert "正在一行行看" in shown
    intakes.sweep(0, 20)
    assert "放进来" in text(office.get(f"/desk/imports/{Intake.get().code}", htmx=True))


def test_the_lines_that_did_not_go_in_are_a_table(world: World, office: FlaskClient) -> None:
    send(office)
    taps(office, "columns", phone="0", name="1", birthday="2", points="3", joined="4")
    rows = list(
        csv.reader(io.StringIO(text(office.get(f"/desk/imports/{Intake.get().code}/lines.csv")).lstrip("\ufeff")))
    )
    assert rows[1:] == [
        ["3", "已经有了", "已经是会员"],
        ["5", "重复", "文件里前面已经有了"],
        ["6", "读不懂", "不像手机号"],
        ["8", "读不懂", "有公式，请先换成数值"],
    ]


def test_a_file_that_breaks_off_has_a_page_that_says_so(world: World, office: FlaskClient) -> None:
    gone = send(office, "手机号,姓名\n13912340001,".encode() + b"x" * 200_000)
    assert office.get(gone.headers["Location"]).status_code == 200
    assert "读不懂这个文件" in text(taps(office, "columns", phone="0", name="1"))
    assert Intake.get().state == "failed"
    assert taps(office, "removal").status_code < 400
    assert Intake.select().count() == 0


def test_never_mind_and_it_is_gone(world: World, office: FlaskClient) -> None:
    send(office)
    taps(office, "removal")
    assert Intake.select().count() == 0


def test_another_stores_file_is_not_there(world: World, office: FlaskClient, as_staff: AsStaff) -> None:
    send(office)
    Intake.update(store=world.laundry.id).execute()
    for path in ("", "/lines.csv"):
        assert office.get(f"/desk/imports/{Intake.get().code}{path}").status_code == 404
    for what in ("columns", "entry", "undo", "removal"):
        assert taps(office, what, phone="0").status_code == 404


def test_a_clerk_brings_no_files(world: World, as_staff: AsStaff) -> None:
    assert send(as_staff(world.su)).status_code == 403


def test_the_owner_takes_everybody_home_and_it_is_written_down(world: World, as_staff: AsStaff) -> None:
    world.member("=cmd|' /C calc'!A0", "13912340009", birthday=229)
    answer = as_staff(world.zhao, world.bath).post("/desk/imports/everybody/files")
    rows = list(csv.reader(io.StringIO(text(answer).lstrip("\ufeff"))))
    assert rows[0][:3] == ["code", "phone", "name"]
    assert [row[1:5] for row in rows[1:]] == [
        ["13800000001", "林小满", "", "1280"],
        ["13800000002", "周新", "", "0"],
        ["13912340009", "'=cmd|' /C calc'!A0", "2-29", "0"],
    ]
    assert Event.get(Event.verb == "members_exported").staff_id == world.zhao.id


def test_what_was_taken_home_can_be_brought_in_again(world: World, as_staff: AsStaff, office: FlaskClient) -> None:
    table = as_staff(world.zhao, world.bath).post("/desk/imports/everybody/files").get_data()
    send(office, table)
    shown = text(office.get(f"/desk/imports/{Intake.get().code}"))
    assert '<option value="1" selected>phone</option>' in shown
    intake = Intake.get()
    answer = taps(office, "columns", **{key: str(place) for key, place in intake.columns["chosen"].items()})
    assert "没有新的可放" in text(answer)


def test_everybody_is_for_the_owner(world: World, office: FlaskClient) -> None:
    assert office.post("/desk/imports/everybody/files").status_code == 403
    assert "所有会员存成一张表" not in text(office.get("/desk/imports"))

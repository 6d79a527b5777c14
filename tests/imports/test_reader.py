"""Files as people have them, and files as nobody should have them."""

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest

from webapp.imports import reader
from webapp.refusals import Refusal

ROWS = "手机号,姓名\r\n13912345678,王小明\r\n"


def kept(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


def read(path: Path) -> list[list[str]]:
    return list(reader.lines(path, reader.look(path)))


def book(tmp_path: Path, *rows: list[object]) -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.worksheets[0].append(row)
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def refusal(path: Path) -> str:
    with pytest.raises(Refusal) as caught:
        read(path)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_it_reads_however_the_letters_are_written(tmp_path: Path, encoding: str) -> None:
    assert read(kept(tmp_path, ROWS.encode(encoding))) == [["手机号", "姓名"], ["13912345678", "王小明"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_whatever_stands_between_the_cells(tmp_path: Path, separator: str) -> None:
    assert read(kept(tmp_path, ROWS.replace(",", separator).encode()))[1] == ["13912345678", "王小明"]


def test_a_comma_in_quotes_is_part_of_its_cell(tmp_path: Path) -> None:
    assert read(kept(tmp_path, '手机号,姓名\n139,"王,小明"\n'.encode()))[1] == ["139", "王,小明"]


def test_a_workbook_gives_days_numbers_and_marks_formulas(tmp_path: Path) -> None:
    path = book(tmp_path, ["手机号", "生日", "积分"], [13912345678, dt.date(1990, 3, 21), "=1+1"])
    row = read(path)[1]
    assert row == ["13912345678", "1990-03-21 00:00:00", "=1+1"]
    assert isinstance(row[2], reader.Formula)
    assert not isinstance(row[0], reader.Formula)


def test_a_formula_in_a_csv_is_one_too(tmp_path: Path) -> None:
    row = read(kept(tmp_path, b'phone,name\n139,"=HYPERLINK(""http://x"")"\n'))[1]
    assert isinstance(row[1], reader.Formula)


def test_a_number_with_a_plus_is_no_formula(tmp_path: Path) -> None:
    assert not isinstance(read(kept(tmp_path, b"phone,name\n+8613912345678,x\n"))[1][0], reader.Formula)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"   \n  ", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not_a_table"),
        (b"%PDF-1.7\0\xff\xfe\xfa", "not_a_table"),
        (b"PK\x03\x04 and then nothing", "not_a_table"),
        (b",,,\n1,2,3\n", "not_a_table"),
        (b"=cmd,a\n1,2\n", "not_a_table"),
        (b"phone\n\xff\xff\xff\xff", "not_a_table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    assert refusal(kept(tmp_path, data)) == code


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z", "w") as packed:
        packed.writestr("readme.txt", "hello")
    assert refusal(tmp_path / "z") == "not_a_table"


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused_unopened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(reader.UNPACKED // (1024 * 1024) + 1):
                sheet.write(bytes(1024 * 1024))
    assert (tmp_path / "z").stat().st_size < 1024 * 1024
    assert refusal(tmp_path / "z") == "too_large"


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml", "xl/sharedStrings.xml"])
def test_a_part_that_would_be_read_as_a_whole_may_not_be_as_large_as_a_sheet(tmp_path: Path, part: str) -> None:
    whole = book(tmp_path, ["phone"], [13912345678])
    most = reader.WORDS if part == "xl/sharedStrings.xml" else reader.AROUND
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "z", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in {*old.namelist(), part}:
            padding = b" " * (most + 1) if name == part else b""
            packed.writestr(name, (old.read(name) if name in old.namelist() else b"<sst/>") + padding)
    assert refusal(tmp_path / "z") == "too_large"


def test_a_letter_that_no_database_keeps_is_a_gap(tmp_path: Path) -> None:
    rows = "手机号,姓名\n" + "13912345678,王小明\n" * 3000 + "139\x0012345678,A\x00B\x07\n"
    assert read(kept(tmp_path, rows.encode()))[-1] == ["139 12345678", "A B"]
    assert read(kept(tmp_path, "手\x00机号\n1\n".encode("utf-16")))[0] == ["手 机号"]


def test_a_workbook_that_breaks_off_is_refused(tmp_path: Path) -> None:
    whole = book(tmp_path, ["phone"], *[[n] for n in range(5000)]).read_bytes()
    assert refusal(kept(tmp_path, whole[: len(whole) // 2])) == "not_a_table"


def test_letters_that_no_coding_knows_in_the_middle_are_refused(tmp_path: Path) -> None:
    data = "手机号\n".encode() + b"13912345678\n" * 20_000 + b"\xff\xff\n"
    assert refusal(kept(tmp_path, data)) == "not_a_table"

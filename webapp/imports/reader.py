"""Files as people have them: CSV from any spreadsheet program (UTF-8 with or without a mark, UTF-16, GB18030) and XLSX, read line by line.

Nothing of a file is believed: its name, its type, its size inside a zip. A formula is never worked out; its cell is handed on as `Formula`.
"""

import csv
import datetime as dt
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from webapp.refusals import Refusal

SEPARATORS = ",;\t|"
LOOKED_AT = 64 * 1024
CELL = 300  # letters of one cell that are looked at
COLUMNS = 60
UNPACKED = 400 * 1024 * 1024  # bytes inside an XLSX
WORDS, AROUND = (
    120 * 1024 * 1024,
    8 * 1024 * 1024,
)  # of these, its shared words, and each part that is no sheet: they are read as a whole
ZIP = b"PK\x03\x04"


class Formula(str):
    """What stands in a cell that is worked out by the spreadsheet: we do not."""


class Sheet(NamedTuple):
    """What kind of file it is: `encoding` is "xlsx", or how the letters of a CSV are written; its first line names the columns."""

    encoding: str
    separator: str
    header: list[str]


def look(path: Path) -> Sheet:
    """Read the first line. Refuses (`not_a_table`, `empty`) what is no table with named columns."""
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    if not start.strip():
        raise Refusal("文件是空的", code="empty", field="file")
    if start.startswith(ZIP):
        _check_zip(path)
        sheet = Sheet("xlsx", "", [])
    else:
        encoding = _encoding(path, start)
        first = _text(start, encoding).lstrip("\ufeff").partition("\n")[0]
        sheet = Sheet(encoding, max(SEPARATORS, key=first.count), [])
    header = next(lines(path, sheet), [])
    named = [str(cell).strip() for cell in header]
    if not any(named) or len(named) > COLUMNS or any(isinstance(cell, Formula) for cell in header):
        raise _no_table()
    return sheet._replace(header=named)


def lines(path: Path, sheet: Sheet, *, after: int = 0) -> Iterator[list[str]]:
    """Every line from the first (the names of the columns) on, without the first `after`. Refuses a file that breaks off in the middle."""
    rows = _xlsx(path) if sheet.encoding == "xlsx" else _csv(path, sheet)
    with closing(rows):
        for number, row in enumerate(rows):
            if number >= after:
                yield row


# --- how it is done ----------------------------------------------------------------------------------------------------


def _no_table() -> Refusal:
    return Refusal("读不懂这个文件：请存成 CSV 或 Excel（.xlsx），第一行写列名", code="not_a_table", field="file")


def _encoding(path: Path, start: bytes) -> str:
    """The first in which the whole file reads; anything with a zero byte that is not UTF-16 is no text."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start:
        raise _no_table()
    for encoding in ("utf-8-sig", "gb18030"):
        with path.open(encoding=encoding, newline="") as file:
            try:
                while file.read(1024 * 1024):
                    pass
                return encoding
            except UnicodeDecodeError:
                continue
    raise _no_table()


def _text(start: bytes, encoding: str) -> str:
    return start.decode(encoding, errors="ignore")


def _csv(path: Path, sheet: Sheet) -> Generator[list[str], None, None]:
    with path.open(encoding=sheet.encoding, newline="") as file:
        try:
            for row in csv.reader(file, delimiter=sheet.separator):
                yield [_cell(cell) for cell in row[:COLUMNS]]
        except (csv.Error, UnicodeError) as error:
            raise _no_table() from error


def _cell(cell: str) -> str:
    plain = cell.strip()[:CELL]
    if not plain.isprintable():  # a letter that no database keeps, or no eye sees
        plain = " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())
    return Formula(plain) if plain.startswith("=") else plain


def _check_zip(path: Path) -> None:
    """An XLSX, and not one that unpacks to more than memory holds."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if sum(one.file_size for one in parts) > UNPACKED or any(map(_is_too_large, parts)):
                raise Refusal("文件太大了，请分成几个", code="too_large", field="file")
            if "xl/workbook.xml" not in packed.namelist():
                raise _no_table()
    except zipfile.BadZipFile as error:
        raise _no_table() from error


def _is_too_large(part: zipfile.ZipInfo) -> bool:
    if part.filename.startswith("xl/worksheets/") or not part.filename.endswith((".xml", ".rels")):
        return False
    return part.file_size > (WORDS if part.filename == "xl/sharedStrings.xml" else AROUND)


def _xlsx(path: Path) -> Generator[list[str], None, None]:
    import openpyxl  # takes its time to load, and few bring a workbook

    with path.open("rb") as file, _open(openpyxl, file) as book:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise _no_table()
        try:
            for row in sheet.iter_rows(max_col=COLUMNS):
                yield _without_tail([_of_cell(cell) for cell in row])
        except Exception as error:  # whatever a broken workbook makes the library say
            raise _no_table() from error


@contextmanager
def _open(openpyxl: Any, file: IO[bytes]) -> Iterator[Any]:
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False)
    except Exception as error:
        raise _no_table() from error
    try:
        yield book
    finally:
        book.close()


def _of_cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Formula(str(value)[:CELL])
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _cell(str(value))


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row

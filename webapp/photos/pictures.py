"""Photos: whatever comes in is drawn anew, kept by its hash, and forgotten once nothing points at it.

What is kept is a JPEG of our own and a small one beside it: no camera data, no place, no hidden second file survives the drawing. The name and the
type that were sent along are never looked at. Files lie in `uploads/photos` of the data folder, which every backup takes along.
"""

import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from peewee import ForeignKeyField

from models import Member, Photo, Staff, Store, transaction
from webapp import storage, vault
from webapp.clock import DAY

LARGEST = 12 * 1024 * 1024  # bytes of a file, as a camera writes it
HALF = ".half-"
BATCH = 500

_one = (
    threading.Lock()
)  # two at a time, here or in another process, would take twice the memory and the processor from everybody else


def take_in(
    stream: IO[bytes], store: Store, at: int, *, member: Member | None = None, staff: Staff | None = None
) -> Photo:
    """Keep this picture: turned upright, at most 2000 pixels wide or high. The bytes decide what it is, not its name.

    Call it before a transaction of your own, for drawing takes a third of a second. `member` is whose it is about, `staff` who took it
    (nobody: the member). Sent again it is another row and the same file. Refused: nothing sent (`empty`), more than 12 MB or too many pixels
    (`too_large`), anything that is not a whole JPEG, PNG or WebP (`not_a_photo`). What nothing points at within a day goes away again.
    """
    from webapp.photos import drawing  # brings a picture library along: only where one is drawn

    root = _root()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _one, _held(root, fcntl.LOCK_EX):
        drawn = drawing.draw(stream, LARGEST)
    name = hashlib.sha256(drawn.whole).hexdigest()
    _put(name, drawn.whole, drawn.small)
    with transaction():
        return Photo.create(
            code=vault.token()[:20],
            hash=name,
            width=drawn.width,
            height=drawn.height,
            bytes=len(drawn.whole),
            store=store.id,
            member=member.id if member else None,
            made_by=staff.id if staff else None,
            made_at=at,
        )


def path(photo: Photo, small: bool = False) -> Path:
    """Where its file lies."""
    return _place(photo.hash, small)


def forget(photo: Photo) -> None:
    """Nobody sees it from now on; its files go in the night, unless another row shares them. Refused by the table while something points at it."""
    with transaction():
        photo.delete_instance()


def sweep(at: int) -> int:
    """Away with what nobody needs and is older than a day: rows that nothing points at, files that no row names, half-written files. How many."""
    before, swept = at - DAY, 0
    for ids in _older(before):
        # Every table that can point at a photo is asked, also those that come later.
        unused = [Photo.id.not_in(_pointed(field, ids)) for field in Photo._meta.backrefs]
        if some := [row[0] for row in Photo.select(Photo.id).where(Photo.id.in_(ids), *unused).tuples()]:
            with transaction():
                swept += Photo.delete().where(Photo.id.in_(some), *unused).execute()
    return swept + sum(_sweep_folder(folder, before) for folder in _folders())


# --- files -------------------------------------------------------------------------------------------------------------


def _root() -> Path:
    return storage.uploads("photos")


def _place(name: str, small: bool = False) -> Path:
    return _root() / name[:2] / f"{name}{'.small' if small else ''}.jpg"


def _put(name: str, wide: bytes, thumb: bytes) -> None:
    """Both files, whole or not at all, on disk before any row names them. What is there already is written anew, and so is as young as its new row."""
    folder = _place(name).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(folder, fcntl.LOCK_SH):
        for small, content in ((True, thumb), (False, wide)):
            handle, half = tempfile.mkstemp(prefix=HALF, dir=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(handle)
                os.replace(half, _place(name, small))
            except BaseException:
                os.unlink(half)
                raise


@contextmanager
def _held(folder: Path, how: int) -> Iterator[int]:
    """A folder, as a lock between processes: many may fill it at once (LOCK_SH) while nobody sweeps it (LOCK_EX)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield handle
        if how == fcntl.LOCK_SH:
            os.fsync(handle)  # the names are on disk too
    finally:
        os.close(handle)


def _folders() -> list[Path]:
    return sorted(folder for folder in _root().glob("*") if folder.is_dir())


def _sweep_folder(folder: Path, before: int) -> int:
    """Files are asked for their age while nobody writes: one that has just got a row is young."""
    named = set()
    files = [file for file in folder.iterdir() if file.is_file()]
    names = sorted({file.name[:64] for file in files if not file.name.startswith(".")})
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        named |= {row[0] for row in Photo.select(Photo.hash).where(Photo.hash.in_(some)).tuples()}
    loose = [file for file in files if file.name.startswith(".") or file.name[:64] not in named]
    if not loose:
        return 0
    with _held(folder, fcntl.LOCK_EX):
        old = [file for file in loose if file.exists() and file.stat().st_mtime < before]
        for file in old:
            file.unlink()
    return len(old)


# --- rows --------------------------------------------------------------------------------------------------------------


def _older(before: int) -> Iterator[list[int]]:
    """All photos made before then, some at a time."""
    last = 0
    while True:
        rows = Photo.select(Photo.id).where(Photo.made_at < before, Photo.id > last).order_by(Photo.id).limit(BATCH)
        ids = [row[0] for row in rows.tuples()]
        if not ids:
            return
        yield ids
        last = ids[-1]


def _pointed(field: ForeignKeyField, ids: list[int]) -> Any:
    return field.model.select(field).where(field.in_(ids))

"""Photos: whatever comes in is drawn anew, kept by its hash, and forgotten once nothing points at it.

What is kept is a JPEG of our own and a small one beside it: no camera data, no place, no hidden second file survives the drawing. The name and the
type that were sent along are never looked at. Files lie in `uploads/photos` of the data folder, which every backup takes along.
"""

import fcntl
import hashlib
import os
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO

from peewee import fn
from PIL import Image, ImageOps, UnidentifiedImageError

from models import Member, Photo, Staff, Store, transaction
from webapp import storage, vault
from webapp.clock import DAY
from webapp.refusals import Refusal

LARGEST = 12 * 1024 * 1024  # bytes of a file, as a camera writes it
PIXELS = 64_000_000  # a JPEG can be read at a half, a quarter or an eighth of its size
WHOLE_PIXELS = 17_000_000  # everything else has to be unpacked in whole
LONGEST_SIDE = 16_000
WIDE, SMALL = 2000, 480  # the longer side of what is kept
QUALITY = {WIDE: 82, SMALL: 74}
FORMATS = ("JPEG", "PNG", "WEBP")
HALF = ".half-"
BATCH = 200

_one = threading.Lock()  # two at a time would need twice the memory, and be no faster


def take_in(
    stream: IO[bytes], store: Store, at: int, *, member: Member | None = None, staff: Staff | None = None
) -> Photo:
    """Keep this picture: turned upright, at most 2000 pixels wide or high. The bytes decide what it is, not its name.

    Call it before a transaction of your own, for drawing takes a third of a second. `member` is whose it is about, `staff` who took it
    (nobody: the member). Sent again it is another row and the same file. Refused: nothing sent (`empty`), more than 12 MB or too many pixels
    (`too_large`), anything that is not a whole JPEG, PNG or WebP (`not_a_photo`). What nothing points at within a day goes away again.
    """
    with _one:
        large, small = _drawn(stream)
        width, height = large.size
        wide, thumb = _encoded(large, WIDE), _encoded(small, SMALL)
    name = hashlib.sha256(wide).hexdigest()
    _put(name, wide, thumb)
    with transaction():
        return Photo.create(
            code=vault.token()[:20],
            hash=name,
            width=width,
            height=height,
            bytes=len(wide),
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
    while gone := _unwanted(before):
        with transaction():
            # Asked again as it is deleted: somebody may have pointed at it in between.
            done = Photo.delete().where(Photo.id.in_(gone), *_pointless()).execute()
        swept += done
        if not done:
            break
    return swept + sum(_sweep_folder(folder, before) for folder in _folders())


# --- drawing -----------------------------------------------------------------------------------------------------------


def _drawn(stream: IO[bytes]) -> tuple[Image.Image, Image.Image]:
    """The picture as it will be kept, and the small one. Nothing is unpacked before the header has said how much there is."""
    length = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if not length:
        raise Refusal("请先选一张照片", code="empty", field="photo")
    if length > LARGEST:
        raise too_large()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is damaged in a camera's own notes does not matter
            with Image.open(stream, formats=FORMATS) as image:
                _bound(image)
                return _upright(image)
    except Image.DecompressionBombError:
        raise too_large() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, OverflowError) as error:
        # Pillow's readers say with all of these that the bytes are not what they claim to be.
        raise Refusal("这个文件不是照片，或者没有传完整。请换一张 JPEG、PNG 或 WebP", code="not_a_photo", field="photo") from error


def too_large() -> Refusal:
    """No to a file that nobody will unpack."""
    return Refusal("照片太大了，最多 %(most)s MB、6400 万像素", code="too_large", field="photo", most=LARGEST >> 20)


def _bound(image: Image.Image) -> None:
    wide, high = image.size
    in_parts = image.format in ("JPEG", "MPO") and not image.info.get("progressive")
    if wide * high > (PIXELS if in_parts else WHOLE_PIXELS) or max(wide, high) > LONGEST_SIDE:
        raise too_large()


def _upright(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    orientation = image.getexif().get(0x0112, 1)
    image.draft("RGB", (WIDE, WIDE))  # a JPEG is read at a half or a quarter, where that is enough
    image.thumbnail((WIDE, WIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    large = _on_white(image)
    large.getexif()[0x0112] = orientation
    ImageOps.exif_transpose(large, in_place=True)
    small = large.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return large, small


def _on_white(image: Image.Image) -> Image.Image:
    """Plain colours and nothing else; what was see-through (a signature) lies on white paper."""
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        ink = image.convert("RGBA")
        paper = Image.new("RGB", ink.size, "white")
        paper.paste(ink, mask=ink.getchannel("A"))
        return paper
    return image.convert("RGB").copy()


def _encoded(image: Image.Image, side: int) -> bytes:
    image.info.clear()
    into = BytesIO()
    image.save(into, "JPEG", quality=QUALITY[side], exif=b"")
    return into.getvalue()


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
    """The folder, which many may fill at once while nobody sweeps it."""
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


def _unwanted(before: int) -> list[int]:
    rows = Photo.select(Photo.id).where(Photo.made_at < before, *_pointless()).order_by(Photo.id).limit(BATCH).tuples()
    return [row[0] for row in rows]


def _pointless() -> list[object]:
    """Nothing points at it: asked of every table that can, also of those that come later."""
    return [
        ~fn.EXISTS(table.select(1).where(field == Photo.id)) for field, table in Photo._meta.backrefs.items()
    ]

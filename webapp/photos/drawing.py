"""Drawing a photo anew: nothing of the file that came in survives but what can be seen. The only place that knows the picture library.

Nothing is unpacked before the header has said how much there is, so what memory it takes is known beforehand: a JPEG is read at a half or
a quarter of its size where that is enough (some 40 MB for any of them), everything else whole (200 MB for the largest).
"""

import os
import tempfile
from typing import IO, NamedTuple

from PIL import Image

from webapp.refusals import Refusal

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS = 64_000_000  # of a JPEG
LAYERED = 25_000_000  # of one that is sent in layers, from coarse to fine: all of them have to be at hand
WHOLE = 13_000_000  # of anything else
LONGEST_SIDE = 16_000
WIDE, SMALL = 2000, 480  # the longer side of what is kept
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Drawn(NamedTuple):
    """Two JPEGs of one picture, and how large the first is in pixels."""

    whole: bytes
    small: bytes
    width: int
    height: int


def draw(stream: IO[bytes], most: int) -> Drawn:
    """Refused: nothing sent, more than `most` bytes, too many pixels, anything that is not a whole JPEG, PNG or WebP."""
    length = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if not length:
        raise Refusal("请先选一张照片", code="empty", field="photo")
    if length > most:
        raise Refusal("照片太大了，最多 12 MB", code="too_large", field="photo")
    try:
        with Image.open(stream, formats=FORMATS) as image:
            _bound(image)
            return _both(_upright(image))
    except (Refusal, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception as error:
        # The library's readers have a dozen ways to say that bytes are not what they claim to be.
        raise Refusal(
            "这个文件不是照片，或者没有传完整。请换一张 JPEG、PNG 或 WebP", code="not_a_photo", field="photo"
        ) from error


def _bound(image: Image.Image) -> None:
    most = WHOLE
    if image.format in ("JPEG", "MPO"):
        most = LAYERED if image.info.get("progressive") else PIXELS
    if image.width * image.height > most or max(image.size) > LONGEST_SIDE:
        raise _too_many_pixels()


def _too_many_pixels() -> Refusal:
    return Refusal("照片的像素太多了，请用手机重新拍一张", code="too_large", field="photo")


def _upright(image: Image.Image) -> Image.Image:
    turn = TURNS.get(_held_how(image))
    part = WIDE / max(image.size)
    image.draft(None, (int(image.width * part), int(image.height * part)))
    image.thumbnail((WIDE, WIDE), Image.Resampling.LANCZOS)
    plain = _on_white(image)
    return plain if turn is None else plain.transpose(turn)


def _held_how(image: Image.Image) -> int:
    """How the camera was held, from its notes; upright, if they cannot be read."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:
        return 1


def _on_white(image: Image.Image) -> Image.Image:
    """Plain colours; what was see-through (a signature) lies on white paper."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    ink = image.convert("RGBA")
    paper = Image.new("RGB", ink.size, "white")
    paper.paste(ink, mask=ink.getchannel("A"))
    return paper


def _both(image: Image.Image) -> Drawn:
    width, height = image.size
    whole = _written(image, 82)
    image.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Drawn(whole, _written(image, 74), width, height)


def _written(image: Image.Image, quality: int) -> bytes:
    image.info.clear()  # or some of the camera's notes would go along
    # Into a file, even though it is read again at once: into memory, nobody else in this process could do anything meanwhile.
    with tempfile.TemporaryFile() as into:
        image.save(into, "JPEG", quality=quality, exif=b"")
        into.seek(0)
        return into.read()

"""Pictures as they come in: from cameras, from people who mean no good, and from networks that break off."""

from io import BytesIO
from typing import Any

from PIL import Image

RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(wide: int, high: int, mode: str = "RGB") -> Image.Image:
    """The upper half red, the lower half blue."""
    image = Image.new("RGB", (wide, high), BLUE)
    image.paste(RED, (0, 0, wide, high // 2))
    return image.convert(mode)


def file(image: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    into = BytesIO()
    image.save(into, kind, **how)
    return into.getvalue()


def jpeg(wide: int = 400, high: int = 300, **how: Any) -> bytes:
    return file(picture(wide, high), **how)


def from_a_camera(orientation: int = 1) -> bytes:
    """With notes about the camera, the place and a comment."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "CAMERA OF MEI"
    notes.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 5.0), 3: "E", 4: (121.0, 28.0, 1.0)})
    return file(picture(400, 300), exif=notes, comment=b"at home")


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def is_red(colour: Any) -> bool:
    red, _, blue = colour
    return bool(red > 150 and blue < 90)

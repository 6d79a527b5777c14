"""A film for Chromium's fake camera: what a phone sees when it is held over a printed QR code.

`film(path, "https://…", "dark")` writes Motion-JPEG, which Chromium plays in a loop. One browser has one camera, so each film
needs a launch of its own; the fixture `camera` in `tests/kit/browser.py` does that.
"""

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import qrcode
from PIL import Image, ImageChops, ImageEnhance, ImageFilter

SIZE = (640, 480)
FRAMES = 20
PAPER = 150


def film(path: Path, text: str, scene: str = "clear") -> Path:
    """Write FRAMES pictures of the code in that scene: clear, small, tilted, dark, blurred, late or inverted."""
    with path.open("wb") as file:
        for picture in _pictures(_code(text), SCENES[scene]):
            jpeg = io.BytesIO()
            picture.convert("RGB").save(jpeg, "JPEG", quality=85, subsampling=2)
            file.write(jpeg.getvalue())
    return path


def flags(path: Path) -> list[str]:
    """What to start Chromium with so that its camera shows this film and permission is given."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]


Scene = Callable[[Image.Image, int, random.Random], Image.Image]


def _pictures(code: Image.Image, scene: Scene) -> Iterator[Image.Image]:
    dice = random.Random(7)  # the same film every time
    for number in range(FRAMES):
        yield scene(code, number, dice)


def _code(text: str) -> Image.Image:
    code = qrcode.QRCode(border=4, box_size=10, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    image: Image.Image = code.make_image().get_image().convert("L")
    return image


def _placed(code: Image.Image, share: float, shift: tuple[int, int] = (0, 0)) -> Image.Image:
    side = int(SIZE[1] * share)
    table = Image.new("L", SIZE, PAPER)
    corner = ((SIZE[0] - side) // 2 + shift[0], (SIZE[1] - side) // 2 + shift[1])
    table.paste(code.resize((side, side), Image.Resampling.LANCZOS), corner)
    return table


def _shaken(dice: random.Random) -> tuple[int, int]:
    return dice.randint(-6, 6), dice.randint(-6, 6)


def _grainy(picture: Image.Image) -> Image.Image:
    return ImageChops.add(picture, Image.effect_noise(SIZE, 22), offset=-128)


def _clear(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    return _placed(code, 0.6)


def _small(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    return _grainy(_placed(code, 0.28, _shaken(dice)))


def _turned(code: Image.Image, dice: random.Random) -> Image.Image:
    """Turned by some 17 degrees and seen from below, as a code on a table is."""
    width, height = SIZE
    flat = _placed(code, 0.6, _shaken(dice)).rotate(17 + dice.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=PAPER)
    corners = (
        width * 0.06,
        height * 0.04,
        -width * 0.02,
        height * 0.98,
        width * 1.02,
        height * 1.05,
        width * 0.95,
        0.0,
    )
    return flat.transform(SIZE, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=PAPER)


def _tilted(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    return _grainy(_turned(code, dice))


def _dark(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    dim = ImageEnhance.Contrast(_turned(code, dice)).enhance(0.45)
    return _grainy(ImageEnhance.Brightness(dim).enhance(0.5))


def _blurred(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    return _grainy(_placed(code, 0.6, _shaken(dice)).filter(ImageFilter.GaussianBlur(2.6)))


def _late(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    """Nothing at first: the person is still raising the phone."""
    return _grainy(Image.new("L", SIZE, PAPER) if number < FRAMES // 2 else _placed(code, 0.6, _shaken(dice)))


def _inverted(code: Image.Image, number: int, dice: random.Random) -> Image.Image:
    return _grainy(_placed(ImageChops.invert(code), 0.6, _shaken(dice)))


SCENES: dict[str, Scene] = {
    "clear": _clear,
    "small": _small,
    "tilted": _tilted,
    "dark": _dark,
    "blurred": _blurred,
    "late": _late,
    "inverted": _inverted,
}

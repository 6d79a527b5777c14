"""Drawing anew: whatever comes in, only what can be seen goes on; and what cannot be one is refused before it costs anything."""

import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.kit import servers
from tests.photos import images
from webapp.photos import drawing, pictures
from webapp.photos.drawing import Drawn
from webapp.refusals import Refusal


def drawn(data: bytes) -> Drawn:
    return drawing.draw(BytesIO(data), pictures.LARGEST)


def refusal(data: bytes) -> str:
    with pytest.raises(Refusal) as no:
        drawn(data)
    assert no.value.field == "photo"
    return no.value.code


def test_a_large_photo_becomes_two_small_ones() -> None:
    done = drawn(images.jpeg(4032, 3024))
    assert (done.width, done.height) == (2000, 1500)
    assert images.opened(done.whole).size == (2000, 1500)
    assert images.opened(done.small).size == (480, 360)


def test_a_small_photo_is_not_blown_up() -> None:
    done = drawn(images.jpeg(120, 90))
    assert images.opened(done.whole).size == images.opened(done.small).size == (120, 90)


@pytest.mark.parametrize(
    ("orientation", "turned", "red"),
    [
        (1, False, (0.5, 0.1)),
        (3, False, (0.5, 0.9)),
        (6, True, (0.9, 0.5)),
        (8, True, (0.1, 0.5)),
        (5, True, (0.1, 0.5)),
        (7, True, (0.9, 0.5)),
    ],
)
def test_a_photo_stands_upright_however_the_phone_was_held(
    orientation: int, turned: bool, red: tuple[float, float]
) -> None:
    for data in drawn(images.from_a_camera(orientation))[:2]:
        image = images.opened(data)
        assert (image.height > image.width) is turned
        assert images.is_red(image.getpixel((int(image.width * red[0]), int(image.height * red[1]))))
        assert not images.is_red(image.getpixel((int(image.width * (1 - red[0])), int(image.height * (1 - red[1])))))


def test_where_and_with_what_it_was_taken_is_gone() -> None:
    data = images.from_a_camera()
    assert images.opened(data).getexif().get_ifd(0x8825), "the control: it was there"
    for kept in drawn(data)[:2]:
        assert not images.opened(kept).getexif()
        assert images.opened(kept).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for trace in (b"CAMERA OF MEI", b"at home", b"Exif"):
            assert trace not in kept


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_second_file_hidden_in_a_photo_does_not_come_through(kind: str) -> None:
    script = b"<script>steal()</script><?php system('id') ?>PK\x03\x04"
    data = images.file(images.picture(200, 200), kind) + script
    for kept in drawn(data)[:2]:
        assert kept.startswith(b"\xff\xd8")
        assert b"script" not in kept
        assert b"php" not in kept
        assert b"PK\x03\x04" not in kept


def test_the_name_and_the_claimed_type_do_not_matter(tmp_path: Path) -> None:
    lie = tmp_path / "report.pdf"
    lie.write_bytes(images.file(images.picture(50, 40), "PNG"))
    with lie.open("rb") as stream:
        assert drawing.draw(stream, pictures.LARGEST).width == 50


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_every_way_to_write_colours_can_be_read(mode: str) -> None:
    source = Image.new("I;16", (60, 40), 60_000) if mode == "I;16" else images.picture(60, 40, mode)
    done = images.opened(drawn(images.file(source, "JPEG" if mode == "CMYK" else "PNG")).whole)
    assert (done.mode, done.size) == ("RGB", (60, 40))
    assert sum(done.getpixel((30, 5))) > 150  # type: ignore[arg-type]


def test_what_is_see_through_lies_on_white_paper() -> None:
    signature = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    signature.paste((10, 10, 60, 255), (40, 20, 60, 30))
    done = images.opened(drawn(images.file(signature, "PNG")).whole)
    assert done.convert("L").getpixel((5, 5)) > 245  # type: ignore[operator]
    assert done.convert("L").getpixel((50, 25)) < 90  # type: ignore[operator]


@pytest.mark.parametrize(
    "data",
    [
        b"hello, I am no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"\xff\xd8\xff\xe0" + b"\0" * 400,
        images.file(images.picture(80, 60), "GIF"),
        images.file(images.picture(80, 60), "TIFF"),
        images.jpeg(1200, 900)[:-3000],
        images.file(images.picture(300, 300), "PNG")[:-60],
        b"\0" * 5000,
    ],
    ids=["text", "svg", "half a head", "gif", "tiff", "cut jpeg", "cut png", "zeros"],
)
def test_what_is_no_whole_photo_is_refused(data: bytes) -> None:
    assert refusal(data) == "not_a_photo"


def test_nothing_sent_is_said_so() -> None:
    assert refusal(b"") == "empty"


def test_more_than_twelve_megabytes_are_refused_unread() -> None:
    assert refusal(images.jpeg() + bytes(pictures.LARGEST)) == "too_large"


def test_a_bomb_is_refused_by_its_header() -> None:
    small = images.file(images.picture(10, 10), "PNG")
    for side in (65_535, 16_001, 5_000):
        head = b"IHDR" + side.to_bytes(4, "big") * 2 + small[24:29]
        bomb = small[:12] + head + zlib.crc32(head).to_bytes(4, "big") + small[33:]
        assert refusal(bomb) == "too_large", side


def test_a_layered_photo_may_be_less_large_than_a_plain_one() -> None:
    plain, layered = images.jpeg(6100, 4200, quality=30), images.jpeg(6100, 4200, quality=30, progressive=True)
    assert drawn(plain).width == 2000
    assert refusal(layered) == "too_large"


MEASURED = """
import resource, sys
from io import BytesIO
from webapp.photos import drawing
data = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    drawing.draw(BytesIO(data), 12 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("wide", "high", "how", "most"),
    [(4032, 3024, {}, 60), (4032, 3024, {"progressive": True}, 75), (8160, 6120, {}, 60)],
    ids=["12 million pixels", "in layers", "50 million pixels"],
)
def test_a_photo_takes_little_memory(tmp_path: Path, wide: int, high: int, how: dict[str, bool], most: int) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(images.jpeg(wide, high, quality=92, **how))
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], cwd=servers.ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) / 1024 < most, "megabytes more than before the first one"

"""QR codes: drawn for the page, and readable. That phones read them too is shown by the journeys, with a camera."""

import re

import pytest

from webapp import qr

PASS = "HT1." + "a-signed-pass-of-a-member." * 4


@pytest.mark.parametrize("robust", [False, True])
def test_the_picture_takes_size_and_colour_from_the_page(robust: bool) -> None:
    svg = qr.svg(PASS, robust=robust)
    assert re.match(r'<svg viewBox="0 0 (\d+) \1"', svg)
    for own in ("style", "width=", "height=", "fill", " id="):
        assert own not in svg
    assert len(svg) < 12_000


def test_every_dark_square_is_drawn_once_and_no_light_one() -> None:
    import qrcode

    maker = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_L, border=2)
    maker.add_data(PASS)
    dark = {(x, y) for y, row in enumerate(maker.get_matrix()) for x, square in enumerate(row) if square}
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", qr.svg(PASS))
    drawn = [(int(x) + step, int(y)) for x, y, length in runs for step in range(int(length))]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == dark


def test_paper_gets_a_wider_margin_and_more_to_spare() -> None:
    screen, paper = (int(re.search(r"0 0 (\d+)", qr.svg(PASS, robust=robust))[1]) for robust in (False, True))
    assert paper > screen + 4

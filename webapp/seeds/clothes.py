"""Pictures of clothes for the demo, drawn when it is loaded: laid out on a table, seen from above. Nobody's photographs."""

from io import BytesIO
from typing import Any, NamedTuple

WIDE, HIGH, FINER = 540, 720, 2  # what is kept, and how much finer it is drawn
TABLE, PLANK = (233, 226, 214), (224, 215, 200)
TONES: dict[str, tuple[int, int, int]] = {
    "black": (52, 52, 58), "white": (238, 238, 234), "grey": (126, 130, 136), "beige": (203, 181, 148),
    "brown": (122, 88, 62), "red": (160, 52, 54), "pink": (216, 150, 164), "blue": (92, 128, 172), "navy": (47, 61, 92),
    "green": (84, 116, 92), "purple": (112, 90, 138), "yellow": (216, 182, 92), "orange": (206, 124, 68), "pattern": (96, 132, 140),
}  # fmt: skip
Points = tuple[tuple[float, float], ...]


class Cut(NamedTuple):
    """How a garment is cut, on a table a hundred wide: its outline, what lies on top, seams, folds, buttons."""

    outline: Points
    flaps: tuple[Points, ...] = ()
    seams: tuple[Points, ...] = ()
    folds: tuple[Points, ...] = ()
    buttons: Points = ()


def _both(*shapes: Points) -> tuple[Points, ...]:
    """Left and right."""
    return (*shapes, *(tuple((100 - x, y) for x, y in shape) for shape in shapes))


def _whole(half: Points) -> Points:
    """The outline, of which only the left half is written down, from the neck to the hem."""
    return (*half, *((100 - x, y) for x, y in reversed(half)))


_SLEEVES = ((41, 15), (30, 20), (24, 30), (10, 74), (20, 79), (31, 50))
CUTS = {
    "coat": Cut(
        _whole((*_SLEEVES, (31, 84), (28, 121))),
        _both(((41, 15), (34, 19), (37, 33), (33, 36), (49, 58), (50, 50))),
        (((50, 54), (50, 121)), *_both(((34, 88), (43, 90), (43, 94), (34, 92))), *_both(((12, 68), (22, 72)))),
        _both(((36, 70), (33, 119), (37, 119)), ((45, 70), (45, 119), (47, 119)), ((24, 42), (15, 70), (18, 72))),
        ((54, 64), (54, 78), (54, 92)),
    ),
    "shirt": Cut(
        _whole((*_SLEEVES, (30, 100), (34, 106))),
        _both(((42, 15), (39, 18), (42, 28), (50, 22))),
        (((50, 22), (50, 106)), ((56, 40), (66, 40), (66, 52), (61, 55), (56, 52), (56, 40)), *_both(((12, 68), (22, 73)))),
        _both(((36, 50), (34, 100), (38, 102)), ((44, 60), (43, 104), (46, 104)), ((24, 40), (16, 70), (19, 72))),
        tuple((50, 30 + 13 * n) for n in range(6)),
    ),
    "knit": Cut(
        _whole(((42, 16), (31, 20), (24, 30), (10, 74), (20, 79), (30, 52), (29, 102))),
        (((42, 16), (58, 16), (56, 21), (50, 23), (44, 21)),),
        (((29, 95), (71, 95)), *_both(((12, 68), (22, 73))), *_both(((30, 28), (33, 52)))),
        _both(((36, 50), (34, 94), (38, 94)), ((44, 40), (43, 94), (46, 94))),
    ),
    "dress": Cut(
        _whole(((41, 13), (37, 16), (34, 26), (38, 36), (37, 54), (17, 122), (34, 125))),
        _both(((41, 13), (37, 16), (50, 32), (50, 27))),
        (((37, 54), (50, 57), (63, 54)), ((37, 57), (50, 60), (63, 57))),
        _both(((40, 62), (24, 120), (31, 122)), ((46, 62), (39, 122), (45, 123)), ((50, 62), (50, 122), (54, 123))),
    ),
    "down": Cut(
        _whole(((40, 12), (29, 20), (21, 30), (8, 72), (20, 80), (29, 56), (28, 104))),
        (((38, 20), (40, 10), (50, 6), (60, 10), (62, 20), (50, 25)),),
        (
            ((50, 24), (50, 104)),
            *(((29, y), (50, y + 2), (71, y)) for y in range(38, 104, 11)),
            *_both(*(((26 - n * 4, 36 + n * 11), (33 - n * 3, 40 + n * 12)) for n in range(4))),
        ),
        _both(((31, 40), (30, 102), (34, 102)), ((46, 40), (46, 102), (49, 102))),
    ),
    "trousers": Cut(
        _whole(((35, 14), (33, 34), (26, 122), (44, 124), (49.9, 50))),
        (((35, 14), (65, 14), (65.4, 19), (34.6, 19)),),
        (((50, 19), (50, 50)), *_both(((37, 24), (35, 122))), *_both(((36, 20), (41, 28)))),
        _both(((40, 40), (33, 121), (38, 122))),
        ((50, 16.5),),
    ),
}  # fmt: skip
BY_KIND = {
    "coat": "coat", "jacket": "coat", "suit": "coat", "shirt": "shirt", "knit": "knit", "sports": "knit", "dress": "dress",
    "skirt": "dress", "qipao": "dress", "down": "down", "trousers": "trousers",
}  # fmt: skip


def drawn(kind: str, colour: str, stains: tuple[tuple[int, int], ...] = ()) -> BytesIO:
    """A garment of this kind and colour as a JPEG, with spots where there are stains (thousandths of its width and height)."""
    from PIL import Image, ImageDraw, ImageFilter

    cut, tone = CUTS[BY_KIND.get(kind, "knit")], TONES.get(colour, TONES["grey"])
    size = (WIDE * FINER, HIGH * FINER)
    mask, shade = Image.new("L", size, 0), Image.new("L", (WIDE // 2, HIGH // 2), 128)
    ImageDraw.Draw(mask).polygon(_laid(cut.outline), fill=255)
    pen = ImageDraw.Draw(shade)
    for fold in cut.folds:
        pen.polygon(_laid(fold, 0.5), fill=98)
        pen.polygon(_laid(tuple((x + 2.2, y) for x, y in fold), 0.5), fill=152)
    shade = shade.filter(ImageFilter.GaussianBlur(3.5)).resize(size)
    cloth = Image.composite(Image.new("RGB", size, _toned(tone, 26)), Image.new("RGB", size, _toned(tone, -34)), shade)
    pen = ImageDraw.Draw(cloth)
    dark, light = _toned(tone, -38), _toned(tone, 14)
    for flap in cut.flaps:
        pen.polygon(_laid(flap), fill=light, outline=dark, width=4)
    for seam in cut.seams:
        pen.line(_laid(seam), fill=dark, width=5, joint="curve")
    for x, y in _laid(cut.buttons):
        pen.ellipse((x - 12, y - 12, x + 12, y + 12), fill=_toned(tone, -58), outline=_toned(tone, 30), width=4)
    for x, y in stains:
        across, down = x * size[0] // 1000, y * size[1] // 1000
        for offset, radius in ((0, 30), (25, 15), (-22, 12)):
            box = (across + offset - radius, down - radius, across + offset + radius, down + radius * 4 // 5)
            pen.ellipse(box, fill=_toned(tone, -44 if sum(tone) > 200 else 44))
    mask, cloth = mask.reduce(FINER), cloth.reduce(FINER)
    table = Image.new("RGB", (WIDE, HIGH), TABLE)
    for across in range(0, WIDE, 108):
        ImageDraw.Draw(table).rectangle((across, 0, across + 1, HIGH), fill=PLANK)
    shadow = Image.new("L", (WIDE // 4, HIGH // 4), 0)
    shadow.paste(mask.reduce(4).point([value * 2 // 5 for value in range(256)]), (2, 4))
    table.paste((70, 58, 44), (0, 0), shadow.filter(ImageFilter.GaussianBlur(3)).resize((WIDE, HIGH)))
    table.paste(cloth, (0, 0), mask)
    jpeg = BytesIO()
    table.save(jpeg, "JPEG", quality=86)
    jpeg.seek(0)
    return jpeg


def _laid(points: Points, finer: float = FINER) -> list[tuple[float, float]]:
    """In pixels of a picture that is so much finer than what is kept."""
    return [(x * WIDE * finer / 100, y * WIDE * finer / 100) for x, y in points]


def _toned(tone: tuple[int, int, int], by: int) -> Any:
    return tuple(max(0, min(255, part + by)) for part in tone)

"""QR codes as SVG, drawn by our own server: a member's pass, the counter's code, a bill's, and everything that is printed."""

from functools import lru_cache


@lru_cache(maxsize=64)
def svg(text: str, *, robust: bool = False) -> str:
    """The text as an <svg> that takes its size and colour from the page.

    `robust` survives scratches and glare on paper; a screen takes the coarser one, which cameras read faster.
    """
    import qrcode  # brings a picture library along: only where a code is drawn

    level = qrcode.constants.ERROR_CORRECT_Q if robust else qrcode.constants.ERROR_CORRECT_L
    maker = qrcode.QRCode(error_correction=level, border=4 if robust else 2)
    maker.add_data(text)
    rows = maker.get_matrix()
    # One stroke per run of dark squares: a third of the library's own picture, which draws each square.
    path = "".join(_runs(row, y) for y, row in enumerate(rows))
    box = f"0 0 {len(rows)} {len(rows)}"
    return f'<svg viewBox="{box}" shape-rendering="crispEdges" aria-hidden="true"><path d="{path}"/></svg>'


def _runs(row: list[bool], y: int) -> str:
    path, x = "", 0
    while x < len(row):
        length = 1
        while row[x] and x + length < len(row) and row[x + length]:
            length += 1
        path += f"M{x} {y}h{length}v1h-{length}z" if row[x] else ""
        x += length
    return path

"""QR codes as SVG, drawn by our own server: for posters, the counter's tablet and everything that is printed."""

from functools import lru_cache
from urllib.parse import quote

PAPERS = ("a4", "tent", "locker")


def address(base_url: str, store: str, placement: str = "") -> str:
    """What a poster's code says: a plain address that any phone camera opens."""
    return f"{base_url.rstrip('/')}/s/{quote(store)}" + (f"?p={quote(placement)}" if placement else "")


@lru_cache(maxsize=64)
def qr(text: str, *, robust: bool = False) -> str:
    """The text as an <svg>. `robust` survives scratches and glare on paper; a screen takes the coarser, faster one."""
    import qrcode  # brings a picture library along: only where a code is drawn
    from qrcode.image.svg import SvgPathImage

    level = qrcode.constants.ERROR_CORRECT_Q if robust else qrcode.constants.ERROR_CORRECT_L
    code = qrcode.QRCode(border=4 if robust else 1, error_correction=level, image_factory=SvgPathImage)
    code.add_data(text)
    return str(code.make_image().to_string(encoding="unicode"))

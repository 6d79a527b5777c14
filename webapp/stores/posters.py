"""What posters are printed on, and what their codes say."""

from urllib.parse import quote

PAPERS = ("a4", "tent", "locker")


def address(base_url: str, store: str, placement: str = "") -> str:
    """What a poster's code says: a plain address that any phone camera opens."""
    return f"{base_url.rstrip('/')}/s/{quote(store)}" + (f"?p={quote(placement)}" if placement else "")

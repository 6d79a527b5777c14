"""Names as they are kept, and as the desk looks for them: big and small letters, narrow and wide ones are the same.

Whoever writes a member's name writes it with `columns`. The key is bytes, because bytes have one order on SQLite and PostgreSQL, in
every language a server may speak; so whoever begins with what was typed stands in one run of the index.
"""

import unicodedata
from typing import Any

AFTER_ALL = b"\xff"  # greater than any letter in UTF-8


def columns(name: str) -> dict[str, Any]:
    """What a member's row keeps of a name; also of none."""
    return {"name": name, "name_key": key(name)}


def key(name: str) -> bytes | None:
    """Without a name there is nothing to look for. Never change this without a migration that writes all keys anew."""
    return unicodedata.normalize("NFKC", name).casefold().encode() or None


def run(beginning: str) -> tuple[bytes, bytes]:
    """From where (included) to where (not included) the keys of all names lie that begin so. Refuses no text but the empty one."""
    first = key(beginning)
    assert first, "there is no run of what begins with nothing"
    return first, first + AFTER_ALL

"""Static files: read once at the start, named by their content, compressed beforehand, served from memory before Flask.

`asset("js/app.js")` gives the hashed address, good for ever in any cache. The style sheets are put together to three files, as
`static/css/ORDER` says: `app.css` for every page, `rooms.css` for most of what members see, `desk.css` for staff. The icons lie in three
files of the same names, each in one of them. Addresses inside our own modules (`import "./x.js"`) are not rewritten: a page names its modules.
"""

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path
from typing import NamedTuple

import brotli

ROOT = Path(__file__).parent.parent / "static"
FOREVER = "public, max-age=31536000, immutable"
SQUEEZED = {"text/css", "text/javascript", "image/svg+xml", "application/wasm", "application/json"}
LEFT_OUT = ("css/", "js/sw.js")
LARGE = 200_000  # beyond this, brotli at its best takes seconds for a few percent

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/wasm", ".wasm")


class Asset(NamedTuple):
    kind: str
    plain: bytes
    gzip: bytes | None
    brotli: bytes | None


class Assets:
    """All static files by address (`files`), the address of each name (`names`) and of each icon (`icons`)."""

    def __init__(self, cache: Path | None = None) -> None:
        self.files: dict[str, Asset] = {}
        self.names: dict[str, str] = {}
        self._cache = cache
        for name, parts in sheets().items():
            self._add(name, b"\n".join((ROOT / "css" / part).read_bytes() for part in parts))
        for path in sorted(ROOT.rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and not name.startswith(LEFT_OUT) and path.name != "LICENSE":
                self._add(name, path.read_bytes())
        self.icons = {
            icon: f"{self.names[f'icons/{file}.svg']}#{icon}" for file, drawn in icons().items() for icon in drawn
        }

    def url(self, name: str) -> str:
        """The address of a file below `static/`; KeyError for a name that is not there."""
        return self.names[name]

    def icon(self, name: str) -> str:
        """The address of an icon; of nothing at all for a name that is not there."""
        return self.icons.get(name, "")

    def _add(self, name: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()[:12]
        stem, dot, ending = name.rpartition(".")
        address = f"/static/{stem}.{digest}{dot}{ending}"
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        squeeze = kind in SQUEEZED
        self.names[name] = address
        self.files[address] = Asset(
            kind if not kind.startswith("text/") else f"{kind}; charset=utf-8",
            content,
            self._squeezed(digest, "gz", content) if squeeze else None,
            self._squeezed(digest, "br", content) if squeeze else None,
        )

    def _squeezed(self, digest: str, how: str, content: bytes) -> bytes:
        """Compressed as small as it goes; kept in the data folder, because brotli takes seconds over a large file."""
        path = self._cache / f"{digest}.{how}" if self._cache else None
        if path and path.exists():
            return path.read_bytes()
        small = (
            gzip.compress(content, 9, mtime=0)
            if how == "gz"
            else brotli.compress(content, quality=11 if len(content) < LARGE else 9)
        )
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{how}.part")
            part.write_bytes(small)
            part.replace(path)
        return small


def sheets() -> dict[str, list[str]]:
    """What each style sheet is put together from, in this order."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "css" / "ORDER").read_text("utf-8").splitlines():
        word = line.partition("#")[0].strip()
        if word.startswith("["):
            parts = found.setdefault(f"{word[1:-1]}.css", [])
        elif word:
            parts.append(word)
    return found


def icons() -> dict[str, list[str]]:
    """The names of the icons in each of their files."""
    files = (ROOT / "icons").glob("*.svg")
    return {path.stem: re.findall(r'<symbol id="([^"]+)"', path.read_text("utf-8")) for path in files}

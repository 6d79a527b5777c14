"""What a phone has to fetch: everything a first visit loads (the shop's door, joining, home), a second one, and one htmx fragment."""

import gzip
import http.client
import re
from contextlib import closing

from bench import servers
from bench.shops import Shop
from bench.table import Line, Table

LOCALHOST = "gzip, deflate, br, zstd"  # what Chromium sends where it trusts the line
PLAIN_HTTP = "gzip, deflate"
FIRST = {"the shop's door": "/s/store1", "joining": "/join?store=store1", "home": "/"}
LINKED = re.compile(
    r"""<(?:script|img|use)\b[^>]*?(?:src|href)=["']([^"'#]+)|<link\b(?=[^>]*rel=["'](?:stylesheet|icon|manifest))[^>]*href=["']([^"']+)"""
)
IMPORTED = re.compile(r"""(?:import|from)\s*\(?["'](\.?\.?/[^"']+)["']""")


def pages(table: Table, shop: Shop) -> None:
    """Goal 10, in kilobytes of bodies as they go over the line, beside the same uncompressed."""
    with servers.real(shop) as real:
        for name, accepted in (("br over localhost", LOCALHOST), ("gzip", PLAIN_HTTP)):
            for page, address in FIRST.items():
                html, linked = _visit(real.port, address, accepted)
                sent, whole = _sum([html, *linked.values()])
                parts = ", ".join(
                    f"{_short(path)} {size[0] / 1024:.1f}"
                    for path, size in sorted(linked.items(), key=lambda item: -item[1][0])
                )
                note = f"page {html[0] / 1024:.1f}, {parts}"
                table.add(Line("10", f"first visit, {page}, {name}", "KB", [sent], "uncompressed", [whole], note=note))
            table.add(Line("10", f"warm visit, home, {name}", "KB", [html[0] / 1024], "uncompressed", [html[1] / 1024]))
        for path in ("/rewards", "/points"):
            sent, whole = _sum([_sizes(real.port, path, PLAIN_HTTP, htmx=True)[0]])
            table.add(Line("10", f"htmx fragment {path}, gzip", "KB", [sent], "uncompressed", [whole]))


Size = tuple[int, int]  # as sent, as unpacked


def _visit(port: int, address: str, accepted: str) -> tuple[Size, dict[str, Size]]:
    """The page and everything it names, modules' imports included, each once."""
    html, text = _sizes(port, address, accepted)
    waiting = [one or other for one, other in LINKED.findall(text)]
    found: dict[str, Size] = {}
    while waiting:
        path = waiting.pop()
        if path in found or not path.startswith("/"):
            continue
        found[path], inside = _sizes(port, path, accepted)
        if path.endswith(".js"):
            base = path.rpartition("/")[0]
            waiting += [_joined(base, name) for name in IMPORTED.findall(inside)]
    return html, found


def _joined(base: str, name: str) -> str:
    return name if name.startswith("/") else f"{base}/{name.removeprefix('./')}"


def _sizes(port: int, path: str, accepted: str, *, htmx: bool = False) -> tuple[Size, str]:
    """Home and fragments are a member's; what comes before is asked for by nobody."""
    headers = {"Accept-Encoding": accepted} | ({"HX-Request": "true"} if htmx else {})
    if not path.startswith(("/s/", "/join")):
        headers["Cookie"] = "huitou=bench-7"
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    plain = _unpacked(body, answer.getheader("Content-Encoding", ""))
    return (len(body), len(plain)), plain.decode("utf-8", "replace")


def _unpacked(body: bytes, how: str) -> bytes:
    if how == "br":
        import brotli

        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if how == "gzip" else body


def _sum(sizes: list[Size]) -> tuple[float, float]:
    return sum(sent for sent, _ in sizes) / 1024, sum(whole for _, whole in sizes) / 1024


def _short(path: str) -> str:
    return re.sub(r"\.[0-9a-f]{12}\.", ".", path.rpartition("/")[2])

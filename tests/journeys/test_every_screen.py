"""Every screen of members and desk, in three languages, light and dark, standard and large: nothing pushed off the side, nothing too
small for a thumb, nothing that a screen reader stumbles over, nothing in the console, no sentence left in another language.

Each page is opened as a person opens it, in simplified Chinese, and looked at by axe in the light and in the dark. In its place then comes
what the server says of it in the other two languages: words and widths differ there, scripts do not. (What loads parts of itself is opened
anew.) Every width and both sizes of letters are tried with every language over the walk, and on each page in one language at least.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import hands, screens
from tests.journeys.conftest import PATIENCE, Device
from tests.kit import browser as kit
from tests.kit.servers import Shop
from webapp.seeds.people import MEMBERS, NAMES, PEOPLE, SURNAMES

pytestmark = pytest.mark.timeout(300)
STANDARD, LARGE = False, True
Look = tuple[int, int, bool]  # width, height, large letters
# What one language tries on one page; the next language, and the same one on the next page, tries the other line.
PHONES: tuple[tuple[Look, ...], ...] = (
    ((360, 640, STANDARD), (390, 844, LARGE)),
    ((390, 844, STANDARD), (360, 640, LARGE)),
)
TABLETS: tuple[tuple[Look, ...], ...] = (
    ((1180, 820, STANDARD), (1180, 820, LARGE)),
    ((1180, 820, LARGE), (1180, 820, STANDARD)),
)
DESK_ON_A_PHONE = (390, 844)
LANGUAGES = {"zh-CN": "13800000001", "en-GB": "13800000008", "zh-TW": "13800000009"}
OTHERS = tuple(LANGUAGES)[1:]
SAID = {"zh-CN": "zh-Hans", "en-GB": "en", "zh-TW": "zh-Hant"}

# What languages call themselves, and the two words as they stand on somebody else's phone.
_NOT_OURS = "简体中文|繁體中文|On the customer's phone: .*"
_PEOPLE = {person[1] for person in PEOPLE} | {str(member["name"]) for member in MEMBERS.values()}
_SOMEBODY = re.compile("|".join([_NOT_OURS, *_PEOPLE, r"[一-鿿]\*\*", f"[{''.join(SURNAMES)}](?:{'|'.join(NAMES)})"]))
_WRITTEN = """() => {
  const written = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const skipped = element => element.closest('[lang^=zh]:not(html), .avatar, .pre, .own-words, script, style, input, textarea');
  while (walker.nextNode()) if (!skipped(walker.currentNode.parentElement)) written.push(walker.currentNode.data);
  for (const element of document.querySelectorAll('body *'))
    if (!element.matches('[lang^=zh], option'))
      for (const name of element.getAttributeNames())
        if (!/^(value|href|src|class|data-starter|data-value)$/.test(name)) written.push(element.getAttribute(name));
  return [document.title, ...written];
}"""
# 44 px in each direction for a thumb; where letters are large, buttons are 60 high. A switch is drawn smaller than it is: it takes taps
# some pixels around itself.
_MEASURED = f"""large => {{
  large ? document.documentElement.dataset.size = 'large' : delete document.documentElement.dataset.size;
  const low = [...document.querySelectorAll('button.button, a.button')]
    .map(element => [element, element.getBoundingClientRect()])
    .filter(([element, box]) => element.checkVisibility() && box.width && box.height < 60)
    .map(([element, box]) => `${{element.outerHTML.slice(0, 90)}} ${{Math.round(box.width)}}x${{Math.round(box.height)}}`);
  const small = large ? low : ({kit.SMALL_TARGETS})(44).filter(what => !what.includes('role="switch"'));
  return [{kit.OVERFLOW}, small];
}}"""
# The same page in another language takes its place: same sheets, other words.
_TAKES_ITS_PLACE = """text => {
  const other = new DOMParser().parseFromString(text, 'text/html'), here = document.documentElement;
  const sheets = of => [...of.querySelectorAll('link[rel=stylesheet]')].map(sheet => sheet.getAttribute('href')).join();
  if (sheets(other) !== sheets(document)) throw new Error('its sheets are others');
  for (const name of here.getAttributeNames()) here.removeAttribute(name);
  for (const {name, value} of other.documentElement.attributes) here.setAttribute(name, value);
  document.title = other.title;
  document.body.replaceWith(document.adoptNode(other.body));
}"""
Everywhere = dict[str, screens.Screens]  # by language: members have receipts of their own


def test_what_a_stranger_sees(phone_of: Device) -> None:
    phones = {language: phone_of(locale=language) for language in LANGUAGES}
    _look_at_all(phones, dict.fromkeys(LANGUAGES, screens.STRANGER), PHONES)


@pytest.mark.parametrize("half", range(2))
def test_what_a_member_sees(half: int, phone_of: Device) -> None:
    phones = {language: phone_of(number, locale=language) for language, number in LANGUAGES.items()}
    _look_at_all(phones, {language: screens.of_member(phone) for language, phone in phones.items()}, PHONES, half, 2)


@pytest.fixture(scope="module")
def desk_screens(browser: Browser, town: Shop) -> screens.Screens:
    """Where everything of the desk is, on a day when somebody waits there."""
    phone, tablet = (browser.new_page(**{**kit.DEVICES[kind], "base_url": town.url}) for kind in ("phone", "tablet"))
    phone.set_default_timeout(PATIENCE)
    hands.sign_in_staff(tablet, "owner")
    hands.come_and_hold(phone, tablet)
    found = screens.of_desk(tablet)
    for page in (phone, tablet):
        page.close()
    return found


@pytest.mark.parametrize("quarter", range(4))
def test_what_the_desk_sees(quarter: int, desk_screens: screens.Screens, desk_of: Device) -> None:
    """On a tablet, and nothing pushed off the side on a phone either."""
    tablets = {language: desk_of("owner", locale=language) for language in LANGUAGES}
    _look_at_all(tablets, dict.fromkeys(LANGUAGES, desk_screens), TABLETS, quarter, 4, also=DESK_ON_A_PHONE)


def test_a_page_that_is_not_there_says_so_kindly(phone_of: Device) -> None:
    phone = phone_of()
    for name, address in screens.REFUSALS.items():
        answer = phone.goto(address)
        assert answer is not None
        assert answer.status in (404, 410), name
        expect(phone.get_by_role("heading", level=1)).to_be_visible()
        assert kit.accessibility_faults(phone) == []
        assert kit.overflow(phone) == 0


def test_the_language_is_switched_and_stays(phone_of: Device) -> None:
    phone = phone_of()
    phone.goto("/s/bath")
    for word, tag in (("English", "en"), ("繁體", "zh-Hant"), ("简体", "zh-Hans")):
        phone.get_by_role("button", name=word).click()
        expect(phone.locator("html")).to_have_attribute("lang", tag)
        phone.goto("/sign-in")
        expect(phone.locator("html")).to_have_attribute("lang", tag)
        phone.goto("/s/bath")


def test_large_letters_and_the_dark_are_one_tap_and_stay(phone_of: Device) -> None:
    phone = phone_of()
    hands.join(phone, hands.new_number())
    phone.goto("/")
    phone.get_by_role("button", name="大字").click()
    expect(phone.locator("html")).to_have_attribute("data-size", "large")
    phone.goto("/me/preferences")
    phone.get_by_role("radio", name="深色").click()
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    expect(phone.locator("html")).to_have_attribute("data-size", "large")
    assert kit.accessibility_faults(phone) == []
    phone.goto("/")
    phone.get_by_role("button", name="标准字").click()
    expect(phone.locator("html")).not_to_have_attribute("data-size", "large")


def _look_at_all(
    pages: dict[str, Page],
    addresses: Everywhere,
    looks: tuple[tuple[Look, ...], ...],
    part: int = 0,
    parts: int = 1,
    also: tuple[int, int] | None = None,
) -> None:
    """Every so manieth of these screens."""
    page, faults = pages["zh-CN"], []
    mine = dict(list(addresses["zh-CN"].items())[part::parts])
    for number, name in enumerate(screens.walk(page, mine)):
        if also and (over := _at(page, *also, STANDARD)[0]):
            faults.append(f"{name}: {over} px too wide on a phone")
        faults += [f"{name}: {fault}" for fault in _measured(page, looks[number % 2])]
        faults += [f"{name}: {fault}" for fault in _accessible(page, number)]
        for turn, language in enumerate(OTHERS, number + 1):
            shown = _in(language, page, pages[language], addresses[language][name])
            faults += [f"{name} in {language}: {fault}" for fault in _measured(shown, looks[turn % 2])]
            if language == "en-GB":
                faults += [f"{name}: in Chinese: {text}" for text in _chinese(shown)]
    assert not faults, "\n".join(faults)


def _in(language: str, page: Page, theirs: Page, address: str) -> Page:
    """The page on which this screen stands in that language now."""
    answer = theirs.request.get(address, headers={"Accept-Language": language})
    text = answer.text()
    assert answer.status == 200, f"{address} answered {answer.status}"
    assert f'<html lang="{SAID[language]}"' in text, address
    if 'hx-trigger="load"' in text:
        theirs.goto(address)
        return theirs
    page.evaluate(_TAKES_ITS_PLACE, text)
    return page


def _measured(page: Page, looks: tuple[Look, ...]) -> Iterator[str]:
    for width, height, large in looks:
        over, small = _at(page, width, height, large)
        where = f"at {width}{' large' if large else ''}"
        if over:
            yield f"{over} px too wide {where}"
        yield from (f"small {where}: {what}" for what in small)


def _at(page: Page, width: int, height: int, large: bool) -> tuple[int, list[str]]:
    """By how much it can be pushed sideways there, and what a thumb would miss."""
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
    over, small = page.evaluate(_MEASURED, large)
    return over, small


def _accessible(page: Page, number: int) -> list[str]:
    """All of axe's rules in one light, and what can be read in the other; the next page begins where this one ended."""
    here, there = ("light", "dark") if number % 2 == 0 else ("dark", "light")
    faults = [f"{here}: {fault}" for fault in kit.accessibility_faults(page)]
    page.emulate_media(color_scheme=there)
    return faults + [f"{there}: {fault}" for fault in kit.accessibility_faults(page, only=("color-contrast",))]


def _chinese(page: Page) -> list[str]:
    written = {_SOMEBODY.sub("", text or "").strip() for text in page.evaluate(_WRITTEN)}
    return sorted(text[:60] for text in written if re.search(r"[\u4e00-\u9fff]", text))

"""Every screen of members and desk, in three languages, light and dark, standard and large: nothing pushed off the side, nothing too
small for a thumb, nothing that a screen reader stumbles over, nothing in the console, no sentence left in another language."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import hands, screens
from tests.journeys.conftest import Device
from tests.kit import browser as kit
from webapp.seeds.people import MEMBERS, NAMES, PEOPLE, SURNAMES

PHONES = ((360, 640), (390, 844))
TABLETS = ((1180, 820),)
Sizes = tuple[tuple[int, int], ...]
LANGUAGES = {"zh-CN": "13800000001", "en-GB": "13800000008", "zh-TW": "13800000009"}

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
_SMALL_BUTTONS = """least => [...document.querySelectorAll('button.button, a.button')]
  .map(element => [element, element.getBoundingClientRect()])
  .filter(([element, box]) => element.checkVisibility() && box.width && box.height < least)
  .map(([element, box]) => `${element.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_stranger_sees(language: str, phone_of: Device) -> None:
    phone = phone_of(locale=language)
    _look_at_all(phone, screens.STRANGER, PHONES, language, 44)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_member_sees(language: str, phone_of: Device) -> None:
    phone = phone_of(LANGUAGES[language], locale=language)
    _look_at_all(phone, screens.of_member(phone), PHONES, language, 44)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_desk_sees(language: str, phone_of: Device, desk_of: Device) -> None:
    tablet = desk_of("owner", locale=language)
    _somebody_waits(phone_of, tablet)
    _look_at_all(tablet, screens.of_desk(tablet), TABLETS, language, 44)


def test_the_desk_fits_a_phone(phone_of: Device, desk_of: Device) -> None:
    phone = desk_of("owner", kind="phone")
    _somebody_waits(phone_of, phone)
    wide = {name: kit.overflow(phone) for name in screens.walk(phone, screens.of_desk(phone))}
    assert {name: over for name, over in wide.items() if over} == {}


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


def _somebody_waits(phone_of: Device, tablet: Page) -> None:
    """One has just come in, and holds a reward."""
    phone = phone_of()
    hands.join(phone, hands.new_number())
    hands.award(tablet, phone, "100")
    hands.hold(phone, "龙井茶一壶")


def _look_at_all(page: Page, addresses: screens.Screens, sizes: Sizes, language: str, least: int) -> None:
    faults = [
        f"{name}: {fault}" for name in screens.walk(page, addresses) for fault in _look_at(page, sizes, language, least)
    ]
    assert not faults, "\n".join(faults)


def _look_at(page: Page, sizes: Sizes, language: str, least: int) -> list[str]:
    faults = [f"in Chinese: {text}" for text in _chinese(page)] if language == "en-GB" else []
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for large in (False, True):
            page.evaluate(
                "large => { large ? document.documentElement.dataset.size = 'large' : delete document.documentElement.dataset.size }",
                large,
            )
            if over := kit.overflow(page):
                faults.append(f"{over} px too wide at {width}{' large' if large else ''}")
            small = page.evaluate(_SMALL_BUTTONS, 60) if large else _small(page, least)
            faults += [f"small at {width}{' large' if large else ''}: {what}" for what in small]
    if language == "zh-CN":
        faults += _accessible(page)
    return faults


def _small(page: Page, least: int) -> list[str]:
    """A switch is drawn smaller than it is: it takes taps some pixels around itself."""
    return [what for what in kit.small_targets(page, least) if 'role="switch"' not in what]


def _accessible(page: Page) -> list[str]:
    faults = kit.accessibility_faults(page)
    page.emulate_media(color_scheme="dark")
    faults += [f"dark: {fault}" for fault in kit.accessibility_faults(page, only=("color-contrast",))]
    page.emulate_media(color_scheme="light")
    return faults


def _chinese(page: Page) -> list[str]:
    written = {_SOMEBODY.sub("", text or "").strip() for text in page.evaluate(_WRITTEN)}
    return sorted(text[:60] for text in written if re.search(r"[\u4e00-\u9fff]", text))

"""What people do with their hands: tap, type on the pad, hold a phone over a code."""

import base64
import itertools
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from tests.kit.servers import DEMO_PASSWORD

MEMBER_PIN, DESK_PIN = "246810", "2580"
OURS = {"Sec-Fetch-Site": "same-origin"}
_numbers = itertools.count(13900005001)

_READ = """async ([zxing, wasm, png]) => {
  if (!window.ZXingWASM) await new Promise((done, fail) => {
    const script = document.createElement('script');
    Object.assign(script, {src: zxing, onload: done, onerror: fail});
    document.head.append(script);
  });
  ZXingWASM.prepareZXingModule({overrides: {locateFile: () => wasm}});
  const bytes = Uint8Array.from(atob(png), c => c.charCodeAt(0));
  const found = await ZXingWASM.readBarcodes(new Blob([bytes], {type: 'image/png'}), {formats: ['QRCode'], tryHarder: true});
  return found[0]?.text ?? '';
}"""


class Thumb:
    """Taps, and counts them."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, what: Locator) -> None:
        what.click()
        self.taps += 1

    @property
    def rested(self) -> int:
        """How many taps it took since the last rest."""
        taken, self.taps = self.taps, 0
        return taken


def new_number() -> str:
    """A phone number that nobody in the town has."""
    return str(next(_numbers))


def sign_in_member(page: Page, number: str, pin: str = MEMBER_PIN) -> None:
    """Straight through the door, for stories that are about something else."""
    form = {"phone": number, "pin": pin, "ticket": secrets.token_hex(16)}
    assert page.request.post("/sign-in/pin", form=form, headers=OURS).ok


def sign_in_staff(page: Page, username: str, store: str = "bath") -> None:
    form = {"username": username, "password": DEMO_PASSWORD, "store": store, "ticket": secrets.token_hex(16)}
    assert page.request.post("/desk/sign-in", form=form, headers=OURS).ok


def join(page: Page, number: str, store: str = "bath") -> None:
    """Become a member; without a number, the holder of a nameless pass."""
    who = {"phone": number} if number else {"guest": "1"}
    form = {**who, "store": store, "ticket": secrets.token_hex(16)}
    assert page.request.post("/join", form=form, headers=OURS).ok


def digits(phone: Page) -> str:
    """The six digits that the member's phone shows now."""
    shown = re.search(r">(\d{3}) (\d{3})<", phone.request.get("/code").text())
    assert shown, "no code: nobody is signed in here"
    return shown[1] + shown[2]


def award(tablet: Page, phone: Page, yuan: str) -> None:
    """The clerk gives the member behind that phone the points of a bill."""
    form = {"code": digits(phone), "amount": yuan}
    seen = re.search(r'name="shown" value="([^"]+)"', tablet.request.get("/desk/award/preview", params=form).text())
    form |= {"shown": seen[1] if seen else "", "ticket": secrets.token_hex(16)}
    answer = tablet.request.post("/desk/award", form=form, headers=OURS)
    assert "/desk/award" in answer.url, answer.text()
    assert answer.ok, answer.text()


def hold(page: Page, reward: str) -> str:
    """The member behind `page` holds a reward; the address of the page with the two words."""
    page.goto("/rewards")
    page.locator(".reward", has_text=reward).click()
    page.get_by_role("button", name="留给我").click()
    page.locator("#redemption[data-state=held]").wait_for()
    return page.url


def come_and_hold(phone: Page, tablet: Page) -> None:
    """One has just come in, and holds a reward: two wait at the desk."""
    join(phone, new_number())
    award(tablet, phone, "100")
    hold(phone, "龙井茶一壶")


def type_on_pad(page: Page, keys: str, pad: str = ".pad") -> None:
    for key in keys:
        page.locator(f"{pad} [data-pad='{key}']").click()


def two_words(page: Page) -> str:
    """The pair that the phone and the tablet must show alike."""
    return " ".join(page.locator(".words strong span").all_inner_texts())


def read_code(scanner: Page, png: bytes) -> str:
    root = scanner.locator("#scan")
    files = [root.get_attribute("data-zxing"), root.get_attribute("data-wasm")]
    return str(scanner.evaluate(_READ, [*files, base64.b64encode(png).decode()]))


def at_home(address: str) -> str:
    """Path and query of an address: the code on the counter names the host as the shop calls it, the test as it likes."""
    return "/" + address.split("/", 3)[3]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What a person at the counter waits at most; longer only on a machine that has more to do than it can."""
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    allowed = seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert took < allowed, f"took {took:.2f} s, at most {allowed:.1f} s are allowed"

"""The first set-up: one page, reachable with a code printed where the server runs, closed for ever once there is a brand.

`new_code` is called at every start; only a keyed hash of the code lies in the data folder.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from models import KINDS, Brand, Store, transaction
from webapp import guesses, policy, signins, vault
from webapp.clock import HOUR
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.staff import people
from webapp.staff.people import Newcomer
from webapp.stores import hours, placements

FILE = "setup-code"
TAKEN_SLUGS = {"new", "all"}


@dataclass(frozen=True)
class Answers:
    """What the page asks for. `hours` as people type it ("10:00-22:00"), the same on every day for a start."""

    brand: str
    kind: str
    store: str
    slug: str
    hours: str
    owner: str
    username: str
    password: str
    pin: str
    phone: str = ""
    address: str = ""


def is_open() -> bool:
    """Is there still no brand?"""
    return not Brand.select().exists()


def new_code(data: Path) -> str | None:
    """A fresh code to print for whoever started the server, or None when the shop is set up. Older codes stop working."""
    path = data / FILE
    if not is_open():
        path.unlink(missing_ok=True)
        return None
    code = vault.code(10)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(vault.keyed("setup", code))
    part.replace(path)
    return code


def check_code(data: Path, code: str, source: str, at: int) -> None:
    """Refuses a wrong code; wrong ones are counted. Missing once the shop is set up."""
    if not is_open():
        raise Missing("没有找到这个页面", code="not_found")
    guesses.check("setup", source, at)
    kept = ""
    with suppress(FileNotFoundError):
        kept = (data / FILE).read_text()
    if kept != vault.keyed("setup", code.strip().upper()):
        guesses.wrong("setup", source, at)
        raise Refusal("开店码不对，请看运行服务器的那个窗口", code="setup_code_wrong", field="code")


def open_shop(data: Path, code: str, answers: Answers, *, source: str, label: str, at: int) -> tuple[str, Store]:
    """Brand, store, hours, two posters and the owner, all or nothing; of two at once one wins and the other finds no page.

    Returns the secret that signs the owner's browser in at the desk, and the store.
    """
    check_code(data, code, source, at)
    if answers.kind not in KINDS:
        raise Refusal("请选择", code="kind_unknown", field="kind")
    slug = answers.slug.strip().lower()
    if not placements.SLUG.match(slug) or slug in TAKEN_SLUGS:
        raise Refusal("网址里只用小写字母、数字和短横", code="slug_shape", field="slug")
    spans = hours.parse(answers.hours, "hours")
    people.check_pin(answers.pin)
    with transaction():
        brand = _brand(answers, at)
        store = Store.create(
            brand=brand.id,
            slug=slug,
            name={"zh": answers.store.strip()},
            kind=answers.kind,
            phone=answers.phone.strip(),
            address={"zh": answers.address.strip()},
            made_at=at,
        )
        hours.put(store, dict.fromkeys(range(7), spans), None, at)
        placements.create(store, "门口", "door", None, at, zh_Hant="門口", en="Door")
        placements.create(store, "柜台", "counter", None, at, zh_Hant="櫃台", en="Counter")
        newcomer = Newcomer(answers.username, answers.owner, "owner", answers.password, None, answers.pin)
        owner = people.hire(newcomer, brand, None, at)
        events.record("set_up", at, store=store.id, staff=owner.id, ref=slug)
        secret = signins.open_for_desk(owner, store, label, at, at + policy.of(store).shift_hours * HOUR)
    (data / FILE).unlink(missing_ok=True)
    return secret, store


def _brand(answers: Answers, at: int) -> Brand:
    # The first row has number 1: of two set-ups at once the table lets one pass, on either database.
    new = Brand.insert(id=1, name={"zh": answers.brand.strip()}, policy={}, made_at=at)
    if new.on_conflict_ignore().as_rowcount().execute() == 0:
        raise Missing("没有找到这个页面", code="not_found")
    return Brand.get_by_id(1)

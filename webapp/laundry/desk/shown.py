"""What several of these screens show: whose order it is, what everything is called, and how a tag may be written."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from wtforms import StringField
from wtforms.validators import Optional

from models import STAGES, Booking, Garment, Member, Order, Store
from webapp import access, clock, forms, policy, vault
from webapp.bookings import holding
from webapp.clock import MINUTE
from webapp.laundry import stages, words
from webapp.members import phones
from webapp.refusals import Refusal

LARGEST = 2**31 - 1
LATEST = 2**40  # seconds; far beyond any date that a form may name
# state → its icon, its colour
LOOKS = {
    "intake": ("pencil", "warn"),
    "awaiting": ("hourglass", "rare"),
    "agreed": ("refresh-cw", "calm"),
    "ready": ("shirt", "good"),
    "collected": ("badge-check", ""),
    "cancelled": ("circle-x", "bad"),
}
# stage → its icon
STEPS = {
    "received": "shopping-bag",
    "agreed": "handshake",
    "treated": "sparkles",
    "cleaned": "refresh-cw",
    "checked": "eye",
    "racked": "shirt",
}
_TAG = re.compile(r"[0-9A-Za-z]{4,12}")


class Yuan(forms.Money):
    """An amount that may be left out."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        StringField.__init__(self, label, [Optional(), forms.plain, self._readable], **kwargs)


class TapForm(forms.Form):
    """A button; the words that a no may bring stand on top."""


def everywhere() -> dict[str, Any]:
    """The words that every screen of the laundry needs."""
    return {
        "states": words.STATE_NAMES,
        "stages": words.STAGE_NAMES,
        "kinds": words.GARMENT_NAMES,
        "fabrics": words.FABRIC_NAMES,
        "colours": words.COLOUR_NAMES,
        "defects": words.DEFECT_NAMES,
        "stains": words.STAIN_NAMES,
        "remarks": stages.REMARKS,
        "looks": LOOKS,
        "steps": STEPS,
        "far": far,
        "ticket": vault.token()[:32],
    }


def find(code: str, store: Store) -> Order:
    """An order of this store."""
    found: Order = access.find(Order, Order.code == plain(code), Order.store == store.id)
    return found


def garment(tag: str, store: Store) -> Garment:
    """A piece of this store."""
    query = Garment.select(Garment, Order).join(Order).where(Garment.tag == plain(tag), Order.store == store.id)
    found: Garment = access.there(query.first())
    return found


def plain(code: str) -> str:
    """A code as it may be sent: anything else finds nothing."""
    return code.upper() if code.isascii() and code.isalnum() else ""


def tags_in(text: str) -> list[str]:
    """Every tag in what a scanner sent or somebody typed: the address of a tag, or the tag itself. Each once."""
    found = []
    for word in text.split():
        last = word.rstrip("/").rpartition("/t/")[2] if "/t/" in word else word
        tag = last.partition("?")[0].upper()
        found.append(tag if _TAG.fullmatch(tag) else word[:40])
    return list(dict.fromkeys(found))


def party(order: Order) -> str:
    """The name they go by; empty for a member without one."""
    owner: Any = order.member
    return str(owner.name if owner else order.guest)


def masked(order: Order) -> str:
    """Their number with its middle hidden; empty when there is none."""
    owner: Any = order.member
    return phones.masked(owner) if owner else ""


def owner_of(order: Order) -> Member | None:
    owner: Member | None = order.member if order.member_id else None
    return owner


def brought(pickup: Booking | None) -> str:
    """What the member wrote when they asked to have it fetched."""
    return holding.note(pickup) if pickup else ""


def moment(form: Any, store: Store) -> int:
    """Day and hour as typed, on the shop's own clock."""
    try:
        typed = dt.datetime.fromisoformat(f"{form.day.data}T{form.time.data}")
    except ValueError:
        raise Refusal("日期像这样写：2026-05-21，时间像这样：18:00", code="no_date", field="day") from None
    return clock.stamp(typed.replace(tzinfo=clock.zone(store.timezone)))


def until(step: int, store: Store) -> int:
    """Until when a step may be taken back."""
    return step + policy.of(store).undo_minutes * MINUTE


def undoing(text: str, action: str, since: int, store: Store, at: int) -> dict[str, Any] | None:
    """The bar that takes the last step back, while it may be."""
    over = until(since, store)
    if over <= at:
        return None
    return {"text": text, "action": action, "start": since, "until": over, "ticket": vault.token()[:32]}


def far(garments: Sequence[Garment]) -> int:
    """How many stages all pieces have behind them, together."""
    return sum(STAGES.index(piece.stage) for piece in garments)


def in_words(form: Any, name: str) -> dict[str, str]:
    """A name in up to three languages; what is empty is left out."""
    given = {"zh": form[name].data, "zh_Hant": form[f"{name}_hant"].data, "en": form[f"{name}_en"].data}
    return {"zh": given["zh"] or ""} | {locale: text for locale, text in given.items() if text}

"""Who stands at the door, as every file of these doors asks it: the browser, its store, the page around the answer."""

from typing import Any

from flask import Response, current_app, request, url_for
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length, Optional

from models import Device, Member, Store
from webapp import access, hx, vault
from webapp.members import devices
from webapp.outbox import inbox
from webapp.refusals import Refusal
from webapp.staff import people
from webapp.words import N_

JOINS = "40/10 minutes"  # from one address: a busy door shares one, a list of numbers does not get far
ASKS = "20/10 minutes"


def pin(needed: bool = True) -> PasswordField:
    # A password field: what was typed is never written back into a page.
    return PasswordField(
        validators=[InputRequired(N_("请填写")) if needed else Optional(), Length(max=12, message=N_("太长了"))]
    )


def ticket() -> str:
    return vault.token()[:32]


def label() -> str:
    return devices.label(request.headers.get("User-Agent", ""))


def fence(most: str) -> None:
    """A coarse fence against flooding from one address; guessing is counted exactly, by the rules."""
    with current_app.extensions["limits"].limit(most):
        return


def page(template: str, member: Member, **context: Any) -> Response:
    return hx.page(template, unread=inbox.unread(member.id), **context)


def device() -> Device:
    entry = access.entry()
    assert entry is not None  # the guard was called first
    return entry.device


def store_of(slug: str) -> Store | None:
    if not slug or not slug.isprintable():
        return None
    found: Store | None = Store.get_or_none(Store.slug == slug[:40].lower(), Store.closed_at.is_null())
    return found


def only_store() -> Store | None:
    found = people.all_stores(limit=2)
    return found[0] if len(found) == 1 else None


def chosen(slug: str | None) -> Store:
    store = store_of(slug or "") or access.store_in_hand() or only_store()
    if store is None:
        raise Refusal("请选你在哪家店", code="store_missing")
    return store


def shop_page() -> str:
    store = access.store_in_hand()
    return url_for("stores.shop", slug=store.slug) if store else url_for("stores.chooser")


def stores() -> dict[str, Any]:
    return {"stores": people.all_stores(), "store": access.store_in_hand()}

"""Neighbours: who honours our vouchers, how many codes went there and came back, and the address of their own page. Managers."""

from typing import Any

from flask import Response, url_for

from models import Partner, Store
from webapp import access, clock, forms, hx, qr, vault
from webapp.offers import partners
from webapp.offers.desk.bp import bp
from webapp.offers.desk.typed import LARGEST
from webapp.prices.templates import GIVEN_MOST

WHOLE, PART = "offers/desk_partners.html", "offers/_desk_partner.html"


class PartnerForm(forms.Form):
    name = forms.text(60)
    note = forms.text(80)
    note_hant = forms.text(80, needed=False)
    note_en = forms.text(120, needed=False)
    most = forms.number(1, GIVEN_MOST, needed=False)
    days = forms.number(1, 365)


@bp.get("/partners", endpoint="partners")
def index() -> Response:
    """GET: everybody, each with a form to change it, and one for somebody new."""
    _, store = access.staff("manager")
    return hx.page(WHOLE, form=None, wrong=0, **_page(store))


@bp.post("/partners", defaults={"id": None}, endpoint="partner_save")
@bp.post(f"/partners/<int(max={LARGEST}):id>", endpoint="partner_save")
def save(id: int | None) -> Response:
    """POST: a new one, whose address is shown once; or a changed one."""
    (actor, store), at = access.staff("manager"), clock.now()
    partner = _partner(id, store) if id is not None else None
    form = forms.read(PartnerForm, WHOLE, later=lambda: {"wrong": id or 0, **_page(store)})
    draft = partners.Draft(form.name.data, forms.in_words(form, "note"), form.most.data, form.days.data)
    kept, secret = partners.put(partner, draft, brand=store.brand_id, at=at, staff=actor)
    return _address(kept, secret) if secret else hx.go(url_for(".partners", _anchor=f"p{kept.id}"))


@bp.post(f"/partners/<int(max={LARGEST}):id>/address", endpoint="partner_address")
def address(id: int) -> Response:
    """POST: another secret address; the old one shows nothing any more."""
    (actor, store), at = access.staff("manager"), clock.now()
    partner = _partner(id, store)
    return _address(partner, partners.new_address(partner, at, actor))


@bp.post(f"/partners/<int(max={LARGEST}):id>/retirement", endpoint="partner_retire")
def retire(id: int) -> Response:
    """POST: no more codes, and their page is closed."""
    actor, store = access.staff("manager")
    partners.retire(_partner(id, store), clock.now(), actor)
    return hx.go(url_for(".partners"))


# --- how it is done ----------------------------------------------------------------------------------------------------


def _partner(id: int, store: Store) -> Partner:
    found: Partner = access.find(
        Partner, Partner.id == id, Partner.brand == store.brand_id, Partner.retired_at.is_null()
    )
    return found


def _page(store: Store) -> dict[str, Any]:
    return {"rows": partners.listed(store.brand_id), "ticket": vault.token()[:32]}


def _address(partner: Partner, secret: str) -> Response:
    """The one page that shows a secret address: it is answered, never kept."""
    address = f"{access.base()}/partners/{secret}"
    return hx.page("offers/desk_partner_address.html", partner=partner, address=address, qr=qr.svg(address))

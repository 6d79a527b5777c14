"""Where the van goes and when it comes by itself: the address book and weekly pick-ups."""

from typing import Any

from flask import Response, request, url_for

from models import Address, Member, Standing
from webapp import access, clock, forms, hx
from webapp.bookings import addresses, standings
from webapp.bookings.views import bp, shown
from webapp.bookings.views.asked import LARGEST


class AddressForm(forms.Form):
    label = forms.text(addresses.LABEL, needed=False)
    address = forms.text(addresses.TEXT)
    next = forms.text(500, needed=False)


@bp.get("/me/addresses")
def address_book() -> Response:
    """GET ?next=: my addresses."""
    me = access.member()
    return shown.page("bookings/addresses.html", me, form=None, **_book(me))


@bp.post("/me/addresses")
def address_add() -> Response:
    """POST: one more; goes on to where it was wanted."""
    me = access.member()
    form = forms.read(AddressForm, "bookings/addresses.html", "bookings/_addresses.html", lambda: _book(me), unread=0)
    addresses.add(me, form.label.data or "", form.address.data, clock.now())
    return hx.go(access.inside(form.next.data, url_for(".address_book")))


@bp.post(f"/me/addresses/<int(max={LARGEST}):id>/removal")
def address_remove(id: int) -> Response:
    """POST: no longer mine."""
    me = access.member()
    addresses.remove(access.find(Address, Address.id == id, Address.member == me.id), me, clock.now())
    return hx.swap("bookings/_addresses.html", url_for(".address_book"), lambda: _book(me), form=None)


@bp.post(f"/standings/<int(max={LARGEST}):id>/end")
def standing_end(id: int) -> Response:
    """POST: no longer every week."""
    me = access.member()
    standings.stop(access.find(Standing, Standing.id == id, Standing.member == me.id), me, clock.now())
    return hx.go(url_for(".index"))


def _book(me: Member) -> dict[str, Any]:
    then = access.inside(request.values.get("next"), "")
    return {"rows": [(one, addresses.text(one)) for one in addresses.of(me)], "then": then}

"""A coupon by hand, from a member's card: which kinds there are, and one tap. From a senior on; nobody gives themselves one."""

from typing import Any

from flask import Response, url_for

from models import Member, Staff, Store, Template
from webapp import access, clock, filters, forms, hx, vault
from webapp.members import looks
from webapp.offers.desk.bp import bp
from webapp.offers.desk.coupons import member
from webapp.offers.desk.typed import LARGEST
from webapp.prices import coupons, templates

WHOLE, PART = "offers/desk_give.html", "offers/_desk_give.html"


class GiveForm(forms.Form):
    ticket = forms.ticket()
    template = forms.number(1, LARGEST)


@bp.get("/members/<code>/coupons")
def give(code: str) -> Response:
    """GET: what may be given by hand now. A part of the member's card."""
    (actor, store), at = access.staff("senior"), clock.now()
    whom = member(code)
    looks.view(whom, actor, store, at)
    return hx.page(WHOLE, PART, form=None, given=None, **_page(whom, actor, store, at))


@bp.post("/members/<code>/coupons")
def give_send(code: str) -> Response:
    """POST template=: into the member's wallet at once. The same form twice is one coupon."""
    (actor, store), at = access.staff("senior"), clock.now()
    whom = member(code)
    form = forms.read(GiveForm, WHOLE, PART, lambda: {"given": None, **_page(whom, actor, store, at)})
    template = templates.of(store.brand_id, form.template.data)
    key = f"hand:{actor.id}:{form.ticket.data}"
    given = coupons.issue(template, whom, store, at, key=key, trigger="hand", staff=actor)
    then = url_for("members_desk.show", code=whom.code)
    return hx.swap(PART, then, lambda: {"form": None, "given": given, **_page(whom, actor, store, at)})


def _page(whom: Member, actor: Staff, store: Store, at: int) -> dict[str, Any]:
    return {
        "m": whom,
        "own": actor.member_id == whom.id,
        "kinds": [_kind(row) for row in templates.giveable(store.brand_id, at)],
        "ticket": vault.token()[:32],
        "at": at,
    }


def _kind(template: Template) -> dict[str, Any]:
    return {
        "t": template,
        "sentence": filters.say(templates.sentence(template)),
        "left": template.most - template.given if template.most else None,
    }

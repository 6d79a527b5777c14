"""Joining, and giving a number to a pass that was started without one."""

from typing import Any

from flask import Response, request, url_for
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from models import PURPOSES, Store
from webapp import access, clock, forms, hx, words
from webapp.members import joining, phones
from webapp.members.views import bp, visitor
from webapp.points import referrals
from webapp.refusals import Refusal
from webapp.words import N_


class JoinForm(forms.Form):
    ticket = StringField(validators=[InputRequired(N_("请刷新页面再试")), Length(16, 64), forms.plain])
    phone = forms.text(40, needed=False)
    service = BooleanField()
    marketing = BooleanField()
    survey = BooleanField()
    partner = BooleanField()
    guest = forms.text(1, needed=False)
    store = forms.text(40, needed=False)
    p = forms.text(40, needed=False)
    i = forms.text(40, needed=False)
    next = forms.text(500, needed=False)


class AttachForm(forms.Form):
    phone = forms.text(40)
    store = forms.text(40, needed=False)


@bp.get("/join")
def join() -> Response:
    """GET ?store=&p=&i=&next=: one field, or none."""
    if access.me():
        return hx.go(access.inside(request.args.get("next"), url_for(".home")))
    store = visitor.store_of(request.args.get("store", "")) or access.store_in_hand() or visitor.only_store()
    if store is None:
        return hx.go(url_for("stores.chooser"))
    asked = {name: request.args.get(name, "")[:500] for name in ("p", "i", "next")}
    then = access.inside(asked["next"], "")
    return hx.page("members/join.html", form=JoinForm(), **_joining(store, asked["p"], then, asked["i"]))


@bp.post("/join")
def join_send() -> Response:
    """POST: a member is made and this browser signed in; a number that is known leads to signing in."""
    visitor.fence(visitor.JOINS)
    if access.me():
        return hx.go(url_for(".home"))
    store = visitor.store_of(request.form.get("store", "")) or access.store_in_hand() or visitor.only_store()
    if store is None:
        return hx.go(url_for("stores.chooser"))
    asked = {name: request.form.get(name, "")[:40] for name in ("p", "i")}
    context = _joining(store, asked["p"], access.inside(request.form.get("next"), ""), asked["i"])
    form = forms.read(JoinForm, "members/join.html", "members/_join.html", **context)
    joined = joining.join(_wish(form, store), clock.now())
    if joined.member is None:
        return hx.page("members/known.html", "members/_known.html", **_known(form.phone.data, store))
    response = hx.go(access.inside(form.next.data, url_for(".home")))
    return access.remember(access.sign_in(response, "member", joined.secret), "store", store.slug)


@bp.get("/me/phone")
def attach() -> Response:
    """GET: give a pass its number."""
    member = access.member()
    if member.phone_key:
        return hx.go(url_for(".me"))
    return visitor.page("members/attach.html", member, form=AttachForm(), **visitor.stores(), ticket=visitor.ticket())


@bp.post("/me/phone")
def attach_send() -> Response:
    """POST: the number is mine from now on, or the clerk is asked to join two cards."""
    visitor.fence(visitor.ASKS)
    member = access.member()
    form = forms.read(
        AttachForm, "members/attach.html", "members/_attach.html", **visitor.stores(), ticket=visitor.ticket()
    )
    store = visitor.chosen(form.store.data)
    secret = joining.attach(member, form.phone.data, store, source=access.source(), at=clock.now())
    if secret is None:
        return hx.go(url_for(".me"))
    return access.remember(hx.go(url_for(".handshake")), "hs", secret, days=1)


# --- what the pages show -----------------------------------------------------------------------------------------------


def _joining(store: Store, placement: str, then: str, invite: str = "") -> dict[str, Any]:
    """`invite` is the code of a friend, in the address or kept since this browser came by one."""
    friend = referrals.plain(invite or request.cookies.get("invite", ""))
    return {"store": store, "placement": placement, "next": then, "invite": friend, "ticket": visitor.ticket()}


def _wish(form: JoinForm, store: Store) -> joining.Wish:
    phone = "" if form.guest.data else form.phone.data or ""
    if not phone and not form.guest.data:
        raise Refusal("填手机号，或者点「先不留手机号」", code="phone_missing", field="phone")
    ticked = frozenset(purpose for purpose in PURPOSES if form[purpose].data)
    friend = referrals.plain(form.i.data or request.cookies.get("invite", ""))
    here = (words.locale(), visitor.label(), friend)
    return joining.Wish(store, phone, form.ticket.data, ticked, form.p.data or "", *here)


def _known(phone: str, store: Store) -> dict[str, Any]:
    return {"phone": phone, "masked": phones.mask(phones.read(phone)), "store": store, "ticket": visitor.ticket()}

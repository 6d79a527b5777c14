"""Goodwill out of one's own purse: one tap, a reason, and over the purse a manager's PIN on the same screen. And what the purses brought back."""

from typing import Any

from flask import Response, request, url_for
from wtforms import PasswordField
from wtforms.validators import Length

from models import Member, Staff, Store
from webapp import access, clock, forms, hx, policy, vault
from webapp.clock import DAY
from webapp.complaints import purse
from webapp.complaints.desk import bp, shown
from webapp.members import looks
from webapp.refusals import Missing
from webapp.staff import people
from webapp.words import N_

WHOLE, PART = "complaints/desk_goodwill.html", "complaints/_desk_goodwill.html"
AMOUNTS = (500, 1000, 2000, 3000)  # fen, one tap each
REASONS = (N_("让你久等了"), N_("是我们弄错了"), N_("东西不合心意"), N_("一点心意"))
PERIODS = (30, 90, 365)


class GiveForm(forms.Form):
    """How much, in what, why; who stands beside it and their PIN, where it is more than the purse holds."""

    about = "goodwill"
    ticket = forms.ticket()
    kind = forms.choice(purse.KINDS)
    amount = forms.Yuan()
    points = forms.number(1, 1_000_000, needed=False)
    why = forms.text(purse.WHY_MOST)
    case = forms.text(16, needed=False)
    by = forms.number(1, shown.LARGEST, needed=False)
    pin = PasswordField(validators=[Length(max=8), forms.plain])


@bp.get("/members/<code>/goodwill")
def goodwill(code: str) -> Response:
    """GET ?case=: what I have left this month, and what this member was given. A part of other pages."""
    (actor, store), at = access.staff(), clock.now()
    member = shown.member(code)
    looks.view(member, actor, store, at)
    return hx.page(WHOLE, PART, form=None, **_page(member, actor, store, at))


@bp.post("/members/<code>/goodwill")
def give(code: str) -> Response:
    """POST kind=&amount=&points=&why=&by=&pin=: given at once. Wrong PINs are counted as at the sign-in."""
    (actor, store), at = access.staff(), clock.now()
    member = shown.member(code)
    form = forms.read(GiveForm, WHOLE, PART, lambda: _page(member, actor, store, at))
    given = purse.give(
        member,
        store,
        actor,
        form.kind.data,
        (form.amount.fen if form.amount.data else 0) if form.kind.data == "coupon" else form.points.data or 0,
        form.why.data,
        at,
        key=f"desk:{actor.id}:{form.ticket.data}",
        case=shown.find(form.case.data, store) if form.case.data else None,
        approved_by=_beside(form, store, at),
    )
    if form.case.data:
        return hx.go(url_for(".case", code=shown.plain(form.case.data)))
    then = url_for("members_desk.show", code=member.code)
    return hx.swap(PART, then, lambda: _page(member, actor, store, at) | {"form": None, "given": given})


@bp.get("/purses")
def purses() -> Response:
    """GET ?days=: who gave what; for the owner, what it brought back. Managers."""
    (actor, store), at = access.staff("manager"), clock.now()
    asked = request.args.get("days", 30, type=int)
    days = asked if asked in PERIODS else 30
    since = clock.day_start(at - (days - 1) * DAY, store.timezone)
    staff = [(one, purse.left(one, store, at)) for one in people.of_store(store)]
    return hx.page(
        "complaints/desk_purses.html",
        people=staff,
        uses=purse.uses(store, since, at + 1, 100),
        back=purse.brought_back(store, since, at + 1) if actor.at_least("owner") else [],
        endless=purse.WITHOUT_END,
        period=days,
        periods=PERIODS,
        **shown.everywhere(),
    )


def _beside(form: GiveForm, store: Store, at: int) -> Staff | None:
    """Who typed their PIN on this screen, for this one gift."""
    if not form.by.data or not form.pin.data:
        return None
    person = Staff.get_or_none(Staff.id == form.by.data)
    if person is None:
        raise Missing("没有找到这位同事", code="no_such_person", field="by")
    return people.vouch(access.desk().device, store, person, form.pin.data, at)


def _page(member: Member, actor: Staff, store: Store, at: int) -> dict[str, Any]:
    return {
        "m": member,
        "pocket": purse.left(actor, store, at),
        "endless": purse.WITHOUT_END,
        "own": actor.member_id == member.id,
        "point_fen": policy.of(store).point_fen,
        "amounts": AMOUNTS,
        "reasons": REASONS,
        "managers": [
            one
            for one in people.of_store(store)
            if one.at_least("manager") and (one.id != actor.id or one.role == "owner")
        ],
        "case": request.values.get("case", "")[:16],
        "had": purse.of_member(member, 3),
        "given": None,
        "ticket": vault.token()[:32],
        "at": at,
    }

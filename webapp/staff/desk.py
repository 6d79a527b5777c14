"""The desk's own doors: signing a tablet in and out, who acts on it, the queue, people, devices, and the audit."""

import datetime as dt
import re
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from models import ROLES, Event, Member, Staff
from webapp import access, clock, filters, forms, hx, policy, signins, vault, words
from webapp.points.phrases import TIER_NAMES
from webapp.staff import audit, board, people
from webapp.staff.people import Newcomer
from webapp.words import N_

bp = Blueprint("staff_desk", __name__, url_prefix="/desk")
LARGEST = 2**31 - 1  # the largest number of a row

_MACHINES = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


class SignInForm(forms.Form):
    username = forms.text(40)
    password = PasswordField(validators=[InputRequired(N_("请填写")), Length(max=people.PASSWORD_MOST), forms.plain])
    store = forms.text(40, needed=False)
    next = forms.text(500, needed=False)


class WhoForm(forms.Form):
    staff = forms.Whole(validators=[InputRequired(N_("请先选是谁")), NumberRange(1, LARGEST, N_("请先选是谁"))])
    pin = PasswordField(validators=[InputRequired(N_("请输入 PIN")), Length(max=8), forms.plain])
    next = forms.text(500, needed=False)


class LanguageForm(forms.Form):
    locale = forms.choice(words.LOCALES)
    next = forms.text(500, needed=False)


class NewPersonForm(forms.Form):
    ticket = forms.ticket()
    name = forms.text(40)
    username = forms.text(40)
    role = forms.text(10)
    scope = forms.text(5, needed=False)
    password = PasswordField(validators=[InputRequired(N_("请填写")), Length(max=people.PASSWORD_MOST), forms.plain])
    pin = PasswordField(validators=[Length(max=8), forms.plain])


class PersonForm(forms.Form):
    """One page, several small forms: each door reads its own field, the rule refuses what is missing."""

    role = forms.text(10, needed=False)
    old = PasswordField(validators=[Length(max=people.PASSWORD_MOST), forms.plain])
    password = PasswordField(validators=[Length(max=people.PASSWORD_MOST), forms.plain])
    pin = PasswordField(validators=[Length(max=8), forms.plain])


class AuditForm(forms.Form):
    person = forms.number(1, LARGEST, needed=False)
    day = forms.text(10, needed=False)
    verb = StringField(validators=[Length(max=40)])
    before = forms.number(1, 2**62, needed=False)


# --- the tablet ----------------------------------------------------------------------------------------------------------


@bp.get("/sign-in")
def sign_in() -> Response:
    """The sign-in page of the desk."""
    form = SignInForm(store=request.cookies.get("store", ""), next=access.inside(request.args.get("next"), ""))
    return hx.page("staff/sign_in.html", form=form, **_signing_in())


@bp.post("/sign-in")
def sign_in_send() -> Response:
    """Signs this tablet in and goes on to where it was wanted."""
    form = forms.read(SignInForm, "staff/sign_in.html", "staff/_sign_in.html", **_signing_in())
    before = access.entry()
    secret = people.sign_in(
        form.username.data,
        form.password.data,
        form.store.data or "",
        source=access.source(),
        label=_label(),
        at=clock.now(),
        instead_of=before.device.id if before else None,
    )
    return access.sign_in(hx.go(access.inside(form.next.data, url_for(".home"))), "desk", secret)


@bp.post("/sign-out")
def sign_out() -> Response:
    """Ends this tablet's sign-in, whoever acts."""
    if entry := access.entry():
        people.sign_out(entry.device, clock.now())
    return access.sign_out(hx.go(url_for(".sign_in")), "desk")


@bp.get("/who")
def who() -> Response:
    """Who is using the tablet? A grid of people and a PIN pad."""
    entry = access.desk()
    form = WhoForm(next=access.inside(request.args.get("next"), ""), staff=entry.acting.id if entry.acting else None)
    return hx.page("staff/who.html", form=form, **_who(entry))


@bp.post("/who")
def who_send() -> Response:
    """The PIN was typed: that person acts from now on."""
    entry = access.desk()
    form = forms.read(WhoForm, "staff/who.html", "staff/_who.html", **_who(entry))
    person = access.find(Staff, Staff.id == form.staff.data)
    assert entry.store is not None
    people.act_as(entry.device, entry.store, person, form.pin.data, clock.now())
    return hx.go(access.inside(form.next.data, url_for(".home")))


@bp.post("/language")
def language() -> Response:
    """Which language this tablet speaks, whoever acts on it; kept in its browser."""
    access.desk()
    form = forms.read(LanguageForm, "errors/422.html", back=url_for(".home"))
    back = hx.go(access.inside(form.next.data, url_for(".home")))
    return access.remember(back, "lang", form.locale.data)


# --- the queue --------------------------------------------------------------------------------------------------------------


@bp.get("/")
def home() -> Response:
    """The desk's home: the queue on the left."""
    entry = access.desk()
    return hx.page("staff/home.html", **_board(entry), undo=None)


@bp.get("/queue", endpoint="queue")
def queue_part() -> Response:
    """The queue alone, for the poll."""
    return hx.page("staff/_queue.html", **_board(access.desk()))


# --- people -------------------------------------------------------------------------------------------------------------------


@bp.get("/settings/people", endpoint="people")
def people_list() -> Response:
    """Everybody this manager has a say over, and a form for one more."""
    actor, _ = access.staff("manager")
    return hx.page("staff/people.html", form=NewPersonForm(role="clerk", scope="store"), **_people(actor))


@bp.post("/settings/people")
def people_add() -> Response:
    """Hires somebody."""
    actor, store = access.staff("manager")
    form = forms.read(NewPersonForm, "staff/people.html", "staff/_new_person.html", **_people(actor))
    everywhere = form.role.data == "owner" or (form.scope.data == "brand" and actor.store_id is None)
    newcomer = Newcomer(
        form.username.data,
        form.name.data,
        form.role.data,
        form.password.data,
        None if everywhere else store,
        form.pin.data or "",
    )
    person = people.hire(newcomer, store.brand, actor, clock.now())
    return hx.go(url_for(".person", id=person.id))


@bp.get(f"/settings/people/<int(max={LARGEST}):id>")
def person(id: int) -> Response:
    """One person: role, PIN, password, leaving."""
    actor, _ = access.staff("manager")
    context = _person(actor, id)
    return hx.page("staff/person.html", form=PersonForm(role=context["person"].role), **context)


@bp.post(f"/settings/people/<int(max={LARGEST}):id>/role")
def role(id: int) -> Response:
    """Another role. The PIN is asked again."""
    actor, person, form = _in_hand(id)
    people.promote(person, form.role.data, actor, clock.now())
    return hx.go(url_for(".person", id=id))


@bp.post(f"/settings/people/<int(max={LARGEST}):id>/pin")
def pin(id: int) -> Response:
    """A new PIN for somebody else."""
    actor, person, form = _in_hand(id)
    people.set_pin(person, form.pin.data, actor, clock.now())
    return hx.go(url_for(".person", id=id))


@bp.post(f"/settings/people/<int(max={LARGEST}):id>/password")
def password(id: int) -> Response:
    """A new password for somebody who forgot theirs."""
    actor, person, form = _in_hand(id)
    people.reset_password(person, form.password.data, actor, clock.now())
    return hx.go(url_for(".person", id=id))


@bp.post(f"/settings/people/<int(max={LARGEST}):id>/dismissal")
def dismissal(id: int) -> Response:
    """Somebody leaves; every sign-in of theirs ends at once."""
    actor, person, _ = _in_hand(id)
    people.dismiss(person, actor, clock.now())
    return hx.go(url_for(".people"))


@bp.get("/own")
def own() -> Response:
    """My own PIN and password."""
    access.staff()
    return hx.page("staff/own.html", form=PersonForm())


@bp.post("/own/password")
def own_password() -> Response:
    """My new password; my other sign-ins end."""
    actor, _ = access.staff()
    form = forms.read(PersonForm, "staff/own.html")
    device = access.desk().device
    people.change_password(
        actor, form.old.data or "", form.password.data or "", access.source(), clock.now(), device=device.id
    )
    return hx.go(url_for(".home"))


@bp.post("/own/pin")
def own_pin() -> Response:
    """My new PIN. The old one is asked again first."""
    actor, _ = access.staff(fresh=True)
    form = forms.read(PersonForm, "staff/own.html")
    people.set_pin(actor, form.pin.data or "", actor, clock.now(), device=access.desk().device.id)
    return hx.go(url_for(".home"))


# --- devices and the audit ------------------------------------------------------------------------------------------------------


@bp.get("/settings/devices")
def devices() -> Response:
    """The tablets that are signed in."""
    actor, store = access.staff("manager")
    return hx.page(
        "staff/devices.html", devices=people.tablets(store, actor, clock.now()), here=access.desk().device.id
    )


@bp.post(f"/settings/devices/<int(max={LARGEST}):id>/end")
def device_end(id: int) -> Response:
    """Signs one of them out from afar."""
    actor, _ = access.staff("manager")
    people.end_tablet(id, actor, clock.now())
    return hx.go(url_for(".devices"))


@bp.get("/audit", endpoint="audit")
def audit_page() -> Response:
    """Who did what, newest first: of this store, or of all for the brand's people."""
    actor, store = access.staff("manager")
    q = forms.from_query(AuditForm)
    wanted = audit.Wanted(
        store=store.id if actor.store_id else None,
        staff=q.person.data if not q.person.errors else None,
        verb=q.verb.data if q.verb.data in audit.SENTENCES else "",
        day=_day(q.day.data, store.timezone),
        before=q.before.data if not q.before.errors else None,
    )
    found, older = audit.entries(wanted)
    kept = {"person": wanted.staff, "day": q.day.data if wanted.day else None, "verb": wanted.verb or None}
    context: dict[str, Any] = {
        "rows": [_told(event) for event in found],
        "older": older,
        "q": kept,
        "people": people.of_brand(actor),
    }
    return hx.page("staff/audit.html", verbs=_verbs(), **context)


# --- what the pages show --------------------------------------------------------------------------------------------------------


def _signing_in() -> dict[str, Any]:
    return {"ticket": vault.token()[:32], "stores": people.all_stores(), "store": None, "me": None}


def _who(entry: signins.Entry) -> dict[str, Any]:
    assert entry.store is not None
    return {"people": people.of_store(entry.store), "ticket": vault.token()[:32]}


def _board(entry: signins.Entry, current: str = "") -> dict[str, Any]:
    assert entry.store is not None
    lane = request.args.get("lane", "")
    return board.context(
        entry.store,
        entry.acting,
        clock.now(),
        lane if lane in board.ADDRESSES else "",
        current or request.args.get("current", "")[:24],
    )


def _people(actor: Staff) -> dict[str, Any]:
    return {"people": people.of_brand(actor), "ticket": vault.token()[:32]}


def _person(actor: Staff, id: int) -> dict[str, Any]:
    mine = (Staff.store == actor.store_id) if actor.store_id else (Staff.brand == actor.brand_id)
    found = access.find(Staff, Staff.id == id, mine)
    return {"person": found, "roles": [role for role in ROLES if actor.at_least(role)]}


def _in_hand(id: int) -> tuple[Staff, Staff, PersonForm]:
    """Guard, find and read in one: who acts (the PIN was typed just now), whom it is about, and what was sent."""
    actor, _ = access.staff("manager", fresh=True)
    context = _person(actor, id)
    return actor, context["person"], forms.read(PersonForm, "staff/person.html", **context)


def _label() -> str:
    agent = request.headers.get("User-Agent", "")
    return next((name for mark, name in _MACHINES if mark in agent), "")


def _day(text: str | None, zone: str) -> tuple[int, int] | None:
    if not text or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        start = dt.datetime.fromisoformat(text).replace(tzinfo=clock.zone(zone))
    except ValueError:
        return None
    return clock.stamp(start), clock.stamp(start + dt.timedelta(days=1))


def _verbs() -> list[tuple[str, str]]:
    return [(verb, gettext(text) % _Dots()) for verb, text in audit.SENTENCES.items()]


class _Dots(dict[str, str]):
    """Where a sentence has a hole: 请来 …"""

    def __missing__(self, name: str) -> str:
        return "…"


def _told(event: Event) -> dict[str, Any]:
    """One row of the audit in plain words."""
    by_member = event.member and event.verb not in audit.BY_ITSELF
    who = event.staff.name if event.staff else gettext("会员") if by_member else gettext("系统")
    text = audit.SENTENCES.get(event.verb)
    values = {name: filters.spoken(value, name) for name, value in event.data.items()} | _spoken(event)
    wanted = {name: values.get(name, "") for name in re.findall(r"%\((\w+)\)s", text or "")}
    return {
        "at": event.at,
        "who": who,
        "what": filters.singular(gettext(text, **wanted)) if text else event.verb,
        "member": _masked(event.member) if event.member else "",
        "store": event.store.name if event.store else None,
        "ref": event.ref,
    }


def _spoken(event: Event) -> dict[str, str]:
    """What the event keeps as a key, in words: numbers, tiers, purposes."""
    said = {}
    if changes := audit.changes(event):
        said["changes"] = ", ".join(
            f"{gettext(policy.NAMES.get(name, name))} {old} → {new}" for name, old, new in changes
        )
    if tier := TIER_NAMES.get(event.data.get("tier", "")):
        said["tier"] = filters.say(tier)
    if purpose := audit.PURPOSES.get(event.ref):
        said["purpose"] = gettext(purpose)
    return said


def _masked(member: Member) -> str:
    return f"{member.name[0]}**" if member.name else gettext("会员")

"""Doors for customers: the shop behind the poster, the counter's code, the first set-up, and what makes the app installable."""

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, redirect, request, url_for
from flask_babel import gettext
from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired, Length

from models import KINDS, Store, Visit
from webapp import access, clock, filters, forms, front, hx, vault
from webapp.assets import ROOT
from webapp.outbox import inbox
from webapp.points import referrals, visits
from webapp.prices import notices
from webapp.refusals import Missing
from webapp.staff import people, queue
from webapp.stores import counter, hours, placements, setup, shops
from webapp.words import N_, said

bp = Blueprint("stores", __name__)
LARGEST = 2**31 - 1  # the largest number of a row

# What the service worker keeps: enough for the member's own code and the page without a network.
KEPT = (
    "app.css", "vendor/htmx.org@4.0.1/htmx.min.js", "js/app.js", "js/code.js", "icons/app.svg", "img/drawings.svg", "img/logo.svg",
    "img/favicon.svg",
)  # fmt: skip
DAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
PAPER, INK = "#f6f1e7", "#1d4438"


class JoinFields(forms.Form):
    """The empty joining form, as members/_join.html shows it; the members' room reads it."""

    phone = forms.text(30, needed=False)
    service = BooleanField()
    marketing = BooleanField()
    survey = BooleanField()
    partner = BooleanField()


class SetupForm(forms.Form):
    ticket = forms.ticket()
    code = forms.text(20)
    brand = forms.text(40)
    kind = forms.choice(KINDS)
    store = forms.text(40)
    slug = forms.text(40)
    hours = forms.text(80)
    address = forms.text(80, needed=False)
    name = forms.text(40)
    username = forms.text(40)
    password = PasswordField(validators=[InputRequired(N_("请填写")), Length(max=people.PASSWORD_MOST), forms.plain])
    pin = PasswordField(validators=[InputRequired(N_("请填写")), Length(max=8), forms.plain])


class ArriveForm(forms.Form):
    proof = forms.text(200, needed=False)


# --- the shop --------------------------------------------------------------------------------------------------------------


@bp.get("/s")
def chooser() -> Response:
    """All stores of the brand."""
    access.me()
    at, found = clock.now(), shops.all_open()
    weeks = hours.of(found)
    rows = [{"store": store} | _openness(store, weeks[store.id], at) for store in found]
    return hx.page("stores/chooser.html", rows=rows)


@bp.get("/s/<slug>")
def shop(slug: str) -> Response:
    """The shop page behind the printed code; it browses and joins, and proves nothing."""
    access.me()
    store = shops.find(slug)
    if store is None:
        return make_response(redirect(url_for(".chooser"), 303))
    g.store, at, seen = store, clock.now(), request.cookies.get("seen", "")[:300]
    poster, marks = (
        placements.scanned(store, request.args.get("p", ""), seen, at) if request.method == "GET" else (None, seen)
    )
    week, invited = hours.of([store])[store.id], referrals.plain(request.args.get("i", ""))
    response = hx.page(
        "stores/shop.html",
        store=store,
        gift=referrals.offer(store, invited) if invited else 0,
        rewards=shops.window(store, at),
        today=notices.today(store, access.me(), at, ahead=True),
        listed=_listed(week),
        waiting=queue.people(store.id, at),
        **_openness(store, week, at),
        **_joining(poster.slug if poster else "", invited),
    )
    if invited:
        access.remember(response, "invite", invited, days=30)
    if marks != seen:
        access.remember(response, "seen", marks, days=2)
    return access.remember(response, "store", store.slug)


@bp.post("/s/<slug>/choice")
def choose(slug: str) -> Response:
    """The member's phone has to do with this store from now on."""
    access.member()
    entry = access.entry()
    assert entry is not None
    store = shops.choose(entry.device.id, slug)
    return access.remember(hx.go(url_for("members.home")), "store", store.slug)


# --- the counter's code ----------------------------------------------------------------------------------------------------


@bp.get("/c/<token>", endpoint="counter")
def counter_code(token: str) -> Response:
    """What the phone opens at the counter: a form that goes off by itself, the joining form, or what to do with an old code."""
    me, at = access.me(), clock.now()
    reading = counter.read(token, at)
    if reading.verdict != counter.FRESH:
        reading = counter.proven(request.cookies.get("presence", ""), "browser", token, at) or reading
    store = reading.store
    if reading.verdict != counter.FRESH or store is None:
        return hx.page("stores/counter_old.html", store=store, verdict=reading.verdict, status=410 if store else 404)
    g.store = store
    proof = counter.prove(store, reading.window, f"m{me.id}" if me else "browser", at)
    response = hx.page("stores/check_in.html", store=store, token=token, proof=proof, next=request.path, **_joining(""))
    if not me and counter.read(token, at).verdict == counter.FRESH:
        # Joining takes longer than the code lives: this browser was here in time.
        response.set_cookie(
            "presence", proof, max_age=counter.PROOF_LASTS, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return access.remember(response, "store", store.slug)


@bp.post("/c/<token>/visits")
def check_in(token: str) -> Response:
    """The member is here: one visit, however often it is sent."""
    member = access.member()
    form = forms.read(ArriveForm, "stores/counter_old.html", store=None, verdict="")
    visit, new = counter.arrive(member, token, form.proof.data or "", clock.now())
    return hx.go(url_for(".checked_in", id=visit.id, again=None if new else 1))


@bp.get(f"/visits/<int(max={LARGEST}):id>")
def checked_in(id: int) -> Response:
    """The desk has seen you."""
    me = access.member()
    visit = access.find(Visit, Visit.id == id, Visit.member == me.id)
    return hx.page(
        "stores/checked_in.html",
        visit=visit,
        attended=visits.attended(visit),
        store=visit.store,
        again="again" in request.args,
        unread=inbox.unread(me.id),
        **_ahead(visit, clock.now()),
    )


@bp.get(f"/visits/<int(max={LARGEST}):id>/ahead")
def ahead(id: int) -> Response:
    """How many are before me at the counter; 204 by the front while nothing changed."""
    me = access.member()
    visit = access.find(Visit, Visit.id == id, Visit.member == me.id)
    return hx.page("stores/_ahead.html", visit=visit, **_ahead(visit, clock.now()))


# --- the first set-up --------------------------------------------------------------------------------------------------------


@bp.before_app_request
def first_visit() -> Response | None:
    """Until there is a brand, every page leads to the set-up."""
    if request.method != "GET" or current_app.extensions.get("shop_open") or request.blueprint in (None, "api"):
        return None
    if request.endpoint in (
        "stores.setup",
        "stores.manifest",
        "stores.worker",
        "stores.offline",
        "stores.kept",
        "stores.authority",
    ):
        return None
    if setup.is_open():
        return make_response(redirect(url_for("stores.setup"), 303))
    current_app.extensions["shop_open"] = True
    return None


@bp.get("/setup", endpoint="setup")
def setup_page() -> Response:
    """The set-up page, until there is a brand."""
    if not setup.is_open():
        raise Missing("没有找到这个页面", code="not_found")
    form = SetupForm(code=request.args.get("code", "")[:20], kind="bath", hours="10:00-22:00")
    return hx.page("stores/setup.html", form=form, **_setting_up())


@bp.post("/setup")
def setup_send() -> Response:
    """Opens the shop and signs the owner in on this browser."""
    if not setup.is_open():
        raise Missing("没有找到这个页面", code="not_found")
    form = forms.read(SetupForm, "stores/setup.html", "stores/_setup.html", **_setting_up())
    given = form.data
    answers = setup.Answers(
        **{
            name: given[name] or ""
            for name in ("brand", "kind", "store", "slug", "hours", "username", "password", "pin", "address")
        },
        owner=given["name"],
    )
    secret, store = setup.open_shop(_data(), given["code"], answers, source=access.source(), label="", at=clock.now())
    response = access.sign_in(hx.go(url_for("stores_desk.posters")), "desk", secret)
    return access.remember(response, "store", store.slug)


# --- installable, offline, secure ----------------------------------------------------------------------------------------------


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """What a phone needs to put the app on its home screen."""
    brand = access.brand()
    name = said(brand.name) if brand else gettext("回头")
    icons = [
        {"src": _asset(f"img/{file}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
        for file, size, purpose in (
            ("icon-192", "192x192", "any"),
            ("icon-512", "512x512", "any"),
            ("icon-maskable-512", "512x512", "maskable"),
        )
    ]
    document = {
        "id": "/",
        "name": name,
        "short_name": name[:12],
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": icons,
        "shortcuts": [{"name": gettext("会员码"), "url": "/code"}],
    }
    return _file(json.dumps(document, ensure_ascii=False), "application/manifest+json")


@bp.get("/sw.js")
def worker() -> Response:
    """The service worker. The list of files is its last line, so that browsers fetch it anew when one of them changes."""
    text = (ROOT / "js" / "sw.js").read_text("utf-8").replace("/static/img/icon-192.png", _asset("img/icon-192.png"))
    response = _file(f"{text}\n// {vault.fingerprint(' '.join(_kept()))[:16]}\n", "text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@bp.get("/offline")
def offline() -> Response:
    """The page without a network: no names, no numbers, the same for everybody."""
    return hx.page("errors/offline.html", me=None, store=None, actor=None)


@bp.get("/offline/assets.json")
def kept() -> Response:
    """The addresses that the service worker keeps."""
    return _file(json.dumps({"assets": _kept()}), "application/json")


@bp.get("/ca.crt")
def authority() -> Response:
    """The shop's own authority, for tablets that are to trust it; a 404 where there is none."""
    path = _data() / "tls" / "ca.crt"
    if not path.exists():
        raise Missing("没有找到这个页面", code="not_found")
    response = _file(path.read_text(), "application/x-x509-ca-cert")
    response.headers["Content-Disposition"] = 'attachment; filename="huitou-ca.crt"'
    return response


@bp.get("/insecure")
def insecure() -> Response:
    """What is missing on plain HTTP, and where to go instead."""
    access.me()
    base = current_app.extensions["settings"].base_url
    return hx.page(
        "errors/insecure.html",
        url=base if base.startswith("https://") else "",
        authority=(_data() / "tls" / "ca.crt").exists(),
    )


# --- what the pages show -----------------------------------------------------------------------------------------------------------


def _openness(store: Store, week: hours.Week, at: int) -> dict[str, Any]:
    now = hours.openness(week, at, store.timezone)
    if now.until is None:
        return {"open_now": now.open, "until": ""}
    soon = now.open or clock.day_number(now.until, store.timezone) == clock.day_number(at, store.timezone)
    return {"open_now": now.open, "until": filters.time_of_day(now.until) if soon else filters.when(now.until)}


def _ahead(visit: Visit, at: int) -> dict[str, Any]:
    pulse = front.pulse("store", visit.store_id, visit.store.queue_version, at)
    before, greeted = counter.ahead(visit, at)
    return {"ahead": before, "greeted": greeted, "pulse": pulse}


def _listed(week: hours.Week) -> list[dict[str, str]]:
    """The week for reading; days in a row with the same hours are one line."""
    lines: list[tuple[int, int, str]] = []
    for day in range(7):
        times = hours.written(week.get(day, ())) or gettext("休息")
        if lines and lines[-1][2] == times:
            lines[-1] = (lines[-1][0], day, times)
        else:
            lines.append((day, day, times))
    return [{"days": _days(first, last), "times": times} for first, last, times in lines]


def _days(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return str(gettext("每天"))
    one, other = str(gettext(DAYS[first])), str(gettext(DAYS[last]))
    return one if first == last else str(gettext("%(first)s至%(last)s", first=one, last=other))


def _joining(placement: str, invite: str = "") -> dict[str, Any]:
    return {"form": JoinFields(), "ticket": vault.token()[:32], "placement": placement, "invite": invite}


def _setting_up() -> dict[str, Any]:
    return {"ticket": vault.token()[:32], "store": None, "me": None}


def _kept() -> list[str]:
    return [_asset(name) for name in KEPT]


def _asset(name: str) -> str:
    found: Any = current_app.jinja_env.globals["asset"]
    return str(found(name))


def _data() -> Path:
    data: Path = current_app.extensions["settings"].data
    return data


def _file(text: str, kind: str) -> Response:
    response = make_response(text)
    response.headers["Content-Type"] = kind
    response.headers["Cache-Control"] = "no-cache"
    return response

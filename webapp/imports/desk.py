"""Staff's doors to imports: a file is shown, tried dry, put in, taken out; and everybody in one table for the owner."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, make_response, url_for
from flask_babel import gettext

from models import Intake, Staff, Store
from webapp import access, clock, forms, hx
from webapp.imports import columns, everybody, intakes
from webapp.words import N_

bp = Blueprint("imports_desk", __name__, url_prefix="/desk/imports")
WHOLE, PART = "imports/desk_intake.html", "imports/_desk_intake.html"
KINDS = {"members": N_("会员"), "purchases": N_("消费记录")}
SHOWN = 30


class FileForm(forms.Form):
    kind = forms.choice([(key, key) for key in KINDS])


class TapForm(forms.Form):
    """A button; a no stands above."""


class ColumnsForm(forms.Form):
    """One number for each of ours: the place of theirs, or none."""

    phone = forms.number(0, 99, needed=False)
    code = forms.number(0, 99, needed=False)
    name = forms.number(0, 99, needed=False)
    birthday = forms.number(0, 99, needed=False)
    points = forms.number(0, 99, needed=False)
    joined = forms.number(0, 99, needed=False)
    amount = forms.number(0, 99, needed=False)
    time = forms.number(0, 99, needed=False)
    receipt = forms.number(0, 99, needed=False)


@bp.get("")
def index() -> Response:
    """GET: bring a file, and what was brought before. Managers."""
    actor, store = access.staff("manager")
    return hx.page("imports/desk_index.html", form=FileForm(kind="members"), **_list(actor, store))


@bp.post("/files")
def take_in() -> Response:
    """POST a file: goes to its page. Bad files are refused in words, and nothing of them is kept."""
    actor, store = access.staff("manager")
    stream, name = forms.file()
    form = forms.read(FileForm, "imports/desk_index.html", **_list(actor, store))
    made = intakes.take_in(stream, name, form.kind.data, store, actor, clock.now())
    return hx.go(url_for(".show", code=made.code))


@bp.get("/<code>")
def show(code: str) -> Response:
    """GET: its columns, what each line would become, or how far it is."""
    _, store = access.staff("manager")
    return hx.page(WHOLE, PART, form=None, **_page(_find(code, store)))


@bp.post("/<code>/columns")
def choose(code: str) -> Response:
    """POST: which column is which; every line is looked at."""
    _, store = access.staff("manager")
    intake, at = _find(code, store), clock.now()
    form = forms.read(ColumnsForm, WHOLE, PART, lambda: _page(_find(code, store)))
    chosen = {name: form[name].data for name in columns.FIELDS[intake.kind] if form[name].data is not None}
    intakes.choose(intake, chosen, at)
    return _answer(intake, store, at)


@bp.post("/<code>/entry")
def put_in(code: str) -> Response:
    """POST: what is new goes in."""
    actor, store = access.staff("manager")
    intake, at = _find(code, store), clock.now()
    forms.read(TapForm, WHOLE, PART, lambda: _page(_find(code, store)))
    intakes.put_in(intake, actor, at)
    return _answer(intake, store, at)


@bp.post("/<code>/undo")
def undo(code: str) -> Response:
    """POST: it comes out again, within seven days."""
    actor, store = access.staff("manager")
    intake, at = _find(code, store), clock.now()
    forms.read(TapForm, WHOLE, PART, lambda: _page(_find(code, store)))
    intakes.undo(intake, actor, at)
    return _answer(intake, store, at)


@bp.post("/<code>/removal")
def drop(code: str) -> Response:
    """POST: never mind."""
    _, store = access.staff("manager")
    intake, at = _find(code, store), clock.now()
    forms.read(TapForm, WHOLE, PART, lambda: _page(_find(code, store)))
    intakes.drop(intake, at)
    return hx.go(url_for(".index"))


@bp.get("/<code>/lines.csv")
def lines(code: str) -> Response:
    """GET: every line that did not go in, with its number and why."""
    _, store = access.staff("manager")
    intake = _find(code, store)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([gettext("第几行"), gettext("怎么样"), gettext("为什么")])
    after = 0
    while some := intakes.unclear(intake, 5_000, after):
        rows.writerows([row.number, gettext(STATES[row.state]), gettext(row.why)] for row in some)
        after = some[-1].number
    return _table(out, f"import-{intake.code}.csv")


@bp.post("/everybody/files")
def export() -> Response:
    """POST: everybody in one table, with their numbers. The owner only, who has just typed the PIN; written down."""
    actor, store = access.staff("owner", fresh=True)
    out = io.StringIO()
    csv.writer(out).writerows(everybody.rows(store, actor, clock.now()))
    return _table(out, "members.csv")


# --- how it is done ----------------------------------------------------------------------------------------------------

STATES = {
    "new": N_("新的"),
    "known": N_("已经有了"),
    "twice": N_("重复"),
    "bad": N_("读不懂"),
    "in": N_("放进来了"),
    "out": N_("撤回了"),
}


def _find(code: str, store: Store) -> Intake:
    found: Intake = access.find(Intake, Intake.code == code, Intake.store == store.id)
    return found


def _list(actor: Staff, store: Store) -> dict[str, Any]:
    mine = Intake.select().where(Intake.store == store.id).order_by(Intake.id.desc()).limit(SHOWN)
    return {"kinds": KINDS, "intakes": list(mine), "at": clock.now(), "may_export": actor.at_least("owner")}


def _page(intake: Intake) -> dict[str, Any]:
    asking = intake.state in ("new", "ready", "failed")
    return {
        "i": intake,
        "kinds": KINDS,
        "states": STATES,
        "fields": columns.FIELDS[intake.kind],
        "preview": intakes.preview(intake) if asking else [],
        "unclear": intakes.unclear(intake, SHOWN),
        "undo_until": intake.done_at + intakes.UNDO if intake.done_at else 0,
        "at": clock.now(),
    }


def _answer(intake: Intake, store: Store, at: int) -> Response:
    """A small file is done with the tap; the worker goes on with a large one."""
    intakes.work(intake, at, intakes.AT_ONCE)
    return hx.swap(PART, url_for(".show", code=intake.code), lambda: {"form": None, **_page(_find(intake.code, store))})


def _table(out: io.StringIO, name: str) -> Response:
    response = make_response("\ufeff" + out.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

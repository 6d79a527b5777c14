"""What the shop remembers about me (A6), what I bought and when I was here (A7), and all that happened between us (A8)."""

from typing import Any

from flask import Response, request, url_for
from wtforms import BooleanField

from models import Member, Store
from webapp import access, clock, forms, hx, words
from webapp.members import chips, freshness, history, looks, memory
from webapp.members.views import bp, visitor

MOST_CHIPS = 200


class NoteForm(forms.Form):
    ticket = forms.ticket()
    text = forms.text(200, needed=False)
    sure = BooleanField()


class ChangeForm(forms.Form):
    text = forms.text(200, needed=False)
    sure = BooleanField()


@bp.get("/me/memory", endpoint="memory")
def memory_page() -> Response:
    """GET: every chip and note, who wrote it and when, who looked; to change and to forget."""
    member = access.member()
    return visitor.page("members/memory.html", member, form=NoteForm(), **_memory(member), **_around(member))


@bp.post("/me/memory/chips")
def memory_choose() -> Response:
    """POST chip=… for each that suits: those stand from now on, of the others none."""
    member = access.member()
    offered = [chip.id for chip in _offered(member)]
    given = [text for text in request.form.getlist("chip")[:MOST_CHIPS] if text.isdecimal() and len(text) < 10]
    memory.choose(member, offered, map(int, given), access.store_in_hand(), clock.now())
    return hx.swap("members/memory.swap.html", url_for(".memory"), form=NoteForm(), chosen=True, **_memory(member))


@bp.post("/me/memory/notes")
def memory_add() -> Response:
    """POST text=: one thing more."""
    member = access.member()
    form = forms.read(
        NoteForm, "members/memory.html", "members/_memory_form.html", **_memory(member), **_around(member)
    )
    memory.add(
        member,
        clock.now(),
        key=form.ticket.data,
        text=form.text.data,
        store=access.store_in_hand(),
        sure=form.sure.data,
    )
    return hx.swap("members/memory.swap.html", url_for(".memory"), form=NoteForm(), **_memory(member))


@bp.post("/me/memory/<int(max=2147483647):id>")
def memory_change(id: int) -> Response:
    """POST text=: in other words."""
    member = access.member()
    form = forms.read(
        ChangeForm,
        "members/memory.html",
        "members/_memory_notes.html",
        changed=id,
        **_memory(member),
        **_around(member),
    )
    memory.change(member, id, form.text.data, clock.now(), sure=form.sure.data)
    return hx.swap("members/memory.swap.html", url_for(".memory"), form=NoteForm(), **_memory(member))


@bp.post("/me/memory/<int(max=2147483647):id>/forgetting")
def memory_forget(id: int) -> Response:
    """POST: gone, for everybody."""
    member = access.member()
    memory.forget(member, id, clock.now())
    return hx.swap("members/memory.swap.html", url_for(".memory"), form=NoteForm(), **_memory(member))


@bp.post("/me/still-right")
def still_right() -> Response:
    """POST: yes, what stands here is right; asked again in a year."""
    freshness.confirm(access.member(), clock.now())
    return hx.go(url_for(".me"))


@bp.get("/me/visits")
def visits() -> Response:
    """GET ?before=: when I was here, what I paid, and my averages of twelve months."""
    member, at, zone = access.member(), clock.now(), words.timezone()
    days, older = history.came(member.id, zone, _before())
    context: dict[str, Any] = {"days": days, "older": older}
    if _before() is None:
        context["mean"] = history.averages(member.id, at, zone)
    return visitor.page("members/visits.html", member, **context)


@bp.get("/me/story")
def story() -> Response:
    """GET ?group=&before=: everything that happened between me and the shop, newest first."""
    member, group = access.member(), request.args.get("group", "")
    lines, older = history.timeline(member.id, group, history.place(request.args.get("before", "")))
    return visitor.page("members/story.html", member, lines=lines, group=group, older=older, names=history.NAMES)


# --- what the pages show -----------------------------------------------------------------------------------------------


def _before() -> int | None:
    typed = request.args.get("before", "")
    return int(typed) if typed.isdecimal() and len(typed) < 16 else None


def _offered(member: Member) -> list[Any]:
    """Chips that suit one of the shops there are, the one in hand first in mind."""
    kinds = {kind for (kind,) in Store.select(Store.kind).where(Store.closed_at.is_null()).tuples()}
    return [chip for chip in chips.of_brand(member.brand_id) if not chip.shops or kinds.intersection(chip.shops)]


def _memory(member: Member) -> dict[str, Any]:
    notes = memory.of(member.id)
    return {
        "notes": notes,
        "groups": chips.by_kind(_offered(member)),
        "mine": {note.row.chip_id for note in notes},
        "sources": memory.SOURCES,
        "ticket": visitor.ticket(),
        "note_most": memory.NOTE_MOST,
    }


def _around(member: Member) -> dict[str, Any]:
    return {"looks": looks.of(member.id, 5), "asks": freshness.asks(member, clock.now()), "chosen": False}

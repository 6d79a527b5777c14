"""The counter's part of what the shop remembers: chips and notes on a member's card, and the one timeline of all that happened."""

from typing import Any

from flask import Response, request, url_for
from wtforms import BooleanField

from models import Member, Staff, Store
from webapp import access, clock, forms, hx, vault
from webapp.members import chips, history, looks, memory, merging
from webapp.members.desk import bp


class NoteForm(forms.Form):
    ticket = forms.ticket()
    chip = forms.number(1, 2**31 - 1, needed=False)
    text = forms.text(200, needed=False)
    sure = BooleanField()


@bp.get("/members/<code>/memory")
def memory_of(code: str) -> Response:
    """GET: what is remembered, and a short form. A part of the card's page."""
    actor, store, member = _member(code)
    looks.view(member, actor, store, clock.now())
    return hx.page("members/desk_memory.html", "members/_desk_memory.html", form=NoteForm(), **_shown(member, store))


@bp.post("/members/<code>/memory")
def memory_add(code: str) -> Response:
    """POST chip= or text=: one thing more; the member sees it and who wrote it."""
    actor, store, member = _member(code)
    form = forms.read(
        NoteForm, "members/desk_memory.html", "members/_desk_memory.html", later=lambda: _shown(member, store)
    )
    memory.add(
        member,
        clock.now(),
        key=form.ticket.data,
        chip=form.chip.data,
        text=form.text.data,
        staff=actor,
        store=store,
        source="counter",
        sure=form.sure.data,
    )
    return _again(member, store)


@bp.post("/members/<code>/memory/<int(max=2147483647):id>/forgetting")
def memory_forget(code: str, id: int) -> Response:
    """POST: it is not so, or not any more."""
    actor, store, member = _member(code)
    memory.forget(member, id, clock.now(), staff=actor, store=store)
    return _again(member, store)


@bp.get("/members/<code>/story")
def story(code: str) -> Response:
    """GET ?group=&before=: everything that happened between this member and the shop, newest first (A8)."""
    actor, store, member = _member(code)
    looks.view(member, actor, store, clock.now())
    group, before = request.args.get("group", ""), history.place(request.args.get("before", ""))
    lines, older = history.timeline(member.id, group, before)
    mean = history.averages(member.id, clock.now(), store.timezone)
    return hx.page(
        "members/desk_story.html", member=member, lines=lines, group=group, older=older, names=history.NAMES, mean=mean
    )


# --- what the pages show -----------------------------------------------------------------------------------------------


def _member(code: str) -> tuple[Staff, Store, Member]:
    actor, store = access.staff()
    code = code.upper() if code.isascii() and code.isalnum() else ""
    member = merging.survivor(access.find(Member, Member.code == code))
    return actor, store, access.find(Member, Member.id == member.id, Member.erased_at.is_null())


def _again(member: Member, store: Store) -> Response:
    return hx.swap(
        "members/_desk_memory.html",
        url_for(".show", code=member.code),
        form=NoteForm(),
        **_shown(member, store),
    )


def _shown(member: Member, store: Store) -> dict[str, Any]:
    notes = memory.of(member.id)
    there = {note.row.chip_id for note in notes}
    offered = [chip for chip in chips.of_store(store) if chip.id not in there]
    return {
        "member": member,
        "notes": notes,
        "groups": chips.by_kind(offered),
        "ticket": vault.token()[:32],
        "note_most": memory.NOTE_MOST,
    }

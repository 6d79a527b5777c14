"""You said, we did (J12, K10): what customers said, what the shop changed, when to look whether it helped. Shown in the app and in the shop.

A case that closes with a change leaves a draft here; nobody sees it before somebody has written what was said in words that name no one.
"""

from typing import Any

from models import CATEGORIES, DIMENSIONS, Case, Improvement, Staff, Store, Work, transaction
from webapp.clock import DAY
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

TEXT_MOST = 200
SHOWN = 30
THEMES = (
    *CATEGORIES,
    *dict.fromkeys(name for names in DIMENSIONS.values() for name in names if name not in CATEGORIES),
)


def add(
    store: Store,
    said: str,
    did: str,
    staff: Staff,
    at: int,
    *,
    case: Case | None = None,
    theme: str = "",
    recheck_at: int | None = None,
) -> Improvement:
    """Something the shop changed because somebody said something. Not on the board yet."""
    said, did = _checked(said, did, theme)
    _check_date(recheck_at, at)
    if case and case.store_id != store.id:
        raise Missing("没有找到", code="not_here")
    with transaction():
        made: Improvement = Improvement.create(
            store=store.id,
            case=case.id if case else None,
            theme=theme,
            said=said,
            did=did,
            made_by=staff.id,
            made_at=at,
            recheck_at=recheck_at,
        )
        _record("improvement_added", made, staff, at)
        return made


def edit(
    improvement: Improvement,
    said: str,
    did: str,
    staff: Staff,
    at: int,
    *,
    theme: str = "",
    recheck_at: int | None = None,
) -> Improvement:
    """Other words, another theme, another day to look again; the board says the new. The same again changes nothing."""
    said, did = _checked(said, did, theme)
    with transaction():
        now = Improvement.get_by_id(improvement.id)
        fields = {"said": said, "did": did, "theme": theme, "recheck_at": recheck_at}
        changed: dict[str, Any] = {name: value for name, value in fields.items() if getattr(now, name) != value}
        if "recheck_at" in changed:
            _check_date(recheck_at, at)
            changed |= {"rechecked_at": None, "rechecked_by": None, "helped": None}
            queue.finish("recheck", _ref(now), at)
        if changed:
            Improvement.update(**changed).where(Improvement.id == now.id).execute()
            _record("improvement_changed", now, staff, at)
        return Improvement.get_by_id(now.id)


def show(improvement: Improvement, staff: Staff, at: int) -> Improvement:
    """On the board now. Refuses a draft that does not say yet what customers said."""
    if not improvement.said:
        raise Refusal("先写客人说了什么，不写是谁", code="empty", field="said")
    with transaction():
        hidden = (Improvement.id == improvement.id) & (
            Improvement.shown_at.is_null() | Improvement.hidden_at.is_null(False)
        )
        if Improvement.update(shown_at=at, hidden_at=None).where(hidden).execute():
            _record("improvement_shown", improvement, staff, at)
        return Improvement.get_by_id(improvement.id)


def hide(improvement: Improvement, staff: Staff, at: int) -> Improvement:
    """Off the board. Twice is once."""
    with transaction():
        shown = (Improvement.id == improvement.id) & Improvement.shown_at.is_null(False)
        if Improvement.update(hidden_at=at).where(shown, Improvement.hidden_at.is_null()).execute():
            _record("improvement_hidden", improvement, staff, at)
        return Improvement.get_by_id(improvement.id)


def recheck(
    improvement: Improvement, helped: bool, staff: Staff, at: int, *, again_at: int | None = None
) -> Improvement:
    """Did it help? The card leaves; with `again_at` somebody looks once more then."""
    _check_date(again_at, at)
    with transaction():
        looked: dict[str, Any] = {"rechecked_at": at, "rechecked_by": staff.id, "helped": helped}
        if again_at:
            looked |= {"recheck_at": again_at, "rechecked_at": None}
        Improvement.update(**looked).where(Improvement.id == improvement.id).execute()
        queue.finish("recheck", _ref(improvement), at)
        _record("improvement_rechecked", improvement, staff, at, helped=helped)
        return Improvement.get_by_id(improvement.id)


def draft(case: Case, staff: Staff | None, at: int) -> None:
    """What a case changed, to be put into words for the board; once for a case. Inside the transaction that closes it."""
    if not case.changed:
        return
    mine = Improvement.select().where(Improvement.case == case.id).order_by(Improvement.id).first()
    if mine is None:
        Improvement.create(
            store=case.store_id,
            case=case.id,
            theme=case.category,
            said="",
            did=case.changed,
            made_by=staff.id if staff else None,
            made_at=at,
            recheck_at=case.recheck_at,
        )
    elif mine.shown_at is None:
        Improvement.update(did=case.changed, recheck_at=case.recheck_at, rechecked_at=None, helped=None).where(
            Improvement.id == mine.id
        ).execute()


def remind(at: int, limit: int = 1000) -> int:
    """Whose day to look again has come gets a card, once. Called by the worker."""
    due = list(
        Improvement.select()
        .where(Improvement.recheck_at <= at, Improvement.rechecked_at.is_null())
        .order_by(Improvement.recheck_at, Improvement.id)
        .limit(limit)
    )
    waiting = {ref for (ref,) in Work.select(Work.ref).where(Work.kind == "recheck", Work.done_at.is_null()).tuples()}
    new = [row for row in due if _ref(row) not in waiting]
    for row in new:
        with transaction():
            queue.show(row.store_id, "recheck", _ref(row), row.recheck_at + DAY, at, did=row.did)
            events.tick(row.store_id)
    return len(new)


def board(store: Store, limit: int = SHOWN) -> list[Improvement]:
    """What everybody may read: the newest first."""
    shown = (Improvement.store == store.id) & Improvement.shown_at.is_null(False) & Improvement.hidden_at.is_null()
    return list(
        Improvement.select().where(shown).order_by(Improvement.shown_at.desc(), Improvement.id.desc()).limit(limit)
    )


def everything(store: Store, limit: int = 200) -> list[Improvement]:
    """For the desk: drafts, those on the board, those taken off it; with the case they came from. One query."""
    query = Improvement.select(Improvement, Case).left_outer_join(Case).where(Improvement.store == store.id)
    return list(query.order_by(Improvement.id.desc()).limit(limit))


def find(store: Store, number: int) -> Improvement:
    """One of this store."""
    found: Improvement | None = Improvement.get_or_none(Improvement.id == number, Improvement.store == store.id)
    if found is None:
        raise Missing("没有找到", code="not_here")
    return found


# --- how it is done ----------------------------------------------------------------------------------------------------


def _checked(said: str, did: str, theme: str) -> tuple[str, str]:
    said, did = said.strip(), did.strip()
    if not said:
        raise Refusal("先写客人说了什么，不写是谁", code="empty", field="said")
    if not did:
        raise Refusal("请写改了什么", code="empty", field="did")
    for field, text in (("said", said), ("did", did)):
        if len(text) > TEXT_MOST:
            raise Refusal("最多写 %(n)s 个字", code="too_long", field=field, n=TEXT_MOST)
    if theme and theme not in THEMES:
        raise Refusal("请选一项", code="unknown", field="theme")
    return said, did


def _check_date(recheck_at: int | None, at: int) -> None:
    if recheck_at is not None and recheck_at <= at:
        raise Refusal("复查要选今天以后的日子", code="past", field="recheck")


def _ref(improvement: Improvement) -> str:
    return f"i{improvement.id}"


def _record(verb: str, improvement: Improvement, staff: Staff, at: int, **data: bool) -> None:
    events.record(
        verb, at, store=improvement.store_id, staff=staff.id, ref=_ref(improvement), name=improvement.did[:40], **data
    )
    events.tick(improvement.store_id)

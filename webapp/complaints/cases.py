"""A case from the first word on: told, answered, looked into, decided. Each verb is one transaction; the same key twice is one entry.

Called by members' doors, by the counter, by a low rating, and by what the shop itself broke. Rows are taken in one order: the member,
the case, its card, the store. The first visible word of the shop keeps the first promise, findings the second, a decision or an offer the
third (and those before it); only closing keeps the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import JOIN, PostgresqlDatabase, fn

from models import (
    CASE_KINDS,
    CASE_SOURCES,
    CATEGORIES,
    ROLES,
    URGENT_CATEGORIES,
    WISHES,
    Case,
    CaseEntry,
    CaseStep,
    EntryPhoto,
    Member,
    Param,
    Photo,
    Prepared,
    Staff,
    Store,
    database,
    locked,
    read_row,
    transaction,
)
from webapp import policy, vault
from webapp.complaints import deadlines, duty
from webapp.complaints.deadlines import Promise
from webapp.outbox import events, inbox
from webapp.points import ledger
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

OVER = ("closed", "merged")
WAITS = ("waiting", "talking", "closing")  # for the customer: the last promise stands still
MILD = ("idea", "praise")
CARING = ("complaint", "urgent", "rating", "conflict", "claim")  # praise and ideas need no care
TEXT_MOST = 2000
PHOTOS_MOST = 6
PICTURES_MOST = 20  # of one customer in one case
OPEN_MOST = 10  # of one member at once
ENTRIES_MOST = 300  # from there on only the shop speaks
ANSWER, FINDINGS, DECISION, CLOSE = 1, 2, 3, 4
KEEPS = {"said": ANSWER, "question": ANSWER, "findings": FINDINGS, "decision": DECISION}
SPOKEN = ("note", *KEEPS)
TOLD = ("complaint", "urgent", "idea", "praise")  # what a customer may call it
ABOUT = ("", "visit", "booking", "order", "garment", "rating", "line", "purchase", "redemption")
CONTACT_MOST, REF_MOST = 60, 24

_CASE = Prepared(lambda: Case.select().where(Case.id == Param("id")))
_HELD = Prepared(lambda: Case.select().where(Case.id == Param("id")).for_update("FOR NO KEY UPDATE"))  # type: ignore[arg-type]
_SHOWN = Prepared(
    lambda: (
        Case.select(Case, Staff.name)
        .join(Staff, JOIN.LEFT_OUTER, on=(Case.owner == Staff.id))
        .where(Case.id == Param("id"))
    )
)
_RUNNING = Prepared(
    lambda: (
        CaseStep.select(CaseStep.number)
        .where(CaseStep.case == Param("id"), CaseStep.done_at.is_null(), CaseStep.paused_at.is_null())
        .order_by(CaseStep.number)
    )
)


@dataclass(frozen=True)
class Report:
    """What somebody tells the shop. `about` and `ref` name what it is about; `conflict` and `claim` are made by the shop's own rules."""

    key: str
    kind: str
    category: str
    text: str
    source: str = "app"
    wish: str = "explain"
    guest: str = ""
    contact: str = ""
    about: str = ""
    ref: str = ""
    photos: Sequence[Photo] = ()


def report(store: Store, told: Report, at: int, *, member: Member | None = None, staff: Staff | None = None) -> Case:
    """A case with its dates and a person who has it, at once. The same key is the same case.

    Refuses no words, too many, too many photos, and an eleventh open case of one member.
    """
    text = _checked(told, staff)
    urgent = told.kind not in MILD and (told.kind == "urgent" or told.category in URGENT_CATEGORIES)
    with transaction():
        if member:
            locked(Member, member.id)
        seen: Case | None = Case.get_or_none(Case.key == told.key)
        if seen:
            return _same(seen, store, member)
        if member and told.source in ("app", "slip", "rating") and _open_of(member) >= OPEN_MOST:
            raise Refusal("你还有 %(n)s 件事在处理，先等等它们的答复吧", code="too_many_open", n=OPEN_MOST)
        promises = deadlines.ladder(deadlines.calendar(store, at), told.kind, at, policy.of(store), urgent=urgent)
        role = "senior" if urgent else "clerk"
        owner = staff if staff and staff.at_least(role) and not _is_own(staff, member) else None
        owner = owner or duty.pick(store, at, role=role, member=member.id if member else None)
        made = Case.insert(
            code=vault.code(10),
            key=told.key,
            store=store.id,
            member=member.id if member else None,
            guest=told.guest.strip()[:60],
            contact_sealed=vault.seal(told.contact.strip()) if told.contact.strip() else None,
            kind=told.kind,
            category=told.category,
            urgent=urgent,
            wish=told.wish,
            source=told.source,
            about=told.about,
            ref=told.ref,
            owner=owner.id if owner else None,
            level=owner.role if owner else "clerk",
            made_at=at,
            made_by=staff.id if staff else None,
            due_at=promises[ANSWER].due_at,
        ).on_conflict_ignore()
        new = made.as_rowcount().execute() == 1
        case: Case = Case.get(Case.key == told.key)
        if not new:  # two taps of somebody who has no card to stand in line with
            return _same(case, store, member)
        _promise(case, promises)
        ours = told.source == "system"  # the shop's own rules told it, and have told the member
        by_member = member.id if member and staff is None and not ours else None
        first = CaseEntry.create(
            key=f"{told.key}:first",
            case=case.id,
            kind="said",
            member=by_member,
            staff=staff.id if staff else None,
            guest=member is None and staff is None and not ours,
            text_sealed=vault.seal(text),
            data={"spoken": True} if staff else {"system": True} if ours else {},
            at=at,
        )
        _attach(first, told.photos, store, member)
        mark_care(case, at)
        post_card(case, at)
        if member and not ours:
            person = owner.name if owner else ""
            tell(case, "case_opened", at, key="opened", until_at=case.due_at, person=person)
        events.record(
            "case_opened",
            at,
            store=store.id,
            staff=staff.id if staff else None,
            member=case.member_id,
            ref=case.code,
            kind=case.kind,
            category=case.category,
        )
        events.tick(store.id)
        return case


def say(
    case: Case,
    text: str,
    at: int,
    *,
    key: str,
    staff: Staff | None = None,
    kind: str = "said",
    photos: Sequence[Photo] = (),
    thanks: bool = False,
) -> CaseEntry:
    """One line of the thread, by the shop (`staff`) or by who told it. A 'note' stays inside; a 'question' waits for the customer.

    The shop's first visible line keeps the first promise, and so on (`KEEPS`); two people who answer at once are both seen, the first one counts.
    `thanks` is a customer's last word: it wakes nothing.
    """
    text = words(text)
    if kind not in (SPOKEN if staff else ("said",)):
        raise Refusal("请选一项", code="unknown", field="kind")
    with transaction():
        case = held(case)
        if seen := seen_entry(key, case):
            return seen
        check_running(case, staff)
        if staff is None and CaseEntry.select().where(CaseEntry.case == case.id).count() >= ENTRIES_MOST:
            raise Refusal("这里说得太多了，请到店里当面谈", code="too_long")
        entry = write(case, kind, at, key=key, staff=staff, text=text)
        _attach(entry, photos, case.store, case.member if case.member_id else None)
        if staff is None:
            if not thanks:
                hear(case, at)
        elif kind != "note":
            keep(case, KEEPS[kind], at, staff)
            if kind == "question":
                wait(case, at)
            elif case.state == "waiting":
                resume(case, at)
            if case.kind == "praise":
                end(case, at, staff)
            tell(case, "case_question" if kind == "question" else "case_answered", at, key=f"entry:{entry.id}")
        post_card(case, at)
        events.tick(case.store_id)
        return entry


def check_pictures(case: Case) -> None:
    """Before a picture is read at all: is there room for one more?"""
    mine = EntryPhoto.select().join(CaseEntry).where(CaseEntry.case == case.id, CaseEntry.staff.is_null())
    if mine.count() >= PICTURES_MOST:
        raise Refusal("照片够多了，再多请到店里给我们看", code="too_many_photos", field="photo")


def picture(case: Case, photo: Photo, at: int, staff: Staff | None = None) -> CaseEntry:
    """A picture goes to the last thing this side said, or stands alone; the same picture again changes nothing."""
    with transaction():
        case = held(case)
        check_running(case, staff)
        if staff is None:
            check_pictures(case)
        alike = EntryPhoto.select().join(CaseEntry).switch(EntryPhoto).join(Photo)
        again = alike.where(CaseEntry.case == case.id, Photo.hash == photo.hash).first()
        if again:
            return CaseEntry.get_by_id(again.entry_id)
        last = (
            CaseEntry.select()
            .where(CaseEntry.case == case.id, CaseEntry.kind != "note")
            .order_by(CaseEntry.id.desc())
            .first()
        )
        own = last is not None and last.kind == "said" and last.staff_id == (staff.id if staff else None)
        room = own and EntryPhoto.select().where(EntryPhoto.entry == last.id).count() < PHOTOS_MOST
        entry = last if room else write(case, "said", at, key=f"picture:{case.id}:{photo.id}", staff=staff)
        _attach(entry, [photo], case.store, case.member if case.member_id else None)
        if staff is None:
            hear(case, at)
        post_card(case, at)
        events.tick(case.store_id)
        return entry


def raise_urgent(case: Case, staff: Staff, why: str, at: int) -> Case:
    """It is worse than it was called: five minutes from now, and somebody senior has it. Nobody can lower it silently (T14)."""
    why = words(why, 200, "why")
    with transaction():
        case = held(case)
        check_running(case, staff)
        if case.urgent:
            return case
        if case.kind in MILD:
            raise Refusal("主意和表扬没有急的", code="mild")
        known = deadlines.ladder(deadlines.calendar(case.store, at), case.kind, at, policy.of(case.store), urgent=True)
        soon = known[ANSWER]
        sooner = (CaseStep.case == case.id) & (CaseStep.number == ANSWER) & CaseStep.done_at.is_null()
        CaseStep.update(begins_at=at, warn_at=soon.warn_at, due_at=soon.due_at, warned_at=None).where(
            sooner, CaseStep.due_at > soon.due_at
        ).execute()
        Case.update(urgent=True).where(Case.id == case.id).execute()
        write(case, "note", at, key=f"urgent:{case.id}", staff=staff, text=why)
        _lift(case, staff, at)
        events.record("case_raised", at, store=case.store_id, staff=staff.id, member=case.member_id, ref=case.code)
        case = settle(case)
        post_card(case, at)
        events.tick(case.store_id)
        return case


# --- for the other rules of this room, inside their transactions ---------------------------------------------------------


def held(case: Case) -> Case:
    """The case as it is now, until the transaction ends; its member's row is taken before it."""
    if case.member_id:
        ledger.lock(case.member_id)
    postgres = isinstance(database.obj, PostgresqlDatabase)
    found: Case | None = (_HELD if postgres else _CASE).one(Case, id=case.id)
    if found is None:
        raise Missing("没有找到这个页面", code="not_found")
    return found


def check_running(case: Case, staff: Staff | None) -> None:
    if case.state in OVER:
        if staff:
            raise Refusal("这件事已经结了，要接着处理请先重开", code="closed")
        raise Refusal("这件事已经结了。还有话要说，可以重开或者另外告诉我们", code="closed")


def seen_entry(key: str, case: Case) -> CaseEntry | None:
    """The line that was written with this key already. Refuses a key that was used for something else."""
    seen: CaseEntry | None = CaseEntry.get_or_none(CaseEntry.key == key)
    if seen and seen.case_id not in (case.id, case.merged_into_id):
        raise Refusal("这张表已经用过了，请重新打开", code="used")
    return seen


def write(
    case: Case, kind: str, at: int, *, key: str, staff: Staff | None = None, text: str = "", **data: Any
) -> CaseEntry:
    """One entry. Without staff it is the customer's, except the kinds that only the system writes (late, closed, reopened, moved)."""
    system = kind in ("late", "closed", "reopened", "moved")
    found: CaseEntry = CaseEntry.create(
        key=key,
        case=case.id,
        kind=kind,
        staff=staff.id if staff else None,
        member=case.member_id if staff is None and not system else None,
        guest=staff is None and case.member_id is None and not system,
        text_sealed=vault.seal(text) if text else None,
        data=data,
        at=at,
    )
    return found


def keep(case: Case, number: int, at: int, staff: Staff | None) -> None:
    """This promise and those before it are done, by whom and when; done again changes nothing."""
    CaseStep.update(done_at=at, done_by=staff.id if staff else None, paused_at=None).where(
        CaseStep.case == case.id, CaseStep.number <= number, CaseStep.done_at.is_null()
    ).execute()
    settle(case)


def wait(case: Case, at: int) -> None:
    """The customer is asked something: the last promise stands still until they answer, the others run on (T15)."""
    if case.state != "waiting":
        asked = {"state": "waiting", "waiting_at": at, "notice_at": None, "talk_at": None}
        Case.update(asked).where(Case.id == case.id).execute()
        case.state, case.waiting_at, case.notice_at, case.talk_at = "waiting", at, None, None
    pause(case, at)


def pause(case: Case, at: int) -> None:
    """From here on the shop can only wait for the customer: the last promise stands still."""
    mine = (CaseStep.case == case.id) & (CaseStep.number == CLOSE) & CaseStep.paused_at.is_null()
    CaseStep.update(paused_at=at).where(mine, CaseStep.done_at.is_null(), CaseStep.missed_at.is_null()).execute()
    settle(case)


def resume(case: Case, at: int) -> None:
    """They answered, or the shop needs no answer any more: the last promise goes on, by so much later."""
    now = {"state": "open", "waiting_at": None, "notice_at": None, "talk_at": None}
    Case.update(now).where(Case.id == case.id, Case.state.in_(WAITS)).execute()
    late = at - CaseStep.paused_at
    CaseStep.update(due_at=CaseStep.due_at + late, warn_at=CaseStep.warn_at + late, paused_at=None).where(
        CaseStep.case == case.id, CaseStep.paused_at.is_null(False)
    ).execute()
    case.state, case.waiting_at, case.notice_at, case.talk_at = "open", None, None, None
    settle(case)


def hear(case: Case, at: int) -> None:
    """The customer said something: nothing waits for them any more, and a case that was about to close does not."""
    if case.state in WAITS:
        resume(case, at)


def settle(case: Case) -> Case:
    """`due_at` is the first promise that is still to be kept; the last one's date where none is."""
    rows = CaseStep.select(CaseStep.due_at, CaseStep.done_at, CaseStep.paused_at).where(CaseStep.case == case.id)
    steps = list(rows.order_by(CaseStep.number).tuples())
    running = [due for due, done, paused in steps if done is None and paused is None]
    due = min(running) if running else max(due for due, _, _ in steps)
    Case.update(due_at=due).where(Case.id == case.id).execute()
    return Case.get_by_id(case.id)


def end(case: Case, at: int, staff: Staff | None) -> None:
    """It is over: every promise that was still running is kept now, the care is over unless another case is open, the card leaves."""
    keep(case, CLOSE, at, staff)
    over = {"state": "closed", "closed_at": at, "closed_by": staff.id if staff else None}
    Case.update(over | {"waiting_at": None, "notice_at": None, "talk_at": None}).where(Case.id == case.id).execute()
    case.state, case.closed_at = "closed", at
    mark_care(case, at)
    post_card(case, at)
    events.record(
        "case_closed", at, store=case.store_id, staff=staff.id if staff else None, member=case.member_id, ref=case.code
    )


def post_card(case: Case, at: int) -> None:
    """The case's card in the queue says how it is now; none while nothing is to be done by the shop."""
    row = _SHOWN.row(id=case.id)
    assert row is not None  # it is held
    case, (owner,) = read_row(Case, row)
    running = _RUNNING.rows(id=case.id)
    quiet = case.source == "system" and not _spoken_of(case)  # another card is about the same
    if case.state in OVER or quiet or not running:
        queue.finish("case", case.code, at)
        return
    brief = {
        "sort": case.kind,
        "category": case.category,
        "urgent": case.urgent,
        "guest": case.guest,
        "owner": owner or "",
        "step": running[0][0],
    }
    queue.show(case.store_id, "case", case.code, case.due_at, at, member=case.member_id, **brief)


def mark_care(case: Case, at: int) -> None:
    """A member with an open complaint is marked, so that everybody who serves them sees it and nothing is sold to them (J8, M2)."""
    if case.member_id is None:
        return
    first = Case.select(fn.MIN(Case.made_at)).where(
        Case.member == case.member_id, Case.state.not_in(OVER), Case.kind.in_(CARING)
    )
    since = first.scalar()
    Member.update(care_since=since).where(Member.id == case.member_id).execute()


def tell(case: Case, text: str, at: int, *, key: str, **params: Any) -> None:
    """The member hears of it in the inbox; a guest looks at the address on the slip."""
    if case.member_id:
        zone = case.store.timezone
        inbox.tell(
            case.member_id, text, at, key=f"case:{case.code}:{key}"[:120], url=address(case), zone=zone, **params
        )


def address(case: Case) -> str:
    return f"/complaints/{case.code}"


def words(text: str, most: int = TEXT_MOST, field: str = "text") -> str:
    """What was typed, without the blanks around it. Refuses nothing and too much."""
    text = text.strip()
    if not text:
        raise Refusal("请写几个字", code="empty", field=field)
    if len(text) > most:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field=field, n=most)
    return text


def text_of(entry: CaseEntry) -> str:
    return vault.unseal(entry.text_sealed) if entry.text_sealed else ""


# --- how it is done ----------------------------------------------------------------------------------------------------


def _checked(told: Report, staff: Staff | None) -> str:
    """The words. A customer calls nothing urgent: its category does, or somebody of the shop (T14)."""
    known = told.kind in CASE_KINDS and told.source in CASE_SOURCES and told.about in ABOUT
    if not known or (told.source in ("app", "slip") and told.kind not in TOLD):
        raise Refusal("请选一项", code="unknown", field="kind")
    if told.category not in CATEGORIES or told.wish not in WISHES:
        raise Refusal("请选一项", code="unknown", field="category")
    if told.kind == "urgent" and staff is None and told.category not in URGENT_CATEGORIES:
        raise Refusal("请选是哪一种急事", code="not_urgent", field="category")
    if len(told.contact.strip()) > CONTACT_MOST or len(told.ref) > REF_MOST:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field="contact", n=CONTACT_MOST)
    return words(told.text)


def _is_own(staff: Staff, member: Member | None) -> bool:
    return member is not None and staff.member_id == member.id


def _lift(case: Case, staff: Staff, at: int) -> None:
    """Somebody senior has it: who already does, who says that it is urgent, or the next who can."""
    has: Staff | None = case.owner
    if has and has.at_least("senior"):
        return
    own = bool(case.member_id and staff.member_id == case.member_id)
    able = staff if staff.at_least("senior") and not own else None
    to = able or duty.pick(case.store, at, role="senior", member=case.member_id)
    if to:
        level = max(case.level, to.role, key=ROLES.index)
        Case.update(owner=to.id, level=level).where(Case.id == case.id).execute()
        write(case, "moved", at, key=f"urgent:{case.id}:moved", staff=staff, person=to.name)


def _same(seen: Case, store: Store, member: Member | None) -> Case:
    if seen.store_id != store.id or seen.member_id != (member.id if member else None):
        raise Refusal("这张表已经用过了，请重新打开", code="used")
    return seen


def _open_of(member: Member) -> int:
    found: int = Case.select().where(Case.member == member.id, Case.state.not_in(OVER)).count()
    return found


def _promise(case: Case, promises: dict[int, Promise]) -> None:
    CaseStep.insert_many(
        {"case": case.id, "number": number, **promise._asdict()} for number, promise in promises.items()
    ).execute()


def _attach(entry: CaseEntry, photos: Sequence[Photo], store: Store, member: Member | None) -> None:
    if len(photos) > PHOTOS_MOST:
        raise Refusal("最多放 %(n)s 张照片", code="too_many_photos", field="photos", n=PHOTOS_MOST)
    for photo in {photo.id: photo for photo in photos}.values():
        if photo.store_id != store.id or photo.member_id not in (None, member.id if member else None):
            raise Missing("没有找到这个页面", code="not_found")
        EntryPhoto.create(entry=entry.id, photo=photo.id)


def _spoken_of(case: Case) -> bool:
    """Has anything been said or missed since it was opened?"""
    return bool(CaseEntry.select().where(CaseEntry.case == case.id).count() > 1)

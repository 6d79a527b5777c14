"""What a member asks in writing, at any hour (F9): sealed, in the store's queue with a clock that runs while the shop is open.

What is asked at night waits for the morning: its quarter of an hour begins when the door opens. The text never leaves the seal for a
card, an event or a letter; it is read on two pages only, the member's and the desk's.
"""

from typing import Any, NamedTuple

from models import Member, Question, Staff, Store, transaction
from webapp import vault
from webapp.bookings import days, supply
from webapp.clock import DAY, MINUTE
from webapp.outbox import events, inbox
from webapp.points import ledger, tiers
from webapp.refusals import Missing, Refusal
from webapp.staff import queue

ANSWER = 15 * MINUTE  # of opening time
OPEN_MOST = 5  # of one member
LONGEST = 500
PAGE = 20


class Reply(NamedTuple):
    """When somebody answers: at once (`opens_at` is empty) or after the shop has opened; by when at the latest."""

    opens_at: int | None
    due_at: int


def reply(store: Store, at: int) -> Reply:
    """When a question that is asked now will be answered. A shop without hours in the next month has a day."""
    here = supply.of(store, at)
    begins, due = days.later(here, at, 1), days.later(here, at, ANSWER)
    if begins is None or due is None:
        return Reply(None, at + DAY)
    return Reply(begins - 1 if begins > at + 1 else None, due)


def ask(member: Member, store: Store, text: str, key: str, at: int, *, adviser: Staff | None = None) -> Question:
    """Ask the shop, or the adviser. The same key is the same question. Refuses a sixth that waits, so that the first is answered first."""
    key = f"{member.id}:{key}"
    due_at = reply(store, at).due_at
    with transaction():
        ledger.lock(member.id)
        seen: Question | None = Question.get_or_none(Question.key == key)
        if seen:
            return seen
        if waiting(member.id) >= OPEN_MOST:
            raise Refusal("还有 %(n)s 条没回你，等店里回了再写吧", code="questions_many", field="text", n=OPEN_MOST)
        question: Question = Question.create(
            code=vault.code(10),
            key=key,
            member=member.id,
            store=store.id,
            adviser=adviser.id if adviser else None,
            text_sealed=vault.seal(text),
            made_at=at,
            due_at=due_at,
        )
        card = {"adviser": adviser.name} if adviser else {}
        queue.post(store.id, "question", question.code, due_at, at, member=member.id, **card)
        events.record("question_asked", at, store=store.id, member=member.id, ref=question.code)
        events.tick(store.id)
        return question


def answer(question: Question, text: str, staff: Staff, at: int) -> Question:
    """The shop's answer; the member is told. The same words again change nothing. Refuses a second answer, and says who was faster."""
    with transaction():
        still = (Question.id == question.id) & Question.answered_at.is_null()
        words = {"answer_sealed": vault.seal(text), "answered_by": staff.id, "answered_at": at}
        if Question.update(words).where(still).execute() != 1:
            return _answered(question, text, staff)
        asked: Question = Question.get_by_id(question.id)  # with the member it belongs to by now
        queue.finish("question", asked.code, at)
        told: dict[str, Any] = {"staff": tiers.first_name(staff), "store": asked.store.name}
        url = f"/questions/{asked.code}"
        inbox.tell(asked.member_id, "question_answered", at, key=f"answer:{asked.code}", url=url, **told)
        whose = {"store": asked.store_id, "member": asked.member_id}
        events.record("question_answered", at, staff=staff.id, ref=asked.code, **whose)
        events.tick(asked.store_id)
        return asked


def waiting(member: int) -> int:
    """How many of a member's questions nobody has answered yet."""
    return int(Question.select().where(Question.member == member, Question.answered_at.is_null()).count())


def of(member: int, limit: int = PAGE) -> list[Question]:
    """A member's questions with their stores and who answered, the newest first. One query."""
    rows = Question.select(Question, Store, Staff).join(Store).switch(Question)
    asked = rows.left_outer_join(Staff, on=(Question.answered_by == Staff.id))
    return list(
        asked.where(Question.member == member).order_by(Question.made_at.desc(), Question.id.desc()).limit(limit)
    )


def text(question: Question) -> str:
    return vault.unseal(bytes(question.text_sealed))


def words(question: Question) -> str:
    """The shop's answer; empty while there is none."""
    return vault.unseal(bytes(question.answer_sealed)) if question.answer_sealed else ""


# --- how it is done ----------------------------------------------------------------------------------------------------


def _answered(question: Question, text: str, staff: Staff) -> Question:
    now: Question | None = Question.get_or_none(Question.id == question.id)
    if now is None:
        raise Missing("没有找到这个页面", code="not_found")  # its member is gone
    if now.answered_by_id == staff.id and words(now) == text:
        return now
    raise Refusal("%(name)s 已经回过了", code="answered_already", name=now.answered_by.name if now.answered_by else "")

"""The rotating code of the counter: who reads it stands in front of the tablet (H1, no camera permission and no app needed).

A code holds for the half minute in which it is shown and the two after it. The newest code that anybody used is kept with the store, so
that older ones never work again, whatever the clock does. A phone that was in time gets a proof for five minutes, so that a slow
network or joining first does not cost the visit.
"""

from dataclasses import dataclass

from models import Member, Store, Visit, Work, transaction
from webapp import vault
from webapp.clock import DAY, MINUTE
from webapp.points import visits
from webapp.refusals import Refusal
from webapp.staff import queue

STEP = 30  # seconds a code is shown
GRACE = 2  # older windows that still count
PROOF_LASTS = 5 * MINUTE
WAITS = 30 * MINUTE  # how long an arrival stays in the queue
# What a code can turn out to be.
FRESH, STALE, AHEAD, FOREIGN = "fresh", "stale", "ahead", "foreign"


@dataclass(frozen=True)
class Reading:
    """What was read: whose code, of which window, and whether it holds (FRESH) or why it does not."""

    verdict: str
    store: Store | None = None
    window: int = 0


def code(store: Store, at: int) -> str:
    """The code to show now."""
    return vault.sign("counter", f"{store.id}:{at // STEP}")


def changes_at(at: int) -> int:
    """When the code shown now is replaced."""
    return (at // STEP + 1) * STEP


def read(token: str, at: int) -> Reading:
    """Judge a code. Nothing is changed; FOREIGN is altered, made up, or of another installation."""
    text = vault.signed("counter", token) if len(token) <= 120 else None
    if text is None:
        return Reading(FOREIGN)
    store_id, window = (int(part) for part in text.split(":"))
    store = Store.get_or_none(Store.id == store_id, Store.closed_at.is_null())
    if store is None:
        return Reading(FOREIGN)
    now = at // STEP
    if window > now:
        return Reading(AHEAD, store, window)
    if window < now - GRACE or window < _mark(store, now) - GRACE:
        return Reading(STALE, store, window)
    return Reading(FRESH, store, window)


def prove(store: Store, window: int, who: str, at: int) -> str:
    """A proof that `who` (a member or a browser) read the code of this window in time; good for five minutes, for nobody else."""
    return vault.sign("presence", f"{who}:{store.id}:{window}:{at}")


def proven(proof: str, who: str, token: str, at: int) -> Reading | None:
    """What `who` proved to have read with this very code, or None."""
    text = vault.signed("presence", proof) if len(proof) <= 200 else None
    if text is None:
        return None
    name, store_id, window, since = text.rsplit(":", 3)
    same_code = vault.signed("counter", token) == f"{store_id}:{window}"
    if name != who or not same_code or not int(since) <= at < int(since) + PROOF_LASTS:
        return None
    store = Store.get_or_none(Store.id == int(store_id), Store.closed_at.is_null())
    return Reading(FRESH, store, int(window)) if store else None


def arrive(member: Member, token: str, proof: str, at: int) -> tuple[Visit, bool]:
    """The member is here: opens a visit and tells the desk, or finds the visit that is open. Returns (visit, is it new).

    Refuses a code that is over, copied, altered or of another shop; nothing has changed then.
    """
    reading = read(token, at)
    if reading.verdict != FRESH:
        reading = proven(proof, f"m{member.id}", token, at) or reading
    store = reading.store
    if reading.verdict != FRESH or store is None:
        raise refusal(reading)
    with transaction():
        visit, new = visits.check_in(member, store, "counter", at)
        if new:
            came_for = [one._asdict() for one in visits.attended(visit)[:1]]
            queue.post(store.id, "arrival", str(visit.id), at + WAITS, at, member=member.id, **(came_for or [{}])[0])
        _move_mark(store, reading.window, at // STEP)
        return visit, new


def ahead(visit: Visit, at: int) -> tuple[int | None, bool]:
    """How many came before and still wait at the counter (F7), None for who does not wait any more; and whether somebody saw to them."""
    card = Work.get_or_none(Work.kind == "arrival", Work.ref == str(visit.id))
    if card is None or card.done_at is not None or card.due_at <= at:
        return None, card is not None and card.done_at is not None
    return queue.people(card.store_id, at, before=card.id), False


def refusal(reading: Reading) -> Refusal:
    """Why a code does not count, and what to do."""
    if reading.verdict == STALE:
        return Refusal("这个码已经换新了，请再扫一次柜台上的新码", code="code_stale", field="code")
    if reading.verdict == AHEAD:
        return Refusal("店里的钟好像走错了，请告诉店员", code="code_ahead", field="code")
    return Refusal("这不是本店柜台的码，请扫柜台平板上的码", code="code_foreign", field="code")


def _mark(store: Store, now: int) -> int:
    """The newest window anybody used; one that lies more than a day ahead was made by a broken clock and does not count."""
    return 0 if store.counter_window > now + DAY // STEP else int(store.counter_window)


def _move_mark(store: Store, window: int, now: int) -> None:
    older = (Store.counter_window < window) | (Store.counter_window > now + DAY // STEP)
    Store.update({Store.counter_window: window}).where(Store.id == store.id, older).execute()

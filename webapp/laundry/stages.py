"""Stages: received → agreed → treated → cleaned → checked → racked, one piece at a time and many at once, by scanning tags.

Every move is a `Step` with its person and time, and is never changed: a check that failed is a step back with a reason, a wrong tap that was
taken back is a step too. When the last piece hangs, the order is ready, once.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from models import HOLDING, STAGES, Booking, Garment, Order, Staff, Step, Store, transaction
from webapp import policy
from webapp.clock import MINUTE
from webapp.laundry import intake, orders, promises, words
from webapp.outbox import events
from webapp.refusals import Missing, Refusal
from webapp.staff import queue
from webapp.words import N_

BY_HAND = STAGES[2:]  # what scanning can reach: a yes is the customer's
TAGS_MOST = 200
WHY_MOST, PLACE_MOST = 120, 20
SECOND = "second"  # Step.why of a check that had to be by somebody else than who cleaned it
UNDONE = "undone"  # Step.why of a step that was taken back: the stage before it
REMARKS = {SECOND: N_("换了人检查"), UNDONE: N_("撤销了上一步"), intake.AGAIN: N_("登记改过，重新认可")}


class Moved(NamedTuple):
    """What became of the tags that were scanned, in their order."""

    done: list[Garment]
    refused: list[tuple[str, Refusal]]


def find(tag: str, store: Store) -> Garment:
    """The garment of a tag that was scanned or typed. One of another store is refused by that store's name."""
    code = orders.code_in(tag)
    garment: Garment | None = Garment.select(Garment, Order).join(Order).where(Garment.tag == code).first()
    if garment is None:
        raise Missing("没有这个吊牌", code="no_such_tag")
    if garment.order.store_id != store.id:
        raise Refusal("这是%(store)s的衣物", code="other_store", store=garment.order.store.name)
    return garment


def advance(tags: Sequence[str], stage: str, staff: Staff, store: Store, at: int) -> Moved:
    """Bring these pieces to their next stage, all in one transaction; a piece that cannot is named, the others go on. There already: no second step."""
    if stage not in BY_HAND:
        raise Refusal("请选择到哪一步", code="stage", field="stage")
    codes = list(dict.fromkeys(code for tag in tags if (code := orders.code_in(tag))))
    if len(codes) > TAGS_MOST:
        raise Refusal("一次最多 %(n)s 件", code="too_many_tags", n=TAGS_MOST)
    with transaction():
        found = _found(codes, store)
        done: list[Garment] = []
        moved: list[Garment] = []
        refused: list[tuple[str, Refusal]] = []
        for code in codes:
            garment = found[code]
            if isinstance(garment, Refusal):
                refused.append((code, garment))
                continue
            if no := _why_not(garment, stage, staff):
                refused.append((code, no))
                continue
            done.append(garment)
            if garment.stage != stage:
                _move(garment, stage, staff, at)
                moved.append(garment)
        for order in {garment.order_id: garment.order for garment in moved}.values():
            _settle(order, staff, at, [garment for garment in moved if garment.order_id == order.id])
        if moved:
            events.tick(store.id)
        return Moved(done, refused)


def fail(garment: Garment, staff: Staff, why: str, at: int) -> Garment:
    """It did not pass the check: back to be treated again, with the reason. Twice is once. Refuses what is not waiting for its check."""
    why = why.strip()[:WHY_MOST]
    if not why:
        raise Refusal("请写明原因", code="why_missing", field="why")
    with transaction():
        now = _held(garment)
        last = _last(now)
        if now.stage == "agreed" and last and not last.passed and last.why == why:
            return now
        if now.stage != "cleaned" or now.handed_at is not None or now.order.state != "agreed":
            raise Refusal("这件不在等检查", code="not_cleaned")
        _step(now, "agreed", staff, at, why=why, passed=False, failed=Garment.failed + 1)
        _record("check_failed", now, staff, at, why=why)
        events.tick(now.order.store_id)
        return _fresh(now)


def rack(order: Order, place: str, staff: Staff, at: int) -> Order:
    """The order's place on the rack; its checked pieces hang there now. The same place again changes nothing, another one moves it."""
    place = place.strip()[:PLACE_MOST]
    if not place:
        raise Refusal("请填写挂在哪里", code="place_missing", field="place")
    with transaction():
        now = orders.held(order)
        if now.state not in ("agreed", "ready"):
            raise orders.changed()
        pieces = list(Garment.select().where(Garment.order == now.id, Garment.handed_at.is_null()).order_by(Garment.id))
        hung = [piece for piece in pieces if piece.stage == "checked"]
        if not hung and not any(piece.stage == "racked" for piece in pieces):
            raise Refusal("还没有检查好的衣物", code="nothing_checked")
        for piece in hung:
            piece.__rel__["order"] = now
            _move(piece, "racked", staff, at)
        if now.rack != place:
            orders.swap(now, ("agreed", "ready"), rack=place)
            orders.record("order_racked", now, at, staff, place=place)
            now.rack = place
        _settle(now, staff, at, hung)
        events.tick(now.store_id)
        return orders.fresh(now)


def back(garment: Garment, staff: Staff, at: int) -> Garment:
    """A wrong tap: one's own last step is taken back within some minutes (a setting). Twice is once. What was agreed cannot be taken back here."""
    with transaction():
        now = _held(garment)
        steps = list(Step.select().where(Step.garment == now.id).order_by(Step.id.desc()).limit(2))
        last = steps[0]
        if last.passed and last.why == UNDONE:
            return now
        if last.passed and last.stage not in BY_HAND:
            raise Refusal("这一步不能撤销", code="nothing_to_undo")
        if now.handed_at is not None or now.order.state not in ("agreed", "ready"):
            raise Refusal("这件已经交给客人了", code="handed")
        if last.staff_id != staff.id:
            raise Refusal("只能撤销自己的上一步", code="not_own")
        if at > last.at + policy.of(now.order.store).undo_minutes * MINUTE:
            raise Refusal("撤销时间已过", code="undo_over")
        before = steps[1]
        counted: dict[str, Any] = {} if last.passed else {"failed": Garment.failed - 1}
        _step(now, before.stage, staff, at, why=UNDONE, stage_by=_who(now, before.stage), **counted)
        _record("step_undone", now, staff, at, stage=last.stage)
        if orders.swap(now.order, ("ready",), state="agreed", ready_at=None):
            orders.tell(now.order, "order_not_yet", at, turn=at)
            orders.record("order_not_ready", now.order, at, staff)
        events.tick(now.order.store_id)
        return _fresh(now)


def next_of(garment: Garment) -> str:
    """The stage that scanning would bring it to; empty where there is none."""
    if garment.handed_at is not None or garment.stage in ("received", "racked"):
        return ""
    return STAGES[STAGES.index(garment.stage) + 1]


def undo_until(garment: Garment, steps: Sequence[Step], staff: Staff) -> int:
    """Until when this person may take back the last of these steps; 0 when they may not."""
    last = steps[-1] if steps else None
    if last is None or last.staff_id != staff.id or garment.handed_at is not None:
        return 0
    if last.passed and (last.why == UNDONE or last.stage not in BY_HAND):
        return 0
    return int(last.at + policy.of(garment.order.store).undo_minutes * MINUTE)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _found(codes: Sequence[str], store: Store) -> dict[str, Garment | Refusal]:
    """Each tag's garment as it is now, its order held; orders are taken by their number, so that two who scan the same bags do not wait for each other."""
    query = Garment.select(Garment.tag, Garment.order).where(Garment.tag.in_(list(codes)))
    ids: dict[str, int] = dict(query.tuples())
    held = {order: orders.held(Order(id=order)) for order in sorted(set(ids.values()))}
    rows = Garment.select().where(Garment.tag.in_(list(ids)))
    garments = {garment.tag: garment for garment in rows}
    found: dict[str, Garment | Refusal] = {}
    for code in codes:
        if code not in garments:
            found[code] = Missing("没有这个吊牌", code="no_such_tag")
            continue
        garment = garments[code]
        order = held[garment.order_id]
        garment.order = order
        if order.store_id != store.id:
            found[code] = Refusal("这是%(store)s的衣物", code="other_store", store=order.store.name)
        else:
            order.__rel__["store"] = store
            found[code] = garment
    return found


def _why_not(garment: Garment, stage: str, staff: Staff) -> Refusal | None:
    """Why this piece cannot come to this stage now; None when it can, or is there."""
    order = garment.order
    if garment.handed_at is not None or order.state == "collected":
        return Refusal("这件已经交给客人了", code="handed")
    if order.state == "cancelled":
        return Refusal("这张单已经取消了", code="cancelled")
    if garment.stage == stage:
        return None
    if order.state not in ("agreed", "ready") or garment.stage == "received":
        return Refusal("客人还没有认可瑕疵，不能开始", code="not_agreed")
    if next_of(garment) != stage:
        now, wanted = (words.everywhere(words.STAGE_NAMES[name]) for name in (garment.stage, stage))
        return Refusal("这件现在是「%(now)s」，不能到「%(wanted)s」", code="not_next", now=now, wanted=wanted)
    if stage == "checked" and garment.stage_by_id == staff.id and policy.of(order.store).second_check:
        return Refusal("你洗的要请同事检查", code="second_person")
    return None


def _step(
    garment: Garment,
    stage: str,
    staff: Staff,
    at: int,
    *,
    why: str = "",
    passed: bool = True,
    **fields: Any,
) -> None:
    """Move it, by compare-and-swap, and write down who did. Inside a transaction that holds the order."""
    still = (Garment.id == garment.id) & (Garment.stage == garment.stage) & Garment.handed_at.is_null()
    to = {"stage": stage, "stage_by": staff.id, "stage_at": at} | fields
    if Garment.update(to).where(still).execute() != 1:
        raise orders.changed()
    Step.create(garment=garment.id, stage=stage, passed=passed, why=why, staff=staff.id, at=at)
    garment.stage, garment.stage_at = stage, at


def _move(garment: Garment, stage: str, staff: Staff, at: int) -> None:
    """One stage on; a check says whether it had to be by somebody else."""
    second = stage == "checked" and policy.of(garment.order.store).second_check
    _step(garment, stage, staff, at, why=SECOND if second else "")
    _record("garment_moved", garment, staff, at, stage=stage)


def _settle(order: Order, staff: Staff, at: int, moved: Sequence[Garment]) -> None:
    """Ready when nothing is left to do; told once. Before that, who wants what is ready hears of the pieces that hang now."""
    hung = [garment for garment in moved if garment.stage == "racked"]
    left = (Garment.order == order.id) & (Garment.stage != "racked") & Garment.handed_at.is_null()
    if Garment.select().where(left).exists():
        if hung and order.in_parts:
            name = hung[0].name
            orders.tell(order, "order_part_ready", at, turn=f"{hung[0].tag}:{at}", name=name, pieces=len(hung))
        return
    pieces = Garment.select().where(Garment.order == order.id, Garment.handed_at.is_null()).count()
    if pieces and orders.swap(order, ("agreed",), state="ready", ready_at=at):
        queue.finish("promise", order.code, at)
        orders.tell(order, "order_ready", at, turn=at, pieces=pieces, **_when(order, at))
        orders.record("order_ready", order, at, staff, pieces=pieces)


def _when(order: Order, at: int) -> dict[str, int]:
    """When it comes, if the van brings it; else when it can be fetched next."""
    visit: Booking | None = order.delivery
    if visit and visit.state in HOLDING:
        return {"van_at": visit.starts_at}
    return next(({"opens_at": opens, "closes_at": closes} for opens, closes in promises.windows(order.store, at)), {})


def _record(verb: str, garment: Garment, staff: Staff, at: int, **data: Any) -> None:
    orders.record(verb, garment.order, at, staff, ref=garment.tag, code=garment.order.code, **data)


def _held(garment: Garment) -> Garment:
    """The garment as it is now, with its order, held until the transaction ends."""
    order = orders.held(garment.order)
    now: Garment | None = Garment.get_or_none(Garment.id == garment.id)
    if now is None:
        raise Missing("没有找到这件衣物", code="no_such_garment")
    now.order = order
    return now


def _last(garment: Garment) -> Step | None:
    found: Step | None = Step.select().where(Step.garment == garment.id).order_by(Step.id.desc()).first()
    return found


def _who(garment: Garment, stage: str) -> int | None:
    """Who brought it to that stage, before the step that is taken back."""
    reached = Step.select().where(Step.garment == garment.id, Step.stage == stage, Step.why != UNDONE)
    step = reached.order_by(Step.id.desc()).first()
    return step.staff_id if step else None


def _fresh(garment: Garment) -> Garment:
    found: Garment = Garment.get_by_id(garment.id)
    return found

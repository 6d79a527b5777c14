"""A piece that came back damaged is a case: with its clock, its thread, and the photos of both moments one tap away (issue of the garment passport).

The laundry keeps the claim and a card; here the card becomes a case, as soon as the member has sent it or, should that have failed, by the worker.
What the member adds later goes into the case's thread.
"""

from contextlib import suppress

from models import Case, Garment, GarmentPhoto, Member, Order, OrderWord, Photo, Store, Work, transaction
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.outbox import events
from webapp.refusals import Refusal
from webapp.staff import queue

KIND = "claim"
BATCH = 200


def collect(at: int) -> int:
    """Cards of claims that are no case yet. Returns how many became one."""
    waiting = Work.select().where(Work.kind == KIND, Work.done_at.is_null()).order_by(Work.due_at).limit(BATCH)
    return sum(_taken_up(card, at) for card in list(waiting))


def opened(tag: str, at: int) -> None:
    """The member has just said so: the case is there before they look."""
    card = Work.get_or_none(Work.kind == KIND, Work.ref == tag, Work.done_at.is_null())
    if card:
        _taken_up(card, at)


def of(tag: str) -> Case | None:
    """The newest case about this piece."""
    about = (Case.about == "garment") & (Case.ref == tag) & (Case.kind == KIND) & Case.merged_into.is_null()
    found: Case | None = Case.select().where(about).order_by(Case.id.desc()).first()
    return found


def _taken_up(card: Work, at: int) -> bool:
    garment: Garment | None = Garment.select(Garment, Order).join(Order).where(Garment.tag == card.ref).first()
    if garment is None or garment.order.member_id is None:
        return False
    member = Member.get_by_id(garment.order.member_id)
    said = OrderWord.select().where(OrderWord.garment == garment.id, OrderWord.member == member.id)
    words = list(said.where(OrderWord.at >= card.made_at).order_by(OrderWord.id))
    text = "\n".join(word.text for word in words) or str(card.brief.get("text") or card.ref)
    own = GarmentPhoto.select(GarmentPhoto, Photo).join(Photo).where(GarmentPhoto.garment == garment.id)
    photos = [row.photo for row in own.where(Photo.member == member.id, Photo.made_by.is_null())]
    running = of(garment.tag)
    if running and running.state not in cases.OVER:
        for word in words:
            cases.say(running, word.text, at, key=f"claim:{word.id}")
        for photo in photos:
            with suppress(Refusal):  # there are enough in the case; the piece keeps it
                cases.picture(running, photo, at)
        queue.finish(KIND, card.ref, at)
        events.tick(card.store_id)
        return False
    told = Report(
        key=f"claim:{garment.tag}:{card.made_at}",
        kind=KIND,
        category="damage",
        text=text[: cases.TEXT_MOST],
        wish="redo",
        about="garment",
        ref=garment.tag,
        source="counter",
        photos=photos[: cases.PHOTOS_MOST],
    )
    with transaction():
        cases.report(Store.get_by_id(card.store_id), told, card.made_at, member=member)
        queue.finish(KIND, card.ref, at)
        events.tick(card.store_id)
    return True

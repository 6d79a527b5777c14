"""Many pieces, one after another: choose the stage once, then each scanned tag moves at once, and each that cannot says why."""

from typing import Any

from flask import Response, g, request, url_for

from models import Garment, Order, Store
from webapp import access, clock, errors, forms, hx
from webapp.laundry import stages
from webapp.laundry.desk import bp, shown
from webapp.refusals import Refusal

MOVES = ("treated", "cleaned", "checked", "racked")
MOST = 60  # tags at once


class ScanForm(forms.Form):
    """`code` is one tag or many, as a scanner sends them; `place` where it hangs, when that is the stage."""

    stage = forms.choice(MOVES)
    place = forms.text(20, needed=False)
    code = forms.text(4000)


@bp.get("/orders/scan")
def scan() -> Response:
    """GET ?stage=: the camera, a scanner, or typing."""
    access.staff()
    g.scans = True
    stage = request.args.get("stage", "")
    return hx.page("laundry/desk_scan.html", form=ScanForm(stage=stage if stage in MOVES else MOVES[0]), **_empty())


@bp.post("/orders/scan")
def scan_send() -> Response:
    """POST stage=&code=&place=: every tag by itself; what is done is done, what cannot be is named."""
    actor, store = access.staff()
    g.scans = True
    form = forms.read(ScanForm, "laundry/desk_scan.html", "laundry/_desk_scanned.html", _empty)
    at, tags = clock.now(), shown.tags_in(form.code.data)[:MOST]
    if not tags:
        raise Refusal("请填写", code="no_tag", field="code")
    moved = stages.advance(tags, form.stage.data, actor, store, at)
    if form.stage.data == "racked" and form.place.data:
        for order in {piece.order_id: piece.order for piece in moved.done}.values():
            stages.rack(order, form.place.data, actor, at)
    context = _moved(moved.done, moved.refused, store, at)
    if hx.asked():
        return hx.page("laundry/_desk_scanned.html", form=None, **context)
    form.code.data = ""
    return hx.page("laundry/desk_scan.html", form=form, **context)


@bp.post("/garments/<tag>/scan-undo")
def scan_undo(tag: str) -> Response:
    """POST: that one was the wrong pile."""
    (actor, store), at = access.staff(), clock.now()
    found = shown.garment(tag, store)
    stages.back(found, actor, at)
    now = shown.garment(tag, store)
    return hx.swap(
        "laundry/_desk_scanned.html", url_for(".scan"), form=None, **_moved([], [], store, at) | {"back": [now]}
    )


# --- what the pages show -----------------------------------------------------------------------------------------------


def _empty() -> dict[str, Any]:
    return {"moves": MOVES, "done": [], "refused": [], "back": [], **shown.everywhere()}


def _moved(done: list[Garment], refused: list[tuple[str, Refusal]], store: Store, at: int) -> dict[str, Any]:
    now = {order.id: order for order in Order.select().where(Order.id.in_({piece.order_id for piece in done}))}
    return _empty() | {
        "done": [
            {"g": piece, "o": now[piece.order_id], "undo": shown.until(piece.stage_at, store) > at} for piece in done
        ],
        "refused": [{"tag": tag, "text": errors.say(refusal)} for tag, refusal in refused],
    }

"""Tags to sew or pin on: one for each piece, on a label printer or on sheets of A4. The code leads to the piece, and no name is on it."""

from flask import Response, request

from webapp import access, hx, qr
from webapp.laundry import orders
from webapp.laundry.desk import bp, shown

PAPERS = ("label", "a4")


@bp.get("/orders/<code>/tags")
def tags(code: str) -> Response:
    """GET ?paper=label|a4&tag=: the tags of an order, or one of them again."""
    _, store = access.staff()
    found = shown.find(code, store)
    paper, only = request.args.get("paper", ""), shown.plain(request.args.get("tag", ""))
    pieces = list(enumerate((one.garment for one in orders.whole(found).garments), 1))
    rows = [
        {"g": piece, "n": n, "svg": qr.svg(f"{access.base()}/t/{piece.tag}", robust=True)}
        for n, piece in pieces
        if not only or piece.tag == only
    ]
    return hx.page(
        "laundry/desk_tags.html",
        o=found,
        rows=rows,
        count=len(pieces),
        only=only,
        paper=paper if paper in PAPERS else "label",
        **shown.everywhere(),
    )

"""Who brings such garments: members by kind, fabric and colour, for a word about their care. Managers."""

from flask import Response, request

from models import COLOURS, FABRICS, GARMENTS
from webapp import access, hx
from webapp.laundry import wardrobe
from webapp.laundry.desk import bp, shown


@bp.get("/wardrobes", endpoint="wardrobes")
def wardrobes_page() -> Response:
    """GET ?kind=&fabric=&colour=: members who brought such pieces, who came last on top."""
    _, store = access.staff("manager")
    kind, fabric, colour = (
        asked if (asked := request.args.get(name, "")) in known else ""
        for name, known in (("kind", GARMENTS), ("fabric", FABRICS), ("colour", COLOURS))
    )
    some = bool(kind or fabric or colour)
    rows = wardrobe.segment(store.brand, kind=kind, fabric=fabric, colour=colour) if some else []
    return hx.page(
        "laundry/desk_wardrobes.html",
        "laundry/_desk_wardrobes.html",
        rows=rows,
        kind=kind,
        fabric=fabric,
        colour=colour,
        some=some,
        **shown.everywhere(),
    )

"""You said, we did: in the app, and as a page for a screen in the shop that refreshes itself."""

from typing import Any

from flask import Response, url_for

from models import Store
from webapp import access, clock, hx
from webapp.complaints import improvements
from webapp.complaints.views import bp
from webapp.complaints.words import THEME_NAMES
from webapp.stores import shops


@bp.get("/board")
def board() -> Response:
    """GET: what the shop changed because somebody said something."""
    store = access.store_in_hand()
    if store is None:
        return hx.go(url_for("stores.chooser"))
    return hx.go(url_for(".of_shop", slug=store.slug))


@bp.get("/s/<slug>/board")
def of_shop(slug: str) -> Response:
    """GET: the same for everybody."""
    return hx.page("complaints/board.html", **_page(access.there(shops.find(slug))))


@bp.get("/s/<slug>/board/screen")
def screen(slug: str) -> Response:
    """GET: large, for a screen on the wall; asks for itself again every five minutes."""
    return hx.page("complaints/screen.html", "complaints/_screen.html", **_page(access.there(shops.find(slug))))


def _page(store: Store) -> dict[str, Any]:
    rows = [(row, THEME_NAMES.get(row.theme, "")) for row in improvements.board(store)]
    return {"shop": store, "rows": rows, "at": clock.now()}

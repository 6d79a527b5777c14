"""Doors: a photo, for the member it is about and the staff of its store; nobody else learns that it exists."""

from flask import Blueprint, Response, request

from models import Photo
from webapp import access, clock, signins
from webapp.photos import pictures

bp = Blueprint("photos", __name__)
SHOWN_FOR = clock.DAY  # kept by the browser; the address never shows anything else


@bp.get("/photos/<code>")
def whole(code: str) -> Response:
    """GET: the photo, at most 2000 pixels wide or high."""
    return _shown(_mine(code), small=False)


@bp.get("/photos/<code>/small")
def small(code: str) -> Response:
    """GET: the small one, for lists."""
    return _shown(_mine(code), small=True)


def _mine(code: str) -> Photo:
    photo: Photo = access.find(Photo, Photo.code == code)
    me = access.me()
    if not (me and photo.member_id == me.id) and not _works_there(photo):
        access.there(None)
    return photo


def _works_there(photo: Photo) -> bool:
    """A tablet of the store, or one at which the owner acts. Its cookie is asked for here, outside /desk."""
    secret = request.cookies.get(access.cookie_name("desk"))
    desk = signins.find("desk", secret, clock.now()) if secret else None
    if desk is None or desk.store is None:
        return False
    return desk.store.id == photo.store_id or bool(desk.acting and desk.acting.at_least("owner"))


def _shown(photo: Photo, *, small: bool) -> Response:
    file = pictures.path(photo, small)
    if not file.exists():
        access.there(None)
    response = Response(file.read_bytes(), mimetype="image/jpeg")
    response.headers.update(
        {
            "Cache-Control": f"private, max-age={SHOWN_FOR}, immutable",
            "Content-Disposition": f'inline; filename="huitou-{photo.code[:8]}{"-small" if small else ""}.jpg"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    return response

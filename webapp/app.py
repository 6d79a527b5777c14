"""`create_app()`: the only place where everything is joined; it reads from top to bottom."""

from collections.abc import Callable
from functools import lru_cache

from flask import Flask, Response, g, request
from flask_compress import Compress
from flask_limiter import Limiter
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Rule

from webapp import (
    access,
    assets,
    cli,
    clock,
    config,
    errors,
    filters,
    forms,
    front,
    health,
    live,
    logs,
    storage,
    vault,
    wire,
    words,
)
from webapp.outbox import events
from webapp.photos.pictures import LARGEST
from webapp.refusals import Forbidden

CSP = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'{live}; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
SHIELDS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()"),
]
SMALL = 800  # bytes of an answer that is not worth compressing
LARGEST_REQUEST = 64 * 1024
LARGEST_PHOTO = LARGEST + LARGEST_REQUEST
LARGEST_IMPORT = 60 * 1024 * 1024


def room_for(method: str, path: str) -> int:
    """How large a body may be there: a photo, a file to import; 0 where it is like any other."""
    if forms.takes_photo(method, path):
        return LARGEST_PHOTO
    return LARGEST_IMPORT if forms.takes_file(method, path) else 0


def create_app(settings: config.Settings | None = None) -> Flask:
    """The whole application for these settings (from the environment when none are given)."""
    settings = settings or config.load()
    logs.init()
    vault.unlock(settings.secret)
    storage.open_database(settings)

    app = wire.App("webapp", template_folder="../templates", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST, MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST, MAX_FORM_PARTS=200)
    app.config.update(TEMPLATES_AUTO_RELOAD=False, SECRET_KEY=vault.keyed("flask", "session"))
    app.url_rule_class = Address
    app.config.update(COMPRESS_ALGORITHM=["gzip"], COMPRESS_LEVEL=4, COMPRESS_REGISTER=False)
    app.extensions["settings"] = settings

    files = app.extensions["assets"] = assets.Assets(settings.data / "cache")
    words.init(app)
    filters.init(app)
    app.jinja_env.globals.update(asset=files.url, icon_at=files.icon)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    app.login_manager = access.login_manager  # type: ignore[attr-defined]  # without its hook: no cookie of its own to look after
    _compresses(app)
    _limits(app)
    errors.init(app)
    _guards(app, settings)
    _rooms(app)
    _hears(app)
    _settles_first(app)
    health.init(app)
    cli.init(app)

    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    first = app.extensions["front"] = front.Front(app.wsgi_app, files, near=settings.is_sqlite)
    app.wsgi_app = first  # type: ignore[assignment, method-assign]
    return app


class Address(Rule):
    """Werkzeug writes two functions for each address, to put it together; here when they are first used, or they cost half of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        write = super()._compile_builder

        def first_time(rule: Rule, **values: object) -> tuple[str, str]:
            build: Callable[..., tuple[str, str]] = write(append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", build)
            return build(**values)

        return first_time


def _rooms(app: Flask) -> None:
    """Every door of every room, members' first."""
    from webapp import pairs
    from webapp.api import views as api
    from webapp.bookings import desk as bookings_desk
    from webapp.bookings import views as bookings
    from webapp.care import desk as care_desk
    from webapp.care import views as care
    from webapp.complaints import desk as complaints_desk
    from webapp.complaints import views as complaints
    from webapp.complaints import words as told
    from webapp.imports import desk as imports_desk
    from webapp.insights import desk as insights_desk
    from webapp.laundry import desk as laundry_desk
    from webapp.laundry import views as laundry
    from webapp.laundry import words as garments
    from webapp.members import desk as members_desk
    from webapp.members import views as members
    from webapp.offers import desk as offers_desk
    from webapp.offers import views as offers
    from webapp.outbox import desk as outbox_desk
    from webapp.outbox import views as outbox
    from webapp.photos import views as photos
    from webapp.points import desk as points_desk
    from webapp.points import views as points
    from webapp.ratings import desk as ratings_desk
    from webapp.ratings import views as ratings
    from webapp.rewards import desk as rewards_desk
    from webapp.rewards import views as rewards
    from webapp.staff import desk as staff_desk
    from webapp.stores import desk as stores_desk
    from webapp.stores import views as stores

    for doors in (
        stores,
        members,
        photos,
        points,
        rewards,
        bookings,
        laundry,
        offers,
        complaints,
        ratings,
        care,
        outbox,
        staff_desk,
        stores_desk,
        members_desk,
        points_desk,
        rewards_desk,
        bookings_desk,
        laundry_desk,
        offers_desk,
        complaints_desk,
        ratings_desk,
        care_desk,
        insights_desk,
        imports_desk,
        outbox_desk,
        api,
    ):
        app.register_blueprint(doors.bp)
    app.jinja_env.globals.update(laundry=garments, told=told)  # what kinds, defects, stages and steps are called
    app.jinja_env.filters.update(pair=lambda pair, locale: " ".join(pairs.spoken(pair, locale)), band=pairs.band)


def _hears(app: Flask) -> None:
    """What happens in a room on the left and concerns one on the right, which the left one may not look at."""
    from webapp.bookings import again, arrivals, sets
    from webapp.care import surprises
    from webapp.complaints import claims, guards
    from webapp.laundry import asks
    from webapp.members import consents, home
    from webapp.offers import holding
    from webapp.outbox import pushes
    from webapp.points import visits
    from webapp.prices import coupons
    from webapp.ratings import asks as visits_asked

    visits.listen(arrivals.heard)
    visits.listen(surprises.heard)
    coupons.heard[:] = [holding.taken]
    pushes.agreed = lambda member, at: consents.choose(member, "service", True, source="push", at=at)
    home.again, home.sets = again.due, sets.for_home
    home.clothes = asks.of
    asks.claimed = claims.opened
    home.case, home.rate = guards.waits_for, visits_asked.way


def _settles_first(app: Flask) -> None:
    """Who looks at their points sees none in a hold that is over, whether or not the worker has been by.

    The rooms of these two pages may not look to the rewards', so they are joined here; a member who holds nothing costs no question.
    """
    from webapp.rewards import redemptions

    @app.before_request
    def give_back() -> None:
        if request.endpoint in ("members.home", "points.index"):
            me = access.me()
            if me and me.held and redemptions.refresh(me.id, clock.now()):
                access.look_again()


def _compresses(app: Flask) -> None:
    """What is small travels as it is, and costs no look at what the browser accepts."""
    compress = Compress(app)

    @app.after_request
    def smaller(response: Response) -> Response:
        body = response.response
        small = isinstance(body, list) and sum(map(len, body)) < SMALL
        return response if small else compress.after_request(response)


def _limits(app: Flask) -> None:
    """A coarse fence per source and worker, at the doors that name one; guessing is counted exactly, in `guesses.py`."""
    limiter = Limiter(access.source, storage_uri="memory://", headers_enabled=False)
    # As if its hooks were there already: it is asked at those doors, not at every request.
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    app.extensions["limits"] = limiter


def _guards(app: Flask, settings: config.Settings) -> None:
    @app.before_request
    def some_may_be_large() -> None:
        if most := room_for(request.method, request.path):
            request.max_content_length = most
            request.max_form_memory_size = 4 * LARGEST_REQUEST  # a file is read in pieces as large as the usual limit

    @app.teardown_request
    def nobody_is_helped(_: BaseException | None) -> None:
        events.helped_by.set(None)

    @app.before_request
    def same_site_only() -> None:
        bearer_only = request.path.startswith("/api/")
        if request.method not in ("GET", "HEAD", "OPTIONS") and not bearer_only and not access.came_from_us():
            raise Forbidden("这个请求不是从本站页面发出的", code="forgery")

    app.after_request(access.for_whom)

    @app.after_request
    def shields(response: wire.Reply) -> wire.Reply:
        stream = wasm = ""
        if request.path.startswith("/desk"):
            stream = live.address(settings, request.scheme, request.host)
            wasm = " 'wasm-unsafe-eval'" if g.get("scans") else ""
        response.usual = _usual(stream, wasm, request.is_secure)
        return response


@lru_cache(64)
def _usual(stream: str, wasm: str, secure: bool) -> tuple[tuple[str, str], ...]:
    """The headers of every answer that does not say otherwise."""
    csp = CSP.format(live=f" {stream}" if stream else "", wasm=wasm)
    kept = [("Strict-Transport-Security", "max-age=31536000")] if secure else []
    return (("Content-Security-Policy", csp), ("Cache-Control", "no-store"), ("Vary", "Cookie"), *SHIELDS, *kept)

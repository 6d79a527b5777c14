"""What stands beside the real server: a plain Flask app, served by the same granian with the same settings.

/bare    the bare Jinja page: the home page's own templates with values that never change, rendered the ordinary way
         (`render_template`, words looked up by Flask-Babel as the page is made, addresses constant); no cookie, sign-in or query
/folded  the same values into the templates as the real app has them, words folded in: the rest of home is sign-in, reading and headers
/hello   the emptiest view
/desk/nothing  a tablet's poll as an ordinary view answers it: sign-in and 204 (this one is a route more in the real app)
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, render_template
from flask_babel import Babel

from webapp import access, filters, hx, words
from webapp.app import create_app
from webapp.gate import Gate

MEMBER = 7  # whose home it is: points, a tier to reach, two suggestions, nothing unusual
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def plain(real: Flask) -> Flask:
    """A Flask app with nothing but Babel and the home page's templates."""
    context = _home_of(real, f"bench-{MEMBER}")
    app = Flask("bench.beside", template_folder=f"{real.root_path}/../templates", static_folder=None)
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    Babel(app, default_locale="zh", default_timezone="Asia/Shanghai")
    filters.init(app)
    addresses = _remembered(real.url_map.bind("").build)
    shared = {name: real.jinja_env.globals[name] for name in ("asset", "icon_at")}
    app.jinja_env.globals.update(shared, url_for=addresses)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    folded = words.environment_for(real, "zh").get_template("members/home.html")

    app.add_url_rule("/bare", "bare", lambda: render_template("members/home.html", **context))
    app.add_url_rule("/folded", "folded", lambda: folded.render(context, url_for=addresses))
    app.add_url_rule("/hello", "hello", lambda: "hello")
    return app


def with_nothing(real: Flask) -> Flask:
    """The real app and one more door: a signed-in tablet gets 204."""

    @real.get("/desk/nothing")
    def nothing() -> Response:
        access.desk()
        return Response(status=204)

    return real


def make() -> Wsgi:
    real = with_nothing(create_app())
    beside = plain(real)

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        ours = environ["PATH_INFO"] in ("/desk/nothing", "/healthz")
        return (real.wsgi_app if ours else beside.wsgi_app)(environ, start)

    return app


def _home_of(real: Flask, cookie: str) -> dict[str, Any]:
    """What the home page hands its templates for one member, taken once from a real request."""
    taken: dict[str, Any] = {}
    render = hx.render

    def take(template: str, **context: Any) -> str:
        taken.update(hx._everywhere() | context)
        return render(template, **context)

    hx.render = take
    try:
        client = real.test_client()
        client.set_cookie("huitou", cookie)
        answer = client.get("/")
    finally:
        hx.render = render
    if answer.status_code != 200:
        raise RuntimeError(f"the home page answers {answer.status}")
    return taken


def _remembered(build: Callable[..., str]) -> Callable[..., str]:
    """Addresses as if they had been written by hand."""
    known: dict[tuple[Any, ...], str] = {}

    def url_for(endpoint: str, **values: Any) -> str:
        key = (endpoint, *values.items())
        if key not in known:
            known[key] = build(endpoint, values)
        return known[key]

    return url_for


def __getattr__(name: str) -> Any:
    # Made when the server asks for it, so that importing the module opens nothing.
    if name == "app":
        return Gate(make(), 65536)  # as the real one is called
    raise AttributeError(name)

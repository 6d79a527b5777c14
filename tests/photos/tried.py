"""The real app with a page more, which uses everything that `photos/_kit.html` offers; served by granian as the real one is."""

from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, request

from models import Photo, Store
from webapp import access, clock, create_app, forms, hx, words
from webapp.app import LARGEST_REQUEST, room_for
from webapp.gate import Gate, Large
from webapp.photos import pictures

PART = """{% import "photos/_kit.html" as photos %}{% import "kit.html" as kit %}
<section id="coat" class="card">
<h1>灰色羊毛大衣</h1>
{% for photo in taken %}{% call photos.picture(photo, "大衣", pins) %}{{ photos.number(1) }} 油渍{% endcall %}{% endfor %}
{% call photos.uploader("/coat/photos", target="#coat") %}<input type="hidden" name="moment" value="intake">{% endcall %}
{% if taken %}
{% call photos.pinner(taken[-1], pins, "/coat/pins", "大衣") %}
<div class="buttons">{{ kit.button("油渍", name="kind", value="stain") }}{{ kit.button("破洞", "outline", name="kind", value="tear") }}</div>
{% endcall %}
{{ photos.beside(taken[0], taken[1] if taken|length > 1 else none, "大衣", before_pins=pins) }}
{% endif %}
</section>"""
PAGE = (
    """{% extends "layout_plain.html" %}
{% block scripts %}<script type="module" src="{{ asset('js/photos.js') }}"></script>{% endblock %}
{% block body %}<main class="page" id="main">"""
    + PART
    + "</main>{% endblock %}"
)


def with_a_coat(app: Flask) -> Flask:
    pins: list[SimpleNamespace] = []

    def shown(template: str) -> str:
        taken = list(Photo.select().order_by(Photo.id))
        environment = words.environment_for(app, words.locale())
        return environment.from_string(template).render(hx._everywhere() | {"taken": taken, "pins": pins})

    @app.get("/coat")
    def coat() -> str:
        return shown(PAGE)

    @app.post("/coat/photos")
    def take() -> Any:
        pictures.take_in(forms.photo(), Store.get_by_id(1), clock.now(), member=access.me())
        return shown(PART) if hx.asked() else hx.go("/coat")

    @app.post("/coat/pins")
    def pin() -> Response:
        pins.append(SimpleNamespace(x=int(request.form["x"]), y=int(request.form["y"]), kind=request.form["kind"]))
        return hx.go("/coat")

    @app.get("/coat/pins")
    def pinned() -> str:
        return " ".join(f"{pin.x},{pin.y},{pin.kind}" for pin in pins)

    return app


def __getattr__(name: str) -> Any:
    # Made when the server asks for it, so that importing the module opens nothing.
    if name == "gate":
        app = with_a_coat(create_app())
        large = Large(room_for, app.extensions["settings"].data)
        return Gate(app, LARGEST_REQUEST, app.extensions["front"].answer, large)
    raise AttributeError(name)

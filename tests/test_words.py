"""Templates that lie ready-made are never older than what is in them: their source, the kit, the words, the static files, the addresses."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from tests.kit import doors
from tests.kit.databases import Place
from webapp import words


@pytest.fixture
def mine(place: Place, database: object, counted: None) -> Flask:
    return doors.made(place)


def test_a_template_that_has_changed_is_read_anew(mine: Flask) -> None:
    assert _page(mine, "{{ _('积分') }}, one") == "Points, one"
    ready = words._compiled(mine, "en")
    assert _page(mine, "{{ _('积分') }}, two") == "Points, two"
    assert words._compiled(mine, "en") == ready


def test_what_is_folded_into_templates_is_in_the_name_of_their_folder(mine: Flask, tmp_path: Path) -> None:
    folders = {words._compiled(mine, "zh").name}
    mine.extensions["assets"].names["new.js"] = "/static/new.0.js"
    folders.add(words._compiled(mine, "zh").name)
    mine.add_url_rule("/new", "new", str)
    folders.add(words._compiled(mine, "zh").name)
    assert len(folders) == 3
    for folder in ("webapp", "templates"):
        (tmp_path / folder).mkdir()
    kit = Path(shutil.copy(Path(mine.root_path, "../templates", words.KIT), tmp_path / "templates"))
    mine.root_path = str(tmp_path / "webapp")
    assert words._compiled(mine, "zh").name in folders
    kit.write_text("another kit", "utf-8")
    assert words._compiled(mine, "zh").name not in folders


def _page(app: Flask, source: str) -> str:
    app.extensions["pages"].clear()
    before = app.jinja_env.loader
    assert before
    app.jinja_env.loader = ChoiceLoader([DictLoader({"mine.html": source}), before])
    return words.environment_for(app, "en").get_template("mine.html").render()

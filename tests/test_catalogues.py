"""The languages: every sentence of the tree is in every catalogue, read by somebody, and nothing of the source shines through."""

import ast
from pathlib import Path

import pytest
from babel.messages import Catalog
from jinja2 import Environment, nodes

from tests.kit import catalogues
from tests.kit.catalogues import HAN, ROOT
from webapp.outbox.words import SENTENCES, read
from webapp.pairs import WORDS
from webapp.staff import audit

# Chinese in code that is no sentence of a page: a shop's own words in every language, names of languages, what the terminal says in two.
NOT_SENTENCES = {
    "webapp/backup.py",
    "webapp/bookings/starters.py",
    "webapp/care/library.py",
    "webapp/care/scripts.py",
    "webapp/complaints/library.py",
    "webapp/filters.py",
    "webapp/imports/columns.py",
    "webapp/laundry/starters.py",
    "webapp/members/freshness.py",
    "webapp/members/memory.py",
    "webapp/outbox/words.py",
    "webapp/pairs.py",
    "webapp/seeds/__init__.py",
    "webapp/seeds/asking.py",
    "webapp/seeds/bookings.py",
    "webapp/seeds/care.py",
    "webapp/seeds/complaints.py",
    "webapp/seeds/coupons.py",
    "webapp/seeds/follows.py",
    "webapp/seeds/insights.py",
    "webapp/seeds/laundry.py",
    "webapp/seeds/memories.py",
    "webapp/seeds/people.py",
    "webapp/seeds/ratings.py",
    "webapp/seeds/rewards.py",
    "webapp/seeds/stores.py",
    "webapp/serving/banner.py",
    "webapp/serving/preparing.py",
    "webapp/stores/hours.py",
    "webapp/stores/setup.py",
    "webapp/words.py",
    "templates/members/_languages.html",
    "templates/members/preferences.html",
}


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_every_sentence_is_translated_and_read(locale: str) -> None:
    assert catalogues.faults(locale) == [], "scripts/words brings the catalogues up to date"


def test_a_fault_is_found() -> None:
    # Before the test above may be believed: each kind of fault in one message.
    catalogue = Catalog("en")
    told = {
        "": "not translated",
        "还差 %(n)s 分": "Chinese left in it",
        "%(m)s more points": "other placeholders",
        "100 % of %(n)s points": "a stray %",
        "<b>%(n)s</b> more points": "other markup",
        "%(n)s points、more": "Chinese left in it",
    }
    for text, fault in told.items():
        message = catalogue.add("还差 %(n)s 分", text)
        assert fault in " ".join(catalogues._faults("en", "还差 %(n)s 分", message)), text
    assert catalogues.only_simplified("請到櫃台掃码") == "码"


def test_no_chinese_sentence_escapes_in_code() -> None:
    assert [place for path in sorted((ROOT / "webapp").rglob("*.py")) for place in _escaped_in_code(path)] == []


def test_no_chinese_sentence_escapes_in_templates() -> None:
    assert [
        place for path in sorted((ROOT / "templates").rglob("*.html")) for place in _escaped_in_template(path)
    ] == []


def test_the_two_words_are_written_in_three_languages() -> None:
    for simplified, traditional, english in WORDS:
        assert HAN.search(simplified)
        assert catalogues.only_simplified(traditional) == ""
        assert english.isascii()
    for place in range(3):
        assert len({word[place] for word in WORDS}) == len(WORDS), "two words that sound the same"


def test_every_message_reads_in_english() -> None:
    values = {
        "points": 1,
        "amount": 4860,
        "owed": 0,
        "store": {"zh": "南门店", "en": "South Gate"},
        "reward": {"zh": "茶", "en": "Tea"},
    }
    for key in SENTENCES:
        said = read(key, {**values, "why": "out_of_stock", "device": "iPad", "expires_at": 0, "signed_at": 0}, "en")
        assert not HAN.search("".join(said)), key
        assert "1 points" not in "".join(said), key


def test_every_verb_of_the_event_log_has_words() -> None:
    said = set()
    for path in (ROOT / "webapp").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in (
                "events.record",
                "holding.record",
                "orders.record",
                "_record",
                "_closed",
                "self._event",
            ):
                at = (
                    0
                    if ast.unparse(call.func) in ("events.record", "holding.record", "orders.record", "_record")
                    else 1
                )
                said |= {part.value for part in ast.walk(call.args[at]) if isinstance(part, ast.Constant)}
    assert len(said) > 30
    assert said <= set(audit.SENTENCES)


# --- where Chinese may stand -------------------------------------------------------------------------------------------


def _escaped_in_code(path: Path) -> list[str]:
    name = str(path.relative_to(ROOT))
    if name in NOT_SENTENCES:
        return []
    tree = ast.parse(path.read_text("utf-8"))
    fine = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in catalogues.KEYWORDS:
            fine |= {id(argument) for argument in node.args[:2]}
        if isinstance(node, ast.Dict) and any(isinstance(key, ast.Constant) and key.value == "zh" for key in node.keys):
            fine |= {id(value) for value in node.values}
    return [
        f"{name}:{node.lineno} {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and HAN.search(node.value)
        and id(node) not in fine
    ]


def _escaped_in_template(path: Path) -> list[str]:
    name = str(path.relative_to(ROOT))
    if name in NOT_SENTENCES:
        return []
    tree = Environment().parse(path.read_text("utf-8"))
    fine = {
        id(argument)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in catalogues.KEYWORDS
        for argument in call.args
    }
    plain = [(node.lineno, node.data) for node in tree.find_all(nodes.TemplateData)]
    texts = [(node.lineno, node.value) for node in tree.find_all(nodes.Const) if id(node) not in fine]
    return [f"{name}:{line} {text}" for line, text in plain + texts if isinstance(text, str) and HAN.search(text)]

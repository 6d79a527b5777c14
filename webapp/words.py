"""Languages: which one this request speaks, how text is translated, and how templates get it for free.

The source language is simplified Chinese: the sentences in code and templates are the keys. Catalogues lie in
`webapp/translations/`; they are compiled when older than their source. In templates, `_("…")`, `url_for("…")`, `asset("…")` and
the plain pieces of `kit.html` with constant arguments are worked out once, when the template is loaded in a language, and cost
nothing afterwards.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from babel.support import Translations
from flask import Flask, g, has_request_context, request
from flask.templating import Environment
from flask_babel import Babel
from jinja2 import FileSystemBytecodeCache, nodes
from jinja2.bccache import Bucket
from jinja2.visitor import NodeTransformer

LOCALES = ("zh", "zh_Hant", "en")
NAMES = {"zh": "简体中文", "zh_Hant": "繁體中文", "en": "English"}
TAGS = {"zh": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en"}
FOLDER = Path(__file__).parent / "translations"
KIT = "kit.html"
# Pieces of the kit whose look depends on nothing but their arguments and the language.
PIECES = ("icon", "drawing", "logo", "back", "badge", "button", "link_button")
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def N_(text: str) -> str:
    """Mark a sentence for the catalogues without translating it yet."""
    return text


def init(app: Flask) -> None:
    """Set the app up to speak. Call before the first template is loaded."""
    compile_catalogues()
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(FOLDER))
    app.jinja_environment = FoldingEnvironment  # before Babel, which has the environment made
    Babel(app, locale_selector=locale, timezone_selector=timezone)
    app.extensions["pages"] = {}


def compile_catalogues() -> None:
    for source in FOLDER.glob("*/LC_MESSAGES/messages.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            from babel.messages.mofile import write_mo  # only the first start after a change of words compiles them
            from babel.messages.pofile import read_po

            with source.open("rb") as text:
                catalogue = read_po(text)
            part = target.with_suffix(f".{os.getpid()}")
            with part.open("wb") as file:
                write_mo(file, catalogue)
            part.replace(target)


def locale() -> str:
    """The language of this request: the member's own, else the one chosen on this browser, else what the browser asks for."""
    if not has_request_context():
        return "zh"
    if "locale" not in g:
        entry = g.get("entry")
        reader = (entry.helper or entry.member) if entry else None
        chosen = reader.locale if reader else request.cookies.get("lang", "")
        g.locale = chosen if chosen in LOCALES else accepted(request.headers.get("Accept-Language", ""))
    return str(g.locale)


def timezone() -> str:
    if not has_request_context():
        return "Asia/Shanghai"
    entry = g.get("entry")
    store = g.get("store") or (entry.store if entry else None)
    return str(store.timezone) if store else "Asia/Shanghai"


def accepted(header: str) -> str:
    """The first language of an Accept-Language header that we speak; Chinese when there is none."""
    for wanted in header.lower().split(","):
        tag = wanted.split(";")[0].strip()
        if tag.startswith(_TRADITIONAL):
            return "zh_Hant"
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "zh" if not header.strip() else "en"


def said(words: dict[str, str] | None, locale_name: str | None = None) -> str:
    """A shop's own words in the reader's language; Chinese where the shop has written nothing else."""
    if not words:
        return ""
    name = locale_name or locale()
    return words.get(name) or words.get("zh", "")


class FoldingEnvironment(Environment):
    """Jinja that replaces constant translations, addresses, assets and pieces of the kit by their text while it loads a template.

    The kit is there without being imported: an import costs every page as much as a query.
    """

    fold_locale: str | None = None

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return Fold(self).visit(tree) if self.fold_locale else tree


class Fold(NodeTransformer):
    def __init__(self, environment: FoldingEnvironment) -> None:
        self._environment = environment

    def visit_Import(self, node: nodes.Import) -> nodes.Node | None:
        named = isinstance(node.template, nodes.Const) and node.template.value == KIT and node.target == "kit"
        return None if named else node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        fold = self._fold_of(node)
        if fold is None or node.dyn_args or node.dyn_kwargs:
            return node
        arguments = [part.value for part in node.args if isinstance(part, nodes.Const)]
        named = {pair.key: pair.value.value for pair in node.kwargs if isinstance(pair.value, nodes.Const)}
        if len(arguments) < len(node.args) or len(named) < len(node.kwargs):
            return node
        return nodes.Const(fold(*arguments, **named), lineno=node.lineno)

    def _fold_of(self, node: nodes.Call) -> Any:
        """What works this call out at once, if it can be."""
        known, called = self._environment.globals, node.node
        if isinstance(called, nodes.Name) and called.name in ("_", "url_for", "asset"):
            return None if called.name == "_" and node.kwargs else known[f"fold {called.name}"]
        if not isinstance(called, nodes.Getattr) or called.attr not in PIECES:
            return None
        of_kit = isinstance(called.node, nodes.Name) and called.node.name == "kit"
        return getattr(known["kit"], called.attr) if of_kit else None


class ReadyMade(FileSystemBytecodeCache):
    """Compiled templates on disk. A disk that is full, or read-only, costs the time they save and nothing else."""

    def __init__(self, app: Flask, name: str) -> None:
        try:
            super().__init__(str(_compiled(app, name)))
        except OSError:
            # A folder of our own: what lies in it is code, and in /tmp anybody may write.
            super().__init__(tempfile.mkdtemp(prefix=f"huitou-{name}-"))

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def environment_for(app: Flask, name: str) -> FoldingEnvironment:
    """The Jinja environment of one language, made at its first use."""
    pages: dict[str, FoldingEnvironment] = app.extensions["pages"]
    if name not in pages:
        environment: Any = app.jinja_env.overlay(cache_size=400)
        environment.fold_locale = name
        environment.bytecode_cache = ReadyMade(app, name)
        environment.globals = {**app.jinja_env.globals, **_folds(app, name)}
        environment.filters = {**app.jinja_env.filters, "said": lambda text, locale_name=name: said(text, locale_name)}
        environment.globals["kit"] = environment.get_template(KIT).module
        pages[name] = environment
    return pages[name]


def _compiled(app: Flask, name: str) -> Path:
    """Where templates lie ready-made for this language: a folder named by everything that is folded into them.

    A new process then reads them in a tenth of the time it takes to compile them. Jinja itself compares each with its own source.
    """
    files: Any = app.extensions["assets"]
    digest = hashlib.sha256(repr(sorted(files.names.items())).encode())
    digest.update(repr(sorted((rule.rule, rule.endpoint) for rule in app.url_map.iter_rules())).encode())
    catalogue = FOLDER / name / "LC_MESSAGES" / "messages.mo"
    for path in (Path(app.root_path, "../templates", KIT), catalogue, Path(__file__)):
        digest.update(path.read_bytes() if path.exists() else b"")
    folder: Path = app.extensions["settings"].data / "cache" / f"templates-{name}-{digest.hexdigest()[:16]}"
    if not folder.exists():
        for old in folder.parent.glob(f"templates-{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _folds(app: Flask, name: str) -> dict[str, Any]:
    """What is done without asking Flask-Babel at every sentence, because the language of this environment is known."""
    adapter = app.url_map.bind("")
    catalogue = Translations.load(str(FOLDER), [name])

    filled: Any = app.jinja_env.globals["filled"]

    def translate(text: str, **values: Any) -> str:
        sentence: str = filled(str(catalogue.ugettext(text)), values)
        return sentence

    def count(one: str, many: str, num: int, **values: Any) -> str:
        sentence: str = filled(str(catalogue.ungettext(one, many, num)), {"num": num, **values})
        return sentence

    def address(endpoint: str, **values: Any) -> str:
        return adapter.build(endpoint, values)

    mine = {"_": translate, "ngettext": count, "url_for": address}
    return {**mine, "fold _": translate, "fold url_for": address, "fold asset": app.jinja_env.globals["asset"]}

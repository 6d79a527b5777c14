"""The catalogues of the other languages: what the tree says, what they make of it, and what is wrong with them.

`scripts/words` runs this file: it writes what is new into `webapp/translations/`, drafts 繁體 by OpenCC, marks the drafts fuzzy until
somebody has read them, and says what is left. Only sentences with Chinese characters are keys; figures and signs speak for themselves.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po
from opencc import OpenCC

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "webapp" / "translations"
LOCALES = ("en", "zh_Hant")
HAN = re.compile(r"[\u3400-\u9fff]")
FULL_WIDTH = re.compile(r"[\u3000-\u303f\uff01-\uff60]")
HOLES = re.compile(r"%\(\w+\)s|%%")
REFUSALS = ("Refusal", "Missing", "Forbidden", "BadRequest", "NoKey")
KEYWORDS = {**dict.fromkeys(("_", "gettext", "N_", "phrase", *REFUSALS)), "ngettext": (1, 2)}


@cache
def in_the_tree() -> Catalog:
    """Every sentence that code and templates say, with the files that say it."""
    with (FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(project="Huitou", charset="utf-8")
    for name, _, text, _, _ in extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=_ours):
        one = text if isinstance(text, str) else text[0]
        if HAN.search(one) or FULL_WIDTH.search(one):
            found.add(text, locations=[(name, None)])
    return found


def kept(locale: str) -> Catalog:
    """The catalogue as it lies in the tree, empty when there is none."""
    path = _path(locale)
    if not path.exists():
        return Catalog(locale, project="Huitou", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale)


def update(locale: str) -> Catalog:
    """Add what is new, leave what is gone; drafts for 繁體. Returns what was written."""
    catalogue = kept(locale)
    dates = catalogue.creation_date, catalogue.revision_date
    catalogue.update(in_the_tree(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.creation_date, catalogue.revision_date = dates
    for message in sentences(catalogue):
        if locale == "zh_Hant" and not any(texts(message)):
            draft = traditional(key(message))
            message.string = draft if isinstance(message.id, str) else (draft,)
            message.flags.add("fuzzy")
    write(catalogue)
    return catalogue


def write(catalogue: Catalog) -> None:
    catalogue.header_comment = (
        f"# Huitou in {catalogue.locale.english_name}. The keys are the Chinese sentences; see STYLE.md."
    )
    catalogue.fuzzy = False
    path = _path(str(catalogue.locale))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, ignore_obsolete=True, include_lineno=False)


def sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def texts(message: Message) -> list[str]:
    """What a message becomes; two texts where the language counts."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def faults(locale: str) -> list[str]:
    """Everything that a reader of this language would stumble over, one line each."""
    catalogue, wanted = kept(locale), {key(message) for message in sentences(in_the_tree())}
    there = {key(message): message for message in sentences(catalogue)}
    found = [f"{text}: not in the catalogue" for text in wanted - there.keys()]
    found += [
        f"{text}: nobody says this any more"
        for text in [*(there.keys() - wanted), *map(key, catalogue.obsolete.values())]
    ]
    for text, message in there.items():
        found += [f"{text}: {fault}" for fault in _faults(locale, text, message)]
    return sorted(found)


def only_simplified(text: str) -> str:
    """The characters that 繁體 writes otherwise."""
    return "".join(one for one in text if one not in BOTH and _converter("s2t").convert(one) != one)


# Simplified forms that 繁體 writes too.
BOTH = "台只栗群划"


def traditional(text: str) -> str:
    return str(_converter("s2twp").convert(text))


def _faults(locale: str, text: str, message: Message) -> Iterator[str]:
    said = texts(message)
    if not said or not all(said):
        yield "not translated"
    if message.fuzzy:
        yield "a draft that nobody has read (fuzzy)"
    for one in said:
        if sorted(HOLES.findall(one)) != sorted(HOLES.findall(text)):
            yield f"other placeholders: {one}"
        if re.sub(HOLES, "", one).count("%") != re.sub(HOLES, "", text).count("%"):
            yield f"a stray %: {one}"
        if re.findall(r"</?\w+", one) != re.findall(r"</?\w+", text):
            yield f"other markup: {one}"
        if locale == "en" and (HAN.search(one) or FULL_WIDTH.search(one)):
            yield f"Chinese left in it: {one}"
        if locale == "zh_Hant" and (simplified := only_simplified(one)):
            yield f"simplified {simplified}: {one}"


def _path(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def _ours(folder: str) -> bool:
    """Not into the environments, caches and data that lie beside the code."""
    relative = Path(folder).resolve().relative_to(ROOT)
    return not relative.parts or relative.parts[0] in ("webapp", "templates")


@cache
def _converter(way: str) -> OpenCC:
    return OpenCC(way)


def main() -> int:
    for locale in LOCALES:
        update(locale)
    found = [f"{locale}: {fault}" for locale in LOCALES for fault in faults(locale)]
    print("\n".join(found) or "Every sentence is there, in every language.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

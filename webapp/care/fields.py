"""Named fields of a rule's texts: {name}, {day}, {gift} … An unknown one is refused when the text is saved, not when it is sent.

How they are filled is said once, in `outbox/words.py`, where messages are read: a day is said as it stands at the moment of reading, and a
sentence whose field has nothing to say is left out.
"""

import re
from typing import Any

from models import Rule
from webapp.care import kinds
from webapp.outbox import words
from webapp.refusals import Refusal
from webapp.words import LOCALES

TITLE_MOST, TEXT_MOST = 40, 400
_BRACED = re.compile(r"\{([^{}]*)\}")
Texts = dict[str, dict[str, str]]


def known(kind: str) -> dict[str, str]:
    """The fields of this kind, each with what it stands for (a sentence of the catalogues)."""
    return {name: kinds.LABELS[name] for name in kinds.fields(kind)}


def check(kind: str, texts: Texts) -> Texts:
    """The texts as they are kept: no empty languages. Refuses an unknown field, no Chinese, and money before the apology (T16)."""
    kept: Texts = {}
    for language in LOCALES:
        title, text = ((texts.get(language) or {}).get(part, "").strip() for part in ("title", "text"))
        if not title and not text:
            continue
        if not title or not text:
            raise Refusal("标题和正文都要写", code="empty", field=f"{language}_{'text' if title else 'title'}")
        _check_part(kind, title, TITLE_MOST, f"{language}_title", kinds.GIVEN)
        _check_part(kind, text, TEXT_MOST, f"{language}_text", ())
        if kind == "fault":
            _apology_first(text, f"{language}_text")
        kept[language] = {"title": title, "text": text}
    if "zh" not in kept:
        raise Refusal("请写几个字", code="empty", field="zh_text")
    return kept


def preview(rule: Rule, values: dict[str, Any], locale: str, zone: str, at: int) -> words.Said:
    """How the message of this rule reads with these values, in this language, at this moment."""
    return words.read("care", packed(rule, values, zone), locale, zone, at)


def packed(rule: Rule, values: dict[str, Any], zone: str) -> dict[str, Any]:
    """What the inbox keeps: the rule's texts as they are now, and the values that go into them."""
    why = kinds.KINDS[rule.kind].why
    return {"rule": rule.id, "kind": rule.kind, "service": rule.service, "texts": rule.texts, "why": why} | {
        "values": values,
        "zone": zone,
    }


# --- how it is done ----------------------------------------------------------------------------------------------------


def _check_part(kind: str, text: str, most: int, field: str, never: tuple[str, ...]) -> None:
    if len(text) > most:
        raise Refusal("最多写 %(n)s 个字", code="too_long", field=field, n=most)
    allowed = kinds.fields(kind)
    for name in _BRACED.findall(text):
        if name not in allowed:
            raise Refusal("没有 {%(name)s} 这个字段", code="unknown_field", field=field, name=name or " ")
        if name in never:
            raise Refusal("标题里不能用 {%(name)s}", code="not_in_title", field=field, name=name)
    if "{" in _BRACED.sub("", text) or "}" in _BRACED.sub("", text):
        raise Refusal("花括号没有配成对", code="braces", field=field)


def _apology_first(text: str, field: str) -> None:
    """Sorry, what changed, and only then what it is worth to us."""
    given = min((text.index(f"{{{name}}}") for name in kinds.GIVEN if f"{{{name}}}" in text), default=len(text))
    if "{changed}" not in text or text.index("{changed}") > given:
        raise Refusal("先说我们改了什么（{changed}），再说送什么", code="apology_first", field=field)

"""Sentences that a rule says and a door puts into the reader's language: the Chinese text is the key, the values go in later."""

from typing import Any, NamedTuple

from webapp.words import N_

__all__ = ["N_", "TIER_NAMES", "Phrase", "phrase", "times"]


class Phrase(NamedTuple):
    """A sentence and its values; a value may be a phrase itself."""

    text: str
    params: dict[str, Any]


def phrase(text: str, **params: Any) -> Phrase:
    return Phrase(text, params)


TIER_NAMES = {"ordinary": phrase(N_("会员")), "loyal": phrase(N_("熟客")), "vip": phrase(N_("贵宾"))}


def times(hundredths: int) -> str:
    """150 → "1.5"."""
    return f"{hundredths / 100:g}"

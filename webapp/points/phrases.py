"""The same sentences, by the name under which the rooms have always looked for them."""

from webapp.phrases import N_, TIER_NAMES, Phrase, phrase, times

__all__ = ["N_", "TIER_NAMES", "Phrase", "phrase", "times"]

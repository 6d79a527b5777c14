"""What several forms of the supply share: names in three languages, hours of its own, an amount that may be left out."""

from typing import Any

from wtforms import StringField
from wtforms.validators import Optional

from webapp import forms
from webapp.stores import hours
from webapp.words import N_

KINDS = {
    "bath": N_("泡汤"),
    "massage": N_("推拿"),
    "sweat": N_("汗蒸"),
    "fitting": N_("试穿"),
    "event": N_("活动"),
    "pickup": N_("上门取"),
    "delivery": N_("送上门"),
}


class Yuan(forms.Money):
    """An amount that may be left out: 0 then."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        StringField.__init__(self, label, [Optional(), forms.plain, self._readable], **kwargs)


class RetireForm(forms.Form):
    """A button; the words that it may bring stand on top."""


def in_words(form: Any, name: str) -> dict[str, str]:
    """A name in up to three languages; what is empty is left out."""
    given = {"zh": form[name].data, "zh_Hant": form[f"{name}_hant"].data, "en": form[f"{name}_en"].data}
    return {"zh": given["zh"] or ""} | {locale: text for locale, text in given.items() if text}


def own_hours(form: Any) -> dict[str, list[hours.Interval]] | None:
    """Hours of its own as typed; nothing on any day means: whenever the shop is open."""
    typed = {str(day): hours.parse(form[f"day{day}"].data or "", f"day{day}") for day in range(7)}
    return typed if any(typed.values()) else None

"""What several forms of the supply share: what is done, a button, hours of its own."""

from typing import Any

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


class RetireForm(forms.Form):
    """A button; the words that it may bring stand on top."""


def own_hours(form: Any) -> dict[str, list[hours.Interval]] | None:
    """Hours of its own as typed; nothing on any day means: whenever the shop is open."""
    typed = {str(day): hours.parse(form[f"day{day}"].data or "", f"day{day}") for day in range(7)}
    return typed if any(typed.values()) else None

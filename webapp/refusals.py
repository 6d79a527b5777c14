"""The one way a rule says no: nothing has changed, and here is why, in words a customer understands.

Raised by rules, turned into an answer by one handler in `errors.py`; the till gets the same as `application/problem+json`.
The first argument is the Chinese sentence itself: it is the key of the translations (`scripts/words` finds it).
"""

from typing import Any

from webapp.words import N_


class Refusal(Exception):
    """A kind no. `field` names the form field it belongs next to; `code` is for the till and for tests."""

    status = 422

    def __init__(self, text: str, *, code: str = "refused", field: str | None = None, **params: Any) -> None:
        super().__init__(text)
        self.text, self.code, self.field, self.params = text, code, field, params


class Missing(Refusal):
    """Not there, or not yours: both look the same from outside."""

    status = 404


class Forbidden(Refusal):
    """You are signed in, but this is for somebody with another role."""

    status = 403


class SignInFirst(Refusal):
    """Nobody is signed in at this door."""

    status = 401

    def __init__(self, door: str) -> None:
        super().__init__(N_("请先登录"), code="sign_in_first")
        self.door = door


class TooMany(Refusal):
    """Too many tries; `until` is when the door opens again (seconds, UTC)."""

    status = 429

    def __init__(self, until: int) -> None:
        super().__init__(N_("试得太多了，请在 %(time)s 之后再试"), code="too_many", time=until)
        self.until = until

"""Forms: bounded fields, and the page to show again when the answer is no, with what was typed still in it.

A door reads a form with `read(JoinForm, "members/join.html")`. If a field is wrong, or a rule refuses later on in the same request,
`errors.py` shows that page again with status 422 and the words next to the field.
"""

import re
from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, ClassVar, NamedTuple, TypeVar

from flask import g, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import Form as WTForm
from wtforms import HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    StopValidation,
    ValidationError,
)

from webapp.refusals import Refusal
from webapp.words import N_

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_AMOUNT = re.compile(r"^\d{1,9}(\.\d{1,2})?$")
TOO_LARGE = N_("照片太大了，最多 12 MB")
F = TypeVar("F", bound="Form")


class _Ours:
    """What a field says when nobody gave it words: WTForms' own English never reaches a page."""

    def gettext(self, text: str) -> str:
        return N_("这一项请再看一下")

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one)


class Form(WTForm):  # type: ignore[misc]
    """All forms: labels and hints are said by the templates, reasons in our words."""

    class Meta:
        def get_translations(self, form: WTForm) -> _Ours:
            return _Ours()

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """As WTForms does it; the reasons come out in the reader's language."""
        holds = bool(super().validate(*args, **kwargs))
        for field in self:
            field.errors = [gettext(str(error)) for error in field.errors]
            if isinstance(field, HiddenField) and field.errors:
                self.form_errors.append(field.errors[0])  # nobody sees a hidden field
        return holds

    @property
    def refusals(self) -> list[Any]:
        """What is wrong with the form as a whole."""
        return list(self.form_errors)


class Light(Form):
    """A form of tickets and numbers only, at a door that must be fast: when everything in it holds, WTForms is not asked.

    What is read then has `.data` in each field, and no more: `whole` is the form to show again.
    """

    _holes: ClassVar[list[tuple[str, Any]]] = []

    def __init_subclass__(cls) -> None:
        named = ((name, getattr(cls, name)) for name in dir(cls))
        cls._holes = [(name, field) for name, field in named if hasattr(field, "plainly")]

    @classmethod
    def lightly(cls, sent: MultiDict[str, str]) -> "Lightly | None":
        """Its values, or None when there is anything to say about one of them."""
        fields = {name: field.plainly(sent.get(name)) for name, field in cls._holes}
        return None if None in fields.values() else Lightly(cls, sent, fields)


class Value(NamedTuple):
    """Of a field that holds."""

    data: Any


class Lightly:
    """As much of a form as a door reads."""

    def __init__(self, form_class: type[Light], sent: MultiDict[str, str], fields: dict[str, Value]) -> None:
        self._class, self._sent = form_class, sent
        self.__dict__.update(fields)

    @property
    def whole(self) -> Form:
        form = self._class(self._sent)
        form.validate()
        return form


class Invalid(Refusal):
    """A field does not hold; the form itself carries the words."""

    def __init__(self) -> None:
        super().__init__(N_("请检查填写的内容"), code="invalid")


def plain(form: Any, field: Any) -> None:
    """No control characters, no marks that turn the direction of text."""
    if field.data and _CONTROL.search(field.data):
        raise StopValidation(N_("有不能使用的字符"))


def text(most: int, *, needed: bool = True, label: str = "") -> StringField:
    rules = [
        InputRequired(N_("请填写")) if needed else Optional(),
        plain,
        Length(max=most, message=N_("太长了")),
    ]
    return StringField(label, rules, filters=[lambda value: value.strip() if value else value])


def tidy(value: str | None) -> str | None:
    """What was typed in a large field: lines end as ours do, nothing around it."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip() if value else value


def lines(most: int, label: str = "") -> TextAreaField:
    """A large field in which something must be written."""
    rules = [DataRequired(N_("写一句再发")), plain, Length(max=most, message=N_("太长了，请写短一点"))]
    return TextAreaField(label, rules, filters=[tidy])


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number; anything else is said in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:
            self.data = None
        elif len(typed) > 20 or not re.fullmatch(r"[+-]?\d+", typed):
            self.data = None
            raise ValueError(N_("请填写数字"))
        else:
            self.data = int(typed)


def number(low: int, high: int, *, needed: bool = True, label: str = "") -> IntegerField:
    rules = [
        InputRequired(N_("请填写数字")) if needed else Optional(),
        NumberRange(low, high, N_("数字超出范围")),
    ]
    field = Whole(label, rules)

    def plainly(sent: str | None) -> Value | None:
        if not sent:
            return None if needed else Value(None)
        found = int(sent) if len(sent) < 20 and sent.isascii() and sent.isdecimal() else -1
        return Value(found) if found >= 0 and low <= found <= high else None

    field.plainly = plainly
    return field


def ticket() -> HiddenField:
    """The random name of this filling-in: sent twice, it acts once."""
    words = N_("请刷新页面再试")
    field = HiddenField(validators=[InputRequired(words), Length(8, 64, words), plain])
    field.plainly = lambda sent: Value(sent) if sent and 8 <= len(sent) <= 64 and not _CONTROL.search(sent) else None
    return field


def choice(values: Any, *, label: str = "") -> SelectField:
    return SelectField(label, choices=list(values), validate_choice=True)


class Money(StringField):  # type: ignore[misc]
    """An amount in yuan as people type it ("48.6"); `.fen` is what it means."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, [InputRequired(N_("请输入金额")), plain, self._readable], **kwargs)

    @property
    def fen(self) -> int:
        whole, _, part = (self.data or "0").strip().lstrip("¥").replace(",", "").partition(".")
        return int(whole) * 100 + int((part + "00")[:2])

    @staticmethod
    def _readable(form: Any, field: Any) -> None:
        if not _AMOUNT.match((field.data or "").strip().lstrip("¥").replace(",", "")):
            raise ValidationError(N_("金额像这样写：48.60"))


class Yuan(Money):
    """An amount that may be left out: 0 then."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        StringField.__init__(self, label, [Optional(), plain, self._readable], **kwargs)


class Named(Form):
    """Something with a name in up to three languages; only the Chinese one must be there. See `in_words`."""

    name = text(40)
    name_hant = text(40, needed=False)
    name_en = text(60, needed=False)


class Week(Form):
    """One line of text per weekday, Monday first."""

    day0 = text(80, needed=False)
    day1 = text(80, needed=False)
    day2 = text(80, needed=False)
    day3 = text(80, needed=False)
    day4 = text(80, needed=False)
    day5 = text(80, needed=False)
    day6 = text(80, needed=False)


def in_words(form: Any, name: str = "name") -> dict[str, str]:
    """Words in up to three languages as typed; a language that is left empty reads the Chinese."""
    given = {"zh": form[name].data, "zh_Hant": form[f"{name}_hant"].data, "en": form[f"{name}_en"].data}
    return {"zh": given["zh"] or ""} | {language: text for language, text in given.items() if text}


def from_words(words: dict[str, str], name: str = "name") -> dict[str, str]:
    """What stands in these fields at first."""
    return {name: words.get("zh", ""), f"{name}_hant": words.get("zh_Hant", ""), f"{name}_en": words.get("en", "")}


def read(
    form_class: type[F],
    full: str,
    part: str | None = None,
    later: Callable[[], dict[str, Any]] | None = None,
    **context: Any,
) -> F:
    """The form as sent. A later Refusal in this request shows `full` (or `part`, to htmx) again, with `form` and `context`.

    `later` makes more of the context, only if it comes to that.
    """
    if issubclass(form_class, Light) and (light := form_class.lightly(request.form)):
        g.form_page = (full, part, light, context, later)
        return light  # type: ignore[return-value]  # what a door reads of a form
    form = form_class(request.form)
    for field in form:
        if field.data is None and isinstance(field, StringField):
            field.data = ""  # not sent at all is as good as left empty
    g.form_page = (full, part, form, context, later)
    if not form.validate():
        _say(form)
        raise Invalid
    return form


def from_query(form_class: type[F]) -> F:
    """The same for a GET: bounded reading of the address line."""
    form = form_class(MultiDict(request.args))
    if not form.validate():
        _say(form)
    return form


def takes_photo(method: str, path: str) -> bool:
    """Where a body may be as large as a photo: a POST to an address that ends in /photos."""
    return method == "POST" and path.endswith("/photos")


def takes_file(method: str, path: str) -> bool:
    """Where a body may be as large as a file to import: a POST to an address that ends in /files."""
    return method == "POST" and path.endswith("/files")


def file() -> tuple[IO[bytes], str]:
    """A file as sent, and the name it came with (nothing is believed of either). Call it before anything else of the form is read."""
    try:
        sent = request.files.get("file")
    except RequestEntityTooLarge:
        raise Refusal(N_("文件太大了，最多 60 MB"), code="too_large", field="file") from None
    return (sent.stream, (sent.filename or "")[-120:]) if sent else (BytesIO(), "")


def photo() -> IO[bytes]:
    """The photo as sent, for `pictures.take_in`, which says what is wrong with it. Call it before anything else of the form is read."""
    try:
        sent = request.files.get("photo")
    except RequestEntityTooLarge:
        raise Refusal(TOO_LARGE, code="too_large", field="photo") from None
    return sent.stream if sent else BytesIO()


def _say(form: Form) -> None:
    for field in form:
        field.errors = [gettext(error) for error in field.errors]

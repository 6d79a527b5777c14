"""What somebody says at the counter or on the telephone, written down for them: a case like any other, with a name and four dates."""

import re
from typing import Any

from flask import Response, request, url_for
from wtforms import TextAreaField
from wtforms.validators import Length

from models import CATEGORIES, URGENT_CATEGORIES, WISHES, Member
from webapp import access, clock, forms, hx, vault
from webapp.complaints import cases
from webapp.complaints.cases import Report
from webapp.complaints.desk import bp, shown
from webapp.complaints.words import ASKED
from webapp.members import codes, finding, phones
from webapp.refusals import Refusal
from webapp.words import N_

PAGE = "complaints/desk_new.html"
SOURCES = ("counter", "phone")


class NewForm(forms.Form):
    ticket = forms.ticket()
    source = forms.choice(SOURCES)
    kind = forms.choice(cases.TOLD)
    category = forms.choice(CATEGORIES)
    wish = forms.choice(WISHES)
    text = TextAreaField(
        validators=[Length(max=cases.TEXT_MOST, message=N_("最多写 2000 个字")), forms.plain], filters=[forms.tidy]
    )
    member = forms.text(16, needed=False)
    who = forms.text(500, needed=False)
    contact = forms.text(cases.CONTACT_MOST, needed=False)
    about = forms.text(10, needed=False)
    ref = forms.text(cases.REF_MOST, needed=False)


@bp.get("/cases/new")
def new() -> Response:
    """GET ?member=&about=&ref=: who says it, what, and how it came."""
    access.staff()
    code = request.args.get("member", "")
    return hx.page(PAGE, form=None, **_page(shown.member(code) if code else None))


@bp.post("/cases/new")
def send() -> Response:
    """POST: written down; whoever writes it has it, unless it is urgent."""
    (actor, store), at = access.staff(), clock.now()
    code = request.form.get("member", "")
    member = shown.member(code) if code else None
    form = forms.read(NewForm, PAGE, later=lambda: _page(member))
    guest = ""
    if member is None:
        member, guest = _whom(form.who.data or "", at)
    about = form.about.data if form.about.data in cases.ABOUT else ""
    told = Report(
        key=f"desk:{actor.id}:{form.ticket.data}",
        kind=form.kind.data,
        category=form.category.data,
        text=form.text.data or "",
        source=form.source.data,
        wish=form.wish.data,
        guest=guest,
        contact=form.contact.data or "",
        about=about,
        ref=form.ref.data or "" if about else "",
    )
    case = cases.report(store, told, at, member=member, staff=actor)
    return hx.go(url_for(".case", code=case.code))


def _whom(text: str, at: int) -> tuple[Member | None, str]:
    """A member by their pass, their number or its last four digits; else somebody with a name."""
    if text.startswith(codes.MARK):
        return codes.read(text, at).member, ""
    plain = re.sub(r"\s", "", text)
    if re.fullmatch(r"[0-9]{4}|\+?[0-9]{6,15}", plain):
        found = finding.search(plain, at)
        if len(found) > 1:
            raise Refusal("有 %(n)s 位，请点一下是哪位", code="several", field="who", n=len(found))
        if found:
            return found[0].member, ""
        if len(plain) <= 6:
            raise Refusal("没有这个尾号的会员，请写名字", code="nobody", field="who")
        raise Refusal("没有这个号码的会员：名字写这里，电话写下面", code="nobody", field="who")
    if not text:
        raise Refusal("写下名字，或会员手机后四位", code="nobody", field="who")
    return None, text[:60]


def _page(member: Member | None) -> dict[str, Any]:
    typed = re.sub(r"\s", "", request.form.get("who", ""))[:20]
    found = finding.search(typed, clock.now())[:6] if re.fullmatch(r"[0-9]{4}", typed) else []
    return {
        "m": member,
        "masked": phones.masked(member) if member else "",
        "found": found if len(found) > 1 else [],
        "asked": ASKED,
        "every": CATEGORIES,
        "urgents": URGENT_CATEGORIES,
        "about": request.values.get("about", "")[:10],
        "ref": request.values.get("ref", "")[:24],
        **shown.everywhere(),
        "ticket": request.form.get("ticket") or vault.token()[:32],
    }

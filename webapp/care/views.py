"""Members' doors to care: the inbox with its dial, tips, and the thanks wall."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from wtforms import StringField
from wtforms.validators import AnyOf

from models import Article, Member, Message, Store, Thanks
from webapp import access, clock, forms, hx, policy, storage, words
from webapp.care import articles, budget, effects, thanks
from webapp.members import consents
from webapp.outbox import inbox
from webapp.outbox import words as message_words
from webapp.points import tiers
from webapp.stores import shops
from webapp.words import N_

bp = Blueprint("care", __name__)
LARGEST = 2**31 - 1


class DialForm(forms.Form):
    per_month = forms.number(0, budget.MOST)


class SignForm(forms.Form):
    called = StringField(validators=[AnyOf(("nobody", "name", "own"), N_("请选一项"))])
    sign = forms.text(thanks.SIGN_MOST, needed=False)


@bp.get("/inbox", endpoint="inbox")
def inbox_page() -> Response:
    """GET ?of=care: the newest messages of one kind, service or care; they count as read from now on."""
    member, at = access.member(), clock.now()
    waiting = inbox.unread_of(member.id)
    asked = request.args.get("of", "")
    kind = asked if asked in ("service", "care") else _where_news_is(waiting)
    days = _days(inbox.latest(member.id, kind=kind))
    dial: dict[str, Any] = _dial(member, at) | {"form": None} if kind == "care" else {}
    inbox.mark_read(member.id, at, kind=kind)
    if kind == "care" and waiting.get("care"):
        with storage.in_passing():
            effects.opened(member, at)
    rest = sum(count for other, count in waiting.items() if other != kind)
    return hx.page("care/inbox.html", days=days, of=kind, waiting=waiting | {kind: 0}, unread=rest, **dial)


@bp.post("/inbox/budget")
def dial() -> Response:
    """POST per_month=: how often the shop may write, from now on."""
    member, at = access.member(), clock.now()
    form = forms.read(DialForm, "care/inbox.html", "care/_dial.html", lambda: _care_page(member, at))
    budget.choose(member, form.per_month.data, at)
    return hx.swap("care/_dial.html", url_for(".inbox", of="care"), form=None, **_dial(member, at) | {"saved": True})


@bp.get("/tips", endpoint="tips")
def tips_page() -> Response:
    """GET: something worth knowing, what fits the season first."""
    store, brand, at = access.store_in_hand(), access.brand(), clock.now()
    if brand is None:
        return hx.go(url_for("stores.chooser"))
    with storage.in_passing():
        articles.fill(brand, at)
    now = articles.now_in(at, words.timezone())
    rows = articles.shown(brand, store.kind if store else "", now=now)
    return hx.page("care/tips.html", rows=[_tip(row, now) for row in rows], **_with(store))


@bp.get(f"/tips/<int(max={LARGEST}):id>")
def tip(id: int) -> Response:
    """GET: one of them."""
    store, brand, at = access.store_in_hand(), access.there(access.brand()), clock.now()
    row = articles.find(brand, id, reader=True)
    return hx.page("care/tip.html", row=_tip(row, articles.now_in(at, words.timezone())), **_with(store))


@bp.get("/thanks", endpoint="wall")
def wall_page() -> Response:
    """GET: kind words from all our shops."""
    return hx.page("care/wall.html", shop=None, **_wall(None))


@bp.get("/s/<slug>/thanks")
def of_shop(slug: str) -> Response:
    """GET: those of one shop."""
    store = access.there(shops.find(slug))
    return hx.page("care/wall.html", shop=store, **_wall(store))


@bp.get("/thanks/<code>", endpoint="thanks")
def thanks_page(code: str) -> Response:
    """GET: may we show what you said? And how would you like to be called?"""
    member = access.member()
    found = _mine(code, member)
    return hx.page("care/thanks.html", form=None, **_asked(found, member))


@bp.post("/thanks/<code>/consent")
def agree(code: str) -> Response:
    """POST called=&sign=: yes, under this name; on the wall from now on."""
    member = access.member()
    found = _mine(code, member)
    form = forms.read(SignForm, "care/thanks.html", later=lambda: _asked(found, member))
    names = {"name": member.name[: thanks.SIGN_MOST], "own": form.sign.data or ""}
    thanks.agree(found, names.get(form.called.data, ""), clock.now())
    return hx.go(url_for(".thanks", code=code))


@bp.post("/thanks/<code>/refusal")
def refuse(code: str) -> Response:
    """POST: no, or not any more."""
    thanks.refuse(_mine(code, access.member()), clock.now())
    return hx.go(url_for(".thanks", code=code))


# --- what the pages show -----------------------------------------------------------------------------------------------


def _where_news_is(waiting: dict[str, int]) -> str:
    """Care when only care is unread; else what concerns the account."""
    return "care" if waiting.get("care") and not waiting.get("service") else "service"


def _days(messages: list[Message]) -> list[dict[str, Any]]:
    """Messages under their days, in the reader's words."""
    zone, found = words.timezone(), dict[int, list[dict[str, Any]]]()
    for message in messages:
        said = message_words.read(message.text, message.params, words.locale(), zone)
        shown = {"id": message.id, "kind": message.kind, "url": message.url, "at": message.at, "read": message.read_at}
        found.setdefault(clock.day_start(message.at, zone), []).append(shown | said._asdict())
    return [{"at": day, "messages": group} for day, group in found.items()]


def _care_page(member: Member, at: int) -> dict[str, Any]:
    """The page again, when the dial was sent something that is none of its three."""
    days = _days(inbox.latest(member.id, kind="care"))
    return {"days": days, "of": "care", "waiting": inbox.unread_of(member.id), "unread": 0, **_dial(member, at)}


def _dial(member: Member, at: int) -> dict[str, Any]:
    marketing = next(choice for choice in consents.current(member.id) if choice.purpose == "marketing")
    store = access.store_in_hand()
    return {
        "dial": budget.of(member, at),
        "most": budget.MOST,
        "agreed": marketing.granted,
        "group_url": policy.of(store).group_url if store else "",
        "saved": False,
    }


def _tip(row: Article, now: tuple[str, ...]) -> dict[str, Any]:
    text = words.said(row.text, words.locale())
    return {"r": row, "text": text, "first": text.split("\n")[0], "now": bool(set(row.seasons) & set(now))}


def _with(store: Store | None) -> dict[str, Any]:
    return {"group_url": policy.of(store).group_url if store else ""}


def _wall(store: Store | None) -> dict[str, Any]:
    at = clock.now()
    rows = thanks.wall(store)
    weekly = thanks.story(rows, at, store.timezone if store else words.timezone())
    return {"rows": [_said(row) for row in rows if row != weekly], "story": _said(weekly) if weekly else None}


def _said(row: Thanks) -> dict[str, Any]:
    return {"r": row, "text": thanks.text_of(row), "to": tiers.first_name(row.staff) if row.staff else ""}


def _mine(code: str, member: Member) -> Thanks:
    plain = code.upper() if code.isascii() and code.isalnum() else ""
    return thanks.of_member(plain, member)


def _asked(found: Thanks, member: Member) -> dict[str, Any]:
    return {"t": found, "text": thanks.text_of(found), "state": thanks.state(found), "shop": found.store, "m": member}

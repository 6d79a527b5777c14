"""Members' doors to their points: the lines, one receipt, what an amount would give, the claim of a bill, the tiers."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from models import LedgerLine, Member, Store
from webapp import access, clock, filters, forms, hx, policy, vault, words
from webapp.outbox import inbox
from webapp.points import earning, ledger, levels, purchases, receipts, tiers
from webapp.policy import Policy

bp = Blueprint("points", __name__)
LARGEST = 2**63 - 1
TABS = ("available", "pending", "expiring")


class WhatIf(forms.Form):
    amount = forms.Money()


@bp.get("/points")
def index() -> Response:
    """GET: the balance and its lines by day; ?tab= shows what waits or lapses instead, ?before= goes further back."""
    at = clock.now()
    me = ledger.up_to_date(access.member(), at)
    lens = request.args.get("tab", "")
    before = request.args.get("before", type=int)
    part = "points/_lines.html" if before else "points/_ledger.html"
    context = _lines(me, before) if lens not in TABS[1:] else {"days": [], "older": None}
    return hx.page(
        "points/index.html",
        part,
        me=me,
        lens=lens if lens in TABS else "available",
        lots=_lots(me.id, at),
        running=receipts.pending(me.id, at) if lens == "pending" else [],
        answer=None,
        form=None,
        unread=inbox.unread(me.id),
        **context,
    )


@bp.get(f"/points/<int(max={LARGEST}):id>")
def receipt(id: int) -> Response:
    """GET: one line of one's own, explained; to htmx as a sheet."""
    me = access.member()
    line = access.find(LedgerLine, LedgerLine.id == id, LedgerLine.member == me.id)
    return hx.page(
        "points/receipt.html",
        "points/_receipt_sheet.html",
        receipt=_spoken(receipts.receipt(line)),
        unread=inbox.unread(me.id),
    )


@bp.get("/points/what-if")
def what_if() -> Response:
    """GET ?amount=: what a bill of that size would give today, and why."""
    me = access.member()
    form = forms.from_query(WhatIf)
    answer, status = _answer(form, me)
    return hx.page(
        "points/what_if.html",
        "points/_answer.html",
        status=status,
        form=form,
        answer=answer,
        unread=inbox.unread(me.id),
    )


@bp.get("/claim/<token>")
def claim(token: str) -> Response:
    """GET: the bill behind a printed code, and what can be done with it."""
    purchase, me = purchases.behind(token), access.me()
    return hx.page("points/claim.html", token=token, ticket=vault.token()[:32], **_bill(purchase, me))


@bp.post("/claim/<token>")
def take(token: str) -> Response:
    """POST: the points of the bill become mine; goes to their receipt."""
    me = access.member()
    purchase = purchases.claim(purchases.behind(token).code, me, clock.now())
    line = receipts.line_of(purchase)
    return hx.go(url_for("points.receipt", id=line.id) if line else url_for("points.index"))


@bp.get("/tier")
def tier() -> Response:
    """GET: my level, until when, how far it is to the next, and what each gives."""
    me = access.member()
    at, (rules, _), zone = clock.now(), _rules(me), words.timezone()
    adviser = tiers.adviser(me.id)
    return hx.page(
        "points/tier.html",
        tier=tiers.standing(me, rules, at, zone),
        outlook=levels.of(me, rules, at, zone),
        months=rules.tier_keep_months,
        levels=[
            level._asdict() | {"perks": [filters.say(perk) for perk in level.perks]} for level in tiers.levels(rules)
        ],
        moves=[{"at": move.at, "text": filters.say(levels.said(move))} for move in levels.moves(me.id, 5)],
        adviser=tiers.first_name(adviser) if adviser else "",
        unread=inbox.unread(me.id),
    )


# --- how it is done ----------------------------------------------------------------------------------------------------


def _lines(me: Member, before: int | None) -> dict[str, Any]:
    bounded = before if before and 0 < before <= LARGEST else None
    entries = receipts.lines(me.id, before=bounded, limit=receipts.PAGE + 1)
    older = entries[receipts.PAGE - 1].id if len(entries) > receipts.PAGE else None
    return {"days": _days(entries[: receipts.PAGE]), "older": older}


def _days(entries: list[receipts.Entry]) -> list[dict[str, Any]]:
    """Lines under their days, in the reader's words."""
    return [
        {"at": day, "lines": [_line(entry) for entry in group]}
        for day, group in receipts.by_day(entries, words.timezone())
    ]


def _line(entry: receipts.Entry) -> dict[str, Any]:
    return {**entry._asdict(), "title": filters.say(entry.title)}


def _lots(member: int, at: int) -> list[dict[str, int]]:
    return [{"points": points, "at": last} for points, last in receipts.expiring(member, at)]


def _spoken(found: receipts.Receipt) -> dict[str, Any]:
    return {
        "title": filters.say(found.title),
        "sentence": filters.say(found.sentence),
        "more": [filters.say(text) for text in found.more],
        "points": found.points,
        "at": found.at,
        "steps": [{"label": filters.say(label), "value": filters.say(value)} for label, value in found.steps],
        "rule": found.policy,
        "lots": [{"points": points, "at": last} for points, last in found.lots],
        "store": words.said(found.store),
        "by": found.by,
        "twin": _line(found.twin) if found.twin else None,
    }


def _rules(me: Member) -> tuple[Policy, int]:
    """The numbers of the store in hand, or of the brand for somebody who belongs to no store yet."""
    store: Store | None = access.store_in_hand() or me.store
    brand = access.brand()
    assert brand is not None  # members exist only after set-up
    return (policy.of(store) if store else policy.of_brand(brand)), brand.policy_version


def _answer(form: WhatIf, me: Member) -> tuple[dict[str, Any] | None, int]:
    if form.amount.errors:
        return None, 422 if form.amount.data else 200
    rules, version = _rules(me)
    if problem := purchases.amount_problem(form.amount.fen, rules):
        form.amount.errors = [filters.say(problem)]
        return None, 422
    store = access.store_in_hand() or me.store
    earned = (
        purchases.preview(store, me, form.amount.fen, clock.now(), rules=rules)
        if store
        else earning.earned(rules, version, form.amount.fen, me.tier)
    )
    sentence = filters.say(receipts.sum_in_words(earned.inputs, earned.points))
    return {"amount": form.amount.fen, "points": earned.points, "sentence": sentence}, 200


def _bill(purchase: Any, me: Member | None) -> dict[str, Any]:
    bill = {
        "amount": purchase.amount,
        "points": purchases.worth(purchase, me),
        "at": purchase.at,
        "store": words.said(purchase.store.name),
        "slug": purchase.store.slug,
    }
    return {"bill": bill, "state": purchases.claim_state(purchase, me, clock.now())}

"""What a shop may change about itself: names, phone, address, colour, and the numbers of the programme within their bounds.

Name and colour of the brand and its numbers (earning, tiers, lots) are the owner's; a manager may set what is their own store's. Every change is an event with
before and after; a changed number counts up `Brand.policy_version`, which every later ledger line carries. Forward only.
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import inspect

from models import DIMENSIONS, Brand, Staff, Store, locked, transaction
from webapp import policy
from webapp.outbox import events
from webapp.policy import Policy
from webapp.refusals import Forbidden, Refusal

# The promise ladder, amends, purses and questions: they have a page of their own, with a calendar week beside it.
CASE_NUMBERS = (
    "case_answer_minutes",
    "case_urgent_minutes",
    "case_findings_hours",
    "case_decision_days",
    "case_close_days",
    "case_notice_days",
    "case_reopen_days",
    "case_warn_percent",
    "amends_fen",
    "amends_month",
    "amends_days",
    "purse_clerk",
    "purse_senior",
    "purse_manager",
    "ask_days",
    "ask_every_days",
)
STORE_NUMBERS = (
    "bill_max",
    "hold_minutes",
    "undo_minutes",
    "holds_at_once",
    "visit_hours",
    "claim_days",
    "shift_hours",
    # clothes
    "second_check",
    "agree_hours",
    "uncollected_days",
    "uncollected_hours",
    "all_well_days",
    "storage_days",
    *CASE_NUMBERS,
)
TEXTS = ("rating_weights", "review_url")  # of the ratings; no numbers
WEIGHT_MOST = 10
HUES = tuple(range(0, 360, 30))  # the twelve that are drawn; every one of them keeps text readable in light and dark


def _whole_numbers() -> dict[str, Any]:
    kind: Any = inspect.type_info(Policy)
    return {field.name: field.type for field in kind.fields if isinstance(field.type, inspect.IntType)}


BRAND_NUMBERS = tuple(name for name in _whole_numbers() if name not in STORE_NUMBERS)


def bounds() -> dict[str, tuple[int, int]]:
    """The lowest and highest value of each number, as `policy.py` has them."""
    return {name: (kind.ge, kind.le) for name, kind in _whole_numbers().items()}


def defaults() -> dict[str, int]:
    return msgspec.structs.asdict(Policy())


def hue(typed: str | None) -> int | None:
    """A colour as the page sends it; empty is what holds anyway: the brand's for a store, persimmon for the brand."""
    if not typed:
        return None
    if not typed.isdecimal() or int(typed) not in HUES:
        raise Refusal("请选择颜色", code="hue_unknown", field="hue")
    return int(typed)


def drawn(hue: int) -> int:
    """The nearest of the twelve."""
    return round(hue / 30) * 30 % 360


def describe(store: Store, given: dict[str, Any], by: Staff, at: int) -> None:
    """A new name, phone, address or colour; a name needs its Chinese form. What stays the same is not written."""
    with transaction():
        if change := _describe(locked(Store, store.id), given):
            events.record("store_changed", at, store=store.id, staff=by.id, ref=store.slug, **change)


def describe_brand(brand: Brand, given: dict[str, Any], by: Staff, at: int) -> None:
    """A new name or colour of the brand; stores without a colour of their own follow. Refuses anybody but an owner."""
    if not by.at_least("owner"):
        raise Forbidden("这项操作需要更高的权限", code="role")
    with transaction():
        if change := _describe(locked(Brand, brand.id), given):
            events.record("brand_changed", at, staff=by.id, ref="brand", **change)


def set_brand_numbers(brand: Brand, given: dict[str, int], by: Staff, at: int) -> None:
    """Numbers of the whole brand. Refuses anybody but an owner, and a number out of bounds, next to that number."""
    if not by.at_least("owner"):
        raise Forbidden("这项操作需要更高的权限", code="role")
    with transaction():
        now: Brand = locked(Brand, brand.id)
        document = _document(now.policy, given, BRAND_NUMBERS, defaults())
        _check(document, document)
        _write(now, now, document, by, None, at)


def set_store_numbers(store: Store, given: dict[str, int], by: Staff, at: int) -> None:
    """Numbers of one store, where they differ from the brand's. Refuses a number out of bounds, next to that number."""
    if not by.at_least("manager"):
        raise Forbidden("这项操作需要更高的权限", code="role")
    with transaction():
        brand: Brand = locked(Brand, store.brand_id)
        now: Store = Store.get_by_id(store.id)
        document = _document(now.policy, given, STORE_NUMBERS, defaults() | brand.policy)
        _check(document, {**brand.policy, **document})
        _write(now, brand, document, by, store, at)


def set_ratings(store: Store, weights: dict[str, int], review_url: str, by: Staff, at: int) -> None:
    """What counts how much in the overall score, and where everybody is asked for a review; nowhere when it is empty (K3, K8)."""
    if not by.at_least("manager"):
        raise Forbidden("这项操作需要更高的权限", code="role")
    review_url = review_url.strip()
    if review_url and not _is_address(review_url):
        raise Refusal("网址像这样写：https://…", code="not_an_address", field="review_url")
    for name, weight in weights.items():
        if name not in DIMENSIONS[store.kind] or not 0 <= weight <= WEIGHT_MOST:
            raise Refusal(
                "这个数字只能从 %(low)s 到 %(high)s", code="out_of_bounds", field=name, low=0, high=WEIGHT_MOST
            )
    if weights and not any(weights.values()):
        raise Refusal("至少有一项要算进总分", code="no_weight", field=next(iter(weights)))
    with transaction():
        locked(Brand, store.brand_id)
        now: Store = Store.get_by_id(store.id)
        had = {name: now.policy[name] for name in TEXTS if name in now.policy}
        new: dict[str, Any] = {}
        if uneven := {name: weight for name, weight in weights.items() if weight != 1}:
            new["rating_weights"] = uneven
        if review_url:
            new["review_url"] = review_url
        if had != new:
            kept = {name: value for name, value in now.policy.items() if name not in TEXTS}
            Store.update(policy=kept | new).where(Store.id == now.id).execute()
            events.record("store_changed", at, store=store.id, staff=by.id, ref=store.slug, before=had, after=new)


def set_group(store: Store, group_url: str, by: Staff, at: int) -> None:
    """Where the shop's customers chat with it (L10); nowhere when it is empty. The same again changes nothing."""
    if not by.at_least("manager"):
        raise Forbidden("这项操作需要更高的权限", code="role")
    group_url = group_url.strip()
    if group_url and not _is_address(group_url):
        raise Refusal("网址像这样写：https://…", code="not_an_address", field="group_url")
    with transaction():
        now: Store = locked(Store, store.id)
        had = now.policy.get("group_url", "")
        if had != group_url:
            kept = {name: value for name, value in now.policy.items() if name != "group_url"}
            new = kept | ({"group_url": group_url} if group_url else {})
            Store.update(policy=new).where(Store.id == now.id).execute()
            events.record(
                "store_changed", at, store=store.id, staff=by.id, ref=store.slug,
                before={"group_url": had}, after={"group_url": group_url},
            )  # fmt: skip


def _describe(now: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Write what differs; returns it with what was there before, for the record."""
    if not given.get("name", now.name).get("zh"):
        raise Refusal("请填写", code="name_missing", field="name")
    changed = {name: value for name, value in given.items() if getattr(now, name) != value}
    if not changed:
        return {}
    before = {name: getattr(now, name) for name in changed}
    type(now).update(changed).where(type(now).id == now.id).execute()
    return {"before": before, "after": changed}


def _document(
    had: dict[str, int], given: dict[str, int], allowed: tuple[str, ...], inherited: dict[str, int]
) -> dict[str, int]:
    """What differs from what would hold anyway."""
    new = had | {name: value for name, value in given.items() if name in allowed}
    return {name: value for name, value in new.items() if value != inherited[name]}


def _check(document: dict[str, int], whole: dict[str, int]) -> None:
    for name in document:
        try:
            policy.checked({name: document[name]})
        except msgspec.ValidationError:
            low, high = bounds()[name]
            raise Refusal(
                "这个数字只能从 %(low)s 到 %(high)s", code="out_of_bounds", field=name, low=low, high=high
            ) from None
    checked = policy.checked(whole)
    if checked.vip_at <= checked.loyal_at:
        raise Refusal("贵宾的门槛要比熟客高", code="tiers_crossed", field="vip_at")


def _is_address(typed: str) -> bool:
    """Is this a page of the web, not too long to keep?"""
    try:
        parts = urlsplit(typed)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.netloc) and len(typed) <= 200


def _write(row: Any, brand: Brand, document: dict[str, int], by: Staff, store: Store | None, at: int) -> None:
    if document == row.policy:
        return
    names = sorted({*document, *row.policy})
    inherited = defaults() | (brand.policy if store else {})
    change = [(name, row.policy.get(name, inherited[name]), document.get(name, inherited[name])) for name in names]
    changed = [(name, old, new) for name, old, new in change if old != new]
    type(row).update(policy=document).where(type(row).id == row.id).execute()
    Brand.update({Brand.policy_version: Brand.policy_version + 1}).where(Brand.id == brand.id).execute()
    events.record(
        "numbers_changed",
        at,
        store=store.id if store else None,
        staff=by.id,
        ref=store.slug if store else "brand",
        before={name: old for name, old, _ in changed},
        after={name: new for name, _, new in changed},
        version=brand.policy_version + 1,
    )

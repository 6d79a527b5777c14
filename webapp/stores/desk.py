"""The desk's doors of a store: the rotating code, posters, the shop's own data, hours, numbers, and the keys of its tills."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from models import Brand, Store
from webapp import access, clock, forms, hx, policy, qr, vault
from webapp.stores import counter, hours, placements, posters, settings, tills
from webapp.words import N_

bp = Blueprint("stores_desk", __name__, url_prefix="/desk")
LARGEST = 2**31 - 1  # the largest number of a row

_HINTS = {
    "point_rate": N_("100 就是 1 分，150 就是 1.5 分。"),
    "tier_loyal": N_("100 就是 1 倍。"),
    "tier_vip": N_("150 就是 1.5 倍。"),
    "lot_months": N_("只管以后积的分。"),
    "welcome_points": N_("0 就是不送。"),
    "bill_max": N_("多打一个零会被拦下。"),
    "shift_hours": N_("一般是一班的长度。"),
}
# The twelve colours, as a shop would call them.
HUES = {
    0: N_("石榴"), 30: N_("朱砂"), 60: N_("栗子"), 90: N_("茶汤"), 120: N_("青苔"), 150: N_("竹绿"),
    180: N_("松石"), 210: N_("湖蓝"), 240: N_("海蓝"), 270: N_("靛青"), 300: N_("藤紫"), 330: N_("葡萄"),
}  # fmt: skip
# What each number is called, what it means, and how many of its units make one on the page.
NUMBERS = {name: (title, _HINTS.get(name, ""), policy.UNITS.get(name, 1)) for name, title in policy.NAMES.items()}
ON_THE_PAGE = tuple(name for name in settings.STORE_NUMBERS if name not in settings.CASE_NUMBERS)


class PlacementForm(forms.Form):
    ticket = forms.ticket()
    name = forms.text(40)


class BrandForm(forms.Named):
    """A name in three languages and a colour."""

    ticket = forms.ticket()
    hue = forms.text(3, needed=False)


class DetailsForm(BrandForm):
    address = forms.text(80, needed=False)
    phone = forms.text(40, needed=False)


class HoursForm(forms.Week):
    """The opening hours; an empty day is closed."""

    ticket = forms.ticket()


class TillForm(forms.Form):
    ticket = forms.ticket()
    name = forms.text(60)


# --- the counter ------------------------------------------------------------------------------------------------------------


@bp.get("/counter", endpoint="counter")
def counter_page() -> Response:
    """The rotating code, full screen; any signed-in tablet shows it, whoever acts."""
    return hx.page("stores/desk_counter.html", **_code(_store()))


@bp.get("/counter/code")
def counter_part() -> Response:
    """The code that holds now, for the page above."""
    return hx.page("stores/_desk_counter.html", **_code(_store()))


# --- posters -----------------------------------------------------------------------------------------------------------------


@bp.get("/posters", endpoint="posters")
def posters_page() -> Response:
    """Where posters hang, and what each brought in 30 days."""
    _, store = access.staff("manager")
    return hx.page("stores/desk_posters.html", form=PlacementForm(), **_posters(store))


@bp.post("/posters")
def placement_add() -> Response:
    """One more place for a poster."""
    actor, store = access.staff("manager")
    form = forms.read(PlacementForm, "stores/desk_posters.html", **_posters(store))
    slug = f"p-{vault.fingerprint(form.ticket.data)[:6]}"
    placements.create(store, form.name.data, slug, actor, clock.now())
    return hx.go(url_for(".posters"))


@bp.get("/posters/<placement>")
def poster(placement: str) -> Response:
    """One poster to print: `?paper=a4`, `tent` or `locker`."""
    _, store = access.staff("manager")
    found = placements.find(store, placement)
    paper = request.args.get("paper", "")
    url = posters.address(access.base(), store.slug, found.slug)
    svg = qr.svg(url, robust=True)
    return hx.page(
        "stores/poster.html", placement=found, paper=paper if paper in posters.PAPERS else "a4", url=url, svg=svg
    )


# --- the shop's own data -------------------------------------------------------------------------------------------------------


@bp.get("/settings", endpoint="settings")
def settings_page() -> Response:
    """Name, address, phone, colour of the store, or ?of=brand for an owner; and the way to everything else that can be set."""
    actor, store = access.staff("manager")
    if request.args.get("of") == "brand" and actor.at_least("owner"):
        return hx.page("stores/desk_settings.html", form=BrandForm(data=_named(store.brand)), **_about("brand"))
    filled = _named(store) | {"address": store.address.get("zh", ""), "phone": store.phone}
    return hx.page("stores/desk_settings.html", form=DetailsForm(data=filled), **_about("store"))


@bp.post("/settings")
def settings_save() -> Response:
    """Saves the shop's own data."""
    actor, store = access.staff("manager")
    form = forms.read(DetailsForm, "stores/desk_settings.html", "stores/_desk_settings.html", **_about("store"))
    given = _given(form) | {"address": _in_words(store.address, form.address.data), "phone": form.phone.data}
    settings.describe(store, given, actor, clock.now())
    return hx.swap("stores/_desk_settings.html", url_for(".settings"), form=form, **_about("store") | {"saved": True})


@bp.post("/settings/brand")
def brand_save() -> Response:
    """Saves the brand's name and colour. Owners only."""
    actor, store = access.staff("owner")
    form = forms.read(BrandForm, "stores/desk_settings.html", "stores/_desk_brand.html", **_about("brand"))
    settings.describe_brand(store.brand, _given(form), actor, clock.now())
    then = url_for(".settings", of="brand")
    return hx.swap("stores/_desk_brand.html", then, form=form, **_about("brand") | {"saved": True})


@bp.get("/settings/hours", endpoint="hours")
def hours_page() -> Response:
    """Opening hours, one line per weekday."""
    _, store = access.staff("manager")
    week = hours.of([store])[store.id]
    form = HoursForm(**{f"day{day}": hours.written(week.get(day, ())) for day in range(7)})
    return hx.page("stores/desk_hours.html", form=form, **_blank())


@bp.post("/settings/hours")
def hours_save() -> Response:
    """Saves the week."""
    actor, store = access.staff("manager")
    form = forms.read(HoursForm, "stores/desk_hours.html", "stores/_desk_hours.html", **_blank())
    hours.put(store, hours.parse_week({day: form[f"day{day}"].data or "" for day in range(7)}), actor, clock.now())
    return hx.swap("stores/_desk_hours.html", url_for(".hours"), form=form, **_blank() | {"saved": True})


@bp.get("/settings/numbers", endpoint="numbers")
def numbers_page() -> Response:
    """The numbers of the programme: the store's, and for an owner the brand's."""
    actor, store = access.staff("manager")
    whose = "brand" if request.args.get("of") == "brand" and actor.at_least("owner") else "store"
    form = _numbers_form(whose)(data=_shown(whose, store))
    return hx.page("stores/desk_numbers.html", form=form, **_numbers(whose))


@bp.post("/settings/numbers/store")
def store_numbers() -> Response:
    """Saves what is different in this store, from now on."""
    actor, store = access.staff("manager")
    form = forms.read(
        _numbers_form("store"), "stores/desk_numbers.html", "stores/_desk_numbers.html", **_numbers("store")
    )
    settings.set_store_numbers(store, _meant(form, ON_THE_PAGE), actor, clock.now())
    return hx.swap("stores/_desk_numbers.html", url_for(".numbers"), form=form, **_numbers("store") | {"saved": True})


@bp.post("/settings/numbers/brand")
def brand_numbers() -> Response:
    """Saves the numbers of the whole brand, from now on. Owners only."""
    actor, store = access.staff("owner")
    form = forms.read(
        _numbers_form("brand"), "stores/desk_numbers.html", "stores/_desk_numbers.html", **_numbers("brand")
    )
    settings.set_brand_numbers(store.brand, _meant(form, settings.BRAND_NUMBERS), actor, clock.now())
    return hx.swap(
        "stores/_desk_numbers.html", url_for(".numbers", of="brand"), form=form, **_numbers("brand") | {"saved": True}
    )


# --- tills ---------------------------------------------------------------------------------------------------------------------


@bp.get("/settings/tills", endpoint="tills")
def tills_page() -> Response:
    """The keys of this store's tills."""
    _, store = access.staff("manager")
    return hx.page("stores/desk_tills.html", form=TillForm(), secret="", **_tills(store))


@bp.post("/settings/tills")
def till_make() -> Response:
    """A new key, shown this once. The PIN is asked again."""
    actor, store = access.staff("manager", fresh=True)
    form = forms.read(TillForm, "stores/desk_tills.html", secret="", **_tills(store))
    _, secret = tills.make(store, form.name.data, actor, clock.now())
    return hx.page("stores/desk_tills.html", form=TillForm(), secret=secret, **_tills(store))


@bp.post(f"/settings/tills/<int(max={LARGEST}):id>/revocation")
def till_revoke(id: int) -> Response:
    """The key stops working at once."""
    actor, store = access.staff("manager")
    tills.revoke(store, id, actor, clock.now())
    return hx.go(url_for(".tills"))


# --- what the pages show ---------------------------------------------------------------------------------------------------------


def _store() -> Store:
    store = access.desk().store
    assert store is not None
    return store


def _code(store: Store) -> dict[str, Any]:
    at = clock.now()
    address = f"{access.base()}{url_for('stores.counter', token=counter.code(store, at))}"
    until = counter.changes_at(at)
    return {"svg": qr.svg(address), "made_at": until - counter.STEP, "until": until}


def _blank() -> dict[str, Any]:
    return {"ticket": vault.token()[:32], "saved": False}


def _posters(store: Store) -> dict[str, Any]:
    return {"rows": placements.counts(store, clock.now()), "ticket": vault.token()[:32]}


def _tills(store: Store) -> dict[str, Any]:
    return {"keys": tills.of_store(store), "ticket": vault.token()[:32]}


def _about(whose: str) -> dict[str, Any]:
    return _blank() | {"whose": whose, "hues": [(hue, HUES[hue]) for hue in settings.HUES]}


def _named(row: Store | Brand) -> dict[str, str]:
    """What stands in the fields at first."""
    return forms.from_words(row.name) | {"hue": "" if row.hue is None else str(settings.drawn(row.hue))}


def _given(form: BrandForm) -> dict[str, Any]:
    """The name and colour as typed; a language that is left empty reads the Chinese name."""
    return {"name": forms.in_words(form), "hue": settings.hue(form.hue.data)}


def _in_words(had: dict[str, str], zh: str) -> dict[str, str]:
    """The words with new Chinese; translations of words that changed are dropped rather than wrong."""
    return had if had.get("zh") == zh else {"zh": zh}


def _numbers(whose: str) -> dict[str, Any]:
    return _blank() | {"whose": whose, "numbers": NUMBERS, "bounds": _bounds()}


def _bounds() -> dict[str, tuple[int, int]]:
    """From where to where each number may go, in the units of the page."""
    return {
        name: (low // NUMBERS[name][2], high // NUMBERS[name][2]) for name, (low, high) in settings.bounds().items()
    }


def _numbers_form(whose: str) -> type[forms.Form]:
    names = settings.BRAND_NUMBERS if whose == "brand" else ON_THE_PAGE
    fields = {name: forms.number(*_bounds()[name]) for name in names}
    return type("NumbersForm", (forms.Form,), {"ticket": forms.ticket(), **fields})


def _shown(whose: str, store: Store) -> dict[str, int]:
    holds = policy.of_brand(store.brand) if whose == "brand" else policy.of(store)
    return {name: getattr(holds, name) // unit for name, (_, _, unit) in NUMBERS.items()}


def _meant(form: forms.Form, names: tuple[str, ...]) -> dict[str, int]:
    return {name: form[name].data * NUMBERS[name][2] for name in names}

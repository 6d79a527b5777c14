"""Templates: what a coupon is like, written down once by a manager and read back as one sentence; counted by the database as it is given."""

from dataclasses import asdict, dataclass, field
from typing import Any

from peewee import fn

from models import COUPON_KINDS, Brand, Coupon, Event, Service, Staff, Store, Template, locked, transaction
from webapp import clock
from webapp.clock import DAY, HOUR
from webapp.outbox import events
from webapp.phrases import N_, Phrase, phrase
from webapp.prices import terms
from webapp.refusals import Missing, Refusal

MOST, AMOUNT_MOST, GIVEN_MOST, DAYS_MOST = 200, 10_000_000, 1_000_000, 730


@dataclass
class Draft:
    """A template as the manager typed it. `amount` and `minimum` in fen; of a percentage `amount` is the most it takes off. Good for `days`, or until a moment, or both."""

    name: dict[str, str]
    kind: str
    amount: int
    percent: int | None = None
    service: int | None = None
    minimum: int = 0
    stores: list[int] = field(default_factory=list)
    weekdays: int = 127
    opens: int = 0
    closes: int = 1440
    days: int | None = 30
    from_at: int | None = None
    until_at: int | None = None
    most: int | None = None
    per_member: int | None = 1
    per_day: int | None = None


def put(
    template: Template | None, draft: Draft, *, brand: int, at: int, staff: Staff | None = None, ticket: str = ""
) -> Template:
    """Write a new template, or change one; coupons that were given keep what they were given with. The same ticket again is the same new one.

    Refuses what no counter could honour: nothing off, hours that end before they begin, no end at all, limits below what was given.
    """
    if refusal := problem(draft, brand):
        raise refusal
    values = asdict(draft)
    with transaction():
        locked(Brand, brand)
        if template is None:
            if ticket and (seen := _added(staff, ticket)):
                return seen
            made: Template = Template.create(brand=brand, made_by=staff.id if staff else None, made_at=at, **values)
            _record("template_added", made, staff, at, ticket=ticket)
            return made
        now: Template = locked(Template, template.id)
        if (draft.most or GIVEN_MOST) < now.given:
            raise Refusal("已经送出 %(n)s 张了", code="most", field="most", n=now.given)
        changed = [name for name, value in values.items() if getattr(now, f"{name}_id" if name == "service" else name) != value]  # fmt: skip
        if changed:
            # What went out today counts on: fewer a day means no more today where as many are out already.
            full = {"given_day": draft.per_day} if draft.per_day is not None and draft.per_day < now.given_day else {}
            Template.update({name: values[name] for name in changed} | full).where(Template.id == now.id).execute()
            _record("template_changed", now, staff, at, changed=changed)
        return Template.get_by_id(now.id)


def retire(template: Template, at: int, staff: Staff | None = None) -> Template:
    """No more of them are given; those in wallets stay good. Twice is once."""
    with transaction():
        if Template.update(retired_at=at).where(Template.id == template.id, Template.retired_at.is_null()).execute():
            _record("template_retired", template, staff, at)
        return Template.get_by_id(template.id)


def bring_back(template: Template, at: int, staff: Staff | None = None) -> Template:
    """It may be given again."""
    with transaction():
        again = Template.update(retired_at=None).where(Template.id == template.id, Template.retired_at.is_null(False))
        if again.execute():
            _record("template_brought_back", template, staff, at)
        return Template.get_by_id(template.id)


def of(brand: int, template: int) -> Template:
    """One template of this brand."""
    found: Template | None = Template.get_or_none(Template.id == template, Template.brand == brand)
    if found is None:
        raise Missing("没有找到这种券", code="no_such_template")
    return found


def listed(brand: int, *, retired: bool = False) -> list[Template]:
    """Every template, the newest first."""
    mine = (Template.brand == brand) & Template.retired_at.is_null(not retired)
    return list(Template.select().where(mine).order_by(Template.id.desc()).limit(MOST))


def giveable(brand: int, at: int) -> list[Template]:
    """What may be given by hand now: not retired, not over, some left."""
    left = Template.most.is_null() | (Template.given < Template.most)
    running = Template.until_at.is_null() | (Template.until_at > at)
    mine = (Template.brand == brand) & Template.retired_at.is_null() & left & running
    return list(Template.select().where(mine).order_by(Template.id.desc()).limit(MOST))


def used(ids: list[int]) -> dict[int, int]:
    """How many coupons of each of these templates were used. One query."""
    mine = Coupon.template.in_(ids) & Coupon.used_at.is_null(False)
    number = fn.COUNT(Coupon.id)
    return dict(Coupon.select(Coupon.template, number).where(mine).group_by(Coupon.template).tuples())


def sentence(template: Template) -> Phrase:
    """All its terms as one sentence, as a customer would want to hear them."""
    said = [terms.sentence(terms.frozen(template))]
    if template.from_at:
        said.append(phrase(N_("%(from_on)s起"), from_on=template.from_at))
    if template.days and template.until_at:
        said.append(phrase(N_("领到后 %(n)s 天内有效，最晚到%(until_on)s"), n=template.days, until_on=template.until_at - 1))  # fmt: skip
    elif template.days:
        said.append(phrase(N_("领到后 %(n)s 天内有效"), n=template.days))
    elif template.until_at:
        said.append(phrase(N_("有效到%(until_on)s"), until_on=template.until_at - 1))
    return terms.joined(said)


def limits(template: Template) -> Phrase | None:
    """How many there are: in all, a day, for one member. None: without end."""
    said = []
    if template.most:
        said.append(phrase(N_("一共 %(n)s 张"), n=template.most))
    if template.per_day:
        said.append(phrase(N_("每天 %(n)s 张"), n=template.per_day))
    if template.per_member:
        said.append(phrase(N_("每人 %(n)s 张"), n=template.per_member))
    return terms.joined(said) if said else None


def lapses(template: Template, store: Store, at: int) -> int:
    """When a coupon given now is over: at the end of a day on the store's wall."""
    ends = []
    if template.days:
        starts = max(at, template.from_at or at)
        ends.append(clock.day_start(clock.day_start(starts, store.timezone) + (template.days + 1) * DAY + 3 * HOUR, store.timezone))  # fmt: skip
    if template.until_at:
        ends.append(template.until_at)
    return int(min(ends))


def problem(draft: Draft, brand: int) -> Refusal | None:
    """What no counter could honour about this draft, by the field that it is in; None when all is well."""
    if not draft.name.get("zh", "").strip():
        return Refusal("请填写", code="name", field="name")
    if draft.kind not in COUPON_KINDS:
        return Refusal("请选一种券", code="kind", field="kind")
    if not 0 < draft.amount <= AMOUNT_MOST:
        return Refusal("金额要大于零", code="amount", field="amount")
    if (draft.kind == "percent") != (draft.percent is not None) or not 1 <= (draft.percent or 1) <= 100:
        return Refusal("减百分之几：1 到 100", code="percent", field="percent")
    if not 0 <= draft.minimum <= AMOUNT_MOST:
        return Refusal("数字超出范围", code="minimum", field="minimum")
    if draft.kind == "amount" and draft.minimum and draft.minimum < draft.amount:
        return Refusal("满多少要不小于减多少", code="minimum", field="minimum")
    if (draft.kind == "service") != (draft.service is not None):
        return Refusal("请选一项服务", code="service", field="service")
    if draft.service and not Service.select().join(Store).where(Service.id == draft.service, Store.brand == brand).exists():  # fmt: skip
        return Refusal("请选一项服务", code="service", field="service")
    if not 1 <= draft.weekdays <= 127:
        return Refusal("至少选一天", code="weekdays", field="weekdays")
    if not 0 <= draft.opens < draft.closes <= 1440:
        return Refusal("结束要晚于开始", code="hours", field="closes")
    if draft.days is None and draft.until_at is None:
        return Refusal("写清楚到什么时候为止", code="no_end", field="days")
    if draft.days is not None and not 1 <= draft.days <= DAYS_MOST:
        return Refusal("数字超出范围", code="days", field="days")
    if draft.from_at and draft.until_at and draft.until_at <= draft.from_at:
        return Refusal("结束要晚于开始", code="window", field="until")
    for name in ("most", "per_member", "per_day"):
        if (limit := getattr(draft, name)) is not None and not 1 <= limit <= GIVEN_MOST:
            return Refusal("数字超出范围", code=name, field=name)
    known = Store.select().where(Store.id.in_(draft.stores), Store.brand == brand).count() if draft.stores else 0
    if known < len(set(draft.stores)):
        return Refusal("没有找到这家店", code="no_such_store", field="stores")
    return None


# --- how it is done ----------------------------------------------------------------------------------------------------


def _added(staff: Staff | None, ticket: str) -> Template | None:
    mine = (Event.verb == "template_added") & (Event.staff == staff.id if staff else Event.staff.is_null())
    for event in Event.select().where(mine).order_by(Event.id.desc()).limit(20):
        if event.data.get("ticket") == ticket:
            found: Template = Template.get_by_id(int(event.ref))
            return found
    return None


def _record(verb: str, template: Template, staff: Staff | None, at: int, **data: Any) -> None:
    by = {"store": staff.store_id, "staff": staff.id} if staff else {}
    events.record(verb, at, ref=str(template.id), name=template.name, **by, **data)

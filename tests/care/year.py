"""A small shop that is lived in for a year, day by day: who comes when, what goes wrong, who reads, and the worker's jobs in between.

Nothing here looks at the rules of care: it is the plan that `test_a_year` holds them against.
"""

import datetime as dt
from collections import defaultdict
from typing import Any

from models import Case, Follow, Member, Promotion, transaction
from tests.care import people
from tests.world import SHANGHAI, World
from webapp import worker
from webapp.care import articles, budget, effects, kinds, rules
from webapp.clock import DAY, HOUR
from webapp.complaints import cases, closing
from webapp.complaints.cases import Report
from webapp.config import Settings
from webapp.insights import segments
from webapp.members import consents, privacy
from webapp.points import purchases, visits
from webapp.points.purchases import BEST, Basket, Bill
from webapp.rewards import gifts

# name, birthday, comes every so many days (0: never), on which days of the year nothing is heard of them any more
REGULARS = (
    ("阿一", 915, 7), ("阿二", 1003, 10), ("阿三", 1231, 14), ("阿四", 101, 20), ("阿五", 229, 28),
    ("阿六", 301, 35), ("阿七", 611, 12), ("阿八", 705, 9), ("阿九", 420, 16), ("阿十", 228, 21),
)  # fmt: skip
DRIFTERS = (("要走的", 811, 10, 150), ("用不上", 208, 14, 120), ("去别家", 1120, 12, 100))
NEW = (("新一", 30), ("新二", 95), ("新三", 170), ("新四", 260))
SILENT = ("不看的", 217)
# The jobs of these rooms run; nobody books, washes, imports or takes photos here.
ROOMS = [f"webapp.{room}.tasks" for room in ("outbox", "points", "insights", "offers", "rewards", "complaints", "care")]
IDLE = ("call_hooks", "plan_surprises", "fill_replies", "hand_out", "forget_letters")  # nothing of theirs is here
OFF = (200, 201, 202)  # the worker stands still: around the birthdays of 21 March


class Lived:
    """The plan and what came of it: who agreed since when, whose case was open when, who came on which day."""

    def __init__(self, world: World, settings: Settings, first: dt.date, days: int) -> None:
        self.world, self.settings, self.first, self.days = world, settings, first, days
        self.visits: dict[int, list[int]] = defaultdict(list)
        self.open: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.dials: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.no_from: dict[int, int] = {}
        self.people: dict[str, Member] = {}
        self.jobs = [job for job in worker.jobs() if job.act.__module__ in ROOMS and job.name not in IDLE]
        with transaction():
            self._open_up()
            self._join()

    def at(self, number: int, hour: int, minute: int = 0) -> int:
        date = self.first + dt.timedelta(days=number)
        return int(dt.datetime(date.year, date.month, date.day, hour, minute, tzinfo=SHANGHAI).timestamp())

    def live(self) -> None:
        for number in range(self.days):
            if number not in OFF:
                self._work("night", self.at(number, 3, 30), but=() if number % 7 == 0 else ("gather_follow_ups",))
                self._work("minute", self.at(number, 10))
            with transaction():
                self._day(number)

    # --- the shop -----------------------------------------------------------------------------------------------------

    def _open_up(self) -> None:
        world, made = self.world, self.at(0, 0)
        world.brand.policy = {"lot_months": 6}  # so that some points lapse within the year
        world.brand.save()
        articles.fill(world.brand, made)
        for row in articles.everything(world.brand):
            row.shown_at = made
            row.save()
        Promotion.create(
            brand=world.brand.id, kind="member_day", name={"zh": "会员日"}, percent=20, month_day=8, on_since=made, made_at=made
        )  # fmt: skip
        self.cake = world.reward({"zh": "小蛋糕"}, 1, stock=12, gift_only=True)
        self.templates = {
            name: people.template(world, name, fen) for name, fen in (("五元券", 500), ("二十元券", 2000))
        }
        gives: dict[str, dict[str, Any]] = {
            "birthday": {"reward": self.cake},
            "first_purchase": {"template": self.templates["五元券"]},
            "fault": {"template": self.templates["二十元券"]},
            "likely_to_leave": {"template": self.templates["五元券"]},
            "festival": {"params": {"festivals": ["mid_autumn", "spring", "lantern", "dragon_boat"], "days": 2}},
            "tier_drop": {"params": {"days": 14}},
            "news": {"holdout": 20},
            "weather": {"params": {"seasons": ["winter"]}},
            "member_day": {
                "segment": segments.put(world.brand, "熟客", {"is": "tier", "of": ["loyal", "vip"]}, world.zhao, made)
            },
        }
        self.rules = {
            kind: people.rule(world, kind, at=made, on=kind != "news", **gives.get(kind, {})) for kind in kinds.KINDS
        }

    def _join(self) -> None:
        for place, (name, birthday, _) in enumerate(REGULARS):
            self._agrees(name, birthday=birthday, joined_at=self.at(-300 + 20 * place, 12))
        for name, birthday, *_ in DRIFTERS:
            self._agrees(name, birthday=birthday, joined_at=self.at(-200, 12))
        self._agrees(SILENT[0], birthday=SILENT[1], joined_at=self.at(-100, 12))
        for name, birthday in (
            ("有事的", 505),
            ("修好的", 606),
            ("要一条", 912),
            ("不要的", 1001),
            ("三月的", 321),
            ("二一的", 321),
        ):
            self._agrees(name, birthday=birthday, joined_at=self.at(-150, 12))
        self._agrees("收回的", birthday=701, joined_at=self.at(-150, 12))
        self._agrees("注销的", birthday=702, joined_at=self.at(-150, 12))
        self.people["没点头"] = self.world.member("没点头", birthday=1010, joined_at=self.at(-150, 12))

    def _agrees(self, name: str, **fields: Any) -> Member:
        member = self.world.member(name, **fields)
        consents.grant_all(member.id, {"marketing", "service"}, source="poster", at=fields["joined_at"])
        self.people[name] = member
        return member

    # --- a day --------------------------------------------------------------------------------------------------------

    def _work(self, every: str, at: int, but: tuple[str, ...] = ()) -> None:
        for job in self.jobs:
            if job.every == every and job.name not in but:
                job.act(at, self.settings)

    def _day(self, number: int) -> None:
        for name, _, every in REGULARS:
            if number % every == len(name + str(every)) % every:
                self._comes(name, number)
        for name, _, every, until in DRIFTERS:
            if number % every == 0 and number < until:
                self._comes(name, number)
        for name, joins in NEW:
            if number == joins:
                self._agrees(name, joined_at=self.at(number, 14))
            if number in (joins, joins + 20, joins + 45):
                self._comes(name, number)
        for name in ("没点头", "收回的", "注销的", "三月的"):
            if number % 30 == 3 and name in self.people:
                self._comes(name, number)
        self._happens(number)
        for name, member in self.people.items():
            if name != SILENT[0] and number % 4 == 1:
                effects.opened(member, self.at(number, 20))

    def _comes(self, name: str, number: int) -> None:
        """They are here at three, fetch what is kept for them, and pay with their best coupon; some of it is spent again."""
        member, at, world = self.world.fresh(self.people[name]), self.at(number, 15), self.world
        visits.check_in(member, world.bath, "desk", at)
        for gift in gifts.waiting(member.id, at, world.bath.id):
            gifts.hand(gift, world.chen, at)
        basket = Basket(full=4_000 + 700 * (number % 9), coupon=BEST)
        purchases.sell(
            world.bath, basket, Bill(0, f"{name}:{number}", "desk"), world.fresh(member), world.chen, at + 60
        )
        self.visits[member.id].append(at)

    def _happens(self, number: int) -> None:
        at = self.at(number, 16)
        if number == 45:
            rules.switch(self.rules["news"], True, self.world.zhao, at)
        if number == 2:
            self._turns("要一条", 1, at)
            self._turns("不要的", 0, at)
        if number == 60:
            self._tells("修好的", number, closes=62)
            self._tells("有事的", number, closes=240)
        if number in (62, 240):
            self._settles("修好的" if number == 62 else "有事的", number)
        if number == 130:
            consents.choose(self.people["收回的"].id, "marketing", False, source="me", at=at)
            self.no_from[self.people["收回的"].id] = at
        if number == 140:
            self.no_from[self.people["注销的"].id] = at
            privacy.erase(self.people.pop("注销的"), at)
        for name, cause, day in (("用不上", "need", 200), ("去别家", "rival", 190)):
            if number == day:
                self._rings(name, cause, at)

    def _turns(self, name: str, per_month: int, at: int) -> None:
        member = self.people[name]
        budget.choose(member, per_month, at)
        self.dials[member.id].append((at, per_month))

    def _tells(self, name: str, number: int, *, closes: int) -> None:
        member, at = self.people[name], self.at(number, 16)
        case = cases.report(self.world.bath, Report(f"case:{name}", "complaint", "wait", "等太久"), at, member=member)
        cases.say(case, "对不起，我去问。", at + 300, key=f"a:{name}", staff=self.world.chen)
        self.open[member.id].append((at, self.at(closes, 16)))

    def _settles(self, name: str, number: int) -> None:
        case, at = Case.get(Case.key == f"case:{name}"), self.at(number, 16)
        closing.propose(case, self.world.lin, people.cause(self.world), "周末加一个人", "", at - HOUR, key=f"p:{name}")
        closing.agree(case, at)

    def _rings(self, name: str, cause: str, at: int) -> None:
        """Whoever stayed away says why; where the night has put them on the list, or the owner does."""
        member = self.people[name]
        Follow.delete().where(Follow.member == member.id, Follow.state == "open").execute()
        Follow.create(
            code=f"call{cause}", key=f"call:{name}", store=self.world.bath.id, member=member.id, kind="lapsed", due_day=at // DAY,
            state="done", outcome="done", cause=cause, made_at=at, done_at=at, done_by=self.world.chen.id,
        )  # fmt: skip

"""The demo goes on living: every job of the worker, every day, while people come, read, complain and change their minds.

`test_a_year` says of a small shop who must hear what. Here is the large one, with all rooms at work: whoever is chosen, no budget is exceeded, nobody
hears who has not agreed or waits for an answer, nothing comes twice, and every point, coupon and gift is accounted for.
"""

import random
from collections import Counter

import pytest

from models import Consent, Member, Message, Rule, Send, Staff, Store, transaction
from tests.kit import needs
from tests.world import NOON
from webapp import check, clock, seeds, worker
from webapp.care import budget, effects, rules
from webapp.clock import DAY, HOUR
from webapp.config import Settings
from webapp.members import consents
from webapp.points import purchases
from webapp.points.purchases import BEST, Basket, Bill

DAYS = needs.patience(14, 60)
COMING, READING = 25, 40  # people a day
NOT_DAILY = ("prove",)  # it is asked at the end


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.only_on("sqlite")
def test_the_demo_lives_on(database: object, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds.load(NOON, "correct horse battery")
    begun = Send.select().count()
    lived = Living(settings, monkeypatch, DAYS)
    lived.live()
    new = list(Send.select(Send, Member, Rule).join(Member).switch(Send).join(Rule).where(Send.at >= lived.first))
    sent = [row for row in new if row.state == "sent"]
    assert len(sent) > 5 * DAYS
    assert len({row.rule.kind for row in sent}) >= 5
    assert Send.select().count() > begun
    assert [row.id for row in sent if not row.rule.service and not _had_agreed(row)] == []
    assert [row.id for row in sent if row.member.erased_at and row.member.erased_at < row.at] == []
    assert [
        place for place, n in Counter((row.rule_id, row.member_id, row.occasion) for row in sent).items() if n > 1
    ] == []
    assert lived.over == []
    assert [row.id for row in sent if not _by_day(row.at)] == []
    kinds = dict(Message.select(Message.id, Message.kind).tuples())
    assert [row.id for row in sent if kinds[row.message] != ("service" if row.rule.service else "care")] == []
    of_care = sum(not row.rule.service for row in Send.select(Send, Rule).join(Rule).where(Send.state == "sent"))
    assert Message.select().where(Message.kind == "care").count() == of_care
    assert check.run() == []


class Living:
    """So many days after the demo was loaded, one after the other."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
        self.settings, self.days, self.first = settings, days, NOON
        self.rng = random.Random(20270901)
        self.stores = list(Store.select().order_by(Store.id))
        self.over: list[tuple[int, int]] = []
        self.now = NOON
        monkeypatch.setattr(clock, "now", lambda: self.now)
        owner = Staff.get(Staff.username == "owner")
        with transaction():
            for rule in list(Rule.select()):
                if rule.on_since is None and rule.kind not in ("news",):
                    rules.switch(rule, True, owner, NOON)

    def live(self) -> None:
        for number in range(self.days):
            morning = clock.day_start(self.first, "Asia/Shanghai") + (number + 1) * DAY
            for job in worker.jobs():
                if job.every == "night" and job.name not in NOT_DAILY:
                    self._work(job, morning + 4 * HOUR)
            for hour in (10, 15):
                for job in worker.jobs():
                    if job.every == "minute":
                        self._work(job, morning + hour * HOUR)
                self._people(morning + hour * HOUR + 60, number)
            self._budgets(morning + 20 * HOUR)

    def _work(self, job: worker.Job, at: int) -> None:
        self.now = at
        job.act(at, self.settings)

    def _people(self, at: int, number: int) -> None:
        self.now = at
        alive = list(Member.select().where(Member.erased_at.is_null(), Member.merged_into.is_null()))
        for member in self.rng.sample(alive, COMING // 2):
            store = self.rng.choice(self.stores)
            full = self.rng.randrange(2_000, 60_000)
            bill = Bill(full, f"lived:{number}:{at}:{member.id}", "desk")
            purchases.sell(store, Basket(full, coupon=BEST), bill, Member.get_by_id(member.id), None, at)
        for member in self.rng.sample(alive, READING // 2):
            Message.update(read_at=at).where(Message.member == member.id, Message.read_at.is_null()).execute()
            effects.opened(member, at)
        for member in self.rng.sample(alive, 2):
            consents.choose(member.id, "marketing", self.rng.random() < 0.5, source="privacy", at=at)
            budget.choose(Member.get_by_id(member.id), self.rng.choice((0, 1, 2)), at)

    def _budgets(self, at: int) -> None:
        """Nobody may have more in a month than the most there is; who has turned it down hears no more from that moment on."""
        month = clock.local(at, "Asia/Shanghai").year * 100 + clock.local(at, "Asia/Shanghai").month
        counted = Send.select(Send.member).where(Send.counted, Send.month == month, Send.state == "sent")
        self.over += [(who, n) for who, n in Counter(row.member_id for row in counted).items() if n > 2]


def _had_agreed(send: Send) -> bool:
    mine = (Consent.member == send.member_id) & (Consent.purpose == "marketing") & (Consent.at <= send.at)
    newest = Consent.select().where(mine).order_by(Consent.at.desc(), Consent.id.desc()).first()
    return bool(newest and newest.granted)


def _by_day(at: int) -> bool:
    return 9 <= clock.local(at, "Asia/Shanghai").hour < 21

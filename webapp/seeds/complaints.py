"""What customers told the shop in a year and what became of it, cases in every state at this moment, goodwill, and the board that shows what changed.

All of it goes through the rules, each step at its own moment. What is older than a few days leaves no lines in the log and the inbox, which are read newest first.
"""

from typing import TYPE_CHECKING, NamedTuple

from models import Case, CaseStep, Cause, Coupon, Event, Improvement, Member, Message, Staff, Store
from webapp import clock, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.complaints import cases, causes, closing, handing, improvements, ladder, offers, purse, starters
from webapp.complaints.cases import Report
from webapp.prices import coupons
from webapp.seeds.stores import ZONE

if TYPE_CHECKING:
    from webapp.seeds.shop import Shop

RECENT = 3 * DAY


class Story(NamedTuple):
    """Something that is over. `days` ago at `hour`; answered after so many minutes; `gave` is an offer, `said` what the board says."""

    days: int
    hour: int
    store: str
    category: str
    text: str
    answer: int
    cause: str
    changed: str
    said: str = ""
    gave: tuple[str, int] | None = None
    wish: str = "explain"
    faces: tuple[int, int] | None = (5, 5)
    kind: str = "complaint"


STORIES = (
    Story(352, 19, "bath", "wait", "排了四十分钟才轮到，前台一直说马上", 9, "忙时人手不够", "周末晚上加一个人", "周末排队太久", ("coupon", 2000)),
    Story(331, 15, "laundry", "damage", "白衬衫领口洗完发黄了", 12, "洗法不合适", "白衬衫单独分批洗", "白衬衫洗完发黄", ("redo", 0), "redo"),
    Story(309, 20, "bath", "environment", "更衣室地上全是水，差点滑倒", 4, "打扫不到位", "地垫换成防滑的，每半小时拖一次", "更衣室地滑"),
    Story(287, 11, "retail", "price", "货架上写 38，结账收了 42", 22, "说的和收的不一样", "改价当天双人核对价签", "价签和收银不一样", ("refund", 400), "refund", (4, 4)),
    Story(264, 21, "bath", "attitude", "问毛巾在哪，回了我一句自己找", 13, "话说重了", "新人先跟班三天再独立站台", "前台说话冲", ("coupon", 1500), "listen"),
    Story(240, 18, "laundry", "wait", "说好周五取，去了还没洗", 8, "交接没说清", "晚一天就提前一天告诉客人", "取衣时间不准", ("coupon", 1000), "explain", (3, 4)),
    Story(219, 20, "bath", "breakdown", "汗蒸房到一半没热气了", 3, "设备坏了", "每天开门前先试机一小时", "汗蒸房不热", ("refund", 6800), "refund", (5, 4), "urgent"),
    Story(198, 16, "retail", "product", "茶叶开封有潮味", 10, "质量问题", "茶叶换成小包装，开箱先闻", "茶叶有潮味", ("refund", 5800), "refund"),
    Story(176, 22, "bath", "price", "会员价没看到，多付了钱", 35, "价目没看到", "价目表放大，贴到收银台正面", "看不清会员价", ("refund", 2000), "refund", (4, 3)),
    Story(155, 19, "bath", "environment", "水太烫，孩子下不去", 6, "太吵、太冷、太热", "小汤屋水温改成 39 度，门口写明", "小汤屋水太烫"),
    Story(133, 14, "laundry", "service", "大衣扣子少了一颗", 11, "出门前没查出来", "出库前数扣子，写在吊牌上", "扣子少了没人说", ("redo", 0), "redo", (5, 5)),
    Story(111, 20, "bath", "clash", "我约的汤屋里已经有人", 2, "前一位超时", "前后两场之间多留一刻钟", "到了房间还有人", ("coupon", 3000), "redo", (4, 5), "urgent"),
    Story(88, 17, "retail", "service", "问了三个人都不知道有没有货", 14, "缺货没说", "缺货贴条，写到货日期", "有没有货没人知道"),
    Story(67, 21, "bath", "wait", "搓澡等了快一小时", 18, "忙时人手不够", "周五周六加一位师傅", "搓澡要等很久", ("coupon", 2000), "explain", (3, 3)),
    Story(45, 13, "bath", "points", "积分没到账", 7, "录错了", "收银先扫码再结账", "积分忘了记", None, "explain", (5, 4)),
    Story(31, 20, "laundry", "result", "羽绒服洗完不蓬了", 9, "洗法不合适", "羽绒服多烘一轮再出库", "羽绒服不蓬", ("redo", 0), "redo"),
    Story(19, 19, "bath", "attitude", "催着我们离店，还没到点", 12, "忙时人手不够", "离店前十五分钟才提醒一次", "离店催得急", ("coupon", 1500), "listen", (4, 4)),
    Story(9, 18, "bath", "environment", "吹风机坏了两个", 5, "设备坏了", "吹风机换新，多备两个", "吹风机不够用"),
    Story(24, 16, "bath", "environment", "休息厅能不能放点绘本，孩子坐不住", 240, "", "休息厅加了两排绘本", "孩子等着无聊", None, "explain", None, "idea"),
)  # fmt: skip

# What somebody gave on the spot: days ago, store, who, fen, why, used after days (none: not yet).
GIFTS = (
    (97, "bath", "clerk", 1500, "水不够热", 12), (74, "bath", "senior", 3000, "等太久", 20), (52, "laundry", "wash", 1000, "晚了一天", 15),
    (38, "bath", "clerk", 1000, "毛巾不够", 9), (21, "retail", "till", 800, "包装压坏了", None), (6, "bath", "clerk", 1500, "小孩滑了一下", None),
)  # fmt: skip


def now(shop: "Shop", at: int) -> None:
    """The year behind and what waits at this moment."""
    causes.fill(shop.brand)
    starters.fill(shop.brand)
    last_event, last_message = _last(Event), _last(Message)
    year = _Year(shop, at)
    for number, story in enumerate(STORIES):
        year.tell(number, story)
    for number, gift in enumerate(GIFTS):
        year.give(number, *gift)
    old = at - RECENT
    Event.delete().where(Event.id > last_event, Event.at < old).execute()
    Message.delete().where(Message.id > last_message, Message.at < old).execute()
    _Today(shop, at).open()


def _last(model: type[Event] | type[Message]) -> int:
    return int(model.select(model.id).order_by(model.id.desc()).limit(1).scalar() or 0)


class _Desk:
    """The people, and members who have been coming for a while."""

    def __init__(self, shop: "Shop", at: int) -> None:
        self.shop, self.at = shop, at
        self.causes = {row.name["zh"]: row for row in Cause.select().where(Cause.brand == shop.brand.id)}

    def store(self, slug: str) -> Store:
        return self.shop.by_slug[slug]

    def moment(self, days: int, hour: int) -> int:
        return clock.day_start(self.at - days * DAY, ZONE) + hour * HOUR + days % 50 * MINUTE

    def regular(self, slug: str, number: int) -> Member:
        """One of those who have come here for more than a year."""
        here = (Member.store == self.store(slug).id) & (Member.id > 20) & Member.phone_key.is_null(False)
        rows = Member.select().where(here, Member.joined_at < self.at - 358 * DAY).order_by(Member.id)
        return next(iter(rows.offset(number).limit(1)))

    def known(self, number: int) -> Member:
        return Member.get(Member.phone_key == vault.keyed("phone", f"+861380000000{number}"))

    def at_counter(self, slug: str) -> Staff:
        return self.shop.people[{"bath": "clerk", "laundry": "wash", "retail": "till"}[slug]]

    def above(self, slug: str) -> Staff:
        return self.shop.people[{"bath": "manager", "laundry": "press", "retail": "owner"}[slug]]


class _Year(_Desk):
    def tell(self, number: int, story: Story) -> None:
        """From the first word to the faces for how it was handled."""
        told = self.moment(story.days, story.hour)
        key = f"demo:{number}"
        report = Report(key, story.kind, story.category, story.text, wish=story.wish)
        case = cases.report(self.store(story.store), report, told, member=self.regular(story.store, number))
        clerk, boss = self.at_counter(story.store), self.above(story.store)
        late = told + story.answer * MINUTE > CaseStep.get(CaseStep.case == case.id, CaseStep.number == 1).due_at
        if late:
            ladder.miss(
                CaseStep.get(CaseStep.case == case.id, CaseStep.number == 1).id, told + (story.answer - 1) * MINUTE
            )
        answer = (
            "谢谢您告诉我们，这就去看看。" if story.kind == "idea" else "让您遇到这样的事，真的对不起。我现在就去问。"
        )
        cases.say(case, answer, told + story.answer * MINUTE, key=f"{key}:a", staff=clerk)
        if story.kind != "idea":
            cases.say(case, f"查清楚了：{story.cause}。", told + 6 * HOUR, key=f"{key}:f", staff=clerk, kind="findings")
        if story.gave:
            kind, amount = story.gave
            offer = offers.make(
                case, boss, kind, amount, 0, "一点心意，给您赔个不是。", told + 20 * HOUR, key=f"{key}:o"
            )
            offers.accept(offer, told + 22 * HOUR)
            if kind in offers.BY_HAND:
                offers.carried_out(offer, clerk, told + 26 * HOUR)
        self._settle(case, story, boss, told, key)

    def _settle(self, case: Case, story: Story, boss: Staff, told: int, key: str) -> None:
        closing.propose(
            case,
            boss,
            self.causes.get(story.cause),
            story.changed,
            "",
            told + 30 * HOUR,
            key=f"{key}:p",
            recheck_at=told + 45 * DAY,
        )
        if story.faces:
            closing.agree(case, told + 40 * HOUR)
            closing.rate(case, *story.faces, told + 41 * HOUR)
        else:
            closing.lapse(told + 9 * DAY)
        row = Improvement.get_or_none(Improvement.case == case.id)
        if row and story.said:
            row = improvements.edit(
                row, story.said, story.changed, boss, told + 3 * DAY, theme=case.category, recheck_at=row.recheck_at
            )
            improvements.show(row, boss, told + 3 * DAY)
            if told + 45 * DAY < self.at - DAY:
                improvements.recheck(row, story.days % 3 > 0, boss, told + 46 * DAY)

    def give(self, number: int, days: int, slug: str, who: str, fen: int, why: str, used: int | None) -> None:
        given = self.moment(days, 19)
        staff, store = self.shop.people[who], self.store(slug)
        member = self.regular(slug, 30 + number)
        use = purse.give(member, store, staff, "coupon", fen, why, given, key=f"demo:gift:{number}")
        if used:
            coupons.use(Coupon.get_by_id(use.coupon_id), store, staff, given + used * DAY)


class _Today(_Desk):
    """What the desk has before it."""

    def open(self) -> None:
        at, people = self.at, self.shop.people
        clerk, senior, manager = people["clerk"], people["senior"], people["manager"]
        # The second member: answered in time, the findings are promised for tomorrow.
        mine = self._case("mine", 5 * HOUR, "bath", self.known(2), "wait", "第一次来，问了两次都没人告诉我先去哪儿")
        cases.say(
            mine,
            "第一次来就让您这样，真的对不起。我是小陈，这件事由我跟到底。",
            at - 5 * HOUR + 6 * MINUTE,
            key="mine:a",
            staff=clerk,
        )
        cases.say(mine, "新客第一次来，门口没有人带", at - 4 * HOUR, key="mine:n", staff=clerk, kind="note")
        # Nobody has answered yet; one of them was promised an answer that did not come.
        self._case("late", 26 * HOUR, "bath", self.known(7), "environment", "淋浴间的排水口堵了，水漫到脚踝")
        asks = self._case("asks", 2 * DAY, "bath", self.known(5), "points", "上周那笔好像没有积分")
        cases.say(asks, "我现在就去查记录。", at - 2 * DAY + 8 * MINUTE, key="asks:a", staff=clerk)
        cases.say(
            asks, "那天的单子都看过了，没有您的号码。", at - 30 * HOUR, key="asks:f", staff=clerk, kind="findings"
        )
        cases.say(
            asks,
            "我去查。方便告诉我大概是几点付的吗？",
            at - 29 * HOUR,
            key="asks:q",
            staff=clerk,
            kind="question",
        )
        offered = self._case(
            "offered", 30 * HOUR, "bath", self.known(6), "result", "推拿按得太轻，时间也不够", wish="redo"
        )
        cases.say(offered, "没让您松快下来，真过意不去。", at - 30 * HOUR + 5 * MINUTE, key="offered:a", staff=senior)
        cases.say(
            offered, "那天少做了十分钟，是我们排错了。", at - 20 * HOUR, key="offered:f", staff=senior, kind="findings"
        )
        offers.make(
            offered, manager, "redo", 0, 0, "什么时候方便，请您再来一次，整场重做。", at - 18 * HOUR, key="offered:o"
        )
        talks = self._case(
            "talks", 4 * DAY, "bath", self.known(4), "attitude", "前台当着别人的面说我逃单", wish="listen"
        )
        cases.say(talks, "当时让您难堪了，我替店里向您道歉。", at - 4 * DAY + 11 * MINUTE, key="talks:a", staff=senior)
        handing.over(talks, manager, senior, "客人想和店长谈", at - 3 * DAY)
        cases.say(talks, "是我们认错了人。", at - 3 * DAY, key="talks:d", staff=manager, kind="decision")
        handing.talking(
            talks, manager, at + 2 * DAY, "后天下午我给您打电话，再一起想想怎么补救。", at - 2 * DAY, key="talks:t"
        )
        done = self._case("done", 5 * DAY, "laundry", self.regular("laundry", 21), "wait", "送衣晚了两个小时")
        cases.say(done, "等了这么久，一定很累，对不起。", at - 5 * DAY + 9 * MINUTE, key="done:a", staff=people["wash"])
        closing.propose(
            done, people["press"], self.causes["交接没说清"], "出车前先给下一家打电话", "谢谢您提醒。", at - 2 * DAY, key="done:p"
        )  # fmt: skip
        self._case(
            "idea", 3 * HOUR, "bath", self.known(3), "service", "能不能早上七点开门？上班前想泡一下", kind="idea"
        )
        self._case(
            "praise",
            2 * HOUR,
            "bath",
            self.known(8),
            "attitude",
            "Xiao Chen found my daughter's toy. So kind!",
            kind="praise",
        )
        self._case("idea2", 20 * HOUR, "retail", self.regular("retail", 22), "product", "想买小包装的坚果", kind="idea")
        told = Report(
            "slip",
            "complaint",
            "price",
            "停车票没有人告诉我可以减",
            source="slip",
            guest="刘女士",
            contact="13800009999",
        )
        cases.report(self.store("retail"), told, at - 40 * MINUTE)
        ladder.sweep(at)
        # And what has just come in.
        self._case("new", 4 * MINUTE, "bath", self.known(9), "price", "結帳的金額和價目表不一樣")
        self._case(
            "urgent", MINUTE, "bath", self.regular("bath", 23), "valuables", "更衣柜里的手表不见了", kind="urgent"
        )

    def _case(
        self,
        key: str,
        ago: int,
        slug: str,
        member: Member,
        category: str,
        text: str,
        *,
        kind: str = "complaint",
        wish: str = "explain",
    ) -> Case:
        told = Report(f"demo:{key}", kind, category, text, wish=wish)
        return cases.report(self.store(slug), told, self.at - ago, member=member)

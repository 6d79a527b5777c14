"""What messages say: a key and its values become a title, a sentence, and why it came, in the reader's language.

Used by the inbox page and by letters, which have no request: the language and time zone come as arguments. Money in `params` is fen
under the names `amount` and `refund` (or {"fen": …}), a shop's own words are {"zh": …}, moments end in `_at`.
"""

import datetime as dt
import re
from functools import lru_cache
from typing import Any, NamedTuple

from babel.support import NullTranslations, Translations

from webapp import clock, filters
from webapp.words import FOLDER, N_, said


class Said(NamedTuple):
    """One message as it is read."""

    title: str
    text: str
    why: str


_BILL = N_("因为你刚在店里结了账")
_REDEMPTION = N_("因为你兑换了礼品")
_ACCOUNT = N_("因为这关系到你的账户")
_BOOKING = N_("因为你约了时间")
_CASE = N_("因为你告诉了我们一件事")
_VISIT = N_("因为你刚来过店里")
_LINE = N_("因为你在排候补")
_WEEKLY = N_("因为你约了每周上门")
_ORDER = N_("因为你有衣物在店里")
_COLLECTED = N_("因为你刚取走衣物")
_CARE = N_("因为连着几条你没有看，也没有来")
_LEVEL = N_("因为这关系到你的等级")
_GIFT = N_("因为店里给你留了礼物")
_FRIEND = N_("因为你请来了朋友")
_INVITED = N_("因为你是朋友请来的")

SENTENCES: dict[str, Said] = {
    "welcome": Said(N_("欢迎加入"), N_("%(store)s送你 %(points)s 分，下次来就能用。"), N_("因为你刚加入会员")),
    "points_given": Said(N_("到账 %(points)s 分"), N_("在%(store)s消费 %(amount)s，得 %(points)s 分。"), _BILL),
    "points_taken_back": Said(
        N_("退款收回 %(points)s 分"), N_("退款 %(amount)s，当时给的 %(points)s 分也收回了。"), N_("因为这笔消费退了款")
    ),
    "points_taken_back.owed": Said(
        N_("退款收回 %(points)s 分"),
        N_("退款 %(amount)s，要收回 %(points)s 分；其中 %(owed)s 分已经用掉，下次消费的积分先补上。"),
        N_("因为这笔消费退了款"),
    ),
    "points_adjusted": Said(N_("积分有调整"), N_("店里给你调整了 %(points)s 分：%(why)s"), _ACCOUNT),
    "level_loyal": Said(N_("你是熟客了"), N_("从现在起消费 ¥100 积 %(points)s 分，生日还有一份礼物。"), _LEVEL),
    "level_loyal.percent": Said(
        N_("你是熟客了"),
        N_("从现在起正价减 %(percent)s%%：¥100 付 %(pays)s，积 %(points)s 分。生日还有一份礼物。"),
        _LEVEL,
    ),
    "level_vip": Said(
        N_("你是贵宾了"), N_("从现在起消费 ¥100 积 %(points)s 分，新礼品比别人先换，有事可以直接问你的顾问。"), _LEVEL
    ),
    "level_vip.percent": Said(
        N_("你是贵宾了"),
        N_(
            "从现在起正价减 %(percent)s%%：¥100 付 %(pays)s，积 %(points)s 分。新礼品比别人先换，有事可以直接问你的顾问。"
        ),
        _LEVEL,
    ),
    "level_warned": Said(
        N_("%(tier)s留到 %(until_on)s"),
        N_("之后照近一年的积分是%(lower)s。在那之前来一次，%(tier)s就再留 %(months)s 个月。"),
        _LEVEL,
    ),
    "level_kept": Said(N_("%(tier)s留住了"), N_("你来过了，%(tier)s一直留到 %(until_on)s。"), _LEVEL),
    "level_undone": Said(
        N_("那一单撤了，还是%(tier)s"), N_("店员刚才输错了金额，那一单连同升的等级一起撤回了。"), _LEVEL
    ),
    "level_lowered": Said(
        N_("现在是%(tier)s"), N_("%(before)s到期了，早些时候提醒过你。积分一分不少，再积够了马上升回来。"), _LEVEL
    ),
    "gift_handed": Said(N_("礼物拿到了：%(gift)s"), N_("店里刚把它交给你，慢慢享用。"), _GIFT),
    "friend_referral": Said(N_("朋友来过了，送你 %(points)s 分"), N_("你请的朋友第一次消费了，谢谢你。"), _FRIEND),
    "friend_invited": Said(N_("见面礼 %(points)s 分"), N_("朋友请你来的，这是给你的见面礼。"), _INVITED),
    "friend_referral_back": Said(N_("朋友退了款，收回 %(points)s 分"), N_("朋友下次消费，还会再送给你们。"), _FRIEND),
    "friend_invited_back": Said(N_("退了款，见面礼 %(points)s 分收回了"), N_("下次消费，还会再送给你们。"), _INVITED),
    "points_moved": Said(N_("积分已经合到一起"), N_("另一张卡上的 %(points)s 分已经并到这里。"), _ACCOUNT),
    "redemption_captured": Said(N_("已领取：%(reward)s"), N_("用掉 %(points)s 分，慢慢享用。"), _REDEMPTION),
    "redemption_declined": Said(N_("没有换成：%(reward)s"), N_("%(why)s。%(points)s 分已经退回。"), _REDEMPTION),
    "redemption_reversed": Said(
        N_("已撤销：%(reward)s"), N_("店里撤销了这次领取，%(points)s 分已经退回。"), _REDEMPTION
    ),
    "signed_in_elsewhere": Said(
        N_("新设备登录"),
        N_("%(device)s 在 %(signed_at)s 登录了你的账户。不是你？请到「登录过的设备」结束它。"),
        _ACCOUNT,
    ),
    "pin_changed": Said(N_("密码已更改"), N_("你的 PIN 改过了，其他设备已退出登录。"), _ACCOUNT),
    "books_broken": Said(
        N_("夜里核对数据没有通过"),
        N_("有 %(count)s 项对不上：%(names)s。请运行 flask check 看是哪几行。"),
        N_("因为这里登记的是店里的通知"),
    ),
    "merge_asked": Said(
        N_("这两张卡都是你的吗？"),
        N_("店里还有一张像是你的卡，%(joined_on)s加入的。是你的就合成一张，积分都在一起。"),
        _ACCOUNT,
    ),
    "merge_done": Said(N_("两张卡合成一张了"), N_("积分、券、预约都到了这张卡。%(until_at)s以前还能分开。"), _ACCOUNT),
    "merge_undone": Said(N_("两张卡又分开了"), N_("各是各的积分和记录，没用掉的都回去了。"), _ACCOUNT),
    "kin_asked": Said(
        N_("%(person)s想帮你操作"),
        N_("点头以后，%(person)s能在自己的手机上替你预约、换礼品。不认识就别点头。"),
        _ACCOUNT,
    ),
    "kin_agreed": Said(N_("%(person)s点头了"), N_("现在你可以在手机上替%(person)s操作了。"), _ACCOUNT),
    "kin_ended": Said(N_("家人代办停了"), N_("%(person)s停了家人代办，各管各的。"), _ACCOUNT),
    "phone_attached": Said(N_("手机号已绑定"), N_("换手机也能找回积分了。"), _ACCOUNT),
    "question_answered": Said(
        N_("%(staff)s 回你了"), N_("你给%(store)s的留言有回音了，点开看。"), N_("因为你给店里留了言")
    ),
    "case_opened": Said(N_("收到了，有人在办"), N_("%(person)s在跟进，%(until_at)s 前答复你。"), _CASE),
    "case_answered": Said(N_("店里答复你了"), N_("关于你反映的事，店里有新的回复，点开看看。"), _CASE),
    "case_question": Said(N_("店里想问你一句"), N_("你回一句，我们才好接着办。等你的时候，办结的日子顺延。"), _CASE),
    "case_offer.redo": Said(N_("店里给了一个办法"), N_("免费给你重新做一次。接受，或者再商量，都只要点一下。"), _CASE),
    "case_offer.coupon": Said(
        N_("店里给了一个办法"), N_("送你一张 %(amount)s 的券。接受，或者再商量，都只要点一下。"), _CASE
    ),
    "case_offer.points": Said(
        N_("店里给了一个办法"), N_("送你 %(points)s 分。接受，或者再商量，都只要点一下。"), _CASE
    ),
    "case_offer.refund": Said(N_("店里给了一个办法"), N_("退还 %(amount)s。接受，或者再商量，都只要点一下。"), _CASE),
    "case_settled.redo": Said(N_("说好了"), N_("免费给你重新做一次，什么时候方便就什么时候来。"), _CASE),
    "case_settled.coupon": Said(N_("说好了"), N_("%(amount)s 的券放进你的券包了。谢谢你告诉我们。"), _CASE),
    "case_settled.points": Said(N_("说好了"), N_("%(points)s 分到账了。谢谢你告诉我们。"), _CASE),
    "case_settled.refund": Said(N_("说好了"), N_("%(amount)s 会退还给你，退好了有记录。谢谢你告诉我们。"), _CASE),
    "case_talking": Said(N_("还在商量"), N_("说好 %(next_at)s 再谈。有话随时可以先说。"), _CASE),
    "case_late": Said(
        N_("对不起，我们没有按时答复"),
        N_("说好 %(due_at)s 前给你答复，没有做到。现在由%(person)s亲自跟进。"),
        _CASE,
    ),
    "case_late.amends": Said(
        N_("对不起，我们没有按时答复"),
        N_(
            "说好 %(due_at)s 前给你答复，没有做到。现在由%(person)s亲自跟进；一张 %(amount)s 的券放进你的券包，是赔礼。"
        ),
        _CASE,
    ),
    "case_closing": Said(
        N_("我们觉得办好了，你看呢？"),
        N_("我们改了：%(changed)s。你点一下「办好了」；没有回音的话，%(until_at)s 结案。"),
        _CASE,
    ),
    "case_closed": Said(N_("办结了"), N_("谢谢你告诉我们。点两下，评一评我们办得怎么样。"), _CASE),
    "rate_please": Said(
        N_("这次怎么样？"), N_("在%(store)s这次怎么样？点两下就好，说好说坏都不影响你的等级。"), _VISIT
    ),
    "rating_spoken": Said(
        N_("替你记下了一条评价"), N_("你在%(store)s当面说的，店里替你记下了。记得不对可以改。"), _VISIT
    ),
    "rating_replied": Said(N_("店里回了你的评价"), N_("%(person)s回了你几句，点开看看。"), _VISIT),
    "coupon_issued": Said(
        N_("收到一张券：%(name)s"), N_("%(store)s送你的，放在券包里，结账时出示。"), N_("因为店里刚送了你一张券")
    ),
    "goodwill": Said(N_("店里的一点心意"), N_("%(person)s送你一张 %(amount)s 的券：%(why)s"), _CASE),
    "goodwill.points": Said(N_("店里的一点心意"), N_("%(person)s送你 %(points)s 分：%(why)s"), _CASE),
    "thanks_ask": Said(
        N_("可以把你的话挂出来吗？"),
        N_("你夸%(store)s的那几句，我们想挂在店里的墙上。用什么称呼，由你定。"),
        N_("因为你夸过店里"),
    ),
    "care_quieter": Said(
        N_("以后少打扰你一点"), N_("最近几条消息你没有看，以后每月最多发 %(n)s 条。想多收到，随时调回来。"), _CARE
    ),
    "care_silent": Said(
        N_("以后不再发优惠消息"), N_("最近几条消息你没有看，以后不再发了。想收到，随时调回来。"), _CARE
    ),
    "case_missed": Said(
        N_("有一件投诉超时了"),
        N_("%(code)s 的第 %(step)s 步没有按时做到，已经交到上一级。"),
        N_("因为这里登记的是店里的通知"),
    ),
    "follow_glad": Said(
        N_("%(person)s服务过的客人很满意"),
        N_("%(by)s打了回访电话，%(store)s，详情在平板的「回访」里。"),
        N_("因为这里登记的是店里的通知"),
    ),
    "follow_unhappy": Said(
        N_("%(person)s服务过的客人不太满意"),
        N_("%(by)s打了回访电话，%(store)s，客人说的话在平板的「回访」里。"),
        N_("因为这里登记的是店里的通知"),
    ),
    "follows_today": Said(
        N_("今天有 %(n)s 位客人要回访"),
        N_("%(store)s，名单在平板的「回访」里，其中 %(late)s 位已经过了日子。"),
        N_("因为这里登记的是店里的通知"),
    ),
    "booking_confirmed": Said(N_("约好了：%(service)s"), N_("%(begins_at)s，到时候见。"), _BOOKING),
    "booking_declined": Said(N_("没约上：%(service)s"), N_("%(begins_at)s：%(why)s换个时间再约吧。"), _BOOKING),
    "booking_other_time": Said(
        N_("店里给了另一个时间：%(service)s"),
        N_("%(begins_at)s 行吗？给你留到 %(offer_until_at)s，点一下就定了。"),
        _BOOKING,
    ),
    "booking_moved": Said(N_("改好时间了：%(service)s"), N_("改到 %(begins_at)s。"), _BOOKING),
    "booking_reseated": Said(
        N_("换了个地方：%(service)s"), N_("时间不变，还是 %(begins_at)s，只是换了个地方。"), _BOOKING
    ),
    "booking_cancelled": Said(
        N_("店里取消了：%(service)s"), N_("%(begins_at)s 的预约取消了，很抱歉。%(why)s"), _BOOKING
    ),
    "booking_no_show": Said(
        N_("没等到你：%(service)s"),
        N_("%(begins_at)s 的位子已经让给别人了。下次来不了，提前点一下取消就好。"),
        _BOOKING,
    ),
    "booking_unanswered": Said(
        N_("没来得及回你：%(service)s"),
        N_("%(begins_at)s 的预约店里没来得及答复，没有约上。很抱歉，换个时间再约吧。"),
        _BOOKING,
    ),
    "booking_tomorrow": Said(N_("记得来：%(service)s"), N_("%(begins_at)s，到时候见。来不了请早点取消。"), _BOOKING),
    "booking_soon": Said(
        N_("快到时间了：%(service)s"), N_("%(begins_at)s 开始。会晚到就点一下「会晚到」，位子多留一会儿。"), _BOOKING
    ),
    "booking_troubled": Said(
        N_("出了点状况：%(service)s"),
        N_("%(begins_at)s 那里用不了了，我们正在处理。换个时间或取消都不收费。"),
        _BOOKING,
    ),
    "booking_troubled.reason": Said(
        N_("出了点状况：%(service)s"),
        N_("%(begins_at)s 那里用不了了（%(reason)s），我们正在处理。换个时间或取消都不收费。"),
        _BOOKING,
    ),
    "booking_stands": Said(N_("照常来：%(service)s"), N_("已经没事了，%(begins_at)s 照常。"), _BOOKING),
    "offer_lapsed": Said(
        N_("位子让出去了：%(service)s"),
        N_("%(begins_at)s 的位子没有等到你点。还在排候补的话，有空位再叫你。"),
        _BOOKING,
    ),
    "offer_withdrawn": Said(
        N_("这个位子没有了：%(service)s"), N_("%(begins_at)s 店里临时关了。你还排在原来的位置，有空位再叫你。"), _LINE
    ),
    "order_agree": Said(
        N_("请看一眼：%(pieces)s 件衣物"),
        N_("%(store)s收好了，瑕疵标在照片上。没问题就点「认可」，点过才开始洗。"),
        _ORDER,
    ),
    "order_agree_again": Said(
        N_("登记改过，请再看一眼"),
        N_("%(store)s改了衣物的登记，现在是 %(pieces)s 件。没问题就再点一次「认可」。"),
        _ORDER,
    ),
    "order_overruled": Said(
        N_("衣物先开始洗了"), N_("没等到你点认可，店长决定先洗（%(why)s）。有疑问请马上告诉我们。"), _ORDER
    ),
    "order_reply": Said(N_("店里回你了"), "%(words)s", _ORDER),
    "order_part_ready": Said(
        N_("先洗好一部分：%(name)s"), N_("这次先好了 %(pieces)s 件，可以先来%(store)s取。其余的好了再告诉你。"), _ORDER
    ),
    "order_ready": Said(N_("都洗好了"), N_("%(pieces)s 件都挂好了，随时来%(store)s取，也可以约时间给你送去。"), _ORDER),
    "order_ready.van_at": Said(
        N_("都洗好了"), N_("%(pieces)s 件都挂好了，%(van_at)s 给你送到家。想自己来%(store)s取，点进来改。"), _ORDER
    ),
    "order_ready.closes_at": Said(
        N_("都洗好了"),
        N_("%(pieces)s 件都挂好了，%(opens_at)s 到 %(closes_at)s 可以来%(store)s取，也可以约时间给你送去。"),
        _ORDER,
    ),
    "order_not_yet": Said(N_("还差一点"), N_("刚才说洗好了，有一件还要再看看。好了马上告诉你，很抱歉。"), _ORDER),
    "order_promise": Said(
        N_("换了个时间：%(promised_at)s"), N_("原来说 %(before_at)s，现在改到 %(promised_at)s。%(reason)s"), _ORDER
    ),
    "order_late": Said(
        N_("让你久等了：%(promised_at)s"),
        N_("说好 %(before_at)s，没能做到，很抱歉。改到 %(promised_at)s。%(reason)s"),
        _ORDER,
    ),
    "order_uncollected": Said(
        N_("衣物还在等你"),
        N_("%(ready_at)s 就洗好了，在%(store)s挂着，给你留到 %(kept_until_at)s。没空来就约我们送。"),
        _ORDER,
    ),
    "order_cancelled": Said(N_("衣物没有洗，退回给你"), N_("这张单取消了：%(reason)s"), _ORDER),
    "order_delivered": Said(N_("衣物送到了"), N_("%(store)s刚把衣物送到。点开看看是不是都好。"), _ORDER),
    "all_well": Said(
        N_("衣物都好吗？"), N_("前两天从%(store)s取走的衣物，穿着还好吗？点一下告诉我们，不好也尽管说。"), _COLLECTED
    ),
    "place_offered": Said(
        N_("有位子了：%(service)s"), N_("%(begins_at)s 给你留着，留到 %(until_at)s，点一下就是你的。"), _LINE
    ),
    "place_too_small": Said(
        N_("这次坐不下：%(service)s"), N_("空出来的位子坐不下 %(people)s 位，先给了后面的人。你的位置不变。"), _LINE
    ),
    "waiting_over": Said(N_("候补停了：%(service)s"), N_("这项服务不再做了，候补到此为止。"), _LINE),
    "waiting_past": Said(
        N_("没等到位子：%(service)s"), N_("%(begins_at)s 那段时间一直没有空出来，候补到此为止。换个时间看看吧。"), _LINE
    ),
    "standing_over": Said(N_("每周上门停了：%(service)s"), N_("这项服务不再做了。已经约好的几次照常。"), _WEEKLY),
    "standing_full": Said(N_("这次约满了：%(service)s"), N_("%(begins_at)s 这一趟约满了。下一周照常。"), _WEEKLY),
    "standing_full.other_at": Said(
        N_("这次约满了：%(service)s"), N_("%(begins_at)s 这一趟约满了，最近的空位是 %(other_at)s。"), _WEEKLY
    ),
}
UNKNOWN = Said(N_("店里的消息"), "", "")
WHY = {
    "out_of_stock": N_("礼品刚好没有了"),
    "not_here": N_("柜台没有等到你"),
    "wrong_person": N_("和柜台的人对不上"),
    "other": N_("店里这次没能兑换"),
}
# Why a booking did not come about: whole sentences, read inside another.
BOOKING_WHY = {
    "full": N_("那个时间已经满了。"),
    "staff": N_("那个时间没有人手。"),
    "closed": N_("那个时间店里不开。"),
    "other": N_("那个时间店里接不了。"),
}
# How a day is said, by how far off it is when the message is read.
DAYS = {0: N_("今天"), 1: N_("明天"), 2: N_("后天")}
IN_DAYS = N_("%(n)s天后")
ON_DATE = N_("%(date)s那天")
HELLO = N_("你好")
FAR = 14
_FIELD = re.compile(r"\{(\w+)\}")
# Up to and with its full stop; a stop inside a number, or within a field, ends nothing.
_SENTENCE = re.compile(r"(?:[^。！？!?.\n]|[.](?=\S))+(?:[。！？!?.\n]+\s*|$)|[。！？!?.\n]+\s*")
LEVELS = {"ordinary": N_("会员"), "loyal": N_("熟客"), "vip": N_("贵宾")}
# A message that has one of these values says more.
VARIANTS = ("owed", "reason", "other_at", "van_at", "closes_at", "percent")


def read(
    text: str, params: dict[str, Any], locale: str, timezone: str = "Asia/Shanghai", at: int | None = None
) -> Said:
    """The message `text` with its values, in `locale`. A key that is not known any more still gives a title.

    A moment is that on the wall of the shop it is about (`zone`), else the reader's. `at` is when it is read: what a rule of care says
    of a day (`care`) is said as it stands then.
    """
    if text == "care":
        return _care(params, locale, params.get("zone", timezone), clock.now() if at is None else at)
    more = next((f"{text}.{name}" for name in VARIANTS if params.get(name)), text)
    found = SENTENCES.get(more) or SENTENCES.get(text, UNKNOWN)
    zone = params.get("zone", timezone)
    values = _Values({name: _spoken(name, value, locale, zone) for name, value in params.items()})
    if text.startswith("booking_") and params.get("why") in BOOKING_WHY:
        values["why"] = _catalogue(locale).ugettext(BOOKING_WHY[params["why"]])
    catalogue = _catalogue(locale)
    return Said(*(filters.singular(catalogue.ugettext(part) % values) if part else "" for part in found))


def _care(params: dict[str, Any], locale: str, zone: str, at: int) -> Said:
    """The shop's own text with its fields filled. A sentence whose field has nothing to say is left out."""
    texts = params.get("texts", {})
    mine = texts.get(locale) or texts.get("zh") or {"title": "", "text": ""}
    values = _fields(params.get("values", {}), locale, zone, at)
    kept = [part for part in _SENTENCE.findall(mine["text"]) if all(values.get(name) for name in _FIELD.findall(part))]
    why = _catalogue(locale).ugettext(params["why"]) if params.get("why") else ""
    title = _filled(mine["title"], values) or _catalogue(locale).ugettext(UNKNOWN.title)
    return Said(title, _filled("".join(kept), values).strip(), why)


def _fields(values: dict[str, Any], locale: str, zone: str, at: int) -> dict[str, str]:
    """Every field as it is said at this moment; `on` is the day it is about, counted from 1970, `until` the last one."""
    catalogue = _catalogue(locale)
    said_ = {name: str(_spoken(name, value, locale, zone)) for name, value in values.items() if value not in (None, "")}
    said_["name"] = said_.get("name") or catalogue.ugettext(HELLO)
    if "until" in values:
        said_["until"] = _date(values["until"], locale)
    if "festival" in values:
        said_["festival"] = catalogue.ugettext(values["festival"])
    if "tier" in values:
        said_["tier"] = catalogue.ugettext(values["tier"])
    if "on" in values:
        ahead = values["on"] - clock.day_number(at, zone)
        said_["date"] = _date(values["on"], locale)
        said_["day"] = _day_word(ahead, values["on"], locale)
        said_["days"] = str(ahead) if ahead > 0 else ""
    return said_


def _day_word(ahead: int, day: int, locale: str) -> str:
    """Today, tomorrow, in 3 days; what is over, or far away, has its date."""
    catalogue = _catalogue(locale)
    if ahead in DAYS:
        return str(catalogue.ugettext(DAYS[ahead]))
    if 0 < ahead <= FAR:
        return str(catalogue.ugettext(IN_DAYS) % {"n": ahead})
    return str(catalogue.ugettext(ON_DATE) % {"date": _date(day, locale)})


def _date(day: int, locale: str) -> str:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    return f"{date.day} {date:%b}" if locale == "en" else f"{date.month}月{date.day}日"


def _filled(text: str, values: dict[str, str]) -> str:
    return filters.singular(_FIELD.sub(lambda hole: values.get(hole[1], ""), text))


class _Values(dict[str, Any]):
    """A value that an old message lacks is left out, not an error."""

    def __missing__(self, name: str) -> str:
        return ""


def _spoken(name: str, value: Any, locale: str, timezone: str) -> Any:
    if isinstance(value, dict):
        return filters.money(value["fen"]) if "fen" in value else said(value, locale)
    if name == "reason" and isinstance(value, str):  # of a list, or in the clerk's own words
        return _catalogue(locale).ugettext(value) if value else ""
    if name == "why" and value in WHY:
        return _catalogue(locale).ugettext(WHY[value])
    if name in ("tier", "lower", "before") and value in LEVELS:
        return _catalogue(locale).ugettext(LEVELS[value])
    if name.endswith("_on"):  # the day alone
        return _day(clock.local(value, timezone), locale)
    if name.endswith("_at"):
        return _moment(clock.local(value, timezone), locale)
    if name in ("amount", "refund"):
        return filters.money(value)
    return filters.points(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment(moment: dt.datetime, locale: str) -> str:
    return f"{_day(moment, locale)} {moment:%H:%M}"


def _day(moment: dt.datetime, locale: str) -> str:
    return f"{moment.day} {moment:%b}" if locale == "en" else f"{moment.month}月{moment.day}日"


@lru_cache(maxsize=8)
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(str(FOLDER), [locale])

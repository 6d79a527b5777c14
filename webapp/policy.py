"""The numbers a shop may change, their defaults (the source documents' own) and their bounds.

A brand's document holds what differs from the defaults, a store's what differs from the brand.
Changing a number counts up `Brand.policy_version`; every ledger line keeps the version and numbers it was made with.
"""

import json
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from models import Brand, Param, Prepared, Store, document
from webapp.words import N_

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Hundredths = Annotated[int, Meta(ge=0, le=10_000)]


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hundredths: 100 is ×1. Fen, points, minutes, hours, days as named."""

    point_rate: Hundredths = 100  # points per ¥1 (D1)
    tier_loyal: Hundredths = 100
    tier_vip: Hundredths = 150
    lot_months: Annotated[int, Meta(ge=1, le=60)] = 12
    return_days: Annotated[int, Meta(ge=0, le=365)] = 14  # points given back live at least so long
    welcome_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    bill_max: Annotated[int, Meta(ge=100, le=100_000_000)] = 5_000_000  # fen
    adjust_max: Annotated[int, Meta(ge=1, le=100_000)] = 5_000  # points a manager may give or take at once
    hold_minutes: Annotated[int, Meta(ge=1, le=120)] = 10
    undo_minutes: Annotated[int, Meta(ge=1, le=60)] = 10
    holds_at_once: Annotated[int, Meta(ge=1, le=20)] = 3
    visit_hours: Annotated[int, Meta(ge=1, le=24)] = 4
    claim_days: Annotated[int, Meta(ge=1, le=90)] = 7
    shift_hours: Annotated[int, Meta(ge=1, le=24)] = 12  # how long a PIN at the desk holds
    loyal_at: Count = 1_000  # points earned in twelve months (C1)
    vip_at: Count = 3_000

    offer_minutes: Annotated[int, Meta(ge=2, le=120)] = 10  # a place from the waiting list is kept so long
    answer_minutes: Annotated[int, Meta(ge=5, le=2_880)] = 120  # another time offered by the shop is kept so long
    late_minutes: Annotated[int, Meta(ge=5, le=120)] = 15
    no_shows_most: Annotated[int, Meta(ge=1, le=20)] = 3  # from here on a person says yes first
    bookings_at_once: Annotated[int, Meta(ge=1, le=50)] = 6
    holiday_as: Annotated[int, Meta(ge=0, le=2)] = 0  # a public holiday is 0 as its weekday, 1 as a Sunday, 2 closed

    second_check: Annotated[int, Meta(ge=0, le=1)] = (
        1  # the check of a garment is by somebody else than who cleaned it (G1)
    )
    agree_hours: Annotated[int, Meta(ge=1, le=168)] = 24  # without a yes to the defects: call them
    uncollected_days: Annotated[int, Meta(ge=1, le=60)] = 7
    uncollected_hours: Annotated[int, Meta(ge=24, le=720)] = 48  # between two reminders after that
    all_well_days: Annotated[int, Meta(ge=1, le=30)] = 2  # after collection (G2)
    storage_days: Annotated[int, Meta(ge=7, le=730)] = 60  # kept on the rack so long

    case_answer_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 15  # of opening time (I1)
    case_urgent_minutes: Annotated[int, Meta(ge=1, le=240)] = 5  # a workable solution (I2)
    case_findings_hours: Annotated[int, Meta(ge=1, le=240)] = 24  # (J2)
    case_decision_days: Annotated[int, Meta(ge=1, le=30)] = 3  # working days (J4)
    case_close_days: Annotated[int, Meta(ge=1, le=60)] = 7  # (J6)
    case_notice_days: Annotated[int, Meta(ge=1, le=30)] = (
        7  # closes without a word of the member only after so long (T15)
    )
    case_reopen_days: Annotated[int, Meta(ge=1, le=60)] = 7
    case_warn_percent: Annotated[int, Meta(ge=10, le=95)] = 75
    amends_fen: Annotated[int, Meta(ge=0, le=100_000)] = 500  # a coupon for each promise that was missed
    amends_month: Annotated[int, Meta(ge=0, le=100_000_000)] = 50_000  # all of them in a month and store, fen
    amends_days: Annotated[int, Meta(ge=7, le=730)] = 90  # a coupon is good for so long
    purse_clerk: Annotated[int, Meta(ge=0, le=10_000_000)] = 5_000  # fen a month and person (N1)
    purse_senior: Annotated[int, Meta(ge=0, le=10_000_000)] = 10_000
    purse_manager: Annotated[int, Meta(ge=0, le=10_000_000)] = 50_000
    point_fen: Annotated[int, Meta(ge=1, le=1_000)] = 15  # what a point given from a purse counts there
    ask_days: Annotated[int, Meta(ge=1, le=90)] = 14  # a visit may be rated so long
    ask_every_days: Annotated[int, Meta(ge=1, le=365)] = 30  # the inbox asks at most so often (K8)
    rating_weights: dict[
        str, Annotated[int, Meta(ge=0, le=10)]
    ] = {}  # of a dimension in the overall score; 1 unless named (K3)
    review_url: Annotated[str, Meta(max_length=200)] = (
        ""  # where everybody is asked for a review, whatever they said here; or nobody
    )

    loyal_visits: Annotated[int, Meta(ge=0, le=1_000)] = (
        0  # or by days on which they came in twelve months; 0 is not looked at
    )
    vip_visits: Annotated[int, Meta(ge=0, le=1_000)] = 0
    tier_months: Annotated[int, Meta(ge=3, le=36)] = 12  # a level holds at least so long, to the end of a month
    tier_warn_days: Annotated[int, Meta(ge=30, le=180)] = 60
    tier_keep_months: Annotated[int, Meta(ge=1, le=24)] = 6  # one visit after the warning keeps it so long
    loyal_discount: Annotated[int, Meta(ge=0, le=50)] = 10  # per cent off the full price (C3)
    vip_discount: Annotated[int, Meta(ge=0, le=50)] = 10
    birthday_lead_days: Annotated[int, Meta(ge=0, le=14)] = 3  # (L1)
    birthday_days: Annotated[int, Meta(ge=0, le=14)] = 3  # double points until so many days after it
    birthday_times: Annotated[int, Meta(ge=100, le=500)] = 200  # (D3)
    gift_days: Annotated[int, Meta(ge=3, le=180)] = 30  # a thing is kept for somebody so long
    referral_inviter: Annotated[int, Meta(ge=0, le=10_000)] = 100  # points (D5)
    referral_friend: Annotated[int, Meta(ge=0, le=10_000)] = 50
    referral_least: Annotated[int, Meta(ge=0, le=1_000_000)] = 2_000  # fen: a purchase smaller than this is no real one
    referral_year: Annotated[int, Meta(ge=1, le=1_000)] = 20  # friends paid for in twelve months
    coupon_lapse_days: Annotated[int, Meta(ge=1, le=30)] = 3  # told so long before
    quiet_from: Annotated[int, Meta(ge=0, le=1_439)] = (
        1_260  # minutes after midnight: nothing of care is sent from then …
    )
    quiet_until: Annotated[int, Meta(ge=0, le=1_439)] = 540  # … until then
    ignored_days: Annotated[int, Meta(ge=1, le=60)] = 14  # not opened and not been here in so long: ignored (T9)
    ignored_most: Annotated[int, Meta(ge=2, le=10)] = 3  # so many in a row: one step quieter (L5)
    follow_days: Annotated[int, Meta(ge=1, le=14)] = 3  # after the first purchase (L3)
    group_url: Annotated[str, Meta(max_length=200)] = ""  # the chat group, where the shop has one (L10)

    def tier_rate(self, tier: str) -> int:
        return {"loyal": self.tier_loyal, "vip": self.tier_vip}.get(tier, 100)


# What each number is called on the pages that show or change it.
NAMES = {
    "point_rate": N_("每一元积几分"),
    "tier_loyal": N_("熟客的倍数"),
    "tier_vip": N_("贵宾的倍数"),
    "loyal_at": N_("一年积多少分是熟客"),
    "vip_at": N_("一年积多少分是贵宾"),
    "lot_months": N_("积分几个月到期"),
    "return_days": N_("退回的分至少留几天"),
    "welcome_points": N_("入会送几分"),
    "adjust_max": N_("手工一次最多加减几分"),
    "bill_max": N_("一单最多多少元"),
    "hold_minutes": N_("礼品留几分钟"),
    "undo_minutes": N_("几分钟内能撤销"),
    "holds_at_once": N_("一人同时留几份"),
    "visit_hours": N_("几小时内算同一次到店"),
    "claim_days": N_("小票几天内能补积分"),
    "shift_hours": N_("PIN 管几小时"),
    "offer_minutes": N_("候补的位子留几分钟"),
    "answer_minutes": N_("改约的时间留几分钟"),
    "late_minutes": N_("会晚到的位子留几分钟"),
    "no_shows_most": N_("爽约几次后要店里确认"),
    "bookings_at_once": N_("一人同时有几个预约"),
    "second_check": N_("检查要换人：1 要，0 不用"),
    "agree_hours": N_("瑕疵几小时没确认就打电话"),
    "uncollected_days": N_("洗好几天没取就提醒"),
    "uncollected_hours": N_("之后隔几小时再提醒"),
    "all_well_days": N_("取走几天后问一声"),
    "storage_days": N_("洗好的衣物最多存几天"),
    "case_answer_minutes": N_("投诉几分钟内回应（营业时间）"),
    "case_urgent_minutes": N_("急事几分钟内给办法（营业时间）"),
    "case_findings_hours": N_("几小时内查明情况"),
    "case_decision_days": N_("几个工作日内答复"),
    "case_close_days": N_("几天内办结"),
    "case_notice_days": N_("没有回音几天后结案"),
    "case_reopen_days": N_("结案后几天内可重开"),
    "case_warn_percent": N_("用掉百分之几的时间就提醒"),
    "amends_fen": N_("误了时限赔几元券"),
    "amends_month": N_("一店一月最多赔几元"),
    "amends_days": N_("赔的券几天有效"),
    "purse_clerk": N_("店员每月心意金几元"),
    "purse_senior": N_("领班每月心意金几元"),
    "purse_manager": N_("店长每月心意金几元"),
    "point_fen": N_("心意金里一个积分算几分钱"),
    "ask_days": N_("几天内可以评价"),
    "ask_every_days": N_("至少隔几天才请人评价"),
    "loyal_visits": N_("一年来多少天是熟客：0 不看次数"),
    "vip_visits": N_("一年来多少天是贵宾：0 不看次数"),
    "tier_months": N_("等级至少保留几个月"),
    "tier_warn_days": N_("降级前几天提醒"),
    "tier_keep_months": N_("提醒后来一次再保留几个月"),
    "loyal_discount": N_("熟客正价减百分之几"),
    "vip_discount": N_("贵宾正价减百分之几"),
    "birthday_lead_days": N_("生日提前几天祝贺"),
    "birthday_days": N_("生日后几天内还是多倍积分"),
    "birthday_times": N_("生日积分倍数"),
    "gift_days": N_("礼物留几天"),
    "referral_inviter": N_("请来一位朋友送几分"),
    "referral_friend": N_("朋友第一次消费送几分"),
    "referral_least": N_("朋友第一单至少多少元"),
    "referral_year": N_("一年最多算几位朋友"),
    "coupon_lapse_days": N_("券到期前几天提醒"),
    "quiet_from": N_("几点以后不打扰（当天第几分钟）"),
    "quiet_until": N_("几点以前不打扰（当天第几分钟）"),
    "ignored_days": N_("几天没看也没来算没理会"),
    "ignored_most": N_("连着几条没理会就少发"),
    "follow_days": N_("第一次消费后几天内回访"),
    "holiday_as": N_("法定假日：0 照常，1 按周日，2 休息"),
}
UNITS = {
    "bill_max": 100,
    "amends_fen": 100,
    "amends_month": 100,
    "purse_clerk": 100,
    "purse_senior": 100,
    "purse_manager": 100,
    "referral_least": 100,
}  # how many of it make one on a page; the others are shown as they are kept

_BRAND = Prepared(lambda: Brand.select(Brand.policy, Brand.policy_version).where(Brand.id == Param("brand")))


def of_brand(brand: Brand) -> Policy:
    return msgspec.convert(brand.policy, Policy)


def of(store: Store) -> Policy:
    """The numbers that hold in this store now: as the brand says that came along with the store, or that is asked for."""
    return _merged(_brand(store)[0], document(store.policy))


def version_of(store: Store) -> int:
    """Which edition of the brand's rules holds now."""
    return _brand(store)[1]


def _brand(store: Store) -> tuple[str, int]:
    known: Brand | None = store.__rel__.get("brand")
    if known:
        return document(known.policy), known.policy_version
    row = _BRAND.row(brand=store.brand_id)
    assert row is not None  # the foreign key says so
    return row[0], row[1]


@lru_cache(maxsize=4096)
def _merged(brand: str, store: str) -> Policy:
    return msgspec.convert({**json.loads(brand), **json.loads(store)}, Policy)


def checked(document: dict[str, Any]) -> Policy:
    """The document as a policy, or msgspec.ValidationError that names the number out of bounds."""
    return msgspec.convert(document, Policy)

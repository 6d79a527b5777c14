"""The audit: what staff, members and the till did, newest first, as the event log has it. Read by managers; it writes nothing."""

from dataclasses import dataclass

from models import Event, Member, Staff, Store
from webapp import policy
from webapp.words import N_

PAGE = 50
BY_ITSELF = {
    "expired",
    "tier_reached",
    "welcomed",
    "booking_lapsed",
    "booking_done",
    "booking_no_show",
    "place_offered",
    "order_to_call",
    "order_reminded",
    "case_missed",
    "rating_asked",
}  # what no person did
# Every verb of the event log, as the audit says it. What is in brackets comes from the event.
SENTENCES = {
    "set_up": N_("开店"),
    "signed_in": N_("会员登录"),
    "desk_signed_in": N_("平板登录"),
    "desk_signed_out": N_("平板退出登录"),
    "tablet_ended": N_("把一台平板退出登录：%(label)s"),
    "acting": N_("用 PIN 换成自己"),
    "hired": N_("请来 %(name)s"),
    "promoted": N_("改了 %(name)s 的职务"),
    "dismissed": N_("停用 %(name)s"),
    "pin_set": N_("给 %(name)s 设 PIN"),
    "password_set": N_("给 %(name)s 换密码"),
    "store_changed": N_("改了店铺资料"),
    "brand_changed": N_("改了品牌的名字或颜色"),
    "hours_changed": N_("改了营业时间"),
    "numbers_changed": N_("改了规则数字：%(changes)s"),
    "placement_made": N_("加了海报位置：%(name)s"),
    "api_key_made": N_("给收银机做了密钥：%(name)s"),
    "api_key_revoked": N_("停用收银机密钥：%(name)s"),
    "reward_added": N_("加了一样礼品"),
    "reward_changed": N_("改了礼品"),
    "reward_retired": N_("下架礼品"),
    "reward_brought_back": N_("礼品重新上架"),
    "joined": N_("新会员加入"),
    "phone_attached": N_("会员绑定手机号"),
    "profile_kept": N_("会员改了个人资料"),
    "pin_changed": N_("会员换了登录密码"),
    "passkey_added": N_("会员添加指纹或面容"),
    "passkey_removed": N_("会员删除指纹或面容"),
    "device_ended": N_("会员让一台设备退出登录"),
    "consent_given": N_("会员同意：%(purpose)s"),
    "consent_withdrawn": N_("会员收回同意：%(purpose)s"),
    "exported": N_("会员下载自己的资料"),
    "erased": N_("会员注销"),
    "arrived": N_("到店"),
    "greeted": N_("接待了到店的会员"),
    "bill_recorded": N_("记下一单 %(amount)s，送 %(points)s 分"),
    "bill_refunded": N_("退款 %(amount)s"),
    "points_adjusted": N_("手工调整 %(points)s 分"),
    "tier_reached": N_("会员升为%(tier)s"),
    "held": N_("会员预留礼品"),
    "approved": N_("核销礼品"),
    "declined": N_("没给礼品"),
    "cancelled": N_("会员取消兑换"),
    "expired": N_("预留超时，自动退回"),
    "undone": N_("撤销核销"),
    "card_viewed": N_("看了会员卡"),
    "phone_revealed": N_("看了完整手机号"),
    "handshake_confirmed": N_("在柜台确认登录"),
    "handshake_refused": N_("在柜台拒绝登录"),
    "merged": N_("合并两张会员卡"),
    "adviser_named": N_("请 %(name)s 做会员的专属顾问"),
    "adviser_ended": N_("会员不再有专属顾问"),
    "question_asked": N_("会员给店里留言"),
    "question_answered": N_("回了会员的留言"),
    "booked": N_("订下一个预约"),
    "booking_confirmed": N_("答应了预约"),
    "booking_declined": N_("没能接下预约"),
    "booking_other_time": N_("给预约换了个时间，等会员点头"),
    "booking_accepted": N_("会员接受了留好的时间"),
    "booking_skipped": N_("会员没要留好的时间"),
    "booking_moved": N_("改了预约的时间"),
    "booking_cancelled": N_("取消了预约"),
    "booking_late": N_("会员说会晚到"),
    "booking_arrived": N_("预约的客人到了"),
    "booking_done": N_("预约结束"),
    "booking_no_show": N_("预约的客人没有来"),
    "booking_lapsed": N_("预约过时，位子让出"),
    "booking_undone": N_("撤销了预约上的一步"),
    "place_offered": N_("给候补留了位子"),
    "waiting_joined": N_("会员排候补"),
    "waiting_left": N_("会员不排候补了"),
    "standing_started": N_("会员约了每周上门"),
    "standing_stopped": N_("会员停了每周上门"),
    "order_opened": N_("收下一单衣物"),
    "garments_added": N_("登记了 %(pieces)s 件：%(name)s"),
    "garment_changed": N_("改了一件的登记：%(name)s"),
    "garment_removed": N_("从单上去掉一件：%(name)s"),
    "photo_added": N_("给衣物拍了照"),
    "photo_removed": N_("去掉了一张衣物照片"),
    "pin_put": N_("在照片上标了瑕疵"),
    "pin_taken": N_("去掉了照片上的一处标记"),
    "order_asked": N_("请会员认可瑕疵：%(pieces)s 件，%(pins)s 处"),
    "order_reopened": N_("改了登记，认可作废"),
    "order_agreed": N_("会员认可了瑕疵"),
    "order_signed": N_("顾客在平板上签了字"),
    "order_overruled": N_("没等认可就开始洗：%(why)s"),
    "order_discussed": N_("会员对登记有话说"),
    "order_heard": N_("跟会员谈过了"),
    "order_replied": N_("回了会员关于衣物的话"),
    "order_to_call": N_("会员一直没认可，该打电话了"),
    "garment_moved": N_("一件衣物到了下一步"),
    "check_failed": N_("质检没过：%(why)s"),
    "step_undone": N_("撤销了衣物的上一步"),
    "order_racked": N_("挂到 %(place)s"),
    "order_ready": N_("一单洗好了，%(pieces)s 件"),
    "order_not_ready": N_("一单又不算洗好了"),
    "promise_renewed": N_("给顾客改了取衣时间：%(why)s"),
    "order_paid": N_("记下一单衣物已付 %(amount)s"),
    "order_collected": N_("衣物取走了"),
    "order_part_collected": N_("先取走一部分衣物"),
    "order_delivered": N_("衣物送到了"),
    "order_cancelled": N_("取消了一单衣物：%(why)s"),
    "order_parts_chosen": N_("定了要不要先取洗好的"),
    "order_delivery_chosen": N_("衣物约了送上门"),
    "order_reminded": N_("提醒会员来取衣物"),
    "order_well": N_("会员说衣物都好"),
    "order_unwell": N_("会员说衣物不太好"),
    "unwell_answered": N_("回了会员说不好的衣物"),
    "garment_claimed": N_("会员说一件衣物洗坏了"),
    "claim_pictured": N_("会员给洗坏的衣物添了照片"),
    "garment_put_back": N_("拿掉的一件放回单上：%(name)s"),
    "claim_answered": N_("回了会员说洗坏的衣物"),
    "wear_forgotten": N_("会员让衣橱忘掉一件"),
    "price_added": N_("价目表加了一行：%(name)s"),
    "price_changed": N_("改了价目：%(name)s"),
    "price_retired": N_("价目表去掉一行：%(name)s"),
    "advice_added": N_("加了一张护理卡：%(name)s"),
    "advice_changed": N_("改了护理卡：%(name)s"),
    "advice_retired": N_("收起一张护理卡：%(name)s"),
    "case_opened": N_("记下一件投诉或主意"),
    "case_raised": N_("把一件投诉改成急事"),
    "case_linked": N_("记下投诉是关于哪一次的"),
    "case_moved": N_("投诉交给 %(name)s"),
    "case_missed": N_("投诉的第 %(step)s 步超时，往上交"),
    "case_offered": N_("给投诉的客人一个办法"),
    "case_withdrawn": N_("收回给客人的办法"),
    "case_accepted": N_("客人接受了办法"),
    "case_discussed": N_("客人还想再商量"),
    "case_made_good": N_("答应客人的办到了"),
    "case_talking": N_("跟客人约了再谈的日子"),
    "case_proposed": N_("提议办结一件投诉"),
    "case_closed": N_("办结一件投诉"),
    "case_reopened": N_("客人重开了投诉"),
    "case_rated": N_("客人评了处理"),
    "case_merged": N_("把两件投诉并成一件：%(code)s"),
    "goodwill_given": N_("送出心意金 %(amount)s：%(why)s"),
    "coupon_given": N_("给会员一张 %(amount)s 的券"),
    "coupon_used": N_("收下一张 %(amount)s 的券"),
    "coupon_unused": N_("撤销了用券"),
    "cause_added": N_("加了投诉原因：%(name)s"),
    "cause_changed": N_("改了投诉原因：%(name)s"),
    "cause_retired": N_("收起投诉原因：%(name)s"),
    "starter_added": N_("加了回复开头：%(name)s"),
    "starter_changed": N_("改了回复开头：%(name)s"),
    "starter_retired": N_("收起回复开头：%(name)s"),
    "improvement_added": N_("记下一项改进：%(name)s"),
    "improvement_changed": N_("改了一项改进：%(name)s"),
    "improvement_shown": N_("把改进贴上墙：%(name)s"),
    "improvement_hidden": N_("把改进从墙上取下：%(name)s"),
    "improvement_rechecked": N_("复查了改进：%(name)s"),
    "rated": N_("客人评了这次到店"),
    "rating_asked": N_("请会员评价"),
    "rating_replied": N_("回了一条评价"),
    "feed_made": N_("会员开了日历订阅"),
    "feed_ended": N_("会员停了日历订阅"),
    "closed": N_("临时关了「%(name)s」，碰到 %(touched)s 个预约"),
    "reopened": N_("「%(name)s」恢复使用"),
    "service_added": N_("加了服务：%(name)s"),
    "service_changed": N_("改了服务：%(name)s"),
    "service_retired": N_("停了服务：%(name)s"),
    "resource_added": N_("加了场地或人手：%(name)s"),
    "resource_changed": N_("改了场地或人手：%(name)s"),
    "resource_retired": N_("撤了场地或人手：%(name)s"),
    "day_set": N_("给 %(day)s 定了营业时间"),
    "day_dropped": N_("%(day)s 照平常营业"),
    "date_set": N_("给「%(name)s」定了一场"),
    "date_cancelled": N_("取消了「%(name)s」的一场"),
}
PURPOSES = {
    "service": N_("到账提醒"),
    "marketing": N_("优惠消息"),
    "survey": N_("满意度问题"),
    "partner": N_("邻店优惠"),
}


@dataclass(frozen=True)
class Wanted:
    """What to look for; empty means everything. `day` is (first second, first second of the next day)."""

    store: int | None = None
    staff: int | None = None
    verb: str = ""
    day: tuple[int, int] | None = None
    before: int | None = None


def entries(wanted: Wanted, limit: int = PAGE) -> tuple[list[Event], int | None]:
    """One page with its people, members and stores, and the id to go on from (None at the end). One query."""
    query = (
        Event.select(Event, Staff, Member, Store)
        .left_outer_join(Staff)
        .switch(Event)
        .left_outer_join(Member)
        .switch(Event)
        .left_outer_join(Store, on=(Event.store == Store.id))
        .order_by(Event.id.desc())
        .limit(limit + 1)
    )
    for field, value in ((Event.store, wanted.store), (Event.staff, wanted.staff), (Event.verb, wanted.verb)):
        if value:
            query = query.where(field == value)
    if wanted.day:
        query = query.where(Event.at >= wanted.day[0], Event.at < wanted.day[1])
    if wanted.before:
        query = query.where(Event.id < wanted.before)
    found = list(query)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def changes(event: Event) -> list[tuple[str, int, int]]:
    """(name of a number, before, after) for what a change of numbers changed, in the units of the page."""
    before, after = event.data.get("before"), event.data.get("after")
    if event.verb != "numbers_changed" or not isinstance(before, dict) or not isinstance(after, dict):
        return []
    units = policy.UNITS
    return [(name, before.get(name, 0) // units.get(name, 1), new // units.get(name, 1)) for name, new in after.items()]

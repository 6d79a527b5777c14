"""What the rules say when a shop begins, each in three languages, as one would say it to somebody one knows. The shop's own words from then on.

A sentence whose field has nothing to say is left out when the message is read; so a birthday without a gift reads as well as one with it.
"""

from webapp.care.fields import Texts


def _t(zh: tuple[str, str], en: tuple[str, str], zh_hant: tuple[str, str]) -> Texts:
    return {
        language: {"title": title, "text": text}
        for language, (title, text) in (("zh", zh), ("en", en), ("zh_Hant", zh_hant))
    }


# The coupons that go with them, from the first bill and after a fault (E1, E2): name, fen, days, how many for one member.
COUPONS: dict[str, tuple[dict[str, str], int, int, int | None]] = {
    "first_purchase": ({"zh": "新朋友回头券", "en": "Welcome back coupon", "zh_Hant": "新朋友回頭券"}, 500, 30, 1),
    "fault": (
        {"zh": "请再给我们一次机会", "en": "Please give us another chance", "zh_Hant": "請再給我們一次機會"},
        2000,
        60,
        2,
    ),
}

TEXTS: dict[str, Texts] = {
    "birthday": _t(
        ("生日快乐", "{name}，{day}是你的生日，祝你天天舒心！给你留了一份{gift}，{until}前来都有。券包里放了一张{coupon}，{until}前都能用。这几天来，积分 {times} 倍。"),
        ("Happy birthday", "{name}, your birthday is {day}. All the best from {store}! We have kept {gift} for you until {until}. There is a coupon for you: {coupon}, good until {until}. Your points count ×{times} these days."),
        ("生日快樂", "{name}，{day}是你的生日，祝你天天舒心！給你留了一份{gift}，{until}前來都有。券包裡放了一張{coupon}，{until}前都能用。這幾天來，積分 {times} 倍。"),
    ),
    "fault": _t(
        ("上次真对不起", "{name}，上次是我们没做好，真对不起。你说的事我们改了：{changed}。想请你再来看看，{coupon}放进了你的券包，没有门槛，{until}前都能用。给你留了一份{gift}，{until}前来都有。"),
        ("We are sorry about last time", "{name}, last time we let you down, and we are sorry. You told us, and we changed this: {changed}. We would like you to come and see. A coupon is in your wallet: {coupon}, with no minimum, until {until}. We have kept {gift} for you until {until}."),
        ("上次真對不起", "{name}，上次是我們沒做好，真對不起。你說的事我們改了：{changed}。想請你再來看看，{coupon}放進了你的券包，沒有門檻，{until}前都能用。給你留了一份{gift}，{until}前來都有。"),
    ),
    "points_lapse": _t(
        ("有 {points} 分快到期了", "{name}，你有 {points} 分{date}到期，还有 {days} 天。之前来换，一分都不浪费。"),
        ("{points} points are about to lapse", "{name}, {points} of your points lapse on {date}. You have {days} days left to use them."),
        ("有 {points} 分快到期了", "{name}，你有 {points} 分{date}到期，還有 {days} 天。之前來換，一分都不浪費。"),
    ),
    "tier_drop": _t(
        ("{tier}的等级，来一次就保住", "{name}，你的{tier}等级到{date}为止。之前来一次，就给你接着留。"),
        ("One visit keeps you {tier}", "{name}, your level, {tier}, is up for review on {date}. One visit before then keeps it."),
        ("{tier}的等級，來一次就保住", "{name}，你的{tier}等級到{date}為止。之前來一次，就給你接著留。"),
    ),
    "coupon_lapse": _t(
        ("有张券快到期了", "{name}，你的{coupon}{day}就到期了，别忘了用。"),
        ("A coupon is about to lapse", "{name}, your coupon {coupon} is good until {date}. Do not let it go to waste."),
        ("有張券快到期了", "{name}，你的{coupon}{day}就到期了，別忘了用。"),
    ),
    "first_purchase": _t(
        ("谢谢你来", "{name}，谢谢你第一次来{store}。哪里好、哪里不好，都可以直接告诉我们。下次来，{coupon}给你用，{until}前都行。给你留了一份{gift}，{until}前来都有。"),
        ("Thank you for coming", "{name}, thank you for your first visit to {store}. Tell us what was good and what was not. For next time there is a coupon: {coupon}, until {until}. We have kept {gift} for you until {until}."),
        ("謝謝你來", "{name}，謝謝你第一次來{store}。哪裡好、哪裡不好，都可以直接告訴我們。下次來，{coupon}給你用，{until}前都行。給你留了一份{gift}，{until}前來都有。"),
    ),
    "anniversary": _t(
        ("认识 {years} 年了", "{name}，{day}是你入会满 {years} 年的日子，谢谢你一直都来。给你留了一份{gift}，{until}前来都有。送你一张{coupon}，{until}前都能用。"),
        ("{years} years with us", "{name}, it is {years} years since you joined us. Thank you for coming back. We have kept {gift} for you until {until}. There is a coupon for you: {coupon}, until {until}."),
        ("認識 {years} 年了", "{name}，{day}是你入會滿 {years} 年的日子，謝謝你一直都來。給你留了一份{gift}，{until}前來都有。送你一張{coupon}，{until}前都能用。"),
    ),
    "festival": _t(
        ("{festival}好", "{name}，{day}就是{festival}，祝你和家人都好。给你留了一份{gift}，{until}前来都有。送你一张{coupon}，{until}前都能用。"),
        ("{festival}", "{name}, {festival} is {day}. All the best to you and your family. We have kept {gift} for you until {until}. There is a coupon for you: {coupon}, until {until}."),
        ("{festival}好", "{name}，{day}就是{festival}，祝你和家人都好。給你留了一份{gift}，{until}前來都有。送你一張{coupon}，{until}前都能用。"),
    ),
    "due_again": _t(
        ("又到时候了", "{name}，差不多又到你来的时候了。上次的{service}还要吗？约个时间，来了不用等。送你一张{coupon}，{until}前都能用。"),
        ("It is about time", "{name}, it is about the time you usually come. {service} again? Book a time and there is no waiting. There is a coupon for you: {coupon}, until {until}."),
        ("又到時候了", "{name}，差不多又到你來的時候了。上次的{service}還要嗎？約個時間，來了不用等。送你一張{coupon}，{until}前都能用。"),
    ),
    "likely_to_leave": _t(
        ("有阵子没见了", "{name}，有一阵没在{store}见到你了。{coupon}放进了你的券包，{until}前来都能用。给你留了一份{gift}，{until}前来都有。哪里不合心意，也请告诉我们。"),
        ("It has been a while", "{name}, we have not seen you at {store} for a while. A coupon is in your wallet: {coupon}, until {until}. We have kept {gift} for you until {until}. If something was not right, please tell us."),
        ("有陣子沒見了", "{name}，有一陣沒在{store}見到你了。{coupon}放進了你的券包，{until}前來都能用。給你留了一份{gift}，{until}前來都有。哪裡不合心意，也請告訴我們。"),
    ),
    "need": _t(
        ("一切都好吗", "{name}，好久不见，希望你一切都好。什么时候想来，什么时候都欢迎。"),
        ("We hope all is well", "{name}, it has been a while. We hope all is well with you. You are welcome whenever you like."),
        ("一切都好嗎", "{name}，好久不見，希望你一切都好。什麼時候想來，什麼時候都歡迎。"),
    ),
    "rival": _t(
        ("有样东西你可能喜欢", "{name}，记得你喜欢{service}。店里新到了{taste}，想着你可能喜欢。送你一张{coupon}，{until}前都能用。路过就进来看看。"),
        ("Something you may like", "{name}, we remember that you like {service}. We now have {taste}, and thought of you. There is a coupon for you: {coupon}, until {until}. Drop in when you pass by."),
        ("有樣東西你可能喜歡", "{name}，記得你喜歡{service}。店裡新到了{taste}，想著你可能喜歡。送你一張{coupon}，{until}前都能用。路過就進來看看。"),
    ),
    "habit": _t(
        ("照你的习惯", "{name}，你常选{habit}，这个季节正合适。记得你喜欢{like}，会照着准备。{coupon}放进了你的券包，{until}前都能用。给你留了一份{gift}，{until}前来都有。"),
        ("As you like it", "{name}, you often choose {habit}, and it is the season for it. We remember that you like {like}, and will prepare it that way. A coupon is in your wallet: {coupon}, until {until}. We have kept {gift} for you until {until}."),
        ("照你的習慣", "{name}，你常選{habit}，這個季節正合適。記得你喜歡{like}，會照著準備。{coupon}放進了你的券包，{until}前都能用。給你留了一份{gift}，{until}前來都有。"),
    ),
    "member_day": _t(
        ("会员日快到了", "{name}，{day}是{store}的会员日，有会员价，来看看。"),
        ("Member day", "{name}, member day at {store} is {day}, with prices for members. Come and see."),
        ("會員日快到了", "{name}，{day}是{store}的會員日，有會員價，來看看。"),
    ),
    "weather": _t(
        ("换季小知识", "{name}，这个时节用得上：{tip}。点开看看。"),
        ("A tip for the season", "{name}, something useful for this time of year: {tip}. Have a look."),
        ("換季小知識", "{name}，這個時節用得上：{tip}。點開看看。"),
    ),
    "news": _t(
        ("{store}有新消息", "{name}，{store}有新东西，欢迎来看看。送你一张{coupon}，{until}前都能用。给你留了一份{gift}，{until}前来都有。"),
        ("News from {store}", "{name}, there is something new at {store}. Come and see. There is a coupon for you: {coupon}, until {until}. We have kept {gift} for you until {until}."),
        ("{store}有新消息", "{name}，{store}有新東西，歡迎來看看。送你一張{coupon}，{until}前都能用。給你留了一份{gift}，{until}前來都有。"),
    ),
}  # fmt: skip

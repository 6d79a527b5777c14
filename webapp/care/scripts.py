"""How a call begins and what it asks, for each kind of follow-up, in the customer's own language. Asked, never sold.

{name} is the customer, {me} who rings, {store} the shop; {days} since they were here. Shipped; said in one's own words, so there is no editor.
"""

from typing import NamedTuple

from webapp.words import said

Words = dict[str, str]


def _w(zh: str, en: str, zh_hant: str) -> Words:
    return {"zh": zh, "en": en, "zh_Hant": zh_hant}


class Line(NamedTuple):
    """One thing to say. `part`: hello, ask, listen, bye."""

    part: str
    text: str


_HELLO = _w(
    "{name}您好，我是{store}的{me}。现在方便说一分钟吗？",
    "Hello {name}, this is {me} from {store}. Do you have a minute?",
    "{name}您好，我是{store}的{me}。現在方便說一分鐘嗎？",
)
_BYE = _w("谢谢您，不多打扰了。", "Thank you. I will not keep you.", "謝謝您，不多打擾了。")
_SORRY = _w(
    "对不起，让您不舒服了。我记下来，今天就有人跟您联系。",
    "I am sorry. I am writing this down, and somebody will call you today.",
    "對不起，讓您不舒服了。我記下來，今天就有人跟您聯繫。",
)

SCRIPTS: dict[str, tuple[tuple[str, Words], ...]] = {
    "first": (
        ("hello", _HELLO),
        ("ask", _w("您前几天第一次来，就想问一句：都还满意吗？", "You were here for the first time the other day. Was everything all right?", "您前幾天第一次來，就想問一句：都還滿意嗎？")),
        ("ask", _w("哪一点让您觉得好？哪一点我们还能做得更好？", "What did you like, and what could we do better?", "哪一點讓您覺得好？哪一點我們還能做得更好？")),
        ("listen", _SORRY),
        ("bye", _w("谢谢您告诉我，我会转给当时接待您的同事。", "Thank you. I will pass it on to the person who looked after you.", "謝謝您告訴我，我會轉給當時接待您的同事。")),
    ),
    "key": (
        ("hello", _HELLO),
        ("ask", _w("有一阵没见到您了，就是问候一声，最近都好吗？", "We have not seen you for a while, so I wanted to say hello. How are you?", "有一陣沒見到您了，就是問候一聲，最近都好嗎？")),
        ("ask", _w("我们店里有什么您希望改一改的吗？", "Is there anything you would like us to change?", "我們店裡有什麼您希望改一改的嗎？")),
        ("listen", _SORRY),
        ("bye", _BYE),
    ),
    "uncollected": (
        ("hello", _HELLO),
        ("ask", _w("您的衣物早就洗好了，一直给您挂着。您看哪天方便来取？", "Your garments have been ready for a while and are hanging here. When would it suit you?", "您的衣物早就洗好了，一直給您掛著。您看哪天方便來取？")),
        ("ask", _w("不方便来的话，我们给您送过去，好吗？", "If it is hard to come by, may we bring them?", "不方便來的話，我們給您送過去，好嗎？")),
        ("bye", _w("好的，我记下了，谢谢您。", "I have noted it. Thank you.", "好的，我記下了，謝謝您。")),
    ),
    "lapsed": (
        ("hello", _HELLO),
        ("ask", _w("您有 {days} 天没来了，不是推销，就想问问：是我们哪里没做好吗？", "You have not been here for {days} days. I am not selling anything: was it something we did?", "您有 {days} 天沒來了，不是推銷，就想問問：是我們哪裡沒做好嗎？")),
        ("ask", _w("还是您现在用不上了，或者找到了更合适的地方？都没关系，您直说。", "Or do you not need it now, or found a place that suits you better? Either is fine, please say.", "還是您現在用不上了，或者找到了更合適的地方？都沒關係，您直說。")),
        ("listen", _SORRY),
        ("bye", _w("谢谢您愿意说，您什么时候想来都欢迎。", "Thank you for telling me. You are welcome any time.", "謝謝您願意說，您什麼時候想來都歡迎。")),
    ),
    "apology": (
        ("hello", _w("{name}您好，我是{store}的{me}，您之前反映的事，我是来道歉的。", "Hello {name}, this is {me} from {store}. I am calling to apologise for what you told us about.", "{name}您好，我是{store}的{me}，您之前反映的事，我是來道歉的。")),
        ("ask", _w("让您等到现在，对不起。这件事现在到了哪一步，我跟您说一下。", "I am sorry you had to wait. Let me tell you where it stands.", "讓您等到現在，對不起。這件事現在到了哪一步，我跟您說一下。")),
        ("ask", _w("您希望我们怎么做？", "What would you like us to do?", "您希望我們怎麼做？")),
        ("listen", _w("先听完，不解释，不提优惠。", "Listen first. No excuses, no offers.", "先聽完，不解釋，不提優惠。")),
        ("bye", _w("我今天就去办，办好了给您回话。", "I will see to it today and call you back.", "我今天就去辦，辦好了給您回話。")),
    ),
    "surprise": (
        ("ask", _w("悄悄准备好，客人来了再拿出来，不提「系统里写的」。", "Prepare it quietly and bring it when they are here. Do not say that it stands in the system.", "悄悄準備好，客人來了再拿出來，不提「系統裡寫的」。")),
    ),
    "thanks": (
        ("ask", _w("手写一句谢谢，写上一件具体的事。", "Write a line of thanks by hand, about one particular thing.", "手寫一句謝謝，寫上一件具體的事。")),
    ),
    "other": (
        ("hello", _HELLO),
        ("bye", _BYE),
    ),
}  # fmt: skip


def of(kind: str, locale: str, **holes: str) -> list[Line]:
    """The lines of one call in one language, filled in. Plain replacement: a name with a brace in it stays as it is."""
    return [Line(part, _filled(said(words, locale), holes)) for part, words in SCRIPTS[kind]]


def _filled(text: str, holes: dict[str, str]) -> str:
    for name, value in holes.items():
        text = text.replace("{" + name + "}", value)
    return text

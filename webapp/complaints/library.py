"""What a shop begins with: why things go wrong, and how a reply begins. General manners; the shop's own words from then on."""

Words = dict[str, str]


def _w(zh: str, en: str, zh_hant: str) -> Words:
    return {"zh": zh, "en": en, "zh_Hant": zh_hant}


# A cause, and what it is made of.
CAUSES: tuple[tuple[Words, tuple[Words, ...]], ...] = (
    (
        _w("人手和排班", "People and shifts", "人手和排班"),
        (
            _w("忙时人手不够", "Too few people when busy", "忙時人手不夠"),
            _w("交接没说清", "Not passed on at handover", "交接沒說清"),
            _w("新手没带好", "A newcomer was not shown", "新手沒帶好"),
        ),
    ),
    (
        _w("说话和态度", "Manner and tone", "說話和態度"),
        (
            _w("没有先听完", "Did not listen first", "沒有先聽完"),
            _w("没打招呼、没回应", "Not greeted, not answered", "沒打招呼、沒回應"),
            _w("话说重了", "Words were too harsh", "話說重了"),
        ),
    ),
    (
        _w("价格和说明", "Prices and explaining", "價格和說明"),
        (
            _w("价目没看到", "Prices were not seen", "價目沒看到"),
            _w("说的和收的不一样", "Said one price, took another", "說的和收的不一樣"),
            _w("活动规则难懂", "Offer was hard to understand", "活動規則難懂"),
        ),
    ),
    (
        _w("环境和设备", "Place and equipment", "環境和設備"),
        (
            _w("打扫不到位", "Not cleaned well enough", "打掃不到位"),
            _w("设备坏了", "Something broke", "設備壞了"),
            _w("太吵、太冷、太热", "Too loud, too cold, too hot", "太吵、太冷、太熱"),
            _w("有安全隐患", "Something was unsafe", "有安全隱患"),
        ),
    ),
    (
        _w("预约和等候", "Bookings and waiting", "預約和等候"),
        (
            _w("同一时间约重了", "Booked twice", "同一時間約重了"),
            _w("前一位超时", "The one before ran over", "前一位超時"),
            _w("没有通知到", "Was not told", "沒有通知到"),
        ),
    ),
    (
        _w("衣物洗护", "Garment care", "衣物洗護"),
        (
            _w("收衣时没登记清楚", "Not noted at intake", "收衣時沒登記清楚"),
            _w("洗法不合适", "Wrong treatment", "洗法不合適"),
            _w("出门前没查出来", "Missed in the check", "出門前沒查出來"),
            _w("拿错、少件", "Mixed up or missing", "拿錯、少件"),
        ),
    ),
    (
        _w("商品", "Goods", "商品"),
        (
            _w("质量问题", "Poor quality", "品質問題"),
            _w("临期、包装破损", "Near its date, damaged box", "臨期、包裝破損"),
            _w("缺货没说", "Out of stock, not said", "缺貨沒說"),
        ),
    ),
    (
        _w("积分和系统", "Points and system", "積分和系統"),
        (
            _w("录错了", "Typed in wrongly", "錄錯了"),
            _w("规则没讲明白", "Rules not made clear", "規則沒講明白"),
            _w("系统出错", "System error", "系統出錯"),
        ),
    ),
    (
        _w("不在店里", "Not in our hands", "不在店裡"),
        (
            _w("天气、停水停电", "Weather, water, power", "天氣、停水停電"),
            _w("其他客人", "Another customer", "其他客人"),
            _w("查不到原因", "No cause found", "查不到原因"),
        ),
    ),
)

# mood, and the words: feelings first, then facts, what we ask, thanks.
STARTERS: tuple[tuple[str, Words], ...] = (
    ("feelings", _w("让您遇到这样的事，真的对不起。", "I am truly sorry this happened to you.", "讓您遇到這樣的事，真的對不起。")),
    ("feelings", _w("换作是我，也会不高兴。", "In your place I would be upset too.", "換作是我，也會不高興。")),
    ("feelings", _w("您专门跑一趟，却没有休息好，很过意不去。", "You came to rest and could not. I am sorry.", "您專門跑一趟，卻沒有休息好，很過意不去。")),
    ("feelings", _w("等了这么久，一定很累，对不起。", "That was a long wait. I am sorry.", "等了這麼久，一定很累，對不起。")),
    ("feelings", _w("您说得对，这件事我们没有做好。", "You are right, we did not do this well.", "您說得對，這件事我們沒有做好。")),
    ("feelings", _w("谢谢您愿意告诉我们，没有就这样走掉。", "Thank you for telling us instead of just leaving.", "謝謝您願意告訴我們，沒有就這樣走掉。")),
    ("feelings", _w("看得出这件衣服对您很重要，我们会当自己的事来办。", "I can tell this garment matters to you. We treat it as our own.", "看得出這件衣服對您很重要，我們會當自己的事來辦。")),
    ("feelings", _w("当时让您难堪了，我替店里向您道歉。", "That was embarrassing for you. I apologise for the shop.", "當時讓您難堪了，我替店裡向您道歉。")),
    ("facts", _w("我是负责这件事的人，从现在起由我跟到底。", "I am looking after this, from now until it is settled.", "我是負責這件事的人，從現在起由我跟到底。")),
    ("facts", _w("我现在就去问当时在场的同事，查清楚马上告诉您。", "I am asking the people who were there, and will tell you at once.", "我現在就去問當時在場的同事，查清楚馬上告訴您。")),
    ("facts", _w("我们查到的情况是：", "This is what we found: ", "我們查到的情況是：")),
    ("facts", _w("原因出在我们这边：", "The cause is on our side: ", "原因出在我們這邊：")),
    ("facts", _w("这件事我还没有完全弄清楚，先把知道的告诉您：", "I do not know everything yet. This is what I do know: ", "這件事我還沒有完全弄清楚，先把知道的告訴您：")),
    ("facts", _w("我们打算这样补救：", "This is how we would like to make it right: ", "我們打算這樣補救：")),
    ("facts", _w("为了以后不再发生，我们改了：", "So that it does not happen again, we changed: ", "為了以後不再發生，我們改了：")),
    ("facts", _w("钱会退回原来付款的地方，到账了我再跟您说一声。", "The money goes back the way you paid. I will tell you when it is there.", "錢會退回原來付款的地方，到帳了我再跟您說一聲。")),
    ("question", _w("方便告诉我大概是几点的事吗？我去看记录。", "About what time was it? I will look at the records.", "方便告訴我大概是幾點的事嗎？我去看記錄。")),
    ("question", _w("您希望我们怎么做，心里会舒服一点？", "What could we do that would feel right to you?", "您希望我們怎麼做，心裡會舒服一點？")),
    ("question", _w("能拍一张照片给我看看吗？不方便也没关系。", "Could you send a photo? It is fine if you cannot.", "能拍一張照片給我看看嗎？不方便也沒關係。")),
    ("question", _w("什么时候给您打电话方便？", "When may I call you?", "什麼時候給您打電話方便？")),
    ("question", _w("我理解得对吗？哪里不对请您指出来。", "Did I understand you rightly? Please say where I did not.", "我理解得對嗎？哪裡不對請您指出來。")),
    ("thanks", _w("谢谢您的耐心。", "Thank you for your patience.", "謝謝您的耐心。")),
    ("thanks", _w("谢谢您的主意，我们会认真看，有结果一定告诉您。", "Thank you for the idea. We will look at it and tell you what came of it.", "謝謝您的主意，我們會認真看，有結果一定告訴您。")),
    ("thanks", _w("您的夸奖我转给他了，他很高兴。", "I passed on your kind words. It made their day.", "您的誇獎我轉給他了，他很高興。")),
    ("thanks", _w("有您提醒，后来的客人也会少一点麻烦，谢谢。", "Because you told us, others are spared the same. Thank you.", "有您提醒，後來的客人也會少一點麻煩，謝謝。")),
)  # fmt: skip

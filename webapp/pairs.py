"""The two words that phone and tablet show for one thing held at the counter: short, concrete, easy to call across a counter.

Kept as two numbers ("3-41"), so that each screen speaks its own language. 64 words make 4,032 pairs.
"""

import secrets

WORDS: tuple[tuple[str, str, str], ...] = (
    ("青松", "青松", "Pine"), ("白鹤", "白鶴", "Crane"), ("红豆", "紅豆", "Bean"), ("明月", "明月", "Moon"),
    ("清泉", "清泉", "Spring"), ("小鹿", "小鹿", "Deer"), ("石榴", "石榴", "Ruby"), ("灯笼", "燈籠", "Lantern"),
    ("竹林", "竹林", "Bamboo"), ("海棠", "海棠", "Blossom"), ("云雀", "雲雀", "Lark"), ("金桂", "金桂", "Laurel"),
    ("荷叶", "荷葉", "Lotus"), ("松鼠", "松鼠", "Squirrel"), ("柿子", "柿子", "Persimmon"), ("雪山", "雪山", "Mountain"),
    ("木桥", "木橋", "Bridge"), ("风车", "風車", "Windmill"), ("蜜蜂", "蜜蜂", "Bee"), ("核桃", "核桃", "Walnut"),
    ("白帆", "白帆", "Sail"), ("芦苇", "蘆葦", "Reed"), ("燕子", "燕子", "Swallow"), ("山茶", "山茶", "Camellia"),
    ("银杏", "銀杏", "Ginkgo"), ("草莓", "草莓", "Berry"), ("熊猫", "熊貓", "Panda"), ("茶壶", "茶壺", "Teapot"),
    ("彩虹", "彩虹", "Rainbow"), ("贝壳", "貝殼", "Shell"), ("稻谷", "稻穀", "Rice"), ("红枫", "紅楓", "Maple"),
    ("鲤鱼", "鯉魚", "Carp"), ("瓦片", "瓦片", "Tile"), ("杏花", "杏花", "Apricot"), ("大雁", "大雁", "Goose"),
    ("南瓜", "南瓜", "Pumpkin"), ("溪水", "溪水", "Brook"), ("雨伞", "雨傘", "Umbrella"), ("铃铛", "鈴鐺", "Bell"),
    ("葡萄", "葡萄", "Grape"), ("孔雀", "孔雀", "Peacock"), ("毛笔", "毛筆", "Brush"), ("兰花", "蘭花", "Orchid"),
    ("琥珀", "琥珀", "Amber"), ("小船", "小船", "Boat"), ("麦田", "麥田", "Wheat"), ("喜鹊", "喜鵲", "Magpie"),
    ("橘子", "橘子", "Orange"), ("火炉", "火爐", "Stove"), ("梅花", "梅花", "Plum"), ("星星", "星星", "Star"),
    ("薄荷", "薄荷", "Mint"), ("骆驼", "駱駝", "Camel"), ("纸鸢", "紙鳶", "Kite"), ("珍珠", "珍珠", "Pearl"),
    ("樱桃", "櫻桃", "Cherry"), ("木鱼", "木魚", "Drum"), ("杨柳", "楊柳", "Willow"), ("瓷碗", "瓷碗", "Bowl"),
    ("菊花", "菊花", "Daisy"), ("猫咪", "貓咪", "Kitten"), ("松果", "松果", "Cone"), ("海浪", "海浪", "Wave"),
)  # fmt: skip
_PLACE = {"zh": 0, "zh_Hant": 1, "en": 2}


def pick() -> str:
    """Two different words, as they are stored."""
    first = secrets.randbelow(len(WORDS))
    second = (first + 1 + secrets.randbelow(len(WORDS) - 1)) % len(WORDS)
    return f"{first}-{second}"


BANDS = 6


def band(pair: str) -> int:
    """Which of the six colours this pair stands on, the same on phone and tablet."""
    first, second = pair.split("-")
    return (int(first) + int(second)) % BANDS


def spoken(pair: str, locale: str) -> tuple[str, str]:
    """The two words in one language (zh, zh_Hant, en)."""
    first, second = pair.split("-")
    place = _PLACE.get(locale, 0)
    return WORDS[int(first)][place], WORDS[int(second)][place]

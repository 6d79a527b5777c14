"""The demo's shop and people in words; `seeds.py` plays their year. All made up."""

from typing import Any

BRAND = {"zh": "回头浴场", "en": "Huitou Baths", "zh_Hant": "回頭浴場"}

STORES: tuple[dict[str, Any], ...] = (
    {
        "slug": "bath",
        "kind": "bath",
        "name": {"zh": "回头浴场·南门店", "en": "Huitou Baths, South Gate", "zh_Hant": "回頭浴場·南門店"},
        "address": {"zh": "南门大街 18 号", "en": "18 South Gate Street", "zh_Hant": "南門大街 18 號"},
        "phone": "0571-5550 0118",
    },
    {
        "slug": "laundry",
        "kind": "laundry",
        "name": {"zh": "回头洗衣·河坊店", "en": "Huitou Laundry, River Lane", "zh_Hant": "回頭洗衣·河坊店"},
        "address": {"zh": "河坊巷 6 号", "en": "6 River Lane", "zh_Hant": "河坊巷 6 號"},
        "phone": "0571-5550 0106",
        "hue": 220,
    },
    {
        "slug": "retail",
        "kind": "retail",
        "name": {"zh": "回头杂货·桥头店", "en": "Huitou Goods, Bridge End", "zh_Hant": "回頭雜貨·橋頭店"},
        "address": {"zh": "桥头路 32 号", "en": "32 Bridge End Road", "zh_Hant": "橋頭路 32 號"},
        "phone": "0571-5550 0132",
        "hue": 60,
    },
)

# Minutes after midnight; the bath closes at two in the morning.
HOURS: dict[str, tuple[tuple[int, int], ...]] = {
    "bath": ((600, 1560),),
    "laundry": ((510, 1200),),
    "retail": ((540, 840), (930, 1290)),
}

PLACEMENTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("bath", "door", {"zh": "大门", "en": "Front door", "zh_Hant": "大門"}),
    ("bath", "locker", {"zh": "更衣柜", "en": "Lockers", "zh_Hant": "更衣櫃"}),
    ("bath", "table", {"zh": "休息厅桌面", "en": "Lounge tables", "zh_Hant": "休息廳桌面"}),
    ("laundry", "counter", {"zh": "柜台", "en": "Counter", "zh_Hant": "櫃檯"}),
    ("laundry", "tag", {"zh": "取衣牌", "en": "Garment tags", "zh_Hant": "取衣牌"}),
    ("retail", "door", {"zh": "店门", "en": "Front door", "zh_Hant": "店門"}),
    ("retail", "till", {"zh": "收银台", "en": "Till", "zh_Hant": "收銀台"}),
)

# user name, name, role, store
PEOPLE: tuple[tuple[str, str, str, str | None], ...] = (
    ("owner", "赵老板", "owner", None),
    ("manager", "林经理", "manager", "bath"),
    ("senior", "苏姐", "senior", "bath"),
    ("clerk", "小陈", "clerk", "bath"),
    ("wash", "阿波", "clerk", "laundry"),
    ("till", "小何", "clerk", "retail"),
)

# The nine whose phone numbers are known. `visits` a year, `days` since they joined, `away` days since the last visit, `bills` (days
# ago, fen) instead of made-up ones, `tea` the day one pot of tea was taken home, `birthday_in` days.
MEMBERS: dict[int, dict[str, Any]] = {
    1: {
        "name": "林小满",
        "days": 340,
        "visits": 0,
        "birthday_in": 3,
        "bills": (
            (338, 16800), (301, 8800), (262, 12860), (230, 4860), (201, 9800), (170, 6800),
            (141, 13800), (116, 5860), (91, 11600), (62, 7800), (33, 9880), (12, 8800),
        ),
        "tea": 141,
    },
    2: {"name": "周新", "days": 1, "visits": 0},
    3: {"name": "陈美兰", "days": 410, "visits": 34, "away": 2},
    4: {"name": "王建国", "days": 300, "visits": 16, "away": 6},
    5: {"name": "李晓燕", "days": 380, "visits": 22, "away": 3},
    6: {"name": "张伟明", "days": 260, "visits": 20, "away": 4},
    7: {"name": "刘桂芳", "days": 200, "visits": 9, "away": 20},
    8: {"name": "Alex Martin", "days": 150, "visits": 12, "away": 5, "locale": "en"},
    9: {"name": "黃家欣", "days": 220, "visits": 14, "away": 8, "locale": "zh_Hant"},
}  # fmt: skip

# A reward, and its stock by store (None is without end). opens_at, early_at and closes_at are days from now.
REWARDS: tuple[tuple[dict[str, Any], dict[str, int | None]], ...] = (
    (
        {
            "name": {"zh": "龙井茶一壶", "en": "A pot of Longjing tea", "zh_Hant": "龍井茶一壺"},
            "note": {"zh": "休息厅享用，可续水", "en": "In the lounge, refills included", "zh_Hant": "休息廳享用，可續水"},
            "kind": "item", "points": 80, "value": 1800, "art": "tea",
        },
        {"bath": None},
    ),
    (
        {
            "name": {"zh": "纯棉浴巾", "en": "Cotton bath towel", "zh_Hant": "純棉浴巾"},
            "note": {"zh": "全新，带走", "en": "New, yours to keep", "zh_Hant": "全新，帶走"},
            "kind": "item", "points": 200, "value": 3900, "art": "bath",
        },
        {"bath": 24, "retail": 40},
    ),
    (
        {
            "name": {"zh": "搓澡一次", "en": "Body scrub", "zh_Hant": "搓澡一次"},
            "note": {"zh": "约 20 分钟，当天有空位就能做", "en": "About 20 minutes, any free slot today", "zh_Hant": "約 20 分鐘，當天有空位就能做"},
            "kind": "service", "points": 380, "value": 6800, "art": "bath",
        },
        {"bath": 18},
    ),
    (
        {
            "name": {"zh": "汗蒸房一小时", "en": "An hour in the sweat room", "zh_Hant": "汗蒸房一小時"},
            "note": {"zh": "含毛巾和姜茶", "en": "Towel and ginger tea included", "zh_Hant": "含毛巾和薑茶"},
            "kind": "service", "points": 600, "value": 9800, "art": "bath",
        },
        {"bath": 12},
    ),
    (
        {
            "name": {"zh": "双人泡汤夜场", "en": "Night bath for two", "zh_Hant": "雙人泡湯夜場"},
            "note": {"zh": "晚上九点以后入场", "en": "Entry after nine in the evening", "zh_Hant": "晚上九點以後入場"},
            "kind": "service", "points": 1200, "value": 25600, "tier": "loyal", "art": "ticket",
        },
        {"bath": 6},
    ),
    (
        {
            "name": {"zh": "熨一件衬衫", "en": "One shirt ironed", "zh_Hant": "熨一件襯衫"},
            "note": {"zh": "当天取", "en": "Ready the same day", "zh_Hant": "當天取"},
            "kind": "service", "points": 120, "value": 1500, "art": "shirt",
        },
        {"laundry": None},
    ),
    (
        {
            "name": {"zh": "羊毛大衣干洗", "en": "Wool coat dry-cleaned", "zh_Hant": "羊毛大衣乾洗"},
            "note": {"zh": "一件，三天取", "en": "One coat, ready in three days", "zh_Hant": "一件，三天取"},
            "kind": "service", "points": 900, "value": 8800, "art": "shirt",
        },
        {"laundry": 15},
    ),
    (
        {
            "name": {"zh": "帆布购物袋", "en": "Canvas shopping bag", "zh_Hant": "帆布購物袋"},
            "note": {"zh": "这一批送完了，下一批在路上", "en": "This batch is gone, the next is on its way", "zh_Hant": "這一批送完了，下一批在路上"},
            "kind": "item", "points": 150, "value": 2900, "art": "bag",
        },
        {"retail": 0, "bath": 0},
    ),
    (
        {
            "name": {"zh": "抵用券，面额自选", "en": "Voucher, you choose how much", "zh_Hant": "抵用券，面額自選"},
            "note": {"zh": "100 分抵 10 元，三家店通用", "en": "100 points are ¥10, good in all three stores", "zh_Hant": "100 分抵 10 元，三家店通用"},
            "kind": "amount", "points": 100, "points_max": 1000, "value": 1000, "art": "coins",
        },
        {"bath": None, "laundry": None, "retail": None},
    ),
    (
        {
            "name": {"zh": "艾草汤体验", "en": "Try the mugwort bath", "zh_Hant": "艾草湯體驗"},
            "note": {"zh": "新汤池，每人免费试一次", "en": "Our new pool, once for free", "zh_Hant": "新湯池，每人免費試一次"},
            "kind": "trial", "points": 0, "value": 3000, "per_member": 1, "art": "ticket",
        },
        {"bath": 60},
    ),
    (
        {
            "name": {"zh": "手工香皂礼盒", "en": "Box of handmade soap", "zh_Hant": "手工香皂禮盒"},
            "note": {"zh": "贵宾先选，五天后全员开放", "en": "VIPs choose first; everybody in five days", "zh_Hant": "貴賓先選，五天後全員開放"},
            "kind": "item", "points": 500, "value": 8800, "opens_at": 5, "early_at": -2, "art": "gift",
        },
        {"bath": 20, "retail": 20},
    ),
    (
        {
            "name": {"zh": "中秋月饼一盒", "en": "A box of mooncakes", "zh_Hant": "中秋月餅一盒"},
            "note": {"zh": "节后已结束", "en": "Over since the festival", "zh_Hant": "節後已結束"},
            "kind": "item", "points": 300, "value": 6800, "closes_at": -30, "art": "gift",
        },
        {"bath": 3, "retail": 5},
    ),
)  # fmt: skip

SURNAMES = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾")
NAMES = (
    "美玲", "建华", "晓东", "雅琴", "志强", "秀英", "海燕", "国平", "丽娟", "文博", "思远", "雨桐", "子涵", "浩然", "欣怡", "佳宁",
    "俊杰", "静怡", "明辉", "小红", "春梅", "永康", "玉兰", "德胜", "婷婷", "一诺", "嘉懿", "立新", "慧敏", "家豪", "梦洁", "大勇",
    "芳", "敏", "静", "磊", "洋", "勇", "军", "杰", "娟", "涛", "超", "霞", "平", "刚", "桂英", "玉梅", "凤霞", "金花",
)  # fmt: skip

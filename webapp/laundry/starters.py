"""A price list to begin with: what laundries usually take in, in prices of a middling town. A manager changes what is different."""

Words = dict[str, str]


def _w(zh: str, en: str, zh_hant: str) -> Words:
    return {"zh": zh, "en": en, "zh_Hant": zh_hant}


# What a new laundry begins with: name, kind, price in fen, opening days.
STARTERS: tuple[tuple[Words, str, int, int], ...] = (
    (_w("衬衫", "Shirt", "襯衫"), "shirt", 1800, 2),
    (_w("西装上衣", "Suit jacket", "西裝上衣"), "suit", 3800, 3),
    (_w("西装套装", "Suit, two pieces", "西裝套裝"), "suit", 5800, 3),
    (_w("西裤、长裤", "Trousers", "西褲、長褲"), "trousers", 2200, 3),
    (_w("毛衣、羊绒衫", "Knitwear, cashmere", "毛衣、羊絨衫"), "knit", 3200, 4),
    (_w("夹克、风衣", "Jacket, trench coat", "夾克、風衣"), "jacket", 4200, 3),
    (_w("羊毛大衣", "Wool coat", "羊毛大衣"), "coat", 6800, 4),
    (_w("短款羽绒服", "Down jacket, short", "短款羽絨服"), "down", 5800, 4),
    (_w("长款羽绒服", "Down coat, long", "長款羽絨服"), "down", 7800, 5),
    (_w("连衣裙", "Dress", "連衣裙"), "dress", 4800, 3),
    (_w("半身裙", "Skirt", "半身裙"), "skirt", 2800, 3),
    (_w("真丝旗袍", "Silk qipao", "真絲旗袍"), "qipao", 8800, 5),
    (_w("运动服", "Sportswear", "運動服"), "sports", 2800, 2),
    (_w("围巾、披肩", "Scarf, shawl", "圍巾、披肩"), "scarf", 2200, 3),
    (_w("领带", "Tie", "領帶"), "tie", 1500, 3),
    (_w("帽子", "Hat", "帽子"), "hat", 2200, 3),
    (_w("运动鞋", "Trainers", "運動鞋"), "shoes", 3800, 4),
    (_w("皮鞋护理", "Leather shoe care", "皮鞋護理"), "shoes", 5800, 5),
    (_w("皮包护理", "Leather bag care", "皮包護理"), "bag", 12800, 7),
    (_w("四件套床品", "Bedding, four pieces", "四件套床品"), "bedding", 5800, 3),
    (_w("被子、羽绒被", "Quilt, duvet", "被子、羽絨被"), "bedding", 6800, 5),
    (_w("窗帘，每米", "Curtains, per metre", "窗簾，每米"), "curtain", 1800, 5),
    (_w("毛绒玩具", "Soft toy", "毛絨玩具"), "toy", 2800, 4),
)  # fmt: skip

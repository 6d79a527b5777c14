"""What kinds, fabrics, colours, defects, stains, stages and states are called. Pages translate these; rows that keep a name keep it in all languages."""

from functools import lru_cache

from babel.support import Translations

from models import COLOURS, DEFECTS, FABRICS, GARMENTS, ORDER_STATES, STAGES, STAINS
from webapp.words import FOLDER, LOCALES, N_

GARMENT_NAMES = {
    "coat": N_("大衣"),
    "jacket": N_("外套"),
    "suit": N_("西装"),
    "shirt": N_("衬衫"),
    "knit": N_("毛衣针织"),
    "trousers": N_("裤子"),
    "skirt": N_("半身裙"),
    "dress": N_("连衣裙"),
    "qipao": N_("旗袍"),
    "down": N_("羽绒服"),
    "sports": N_("运动服"),
    "underwear": N_("贴身衣物"),
    "scarf": N_("围巾"),
    "tie": N_("领带"),
    "hat": N_("帽子"),
    "gloves": N_("手套"),
    "shoes": N_("鞋"),
    "bag": N_("包"),
    "bedding": N_("床品"),
    "curtain": N_("窗帘"),
    "toy": N_("毛绒玩具"),
    "other": N_("其他衣物"),
}
FABRIC_NAMES = {
    "cotton": N_("棉"),
    "linen": N_("麻"),
    "wool": N_("羊毛"),
    "cashmere": N_("羊绒"),
    "silk": N_("真丝"),
    "down": N_("羽绒填充"),
    "leather": N_("真皮"),
    "suede": N_("麂皮"),
    "fur": N_("皮草"),
    "synthetic": N_("化纤"),
    "denim": N_("牛仔布"),
    "mixed": N_("混纺"),
    "other": N_("其他面料"),
}
COLOUR_NAMES = {
    "black": N_("黑色"),
    "white": N_("白色"),
    "grey": N_("灰色"),
    "beige": N_("米色"),
    "brown": N_("棕色"),
    "red": N_("红色"),
    "pink": N_("粉色"),
    "orange": N_("橙色"),
    "yellow": N_("黄色"),
    "green": N_("绿色"),
    "blue": N_("蓝色"),
    "navy": N_("藏青"),
    "purple": N_("紫色"),
    "pattern": N_("花色"),
}
DEFECT_NAMES = {
    "stain": N_("污渍"),
    "tear": N_("破口"),
    "button": N_("掉扣子"),
    "wear": N_("磨损"),
    "fade": N_("褪色"),
    "pilling": N_("起球"),
    "other": N_("其他瑕疵"),
}
STAIN_NAMES = {
    "wine": N_("红酒"),
    "coffee": N_("咖啡或茶"),
    "oil": N_("油渍"),
    "blood": N_("血渍"),
    "ink": N_("墨水"),
    "sweat": N_("汗渍"),
    "grass": N_("草渍"),
    "makeup": N_("化妆品"),
    "mud": N_("泥点"),
    "rust": N_("锈渍"),
    "gum": N_("口香糖"),
    "unknown": N_("不明污渍"),
}
STAGE_NAMES = {
    "received": N_("收衣"),
    "agreed": N_("认可"),
    "treated": N_("预处理"),
    "cleaned": N_("清洗"),
    "checked": N_("质检"),
    "racked": N_("上挂"),
}
STATE_NAMES = {
    "intake": N_("正在登记"),
    "awaiting": N_("待认可"),
    "agreed": N_("在洗"),
    "ready": N_("可以取了"),
    "collected": N_("已取走"),
    "cancelled": N_("已取消"),
}


@lru_cache(maxsize=256)
def everywhere(sentence: str) -> dict[str, str]:
    """A sentence of the catalogues in every language, for a row that keeps it as the shop's own words."""
    return {locale: str(Translations.load(str(FOLDER), [locale]).ugettext(sentence)) for locale in LOCALES}


assert set(GARMENT_NAMES) == set(GARMENTS)
assert set(FABRIC_NAMES) == set(FABRICS)
assert set(COLOUR_NAMES) == set(COLOURS)
assert set(DEFECT_NAMES) == set(DEFECTS)
assert set(STAIN_NAMES) == set(STAINS)
assert set(STAGE_NAMES) == set(STAGES)
assert set(STATE_NAMES) == set(ORDER_STATES)

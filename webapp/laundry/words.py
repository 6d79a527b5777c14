"""What kinds, fabrics, colours, defects, stains, stages and states are called. Pages translate these; rows that keep a name keep it in all languages."""

from functools import lru_cache

from babel.support import Translations

from models import COLOURS, DEFECTS, FABRICS, GARMENTS, ORDER_STATES, STAGES, STAINS
from webapp.garments import COLOUR_NAMES as COLOUR_NAMES
from webapp.garments import FABRIC_NAMES as FABRIC_NAMES
from webapp.garments import GARMENT_NAMES as GARMENT_NAMES
from webapp.words import FOLDER, LOCALES, N_

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

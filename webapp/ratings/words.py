"""What dimensions and faces are called."""

from webapp.words import N_

DIMENSION_NAMES = {
    "service": N_("服务"),
    "attitude": N_("态度"),
    "price": N_("价格"),
    "environment": N_("环境"),
    "product": N_("商品"),
    "after_sales": N_("售后"),
    "result": N_("洗得干净"),
    "care": N_("爱惜衣物"),
    "speed": N_("速度"),
}
FACES = (
    (1, "angry", N_("很差")),
    (2, "frown", N_("不太好")),
    (3, "meh", N_("一般")),
    (4, "smile", N_("不错")),
    (5, "laugh", N_("很好")),
)

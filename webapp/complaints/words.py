"""What kinds, categories, wishes, steps and states are called: to a customer on the phone, the same on the tablet."""

from webapp.words import N_

KIND_NAMES = {
    "complaint": N_("问题"),
    "urgent": N_("急事"),
    "idea": N_("主意"),
    "praise": N_("表扬"),
    "rating": N_("评价偏低"),
    "conflict": N_("我们的失误"),
    "claim": N_("衣物受损"),
}
KIND_ICONS = {
    "complaint": "message-circle",
    "urgent": "siren",
    "idea": "lightbulb",
    "praise": "thumbs-up",
    "rating": "frown",
    "conflict": "triangle-alert",
    "claim": "shirt",
}
CATEGORY_NAMES = {
    "service": N_("服务"),
    "attitude": N_("态度"),
    "price": N_("价格"),
    "environment": N_("环境"),
    "product": N_("商品"),
    "result": N_("效果"),
    "wait": N_("等太久"),
    "points": N_("积分"),
    "damage": N_("东西坏了"),
    "clash": N_("时间冲突"),
    "breakdown": N_("设备故障"),
    "safety": N_("安全"),
    "valuables": N_("贵重物品"),
    "other": N_("别的"),
}
# What the dimensions of the ratings are called besides: themes of what was changed.
THEME_NAMES = CATEGORY_NAMES | {"after_sales": N_("售后"), "care": N_("爱惜衣物"), "speed": N_("速度")}
# What is offered to a customer, the likeliest first.
ASKED = {
    "complaint": (
        "service",
        "attitude",
        "price",
        "environment",
        "product",
        "result",
        "wait",
        "points",
        "damage",
        "other",
    ),
    "urgent": ("clash", "breakdown", "safety", "valuables"),
    "idea": ("service", "environment", "product", "price", "other"),
    "praise": ("service", "attitude", "environment", "product", "result", "other"),
}
WISH_NAMES = {
    "explain": N_("说清楚"),
    "redo": N_("重做一次"),
    "refund": N_("退钱"),
    "listen": N_("听我说说就好"),
}
STEP_NAMES = {1: N_("回应你"), 2: N_("查明情况"), 3: N_("给你答复"), 4: N_("办结")}
URGENT_STEP = N_("给你办法")
# To a customer it is "answer you", among ourselves it is what we have to do.
OUR_STEPS = {1: N_("先回应"), 2: N_("查明情况"), 3: N_("给答复"), 4: N_("办结")}
OUR_URGENT_STEP = N_("给出办法")
STATE_NAMES = {
    "open": N_("在办"),
    "waiting": N_("等你回话"),
    "talking": N_("还在商量"),
    "closing": N_("等你说行不行"),
    "closed": N_("办结了"),
    "merged": N_("并到另一件了"),
}
STATE_LOOKS = {"open": "warn", "waiting": "hot", "talking": "warn", "closing": "hot", "closed": "good", "merged": ""}
OFFER_NAMES = {"redo": N_("重做一次"), "coupon": N_("优惠券"), "points": N_("积分"), "refund": N_("退钱")}

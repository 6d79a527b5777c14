"""Levels, grades, segments, coupons with terms, promotions, partners, gifts, friends, memory, imports, care, follow-ups, hooks."""

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models import Coupon, Member, Purchase, Store, Template
from webapp.migrations import apply


def up(migrator, db):
    apply(db, __file__)
    add = migrator.add_column
    migrator.migrate(
        add("member", "birthday_at", BigIntegerField(null=True)),
        add("member", "confirmed_at", BigIntegerField(null=True)),
        add("device", "helping_id", ForeignKeyField(Member, field=Member.id, null=True, index=False)),
        add("purchase", "full", IntegerField(null=True)),
        add("purchase", "price", TextField(default="{}")),
        add("reward", "gift_only", BooleanField(default=False)),
        add("coupon", "template_id", ForeignKeyField(Template, field=Template.id, null=True, index=False)),
        add("coupon", "trigger", CharField(10, default="")),
        add("coupon", "terms", TextField(default="{}")),
        add("coupon", "from_at", BigIntegerField(null=True)),
        add("coupon", "purchase_id", ForeignKeyField(Purchase, field=Purchase.id, null=True, index=False)),
        add("coupon", "saved", IntegerField(null=True)),
        add("coupon", "held_until", BigIntegerField(null=True)),
        add("coupon", "held_store_id", ForeignKeyField(Store, field=Store.id, null=True, index=False)),
        add("coupon", "pair", CharField(10, default="")),
        add("coupon", "told_at", BigIntegerField(null=True)),
    )
    for index in Coupon._meta.fields_to_index():
        if getattr(index, "_name", "") in ("coupon_on_bill", "coupon_of_template", "coupon_lapsing"):
            db.execute(index)

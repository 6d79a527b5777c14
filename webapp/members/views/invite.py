"""Bringing friends: the own code as an address and a picture, what both get, and what became of everybody who came by it."""

from typing import Any

from flask import Response, url_for
from flask_babel import gettext

from models import Member, Store
from webapp import access, policy, qr, words
from webapp.members.views import bp, visitor
from webapp.points import referrals
from webapp.staff import people


@bp.get("/invite")
def invite() -> Response:
    """GET: my code to show or send, and my friends, each with what is still missing."""
    me = access.member()
    store = access.store_in_hand() or me.store or people.all_stores(limit=1)[0]
    rules = policy.of(store)
    return visitor.page(
        "members/invite.html",
        me,
        gives={"me": rules.referral_inviter, "friend": rules.referral_friend, "least": rules.referral_least},
        friends=[_friend(friend) for friend in referrals.friends(me.id)],
        **_address(me, store),
    )


# --- what the page shows -----------------------------------------------------------------------------------------------


def _address(me: Member, store: Store) -> dict[str, Any]:
    address = access.base() + url_for("stores.shop", slug=store.slug, i=me.code)
    text = gettext("我常去%(store)s，送你一份见面礼，点开就有：", store=words.said(store.name))
    return {"address": address, "svg": qr.svg(address), "share": f"{text}{address}"}


def _friend(friend: referrals.Friend) -> dict[str, Any]:
    """Somebody's first letter, and no more: what they called themselves is theirs."""
    return friend._asdict() | {"name": friend.name[:1]}

"""Signed webhooks: somebody's own server hears what happens here, each event once, in order (docs/hooks.md).

A hook has a place in the event log; each round writes a call for every event after it that it asked for, and sends them one after the other.
A call that fails holds those behind it back: it is asked again after 1, 2, 4 … minutes, at most 6 hours apart, `TRIES` times, and given up. A
hook's calls are sent by one worker at a time: who claims the first of them has the turn. What is told has no name, number or word of a person
in it: a member is their code, and of an event's values only numbers and a few keys go out.
"""

import base64
import datetime as dt
import secrets
import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import structlog
from peewee import JOIN, Case, fn

from models import Event, Hook, HookCall, Member, Staff, Store, document, transaction
from webapp import vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.outbox import calling, events
from webapp.refusals import Refusal
from webapp.words import N_

log = structlog.get_logger()
TOPICS = {
    "members": ("joined", "tier_reached", "tier_warned", "tier_lowered", "tier_undone", "friend_joined", "friend_paid", "merged", "erased"),
    "points": ("bill_recorded", "bill_refunded", "points_adjusted"),
    "rewards": ("held", "approved", "declined", "cancelled", "expired", "undone", "gift_kept", "gift_handed"),
    "visits": ("arrived",),
    "bookings": (
        "booked", "booking_confirmed", "booking_declined", "booking_other_time", "booking_accepted", "booking_moved",
        "booking_cancelled", "booking_arrived", "booking_done", "booking_no_show", "booking_lapsed",
    ),
    "orders": ("order_opened", "order_agreed", "order_ready", "order_collected", "order_delivered", "order_cancelled"),
    "cases": ("case_opened", "case_missed", "case_offered", "case_accepted", "case_closed", "case_reopened", "case_rated"),
    "coupons": ("coupon_given", "coupon_issued", "coupon_used", "coupon_unused", "coupon_returned"),
    "ratings": ("rated",),
}  # fmt: skip
TOPIC_NAMES = {
    "members": N_("会员和等级"),
    "points": N_("积分"),
    "rewards": N_("礼品"),
    "visits": N_("来店"),
    "bookings": N_("预约"),
    "orders": N_("衣物"),
    "cases": N_("投诉"),
    "coupons": N_("券"),
    "ratings": N_("评价"),
}
PLAIN = ("tier", "kind", "outcome", "category")  # words of ours, not of a person
ROUND = 200  # events looked at, and calls sent, of one hook in one round
SETTLED = 10  # seconds; a younger event may have an older neighbour that is not written yet
AGAIN = 15 * MINUTE  # how far back late neighbours are looked for
LONGEST_ROUND = 40.0  # seconds
STALE, LONGEST, TRIES = 5 * MINUTE, 6 * HOUR, 20
KEPT = 30 * DAY
MOST = 20
WAITING = ("due", "sending")


class Made(NamedTuple):
    hook: Hook
    secret: str  # shown once, kept sealed


def make(url: str, topics: Sequence[str], store: Store | None, by: Staff, at: int) -> Made:
    """A hook from now on, with a secret of its own. Refuses what is no address of the web, no topic, and one too many."""
    if any(topic not in TOPICS for topic in topics):
        raise Refusal("没有这一项", code="no_such_topic", field="topics")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    with transaction():
        if Hook.select().where(Hook.retired_at.is_null()).count() >= MOST:
            raise Refusal("最多接 %(n)s 个系统", code="too_many_hooks", n=MOST)
        hook: Hook = Hook.create(
            code=vault.code(10),
            store=store.id if store else None,
            url=_address(url),
            secret_sealed=vault.seal(secret),
            verbs=sorted(topics),
            cursor=Event.select(fn.COALESCE(fn.MAX(Event.id), 0)).scalar(),
            made_by=by.id,
            made_at=at,
        )
        _note("hook_made", hook, by, at)
        return Made(hook, secret)


def pause(hook: Hook, by: Staff, at: int) -> None:
    """Nothing is sent; events wait, up to `KEPT`."""
    _turn(hook, {"paused_at": at}, Hook.paused_at.is_null(), "hook_paused", by, at)


def resume(hook: Hook, by: Staff, at: int) -> None:
    """What waited goes out now."""
    _turn(hook, {"paused_at": None}, Hook.paused_at.is_null(False), "hook_resumed", by, at)


def retire(hook: Hook, by: Staff, at: int) -> None:
    """For good; its calls that wait are given up."""
    with transaction():
        _turn(hook, {"retired_at": at}, Hook.retired_at.is_null(), "hook_retired", by, at)
        HookCall.delete().where(HookCall.hook == hook.id, HookCall.state.in_(WAITING)).execute()


def replay(hook: Hook, since: int, by: Staff, at: int) -> int:
    """Everything from event number `since` on once more, in order, under the same ids. Returns how many that are."""
    with transaction():
        if hook.retired_at is not None:
            raise Refusal("这个系统已经断开了", code="hook_retired")
        first = Event.select(fn.MIN(Event.id)).where(Event.id >= since, Event.at >= at - KEPT).scalar()
        if first is None:
            raise Refusal("从这个编号起没有可以重发的，只留 30 天", code="nothing_to_replay", field="since")
        again = {"state": "due", "tries": 0, "next_at": at, "error": "", "status": None}
        HookCall.update(again).where(HookCall.hook == hook.id, HookCall.event >= first).execute()
        Hook.update(cursor=first - 1).where(Hook.id == hook.id).execute()
        _note("hook_replayed", hook, by, at, since=int(first))
        return int(_wanted(Hook.get_by_id(hook.id)).where(Event.id >= first).count())


def again(call: HookCall, at: int) -> None:
    """One that was given up is asked once more from the start."""
    with transaction():
        fresh = {"state": "due", "tries": 0, "next_at": at, "error": ""}
        HookCall.update(fresh).where(HookCall.id == call.id, HookCall.state == "dead").execute()


def run(at: int) -> int:
    """One round: events become calls, calls are sent. Returns how many were answered well. Bounded in time, whatever servers do."""
    until, sent = time.monotonic() + LONGEST_ROUND, 0
    for hook in list(Hook.select().where(Hook.retired_at.is_null(), Hook.paused_at.is_null()).order_by(Hook.id)):
        gather(hook, at)
        for _ in range(ROUND):
            call = _claim(hook, at)
            if call is None or not _send(hook, call, at):
                break
            sent += 1
            if time.monotonic() > until:
                return sent
    return sent


def gather(hook: Hook, at: int) -> int:
    """Write a call for each event after the hook's place. The same event twice is one call. Returns how many events were passed."""
    with transaction():
        ready = (Event.id > hook.cursor) & (Event.at <= at - SETTLED)
        passed = [row[0] for row in Event.select(Event.id).where(ready).order_by(Event.id).limit(ROUND).tuples()]
        upto = passed[-1] if passed else hook.cursor
        known = HookCall.select(HookCall.event).where(HookCall.hook == hook.id, HookCall.event == Event.id)
        late = (Event.id > hook.cursor - ROUND) & (Event.at > at - AGAIN) & (Event.at > hook.made_at)
        wanted = _wanted(hook).where((Event.id <= upto) & ((Event.id > hook.cursor) | late), ~fn.EXISTS(known))
        rows = [
            {"hook": hook.id, "event": event, "next_at": at, "at": at}
            for (event,) in wanted.select(Event.id).order_by(Event.id).tuples()
        ]
        if rows:
            HookCall.insert_many(rows).on_conflict_ignore().execute()
        if passed:
            Hook.update(cursor=upto).where(Hook.id == hook.id, Hook.cursor == hook.cursor).execute()
        hook.cursor = upto
        return len(passed)


class State(NamedTuple):
    """How a hook is doing: calls that wait, that were given up, and when one was last taken."""

    waiting: int
    dead: int
    last_at: int | None


def state(hook: Hook) -> State:
    mine = HookCall.select(HookCall.state, fn.COUNT(HookCall.id), fn.MAX(HookCall.next_at)).where(
        HookCall.hook == hook.id
    )
    rows = {name: (int(n), at) for name, n, at in mine.group_by(HookCall.state).tuples()}
    waiting = sum(rows.get(name, (0, None))[0] for name in WAITING)
    return State(waiting, rows.get("dead", (0, None))[0], rows.get("sent", (0, None))[1])


def calls(hook: Hook, limit: int) -> list[tuple[HookCall, str]]:
    """The newest calls with the verbs of their events, those that were given up first."""
    rows = HookCall.select(HookCall, Event.verb).join(
        Event, JOIN.LEFT_OUTER, on=(HookCall.event == Event.id), attr="told"
    )
    first = Case(None, ((HookCall.state == "dead", 0),), 1)
    found = rows.where(HookCall.hook == hook.id).order_by(first, HookCall.event.desc()).limit(limit)
    return [(call, call.told.verb if hasattr(call, "told") and call.told else "") for call in found]


def wait_after(tries: int) -> int:
    """Seconds until the next try."""
    return int(min(MINUTE * 2 ** (tries - 1), LONGEST))


def forget(at: int) -> int:
    """Calls of more than 30 days ago have served."""
    gone: int = HookCall.delete().where(HookCall.at < at - KEPT, HookCall.state.not_in(WAITING)).execute()
    return gone


def body(event: Event) -> str:
    """What a server is sent about one event: nothing in it names or reaches a person."""
    data: dict[str, Any] = {
        name: value
        for name, value in (event.data or {}).items()
        if name != "helper"  # who of the family did it is nobody's business, by whatever number
        and ((isinstance(value, int) and not isinstance(value, bool)) or (name in PLAIN and isinstance(value, str)))
    }
    member: Member | None = event.member
    store: Store | None = event.store
    told = {
        "id": event.id,
        "type": event.verb,
        "timestamp": dt.datetime.fromtimestamp(event.at, dt.UTC).isoformat().replace("+00:00", "Z"),
        "data": data
        | {"ref": event.ref, "member": member.code if member else None, "store": store.slug if store else None},
    }
    return document(told)


# --- how it is done ----------------------------------------------------------------------------------------------------


def _address(url: str) -> str:
    """An address of the web, without a password in it."""
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.fragment
        _ = parts.port
    except ValueError:
        good = False
    if (
        not good
        or len(url) > 300
        or any(ord(letter) <= 32 for letter in url.strip())
        or calling.is_never(parts.hostname or "")
    ):
        raise Refusal("地址像这样写：https://shop.example/huitou", code="no_address", field="url")
    return url.strip()


def _wanted(hook: Hook) -> Any:
    """The events this hook is to hear of; none named are all that may be told."""
    verbs = [verb for topic in (hook.verbs or TOPICS) for verb in TOPICS.get(topic, ())]
    query = Event.select().where(Event.verb.in_(verbs))
    return query.where(Event.store == hook.store_id) if hook.store_id else query


def _claim(hook: Hook, at: int) -> HookCall | None:
    """The first call that waits, if it is due and nobody has it: of two workers one gets it, and with it the hook's turn."""
    with transaction():
        mine = (HookCall.hook == hook.id) & HookCall.state.in_(WAITING)
        head: HookCall | None = HookCall.select().where(mine).order_by(HookCall.event).first()
        if head is None or head.next_at > at:
            return None
        taken = {"state": "sending", "tries": HookCall.tries + 1, "next_at": at + STALE}
        same = (HookCall.id == head.id) & (HookCall.tries == head.tries) & (HookCall.state == head.state)
        if HookCall.update(taken).where(same).execute() != 1:
            return None
        return HookCall.get_by_id(head.id)


def _send(hook: Hook, call: HookCall, at: int) -> bool:
    """Sent and answered with a 2xx? An event that is gone is as good as told."""
    event = Event.get_or_none(Event.id == call.event)
    if event is None:
        _mark(call, "sent", at, None, "gone")
        return True
    text = body(event)
    try:
        status = calling.post(hook.url, text.encode(), _headers(hook, call, text, at))
        error = "" if 200 <= status < 300 else f"answered {status}"
    except calling.NobodyThere as why:
        status, error = None, str(why)
    if status == 410:  # Gone: it asks not to be told any more
        _mark(call, "dead", at, status, error)
        with transaction():
            Hook.update(paused_at=at).where(Hook.id == hook.id, Hook.paused_at.is_null()).execute()
        return False
    _mark(call, ("dead" if call.tries >= TRIES else "due") if error else "sent", at, status, error)
    if error:
        log.warning("hook not answered", hook=hook.code, number=call.event, tries=call.tries, error=error)
    return not error


def _headers(hook: Hook, call: HookCall, text: str, at: int) -> dict[str, str]:
    from standardwebhooks import Webhook

    name = f"{hook.code}.{call.event}"
    signature = Webhook(vault.unseal(bytes(hook.secret_sealed))).sign(name, dt.datetime.fromtimestamp(at, dt.UTC), text)
    return {
        "content-type": "application/json",
        "user-agent": "huitou-hooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }


def _mark(call: HookCall, state: str, at: int, status: int | None, error: str) -> None:
    with transaction():
        next_at = at + wait_after(call.tries) if state == "due" else at
        marked = {"state": state, "next_at": next_at, "status": status, "error": error[:200]}
        same = (HookCall.id == call.id) & (HookCall.state == "sending") & (HookCall.tries == call.tries)
        HookCall.update(marked).where(same).execute()


def _turn(hook: Hook, values: dict[str, Any], when: Any, verb: str, by: Staff, at: int) -> None:
    with transaction():
        if Hook.update(values).where(Hook.id == hook.id, when).execute():
            _note(verb, hook, by, at)


def _note(verb: str, hook: Hook, by: Staff, at: int, **data: int) -> None:
    host = urlsplit(hook.url).hostname or ""
    events.record(verb, at, store=hook.store_id, staff=by.id, ref=hook.code, name=host, **data)

"""Exactly once: the first answer to an idempotency key is kept beside the work, in one transaction, and given to every repeat.

The row is written first, so that of two equal calls at the same moment the second waits for the first and then reads its answer.
A refusal undoes everything, the row too: the till may try again with the same key. Answers are kept for seven days; after
that the bill's own key still says that it is the same bill.
"""

from collections.abc import Callable
from typing import NamedTuple

from models import ApiCall, transaction
from webapp.refusals import Refusal

KEPT_DAYS = 7
Work = Callable[[], tuple[int, str]]


class Answer(NamedTuple):
    """What the till gets: `again` when it is the answer to an earlier call."""

    status: int
    body: str
    again: bool = False


def once(store: int, key: str, fingerprint: str, at: int, work: Work) -> Answer:
    """Do `work` for the first call with this key, and only then. Refuses the key of another request."""
    with transaction():
        claim = ApiCall.insert(
            store=store, key=key, fingerprint=fingerprint, status=0, body="", at=at
        ).on_conflict_ignore()
        mine = (ApiCall.store == store) & (ApiCall.key == key)
        if claim.as_rowcount().execute() == 0:
            return _again(ApiCall.get(mine), fingerprint)
        status, body = work()
        ApiCall.update({ApiCall.status: status, ApiCall.body: body}).where(mine).execute()
        return Answer(status, body)


def forget(before: int, limit: int = 5000) -> int:
    """Drop answers older than `before`, at most `limit` at once. Returns how many went."""
    old = ApiCall.select(ApiCall.id).where(ApiCall.at < before).limit(limit)
    gone: int = ApiCall.delete().where(ApiCall.id.in_(old)).execute()
    return gone


def _again(seen: ApiCall, fingerprint: str) -> Answer:
    if seen.fingerprint != fingerprint:
        raise Refusal("这个 Idempotency-Key 已经用于另一个请求", code="idempotency_key_reused")
    return Answer(seen.status, seen.body, again=True)

"""The member's inbox: service messages, each with the reason it came. Kept as a key and values, put into words when read.

`tell` is called by rules in their own transaction; the same key twice is one message. Messages that sell come with their own
budget and consent in the loyalty rules; this room only writes what serves.
"""

from typing import Any

from peewee import Select, Value, fn

from models import Letter, Message, Param, Prepared, document
from webapp import storage

_INSERT = Prepared(
    lambda: Message.insert(
        {
            Message.member: Param("member"),
            Message.kind: "service",
            Message.text: Param("text"),
            Message.params: Param("params"),
            Message.url: Param("url"),
            Message.key: Param("key"),
            Message.at: Param("at"),
        }
    ).on_conflict_ignore()
)
_LETTER_FIELDS = {
    Letter.audience: "member",
    Letter.member: Param("member").cast("bigint"),
    Letter.text: Param("text"),
    Letter.params: Param("params"),
    Letter.key: Param("key"),
    Letter.state: "due",
    Letter.tries: 0,
    Letter.next_at: Param("at").cast("bigint"),
    Letter.at: Param("at").cast("bigint"),
    Letter.error: "",
}
_LETTER = Prepared(
    lambda: Letter.insert_from(
        Select(
            columns=[Value(value) if isinstance(value, str | int) else value for value in _LETTER_FIELDS.values()]
        ).where(~fn.EXISTS(Message.select(Message.id).where(Message.key == Param("key")))),
        list(_LETTER_FIELDS),
    ).on_conflict_ignore()
)
_UNREAD = Prepared(
    lambda: Message.select(fn.COUNT(Message.id)).where(Message.member == Param("member"), Message.read_at.is_null())
)


def tell(member: int, text: str, at: int, *, key: str, url: str = "", **params: Any) -> None:
    """Put one service message into the inbox, and one letter into the outbox. `text` is a key of `outbox.words`."""
    values = document(params)
    _LETTER.note(member=member, text=text, params=values, key=key, at=at)  # unless the message is there already
    _INSERT.note(member=member, text=text, params=values, url=url, key=key, at=at)


def tell_staff(text: str, at: int, *, key: str, leaves_at: int | None = None, **params: Any) -> None:
    """One letter to the addresses of the shop (`HUITOU_NOTIFY_STAFF`), now or not before `leaves_at`; the same key twice is one letter."""
    moments = {"next_at": max(at, leaves_at or at), "at": at}
    Letter.insert(audience="staff", text=text, params=params, key=key, **moments).on_conflict_ignore().execute()


def unread(member: int) -> int:
    """How many messages wait to be read."""
    row = _UNREAD.row(member=member)
    return int(row[0]) if row else 0


def unread_of(member: int) -> dict[str, int]:
    """The same by kind, service and care."""
    waiting = Message.select(Message.kind, fn.COUNT(Message.id)).where(
        Message.member == member, Message.read_at.is_null()
    )
    return dict(waiting.group_by(Message.kind).tuples())


def latest(member: int, limit: int = 50, *, kind: str = "service") -> list[Message]:
    """The newest messages of a kind, newest first."""
    mine = (Message.member == member) & (Message.kind == kind)
    return list(Message.select().where(mine).order_by(Message.id.desc()).limit(limit))


def mark_read(member: int, at: int, *, kind: str = "service") -> None:
    """Everything of this kind has been seen; reading twice changes nothing."""
    mine = (Message.member == member) & (Message.kind == kind) & Message.read_at.is_null()
    with storage.in_passing():
        Message.update({Message.read_at: at}).where(mine).execute()

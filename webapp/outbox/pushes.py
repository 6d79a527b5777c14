"""Waking a browser (Web Push): a bonus where there is one; the inbox has every message.

The browser gives us an address at its maker's service and two keys; a text goes there encrypted for that browser alone and signed with our
own key, which is made out of the installation's secret, so that there is no file to lose. An address that is gone, or fails too often, ends; who
signs out is woken no more. Anybody may hand in an address, so only the makers' own services are asked.
"""

import base64
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from peewee import JOIN

from models import Device, Member, Push, transaction
from webapp import vault
from webapp.clock import DAY, HOUR
from webapp.outbox import calling
from webapp.refusals import Refusal

log = structlog.get_logger()
# Who makes browsers that can be woken, and where: (scheme, the end of a host's name).
SERVICES = (
    ("https", "fcm.googleapis.com"),
    ("https", ".push.services.mozilla.com"),
    ("https", ".push.apple.com"),
    ("https", ".notify.windows.com"),
)
MOST = 6  # browsers of one member; the oldest goes
FAILS = 8  # in a row, then it is let be
LIVES = 2 * DAY  # the service keeps it so long for a phone that is off
TEXT_MOST = 300
GONE = (404, 410)
agreed: Callable[[int, int], None] | None = None  # (member, at): they want to be reminded; kept by a room further right


class Subscription(NamedTuple):
    """What a browser hands out: where to send to, its public key, and a secret of sixteen bytes; the last two in base64url."""

    endpoint: str
    p256dh: str
    auth: str


def keep(member: Member, device: int | None, given: Subscription, at: int) -> Push:
    """This browser may be woken for this member, and that is a yes to reminders. The same browser again is the same row, whoever is signed in there.

    Refuses an address that is no maker's, and keys that are none.
    """
    endpoint = given.endpoint.strip()
    if not _is_makers(endpoint) or len(endpoint) > 1000:
        raise Refusal("这个浏览器的提醒服务不认识", code="no_such_service", field="endpoint")
    if not _is_key(given.p256dh) or len(_bytes(given.auth)) != 16:
        raise Refusal("浏览器给的密钥不对，请刷新再试", code="bad_key", field="p256dh")
    sealed = vault.seal(msgspec.json.encode([endpoint, given.p256dh, given.auth]).decode())
    values: dict[str, Any] = {"member": member.id, "device": device, "sealed": sealed, "ended_at": None, "fails": 0}
    with transaction():
        name = vault.keyed("push", endpoint)
        new = Push.insert(endpoint_hash=name, made_at=at, **values).on_conflict_ignore().as_rowcount().execute()
        if not new:
            Push.update(**values).where(Push.endpoint_hash == name).execute()
        mine = Push.select(Push.id).where(Push.member == member.id, Push.ended_at.is_null()).order_by(Push.id.desc())
        old = [row.id for row in mine.offset(MOST)]
        Push.update(ended_at=at).where(Push.id.in_(old)).execute()
        if agreed:
            agreed(member.id, at)
        found: Push = Push.get(Push.endpoint_hash == name)
        return found


def end(member: Member, endpoint: str, at: int) -> None:
    """This browser is woken no more; a second time changes nothing."""
    mine = (Push.member == member.id) & (Push.endpoint_hash == vault.keyed("push", endpoint.strip()))
    Push.update(ended_at=at).where(mine, Push.ended_at.is_null()).execute()


def of(member: int, at: int) -> list[Push]:
    """The browsers of a member that may be woken now: those where they are still signed in."""
    rows = Push.select(Push).join(Device, JOIN.LEFT_OUTER, on=(Push.device == Device.id))
    signed_in = Device.id.is_null() | (Device.ended_at.is_null() & (Device.expires_at > at))
    return list(rows.where(Push.member == member, Push.ended_at.is_null(), signed_in).order_by(Push.id))


def public_key() -> str:
    """What a browser wants to know before it hands out an address."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # and the whole of SSH with it

    point = _ours().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def wake(push: Push, title: str, text: str, url: str, contact: str, at: int) -> bool:
    """Send one text. True when it has arrived or never will; False to try again later."""
    endpoint, p256dh, auth = msgspec.json.decode(vault.unseal(bytes(push.sealed)), type=tuple[str, str, str])
    told = msgspec.json.encode({"title": title[:120], "body": text[:TEXT_MOST], "url": url})
    try:
        status = calling.post(endpoint, _encrypted(told, p256dh, auth), _headers(endpoint, contact, at))
    except calling.NobodyThere:
        status = 0
    if status in GONE:
        _mark(push, {"ended_at": at})
        return True
    if 200 <= status < 300:
        if push.fails:
            _mark(push, {"fails": 0})
        return True
    fails = push.fails + 1
    log.warning("browser not woken", push=push.id, status=status, fails=fails)
    _mark(push, {"fails": fails} | ({"ended_at": at} if fails >= FAILS else {}))
    return fails >= FAILS


# --- how it is done ----------------------------------------------------------------------------------------------------


def _is_makers(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not parts.username and all(32 < ord(letter) < 127 for letter in endpoint)
    return plain and any(
        parts.scheme == scheme and (host.endswith(end) if end.startswith(".") else host == end)
        for scheme, end in SERVICES
    )


def _is_key(text: str) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(text))
    except ValueError:
        return False
    return True


def _bytes(text: str) -> bytes:
    """base64url without its padding; nothing where it is none."""
    if not text.isascii() or len(text) > 200:
        return b""
    try:
        return base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    except ValueError:
        return b""


def _ours() -> ec.EllipticCurvePrivateKey:
    """The key that says who we are: always the same one for this installation."""
    return ec.derive_private_key(vault.number("push"), ec.SECP256R1())


def _encrypted(told: bytes, p256dh: str, auth: str) -> bytes:
    import http_ece

    sealed: bytes = http_ece.encrypt(
        told,
        salt=secrets.token_bytes(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(p256dh),
        auth_secret=_bytes(auth),
        version="aes128gcm",
    )
    return sealed


def _headers(endpoint: str, contact: str, at: int) -> dict[str, str]:
    from py_vapid import Vapid02

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": at + 12 * HOUR, "sub": contact}
    signed: dict[str, str] = Vapid02(_ours()).sign(claims)
    return signed | {
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(LIVES),
        "urgency": "normal",
    }


def _mark(push: Push, values: dict[str, Any]) -> None:
    with transaction():
        Push.update(**values).where(Push.id == push.id).execute()

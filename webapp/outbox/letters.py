"""Letters: what leaves the house, by Apprise, to the addresses that the settings name. Called by the worker, never by a request.

A letter is claimed by an UPDATE that only one worker can win, sent outside of any transaction, then marked. A letter that a worker
took to its grave is due again after five minutes: each claim sends once, so a crash between sending and marking, and only
that, may send a letter twice. A provider that is down is asked again after 1, 2, 4 … minutes, at most 6 hours apart, 12 times.

In an address, {phone} and {code} stand for the member's number and code: `twilio://sid:token@from/{phone}`.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import structlog

from models import Consent, Letter, Member, Store, transaction
from webapp import vault
from webapp.clock import HOUR, MINUTE
from webapp.config import Settings
from webapp.outbox import words

log = structlog.get_logger()
STALE = 5 * MINUTE
LONGEST = 6 * HOUR
TRIES = 12
WAITING = ("due", "sending")
_REACHED = "reached "


def post(settings: Settings, at: int, limit: int = 100) -> int:
    """Send what is due now, at most `limit` letters. Returns how many were dealt with."""
    targets = {"member": settings.notify_members, "staff": settings.notify_staff}
    done = sum(_keep_inside(audience, at) for audience, addresses in targets.items() if not addresses)
    for letter_id in _due(at, limit):
        if claim(letter_id, at):
            letter = Letter.get_by_id(letter_id)
            _deliver(letter, targets[letter.audience], at)
            done += 1
    return done


def claim(letter: int, at: int) -> bool:
    """Is it mine to send? True for exactly one caller, until five minutes have passed."""
    with transaction():
        mine = Letter.update(
            {Letter.state: "sending", Letter.tries: Letter.tries + 1, Letter.next_at: at + STALE}
        ).where(Letter.id == letter, Letter.state.in_(WAITING), Letter.next_at <= at)
        return bool(mine.execute() == 1)


def wait_after(tries: int) -> int:
    """Seconds until the next try."""
    return int(min(MINUTE * 2 ** (tries - 1), LONGEST))


def waiting() -> int:
    """How many letters have not left yet."""
    return int(Letter.select().where(Letter.state.in_(WAITING)).count())


def forget(before: int, limit: int = 5000) -> int:
    """Drop letters that were sent before `before`. Returns how many went."""
    old = Letter.select(Letter.id).where(Letter.state == "sent", Letter.at < before).limit(limit)
    gone: int = Letter.delete().where(Letter.id.in_(old)).execute()
    return gone


# --- how it is done ----------------------------------------------------------------------------------------------------


def _keep_inside(audience: str, at: int) -> int:
    """Nowhere to send to: the inbox has it, that is all."""
    with transaction():
        mine = Letter.select(Letter.id).where(
            Letter.audience == audience, Letter.state.in_(WAITING), Letter.next_at <= at
        )
        kept: int = Letter.update({Letter.state: "sent"}).where(Letter.id.in_(mine.limit(1000))).execute()
        return kept


def _due(at: int, limit: int) -> list[int]:
    query = Letter.select(Letter.id).where(Letter.state.in_(WAITING), Letter.next_at <= at)
    return [row[0] for row in query.order_by(Letter.next_at, Letter.id).limit(limit).tuples()]


def _deliver(letter: Letter, addresses: Sequence[str], at: int) -> None:
    member = letter.member
    if letter.audience == "member" and not _may_leave(member):
        _mark(letter, "sent", at, "kept inside: no consent")
        return
    reached = letter.error.removeprefix(_REACHED).split() if letter.error.startswith(_REACHED) else []
    missing = [address for address in addresses if _name(address) not in reached and _fits(address, member)]
    title, body = _text(letter, member)
    failed = []
    for address in missing:
        if _send(_filled(address, member), title, body):
            reached.append(_name(address))
        else:
            failed.append(address)
    if not failed:
        _mark(letter, "sent", at, "")
        return
    log.warning("letter not delivered", letter=letter.id, tries=letter.tries, missing=len(failed))
    note = _REACHED + " ".join(reached) if reached else "nobody answered"
    _mark(letter, "dead" if letter.tries >= TRIES else "due", at, note)


def _mark(letter: Letter, state: str, at: int, error: str) -> None:
    with transaction():
        next_at = at + wait_after(letter.tries) if state == "due" else at
        Letter.update({Letter.state: state, Letter.next_at: next_at, Letter.error: error[:200]}).where(
            Letter.id == letter.id, Letter.state == "sending", Letter.tries == letter.tries
        ).execute()


def _may_leave(member: Member | None) -> bool:
    """The member's newest word on service messages; no word is a no."""
    if member is None or member.erased_at:
        return False
    mine = Consent.select(Consent.granted).where(Consent.member == member.id, Consent.purpose == "service")
    newest = mine.order_by(Consent.at.desc(), Consent.id.desc()).first()
    return bool(newest and newest.granted)


def _text(letter: Letter, member: Member | None) -> tuple[str, str]:
    store = letter.store or Store.select().order_by(Store.id).first()
    zone = store.timezone if store else "Asia/Shanghai"
    said = words.read(letter.text, letter.params, member.locale if member else "zh", zone)
    return said.title, "\n".join(part for part in (said.text, said.why) if part)


def _send(address: str, title: str, body: str) -> bool:
    import apprise  # a hundred delivery services take their time to load, and only the worker sends

    post_office = apprise.Apprise()
    if not post_office.add(address):
        return False
    return bool(post_office.notify(title=title, body=body))


def _fits(address: str, member: Member | None) -> bool:
    return "{phone}" not in address or (member is not None and member.phone_sealed is not None)


def _filled(address: str, member: Member | None) -> str:
    if member is None:
        return address
    values: dict[str, Any] = {"{code}": member.code}
    if "{phone}" in address and member.phone_sealed:
        values["{phone}"] = vault.unseal(member.phone_sealed)
    for hole, value in values.items():
        address = address.replace(hole, quote(value, safe=""))
    return address


def _name(address: str) -> str:
    """A short name for an address, without its secrets, to remember which ones have it."""
    return vault.fingerprint(address)[:8]

"""Letters: what leaves the house, by Apprise, to the addresses that the settings name. Called by the worker, never by a request.

A letter is claimed by an UPDATE that only one worker can win, sent outside of any transaction, then marked. A letter that a worker
took to its grave is due again after five minutes: each claim sends once, so a crash between sending and marking, and only
that, may send a letter twice. A provider that is down is asked again after 1, 2, 4 … minutes, at most 6 hours apart, for almost three days;
then the letter lies on the desk (`dead`), where somebody sends it again or drops it. Browsers that may be woken are addresses like the others.

What serves needs the member's yes to reminders, what is care their yes to offers and an hour at which the shop wakes nobody. What the night has
worked out (`CALM`) waits for that hour too.

In an address, {phone} and {code} stand for the member's number and code: `twilio://sid:token@from/{phone}`.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import structlog
from peewee import fn

from models import Budget, Consent, Letter, Member, Message, Push, Staff, Store, transaction
from webapp import clock, policy, vault
from webapp.clock import HOUR, MINUTE
from webapp.config import Settings
from webapp.outbox import events, pushes, words

log = structlog.get_logger()
STALE = 5 * MINUTE
LONGEST = 6 * HOUR
TRIES = 20
WAITING = ("due", "sending")
CALM = ("care_quieter", "care_silent", "level_kept", "level_warned", "level_lowered")
_REACHED = "reached "
NOBODY = "mailto:nobody@localhost"  # who a browser's maker may write to, where the shop has no address of its own


def post(settings: Settings, at: int, limit: int = 100) -> int:
    """Send what is due now, at most `limit` letters. Returns how many were dealt with."""
    targets = {"member": settings.notify_members, "staff": settings.notify_staff}
    done = sum(_keep_inside(audience, at) for audience, addresses in targets.items() if not addresses)
    for letter_id in _due(at, limit):
        if claim(letter_id, at):
            letter = Letter.get_by_id(letter_id)
            _deliver(letter, targets[letter.audience], at, settings.base_url)
            done += 1
    return done


def again(letter: Letter, by: Staff, at: int) -> bool:
    """One that was given up is tried from the start. False when it is not given up any more: a second tap changes nothing."""
    return _settle(letter, {"state": "due", "tries": 0, "next_at": at}, "letter_again", by, at)


def drop(letter: Letter, by: Staff, at: int) -> bool:
    """It is not sent any more; the inbox has it."""
    return _settle(letter, {"state": "sent", "error": "dropped"}, "letter_dropped", by, at)


def undelivered(limit: int = 100, state: str = "dead") -> list[Letter]:
    """What could not be delivered, or still waits after a failure; the newest first, with their members."""
    rows = Letter.select(Letter, Member).left_outer_join(Member).where(Letter.state == state)
    rows = rows if state == "dead" else rows.where(Letter.tries > 0)
    return list(rows.order_by(Letter.id.desc()).limit(limit))


def read(letter: Letter, at: int) -> words.Said:
    """What it says, in the language of whom it is for."""
    return _said(letter, letter.member, at)


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


def quiet_for(store: Store, at: int) -> int:
    """Seconds until people in this store's town may be woken again; 0 while they may be."""
    rules, now = policy.of(store), clock.local(at, store.timezone)
    minute, first, last = now.hour * 60 + now.minute, rules.quiet_from, rules.quiet_until
    quiet = first <= minute < last if first <= last else minute >= first or minute < last
    return ((last - minute) % 1440) * MINUTE if quiet else 0


# --- how it is done ----------------------------------------------------------------------------------------------------


def _keep_inside(audience: str, at: int) -> int:
    """Nowhere to send to: the inbox has it, that is all. Not what may wake a browser."""
    with transaction():
        mine = Letter.select(Letter.id).where(
            Letter.audience == audience, Letter.state.in_(WAITING), Letter.next_at <= at
        )
        if audience == "member":
            woken = Push.select(Push.id).where(Push.member == Letter.member, Push.ended_at.is_null())
            mine = mine.where(~fn.EXISTS(woken))
        kept: int = Letter.update({Letter.state: "sent"}).where(Letter.id.in_(mine.limit(1000))).execute()
        return kept


def _due(at: int, limit: int) -> list[int]:
    query = Letter.select(Letter.id).where(Letter.state.in_(WAITING), Letter.next_at <= at)
    return [row[0] for row in query.order_by(Letter.next_at, Letter.id).limit(limit).tuples()]


def _deliver(letter: Letter, addresses: Sequence[str], at: int, base_url: str) -> None:
    member = letter.member
    purpose = _purpose(letter)
    if letter.audience == "member" and not _may_leave(member, purpose):
        _mark(letter, "sent", at, "kept inside: no consent")
        return
    if (purpose == "marketing" or letter.text in CALM) and (waits := _quiet_for(letter, at)):
        _put_off(letter, at + waits)
        return
    reached = letter.error.removeprefix(_REACHED).split() if letter.error.startswith(_REACHED) else []
    said = _said(letter, member, at)
    body = "\n".join(part for part in (said.text, said.why) if part)
    failed = 0
    for address in addresses:
        name = _name(address)
        if name in reached or not _fits(address, member):
            continue
        if _send(_filled(address, member), said.title, body):
            reached.append(name)
        else:
            failed += 1
    contact = base_url if base_url.startswith("https://") else NOBODY
    for push in pushes.of(member.id, at) if member else ():
        name = f"p{push.id}"
        if name in reached:
            continue
        if pushes.wake(push, said.title, said.text, _url(letter), contact, at):
            reached.append(name)
        else:
            failed += 1
    if not failed:
        _mark(letter, "sent", at, "")
        return
    log.warning("letter not delivered", letter=letter.id, tries=letter.tries, missing=failed)
    note = _REACHED + " ".join(reached) if reached else "nobody answered"
    _mark(letter, "dead" if letter.tries >= TRIES else "due", at, note)


def _url(letter: Letter) -> str:
    """Where the message in the inbox leads."""
    message = Message.get_or_none(Message.key == letter.key)
    return (message.url if message else "") or "/inbox"


def _quiet_for(letter: Letter, at: int) -> int:
    """Seconds until the shop may wake somebody with what is not needed now."""
    store = (
        letter.store or (letter.member.store if letter.member else None) or Store.select().order_by(Store.id).first()
    )
    return quiet_for(store, at) if store else 0


def _put_off(letter: Letter, until: int) -> None:
    """It was claimed too soon: that was no try."""
    with transaction():
        Letter.update({Letter.state: "due", Letter.next_at: until, Letter.tries: letter.tries - 1}).where(
            Letter.id == letter.id, Letter.state == "sending", Letter.tries == letter.tries
        ).execute()


def _settle(letter: Letter, values: dict[str, Any], verb: str, by: Staff, at: int) -> bool:
    with transaction():
        given_up = (Letter.id == letter.id) & (Letter.state == "dead")
        changed = bool(Letter.update(values).where(given_up).execute())
        if changed:
            events.record(verb, at, staff=by.id, member=letter.member_id, store=letter.store_id, ref=letter.text)
        return changed


def _mark(letter: Letter, state: str, at: int, error: str) -> None:
    with transaction():
        next_at = at + wait_after(letter.tries) if state == "due" else at
        Letter.update({Letter.state: state, Letter.next_at: next_at, Letter.error: error[:200]}).where(
            Letter.id == letter.id, Letter.state == "sending", Letter.tries == letter.tries
        ).execute()


def _purpose(letter: Letter) -> str:
    """What the member must have agreed to: what a rule of care says is an offer, unless it tells what is theirs already."""
    return "marketing" if letter.text == "care" and not letter.params.get("service") else "service"


def _may_leave(member: Member | None, purpose: str) -> bool:
    """The member's newest word on such messages; no word is a no."""
    if member is None or member.erased_at:
        return False
    if purpose == "marketing" and member.care_since is not None:  # a case was opened since it was written
        return False
    if purpose == "marketing" and Budget.select().where(Budget.member == member.id, Budget.per_month == 0).exists():
        return False  # they have turned it off since
    mine = Consent.select(Consent.granted).where(Consent.member == member.id, Consent.purpose == purpose)
    newest = mine.order_by(Consent.at.desc(), Consent.id.desc()).first()
    return bool(newest and newest.granted)


def _said(letter: Letter, member: Member | None, at: int) -> words.Said:
    store = letter.store or Store.select().order_by(Store.id).first()
    zone = store.timezone if store else "Asia/Shanghai"
    return words.read(letter.text, letter.params, member.locale if member else "zh", zone, at)


def _send(address: str, title: str, body: str) -> bool:
    import apprise  # a hundred delivery services take their time to load, and only the worker sends

    post_office = apprise.Apprise()
    if not post_office.add(address):
        return False
    # Plain words: e-mail would be HTML otherwise, and a name with a tag in it more than a name.
    return bool(post_office.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))


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

"""Wrong guesses at PINs and passwords, counted in the database: exact across workers and restarts.

Counted per (account, source), so that a stranger cannot lock a member out from elsewhere, and per account at a higher limit, so that
many sources together cannot guess either. A door that is shut leaves the others open (passkey, counter handshake, devices signed in).
"""

from models import Attempt, transaction
from webapp import vault
from webapp.clock import DAY, MINUTE
from webapp.refusals import TooMany

PER_SOURCE, SOURCE_REST = 5, 15 * MINUTE
PER_ACCOUNT, ACCOUNT_REST = 30, DAY


def check(account: str, source: str, at: int) -> None:
    """Refuse (TooMany, with the time) while a door is shut."""
    shut = Attempt.select(Attempt.until).where(Attempt.subject.in_(_subjects(account, source)), Attempt.until > at)
    until = max((row.until for row in shut), default=0)
    if until:
        raise TooMany(until)


def wrong(account: str, source: str, at: int) -> None:
    """One more wrong guess."""
    with transaction():
        limits = zip(_subjects(account, source), ((PER_SOURCE, SOURCE_REST), (PER_ACCOUNT, ACCOUNT_REST)), strict=True)
        for subject, (most, rest) in limits:
            Attempt.insert(subject=subject, since=at).on_conflict_ignore().execute()
            Attempt.update({Attempt.fails: 0, Attempt.since: at}).where(
                Attempt.subject == subject, Attempt.since < at - rest
            ).execute()
            Attempt.update({Attempt.fails: Attempt.fails + 1}).where(Attempt.subject == subject).execute()
            Attempt.update({Attempt.until: at + rest, Attempt.fails: 0, Attempt.since: at}).where(
                Attempt.subject == subject, Attempt.fails >= most
            ).execute()


def right(account: str, source: str) -> None:
    """The right one: this source starts afresh; the account's own count runs on."""
    Attempt.delete().where(Attempt.subject == _subjects(account, source)[0]).execute()


def _subjects(account: str, source: str) -> tuple[str, str]:
    return vault.keyed("guess", f"{account}|{source}"), vault.keyed("guess", account)

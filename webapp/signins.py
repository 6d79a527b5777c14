"""Sign-ins: one row per browser, a random secret in its cookie and only the hash here.

Ending a row (sign-out, dismissal, a changed PIN, the member's own list of devices) ends that sign-in at the very next request.
A phone may rest for 90 days and lasts a year at most; a tablet at the desk rests for 16 hours and lasts 7 days.
"""

from typing import Any, NamedTuple

from peewee import JOIN

from models import Brand, Device, Kin, Member, Param, Prepared, Staff, Store, read_row, transaction
from webapp import storage, vault
from webapp.clock import DAY, HOUR, MINUTE
from webapp.outbox import events

IDLE = {"member": 90 * DAY, "desk": 16 * HOUR}
ABSOLUTE = {"member": 365 * DAY, "desk": 7 * DAY}
TOUCH_EVERY = 10 * MINUTE


class Entry(NamedTuple):
    """A valid sign-in and what every page needs of it, read in one go."""

    device: Device
    member: Member | None
    store: Store | None
    acting: Staff | None
    brand: Brand
    helper: Member | None = None  # whose phone it is, while they act for `member`
    called: str = ""  # what the helper calls them
    parted: bool = False  # they acted for somebody who does not want it any more


def _fields(model: Any) -> list[Any]:
    return list(model._meta.sorted_fields)


_MEMBER_ENTRY = Prepared(
    lambda: (
        Device.select(*_fields(Device), *_fields(Member), *_fields(Store), *_fields(Brand))
        .join(Member)
        .join(Brand)
        .switch(Device)
        .join(Store, JOIN.LEFT_OUTER, on=(Device.store == Store.id))
        .where(Device.token_hash == Param("token"), Device.kind == "member", Device.ended_at.is_null())
    ),
    wide=True,
)
_HELPED = Prepared(
    lambda: (
        Kin.select(*_fields(Member), Kin.name)
        .join(Member, on=(Kin.member == Member.id))
        .where(
            Kin.member == Param("member"),
            Kin.helper == Param("helper"),
            Kin.ended_at.is_null(),
            Kin.agreed_at.is_null(False),
            Member.erased_at.is_null(),
            Member.merged_into.is_null(),
        )
    ),
    wide=True,
)
_DESK_ENTRY = Prepared(
    lambda: (
        Device.select(*_fields(Device), *_fields(Staff), *_fields(Store), *_fields(Brand))
        .join(Staff, JOIN.LEFT_OUTER, on=(Device.acting == Staff.id))
        .switch(Device)
        .join(Store, on=(Device.store == Store.id))
        .join(Brand)
        .where(Device.token_hash == Param("token"), Device.kind == "desk", Device.ended_at.is_null())
    ),
    wide=True,
)


def open_for_member(member: Member, store: Store | None, label: str, at: int) -> str:
    """Sign this browser in. Returns the secret for its cookie."""
    secret = vault.token()
    Device.create(
        kind="member",
        token_hash=vault.fingerprint(secret),
        member=member.id,
        store=store.id if store else member.store_id,
        label=label[:80],
        made_at=at,
        seen_at=at,
        proved_at=at,
        expires_at=at + ABSOLUTE["member"],
    )
    events.record("signed_in", at, member=member.id)
    return secret


def open_for_desk(staff: Staff, store: Store, label: str, at: int, acting_until: int) -> str:
    """Sign a tablet in for one store; the one who typed the password acts first. Returns the secret for its cookie."""
    secret = vault.token()
    Device.create(
        kind="desk",
        token_hash=vault.fingerprint(secret),
        staff=staff.id,
        store=store.id,
        label=label[:80],
        made_at=at,
        seen_at=at,
        expires_at=at + ABSOLUTE["desk"],
        acting=staff.id,
        acting_until=acting_until,
        proved_at=at,
    )
    events.record("desk_signed_in", at, store=store.id, staff=staff.id)
    return secret


def find(kind: str, secret: str, at: int) -> Entry | None:
    """The sign-in behind a cookie, or None when there is none, it has ended, or its time is over."""
    other: Any = Member if kind == "member" else Staff
    query = _MEMBER_ENTRY if kind == "member" else _DESK_ENTRY
    row = query.row(token=vault.fingerprint(secret))
    if row is None:
        return None
    device, rest = read_row(Device, row)
    person, rest = read_row(other, rest)
    store, rest = read_row(Store, rest)
    brand, _ = read_row(Brand, rest)
    assert device is not None
    if store and store.brand_id == brand.id:
        store.__rel__["brand"] = brand  # nobody needs to ask for it again
    if device.expires_at <= at or device.seen_at < at - IDLE[kind]:
        if kind == "desk":
            with storage.in_passing():
                end(device.id, at)  # for good, also when the clock is set back
        return None
    if device.seen_at < at - TOUCH_EVERY:
        _touch(device.id, at)
    if kind == "member":
        if person is None or person.erased_at:
            return None
        own = Entry(device, person, store, None, brand)
        return _helping(own, device.helping_id) if device.helping_id else own
    # A PIN typed in a time to come was typed before the clock was set back: it is asked again.
    in_time = (device.proved_at or 0) - MINUTE <= at < (device.acting_until or 0)
    acting = person if person and not person.dismissed_at and in_time else None
    return Entry(device, None, store, acting, brand)


def _helping(own: Entry, member: int) -> Entry:
    """The same sign-in while its member acts for somebody: as long as both want it, asked anew at every request."""
    row = _HELPED.row(member=member, helper=own.member.id) if own.member else None
    if row is None:
        return own._replace(parted=True)
    helped, rest = read_row(Member, row)
    return own._replace(member=helped, helper=own.member, called=rest[0])


def _touch(device: int, at: int) -> None:
    """Somebody is still there. Written at most once in ten minutes, in the line of writers like everything else."""
    with storage.in_passing(), transaction():
        Device.update({Device.seen_at: at}).where(Device.id == device).execute()


def end(device: int, at: int) -> None:
    Device.update({Device.ended_at: at}).where(Device.id == device, Device.ended_at.is_null()).execute()


def end_all(at: int, *, member: int | None = None, staff: int | None = None, but: int | None = None) -> int:
    """End every sign-in of one person, except perhaps the one in hand. Returns how many ended."""
    whose = (Device.member == member) if member else (Device.staff == staff)
    query = Device.update({Device.ended_at: at}).where(whose, Device.ended_at.is_null())
    ended: int = (query.where(Device.id != but) if but else query).execute()
    return ended


def act_as(device: int, staff: Staff, at: int, until: int) -> None:
    """The PIN was right: from now on this person acts on this tablet."""
    with transaction():
        Device.update({Device.acting: staff.id, Device.acting_until: until, Device.proved_at: at}).where(
            Device.id == device
        ).execute()
        events.record("acting", at, staff=staff.id, store=staff.store_id)


def stop_helping(device: int) -> None:
    """This phone acts for nobody but its owner from now on."""
    with transaction():
        Device.update({Device.helping: None}).where(Device.id == device).execute()


def of_member(member: int, at: int) -> list[Device]:
    """The member's living sign-ins, the latest used first."""
    alive = (Device.member == member) & Device.ended_at.is_null() & (Device.expires_at > at)
    return list(Device.select().where(alive, Device.seen_at >= at - IDLE["member"]).order_by(Device.seen_at.desc()))

"""People who work here: hiring, PINs, passwords, signing a tablet in, who acts on it, and leaving.

Called by the desk's doors, the first set-up and the command line (`by` is nobody there). Roles rise clerk, senior, manager, owner:
nobody lifts anybody above their own role, a manager of one store has a say over the people of that store only, nobody dismisses
themselves, and the last owner stays. A sign-in that must end does so at the very next request.
"""

import itertools
import re
from dataclasses import dataclass
from typing import Any

from models import ROLES, Brand, Device, Staff, Store, Work, locked, transaction
from webapp import guesses, policy, signins, vault
from webapp.clock import HOUR
from webapp.outbox import events
from webapp.refusals import Forbidden, Missing, Refusal

USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]$")
PASSWORD_LEAST, PASSWORD_MOST = 8, 200
# What people type first when eight characters are asked for (the head of published leak counts); case and tails do not save them.
COMMON = frozenset(
    ["12345678", "123456789", "1234567890", "12345678910", "123123123", "123321123", "147258369", "147852369", "789456123", "987654321", "0987654321", "87654321", "11223344", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "qazwsxedc", "qwertyui", "qwertyuiop", "asdfghjk", "asdfghjkl", "zxcvbnm1", "zxcvbnmz", "qwer1234", "qwerty12", "qwerty123", "asdf1234", "q1w2e3r4", "abc12345", "abcd1234", "abcdefgh", "a1234567", "a12345678", "a123456789", "aa123456", "aa12345678", "password", "passw0rd", "p@ssw0rd", "p@ssword", "iloveyou", "woaini520", "woaini1314", "woaini521", "5201314a", "52013145", "5201314520", "13145200", "13141314", "20082008", "admin123", "admin888", "administrator", "root1234", "letmein1", "welcome1", "sunshine", "princess", "football", "baseball", "superman", "trustno1", "whatever", "computer", "internet", "starwars", "michelle", "jennifer", "changeme", "default1", "test1234", "testtest", "guest123", "user1234", "manager1", "owner123", "huitou123", "huitou88", "huitou888", "88888888", "66666666"]
)  # fmt: skip
_TAIL = re.compile(r"[\d!@#$%.?*]+$")


@dataclass(frozen=True)
class Newcomer:
    """Somebody to hire. No store means the whole brand."""

    username: str
    name: str
    role: str
    password: str
    store: Store | None = None
    pin: str = ""


# --- coming and going --------------------------------------------------------------------------------------------------


def hire(newcomer: Newcomer, brand: Brand, by: Staff | None, at: int) -> Staff:
    """Somebody starts here. Refuses a name that is taken, a weak password or PIN, a role above one's own, another's store."""
    username = _username(newcomer.username)
    _check_role(newcomer.role, by)
    _check_store(newcomer.store, by)
    check_password(newcomer.password, username)
    if newcomer.pin:
        check_pin(newcomer.pin)
    values = {
        Staff.brand: brand.id,
        Staff.store: newcomer.store.id if newcomer.store else None,
        Staff.username: username,
        Staff.name: newcomer.name.strip()[:40] or username,
        Staff.role: newcomer.role,
        Staff.password_hash: vault.hash_secret(newcomer.password),
        Staff.pin_hash: vault.hash_secret(newcomer.pin) if newcomer.pin else None,
        Staff.made_at: at,
    }
    with transaction():
        if Staff.insert(values).on_conflict_ignore().as_rowcount().execute() == 0:
            raise Refusal("这个用户名已经有人用了", code="username_taken", field="username")
        person: Staff = Staff.get(Staff.username == username)
        _record("hired", person, by, at, role=person.role)
        return person


def promote(person: Staff, role: str, by: Staff | None, at: int) -> Staff:
    """Another role, up or down. Refuses a role above one's own, changing somebody who stands higher, and losing the last owner."""
    _check_role(role, by)
    with transaction():
        person = _in_hand(person, by)
        if by and by.id == person.id:
            raise Refusal("不能改自己的职务，请同事来操作", code="own_role", field="role")
        if person.role == "owner" and role != "owner":
            _check_another_owner(person)
        if person.role != role:
            _record("promoted", person, by, at, before=person.role, role=role)
            person.role = role
            person.save()
        return person


def dismiss(person: Staff, by: Staff | None, at: int) -> Staff:
    """Somebody leaves: every sign-in ends at once, also on tablets where they only act. A second time changes nothing."""
    with transaction():
        person = _in_hand(person, by)
        if by and by.id == person.id:
            raise Refusal("不能停用自己", code="own_dismissal")
        if person.dismissed_at:
            return person
        if person.role == "owner":
            _check_another_owner(person)
        person.dismissed_at = at
        person.save()
        signins.end_all(at, staff=person.id)
        _stop_acting(person)
        Work.update({Work.opened_by: None}).where(Work.opened_by == person.id, Work.done_at.is_null()).execute()
        _record("dismissed", person, by, at)
        if person.store_id:
            events.tick(person.store_id)
        return person


# --- passwords and PINs --------------------------------------------------------------------------------------------------


def set_pin(person: Staff, pin: str, by: Staff | None, at: int, *, device: int | None = None) -> None:
    """Four digits for the shared tablet. Whoever acts elsewhere with the old ones has to type the new ones."""
    check_pin(pin)
    with transaction():
        person = _in_hand(person, by)
        person.pin_hash = vault.hash_secret(pin)
        person.save()
        _stop_acting(person, but=device)
        _record("pin_set", person, by, at)


def change_password(person: Staff, old: str, new: str, source: str, at: int, *, device: int | None = None) -> None:
    """One's own new password; all other sign-ins end. The old one is asked, and wrong guesses are counted."""
    _prove(person.username, person, old, source, at, field="old")
    _set_password(person, new, person, at, device)


def reset_password(person: Staff, new: str, by: Staff | None, at: int) -> None:
    """A new password for somebody who forgot theirs; all their sign-ins end."""
    _set_password(person, new, by, at, None)


def check_password(password: str, username: str = "") -> None:
    """Refuses a password that is short, endless, common, or only the user name with a tail."""
    low = password.casefold()
    if len(password) < PASSWORD_LEAST:
        raise Refusal("密码至少要 %(n)s 位", code="password_short", field="password", n=PASSWORD_LEAST)
    if len(password) > PASSWORD_MOST:
        raise Refusal("密码太长了", code="password_long", field="password")
    bare = _TAIL.sub("", low)
    same = len(set(low)) <= 2 or (username and bare == username) or low == username
    if same or low in COMMON or (len(bare) >= 6 and bare in COMMON) or _is_run(low):
        raise Refusal("这个密码太常见，别人一猜就中，换一个吧", code="password_common", field="password")


def check_pin(pin: str) -> None:
    """Refuses what is not four digits, and the ones that everybody tries first."""
    if not re.fullmatch(r"[0-9]{4}", pin):
        raise Refusal("PIN 是四位数字", code="pin_shape", field="pin")
    if len(set(pin)) == 1 or _is_run(pin) or pin[:2] == pin[2:]:
        raise Refusal("这个 PIN 太好猜，换一个吧", code="pin_weak", field="pin")


# --- signing in ------------------------------------------------------------------------------------------------------------


def sign_in(
    username: str, password: str, slug: str, *, source: str, label: str, at: int, instead_of: int | None = None
) -> str:
    """Sign a tablet in for one store: the person's own, or the one that somebody of the whole brand chose.

    Returns the secret for its cookie. Unknown, dismissed and wrong take as long, count alike and sound the same. `instead_of` is the
    sign-in this browser had before: it ends.
    """
    name = username.strip().casefold()[:40]
    person = Staff.get_or_none(Staff.username == name, Staff.dismissed_at.is_null())
    _prove(name, person, password, source, at, field="password")
    assert person is not None
    found = stores_of(person)
    chosen = [store for store in found if store.slug == slug] if len(found) > 1 else found
    if not chosen:
        raise Refusal("请选择在哪家店", code="choose_store", field="store")
    with transaction():
        if instead_of:
            signins.end(instead_of, at)
        return signins.open_for_desk(person, chosen[0], label, at, at + policy.of(chosen[0]).shift_hours * HOUR)


def sign_out(device: Device, at: int) -> None:
    """This tablet is signed out, whoever acts on it."""
    with transaction():
        signins.end(device.id, at)
        events.record(
            "desk_signed_out", at, store=device.store_id, staff=device.acting_id or device.staff_id, label=device.label
        )


def act_as(device: Device, store: Store, person: Staff, pin: str, at: int) -> Staff:
    """The PIN says who acts on this tablet for a shift. Wrong ones are counted per tablet and per person."""
    vouch(device, store, person, pin, at)
    signins.act_as(device.id, person, at, at + policy.of(store).shift_hours * HOUR)
    return person


def vouch(device: Device, store: Store, person: Staff, pin: str, at: int) -> Staff:
    """Somebody stands beside it and types their PIN for this one act; who acts on the tablet stays the same. Wrong ones are counted alike."""
    if person.dismissed_at or person.store_id not in (None, store.id):
        raise Missing("没有找到这位同事", code="no_such_person")
    if person.pin_hash is None:
        raise Refusal("%(name)s 还没有 PIN，请店长先设一个", code="pin_missing", field="pin", name=person.name)
    account, source = f"pin:{person.id}", f"device:{device.id}"
    guesses.check(account, source, at)
    if not vault.secret_matches(person.pin_hash, pin):
        guesses.wrong(account, source, at)
        raise Refusal("PIN 不对，请再试", code="pin_wrong", field="pin")
    guesses.right(account, source)
    return person


# --- who is there ------------------------------------------------------------------------------------------------------------


def of_store(store: Store, limit: int = 100) -> list[Staff]:
    """Who may act in this store, its own people and the brand's, by role and name."""
    here = (Staff.store == store.id) | Staff.store.is_null()
    found = list(Staff.select().where(here, Staff.brand == store.brand_id, Staff.dismissed_at.is_null()).limit(limit))
    return sorted(found, key=lambda person: (person.store_id is None, ROLES.index(person.role), person.name))


def of_brand(by: Staff, limit: int = 300) -> list[Staff]:
    """Everybody this person has a say over, with their stores, those who left last. One query."""
    query = Staff.select(Staff, Store).left_outer_join(Store).where(Staff.brand == by.brand_id)
    if by.store_id:
        query = query.where(Staff.store == by.store_id)
    return list(query.order_by(Staff.dismissed_at.is_null(False), Staff.id).limit(limit))


def stores_of(person: Staff) -> list[Store]:
    """The open stores this person may sign a tablet in for."""
    query = Store.select().where(Store.brand == person.brand_id, Store.closed_at.is_null())
    return list((query.where(Store.id == person.store_id) if person.store_id else query).order_by(Store.id).limit(1000))


def all_stores(limit: int = 1000) -> list[Store]:
    """What the sign-in page offers to people of the whole brand."""
    return list(Store.select().where(Store.closed_at.is_null()).order_by(Store.id).limit(limit))


def tablets(store: Store, by: Staff, at: int, limit: int = 100) -> list[Device]:
    """Living sign-ins at the desk of this store (of all stores for the brand's people), with who signed in. One query."""
    alive = (Device.kind == "desk") & Device.ended_at.is_null() & (Device.expires_at > at)
    query = Device.select(Device, Staff, Store).join(Staff, on=(Device.staff == Staff.id)).switch(Device)
    query = query.join(Store, on=(Device.store == Store.id)).where(alive, Device.seen_at >= at - signins.IDLE["desk"])
    if by.store_id:
        query = query.where(Device.store == store.id)
    return list(query.order_by(Device.seen_at.desc()).limit(limit))


def end_tablet(device: int, by: Staff, at: int) -> None:
    """Sign a tablet out from afar. Refuses one of another store."""
    found = Device.get_or_none(Device.id == device, Device.kind == "desk")
    if found is None or (by.store_id and found.store_id != by.store_id):
        raise Missing("没有找到这台设备", code="no_such_device")
    with transaction():
        signins.end(found.id, at)
        events.record("tablet_ended", at, store=found.store_id, staff=by.id, label=found.label)


# --- how it is done ------------------------------------------------------------------------------------------------------------


def _prove(account: str, person: Staff | None, password: str, source: str, at: int, field: str) -> None:
    guesses.check(f"staff:{account}", source, at)
    if not vault.secret_matches(person.password_hash if person else None, password):
        guesses.wrong(f"staff:{account}", source, at)
        raise Refusal("用户名或密码不对", code="password_wrong", field=field)
    guesses.right(f"staff:{account}", source)


def _set_password(person: Staff, new: str, by: Staff | None, at: int, device: int | None) -> None:
    check_password(new, person.username)
    hashed = vault.hash_secret(new)
    with transaction():
        person = _in_hand(person, by)
        person.password_hash = hashed
        person.save()
        signins.end_all(at, staff=person.id, but=device)
        _stop_acting(person, but=device)
        _record("password_set", person, by, at)


def _in_hand(person: Staff, by: Staff | None) -> Staff:
    """The person as they are now, with all changes to people standing in one line; refuses whoever stands higher or elsewhere."""
    locked(Brand, person.brand_id)
    now: Staff = Staff.get_by_id(person.id)
    if by is None or by.id == now.id:
        return now
    if by.store_id and by.store_id != now.store_id:
        raise Missing("没有找到这位同事", code="no_such_person")
    if not by.at_least("manager") or not by.at_least(now.role):
        raise Forbidden("这项操作需要更高的权限", code="role")
    return now


def _stop_acting(person: Staff, but: int | None = None) -> None:
    acting = Device.update({Device.acting: None, Device.acting_until: None}).where(Device.acting == person.id)
    (acting.where(Device.id != but) if but else acting).execute()


def _check_role(role: str, by: Staff | None) -> None:
    if role not in ROLES:
        raise Refusal("请选择职务", code="role_unknown", field="role")
    if by and not (by.at_least("manager") and by.at_least(role)):
        raise Refusal("不能给出比自己更高的职务", code="role_too_high", field="role")


def _check_store(store: Store | None, by: Staff | None) -> None:
    if by and by.store_id and (store is None or store.id != by.store_id):
        raise Refusal("只能为自己的店添人", code="other_store", field="store")


def _check_another_owner(person: Staff) -> None:
    others = Staff.select().where(
        Staff.brand == person.brand_id, Staff.role == "owner", Staff.dismissed_at.is_null(), Staff.id != person.id
    )
    if not others.exists():
        raise Refusal("至少要留一位老板", code="last_owner")


def _username(typed: str) -> str:
    name = typed.strip().casefold()
    if not USERNAME.match(name):
        raise Refusal("用户名用小写字母和数字，3 到 40 位", code="username_shape", field="username")
    return name


def _is_run(text: str) -> bool:
    """1234, 4321, 7890, abcdefgh: each character follows the one before."""
    steps = {(ord(b) - ord(a)) for a, b in itertools.pairwise(text)}
    return (len(steps) == 1 and steps <= {1, -1}) or text in ("7890", "0987", "67890", "09876")


def _record(verb: str, person: Staff, by: Staff | None, at: int, **data: Any) -> None:
    whose = person.store_id or (by.store_id if by else None)
    events.record(verb, at, store=whose, staff=by.id if by else None, ref=person.username, name=person.name, **data)

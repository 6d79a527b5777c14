"""The whole schema, in the order of a member's story: shop, member, sign-in, visit, points, reward, and what staff see.

Who calls it: every room. It imports nothing of ours and asks questions about ONE row only.
Units everywhere: time is whole seconds since 1970 in UTC, money is fen, points are whole points.
The tables refuse what the rules refuse (CHECK, unique, partial unique); `docs/invariants.md` lists each of these.
"""

import fcntl
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import IO, Any

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    ColumnBase,
    Context,
    Database,
    DatabaseProxy,
    ForeignKeyField,
    IntegerField,
    Model,
    PostgresqlDatabase,
    SmallIntegerField,
    TextField,
)

database: Any = DatabaseProxy()


# --- how rows are written and read ---------------------------------------------------------------------------------


class WriterQueue:
    """One queue for all SQLite writers of this machine: a lock between threads, `flock` between processes.

    SQLite's own busy handler polls and so starves somebody for seconds; these two sleep in the kernel, in order.
    Holders are bounded: every transaction is short, and a process that dies gives up its lock.
    """

    def __init__(self) -> None:
        self._thread = threading.RLock()
        self._file: IO[bytes] | None = None

    def at(self, path: str | None) -> None:
        """Use the lock file `path` between processes; None (another database, a private one) needs no file."""
        if self._file:
            self._file.close()
        self._file = open(path, "wb") if path else None  # noqa: SIM115 - held as long as the process lives

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._thread.acquire(timeout=3):
            raise TimeoutError("the writers' queue did not move for 3 s")
        try:
            if self._file:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            yield
        finally:
            if self._file:
                fcntl.flock(self._file, fcntl.LOCK_UN)
            self._thread.release()


writers = WriterQueue()


@contextmanager
def transaction() -> Iterator[None]:
    """All or nothing. On SQLite the write lock is taken at once (IMMEDIATE), after waiting in one queue; nested is a savepoint."""
    db: Database = database.obj
    if db.in_transaction() or isinstance(db, PostgresqlDatabase):
        with db.atomic():
            yield
    else:
        with writers.turn(), db.atomic("IMMEDIATE"):
            yield


class Param(ColumnBase):
    """A named hole in a query that is built once and run many times; see `Prepared`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __sql__(self, ctx: Context) -> Context:
        ctx.literal(ctx.state.param or "?")
        ctx._values.append(self)  # type: ignore[attr-defined]
        return ctx


class Prepared:
    """A peewee query built once: peewee needs some 300 µs to build a query and 14 µs to run it.

    `Prepared(lambda: Member.select(Member.id).where(Member.code == Param("code")))`, then `.rows(code="…")` for tuples,
    `.row(…)` for the first or None, `.one(Member, …)` for the first as an object when whole rows are selected, `.run(…)` for the
    number of rows changed. Values go in as they are stored.
    """

    def __init__(self, build: Any) -> None:
        self._build = build
        self._built: tuple[Any, str, list[Any]] = (None, "", [])

    def _execute(self, values: Mapping[str, Any]) -> Any:
        db = database.obj
        if self._built[0] is not db:
            query = self._build()
            query.bind(db)
            text, holes = query.sql()
            self._built = (db, *_with_constants(text, list(holes), db.param))
        _, text, holes = self._built
        return db.execute_sql(text, [values[hole.name] if isinstance(hole, Param) else hole for hole in holes])

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        return list(self._execute(values).fetchall())

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._execute(values).fetchone()
        return found

    def one(self, model: Any, **values: Any) -> Any:
        found = self.row(**values)
        return read_row(model, found)[0] if found else None

    def run(self, **values: Any) -> int:
        changed: int = self._execute(values).rowcount
        return changed


def _with_constants(text: str, holes: list[Any], mark: str) -> tuple[str, list[Any]]:
    """The query with its constants written out, so that only the named holes are bound.

    SQLite plans a statement anew at every run when a bound value decides whether a partial index may be used: eight times the price.
    """
    pieces = text.split(mark)
    kept, out = [], [pieces[0]]
    for hole, piece in zip(holes, pieces[1:], strict=True):
        plain = type(hole) is int or (type(hole) is str and hole.isalnum())
        if plain:
            out += [str(hole) if type(hole) is int else f"'{hole}'", piece]
        else:
            kept.append(hole)
            out += [mark, piece]
    return "".join(out), kept


def read_row(model: Any, values: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """One row object out of the front of a tuple, without the cost of peewee's constructor; None for an empty outer join."""
    names, converted = _columns(model)
    here, rest = values[: len(names)], values[len(names) :]
    if here[0] is None:
        return None, rest
    row = model.__new__(model)
    row.__data__ = data = dict(zip(names, here, strict=True))
    for name, python_value in converted:
        if data[name] is not None:
            data[name] = python_value(data[name])
    row.__rel__ = {}
    row._dirty = set()
    return row, rest


@cache
def _columns(model: Any) -> tuple[list[str], list[tuple[str, Any]]]:
    """The names of a row's columns, and those whose values do not come out of the database as they are used."""
    fields = model._meta.sorted_fields
    plain = (CharField, IntegerField, ForeignKeyField)
    return [field.name for field in fields], [(f.name, f.python_value) for f in fields if not isinstance(f, plain)]


def locked(model: Any, row_id: int) -> Any:
    """The row as it is now, held until the transaction ends (PostgreSQL locks the row; SQLite's writer is alone anyway)."""
    query = model.select().where(model.id == row_id)
    if isinstance(database.obj, PostgresqlDatabase):
        query = query.for_update("FOR NO KEY UPDATE")  # rows that only point here may still be written
    return query.get_or_none()


class JsonField(TextField):
    """A small document kept as text, the same on SQLite and PostgreSQL."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def python_value(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


class WordsField(JsonField):
    """A shop's own words by language, {"zh": …, "en": …, "zh_Hant": …}; `zh` is always there."""


class At(BigIntegerField):
    """A moment: whole seconds since 1970, UTC."""


class Row(Model):
    class Meta:
        database = database
        only_save_dirty = True
        legacy_table_names = False


def _one_of(column: str, *values: str) -> Any:
    listed = ",".join(f"'{value}'" for value in values)
    return Check(f"{column} IN ({listed})")


# --- the shop --------------------------------------------------------------------------------------------------------

KINDS = ("bath", "laundry", "retail")
TIERS = ("ordinary", "loyal", "vip")
ROLES = ("clerk", "senior", "manager", "owner")
PURPOSES = ("service", "marketing", "survey", "partner")


class Brand(Row):
    """One brand, one database: members, points and standards belong to it."""

    name = WordsField()
    hue = SmallIntegerField(null=True, constraints=[Check("hue BETWEEN 0 AND 359")])
    policy = JsonField(default=dict)
    policy_version = IntegerField(default=1)
    made_at = At()


class Store(Row):
    """A shop with a door: its queue, stock and people are its own. `queue_version` rises with every change staff should see."""

    brand = ForeignKeyField(Brand, backref="stores")
    slug = CharField(40, unique=True)
    name = WordsField()
    kind = CharField(10, constraints=[_one_of("kind", *KINDS)])
    timezone = CharField(40, default="Asia/Shanghai")
    phone = CharField(40, default="")
    address = WordsField(default=lambda: {"zh": ""})
    hue = SmallIntegerField(null=True, constraints=[Check("hue BETWEEN 0 AND 359")])
    policy = JsonField(default=dict)
    queue_version = BigIntegerField(default=0)
    counter_window = BigIntegerField(
        default=0
    )  # the newest counter code that was ever used: older ones never work again
    made_at = At()
    closed_at = At(null=True)


class OpeningInterval(Row):
    """Open from `opens` to `closes`, minutes after local midnight; a bath that closes at 02:00 has closes=1560."""

    store = ForeignKeyField(Store, backref="hours", on_delete="CASCADE", index=False)
    weekday = SmallIntegerField(constraints=[Check("weekday BETWEEN 0 AND 6")])
    opens = SmallIntegerField(constraints=[Check("opens BETWEEN 0 AND 1439")])
    closes = SmallIntegerField(constraints=[Check("closes > opens AND closes <= 2880")])

    class Meta:
        indexes = ((("store", "weekday", "opens"), True),)


class Placement(Row):
    """Where a poster hangs (door, locker, table); its slug is the `?p=` of the printed address."""

    store = ForeignKeyField(Store, backref="placements", on_delete="CASCADE", index=False)
    slug = CharField(40)
    name = WordsField()
    made_at = At()

    class Meta:
        indexes = ((("store", "slug"), True),)


class PlacementDay(Row):
    """Scans and joins of one poster on one local day (days since 1970-01-01)."""

    placement = ForeignKeyField(Placement, backref="days", on_delete="CASCADE", index=False)
    day = IntegerField()
    scans = IntegerField(default=0)
    joins = IntegerField(default=0)

    class Meta:
        indexes = ((("placement", "day"), True),)


# --- the member and the people ---------------------------------------------------------------------------------------


class Member(Row):
    """One customer of the brand. Invariant: points, held and owed are the sums of the member's ledger lines, never below zero."""

    brand = ForeignKeyField(Brand, index=False)
    code = CharField(16, unique=True)
    name = CharField(60, default="")
    phone_sealed = BlobField(null=True)
    phone_key = CharField(64, null=True, unique=True)  # keyed hash: found by number, unreadable in a stolen file
    tail_key = CharField(64, null=True, index=True)  # the same for the last four digits
    birthday = SmallIntegerField(null=True, constraints=[Check("birthday BETWEEN 101 AND 1231")])  # month * 100 + day
    tier = CharField(10, default="ordinary", constraints=[_one_of("tier", *TIERS)])
    locale = CharField(10, default="zh")
    large = BooleanField(default=False)
    theme = CharField(5, default="auto", constraints=[_one_of("theme", "auto", "light", "dark")])
    points = IntegerField(default=0, constraints=[Check("points >= 0")])
    held = IntegerField(default=0, constraints=[Check("held >= 0")])
    owed = IntegerField(default=0, constraints=[Check("owed >= 0")])
    version = IntegerField(default=0)  # rises with every ledger line
    pin_hash = CharField(200, null=True)
    source = CharField(20, default="poster")
    store = ForeignKeyField(Store, null=True, index=False)  # where they joined
    placement = ForeignKeyField(Placement, null=True, index=False)
    joined_at = At(index=True)
    seen_at = At(null=True)  # last visit
    erased_at = At(null=True)
    merged_into = ForeignKeyField("self", null=True, index=False)


class Consent(Row):
    """One yes or no, for one purpose, to one text. The newest row of a purpose counts; none is ever changed."""

    member = ForeignKeyField(Member, backref="consents", index=False)
    purpose = CharField(10, constraints=[_one_of("purpose", *PURPOSES)])
    granted = BooleanField()
    text_version = CharField(20)
    source = CharField(20)
    at = At()

    class Meta:
        indexes = ((("member", "purpose", "at"), False),)


class Staff(Row):
    """Somebody who works here. `store` is empty for people of the whole brand (owner)."""

    brand = ForeignKeyField(Brand, index=False)
    store = ForeignKeyField(Store, null=True, backref="people")
    username = CharField(40, unique=True)
    name = CharField(40)
    role = CharField(10, constraints=[_one_of("role", *ROLES)])
    password_hash = CharField(200)
    pin_hash = CharField(200, null=True)
    member = ForeignKeyField(Member, null=True)  # their own points card: nobody approves for themselves
    made_at = At()
    dismissed_at = At(null=True)

    def at_least(self, role: str) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)


class Device(Row):
    """One sign-in on one browser. The cookie holds a random secret, the row its hash. Ended rows stay for the record."""

    kind = CharField(6, constraints=[_one_of("kind", "member", "desk")])
    token_hash = CharField(64, unique=True)
    member = ForeignKeyField(Member, null=True, backref="devices")
    staff = ForeignKeyField(Staff, null=True, backref="devices")  # who signed the tablet in
    store = ForeignKeyField(Store, null=True, index=False)
    label = CharField(80, default="")
    made_at = At()
    seen_at = At()
    expires_at = At()
    ended_at = At(null=True)
    acting = ForeignKeyField(Staff, null=True, index=False)  # whose PIN was typed last
    acting_until = At(null=True)
    proved_at = At(null=True)  # the last time the PIN or password was typed, for acts that ask again

    class Meta:
        constraints = [
            Check("(kind = 'member') = (member_id IS NOT NULL)"),
            Check("(kind = 'desk') = (staff_id IS NOT NULL)"),
        ]


class Passkey(Row):
    member = ForeignKeyField(Member, null=True, backref="passkeys")
    staff = ForeignKeyField(Staff, null=True, backref="passkeys")
    credential = CharField(400, unique=True)
    public_key = BlobField()
    sign_count = BigIntegerField(default=0)
    label = CharField(80, default="")
    made_at = At()
    used_at = At(null=True)


class Handshake(Row):
    """Four digits on a phone that a clerk confirms at the counter. `member` is empty for a number nobody has: it never confirms."""

    store = ForeignKeyField(Store, index=False)
    digits = CharField(4)
    browser_hash = CharField(64)  # only the browser that asked can use it
    purpose = CharField(8, constraints=[_one_of("purpose", "sign_in", "attach")])
    member = ForeignKeyField(Member, null=True, index=False)
    guest = ForeignKeyField(Member, null=True, index=False)  # attach: the pass without a number whose points move over
    made_at = At()
    expires_at = At()
    confirmed_at = At(null=True)
    confirmed_by = ForeignKeyField(Staff, null=True, index=False)
    closed_at = At(null=True)  # used, refused or lapsed

    class Meta:
        indexes = ((("browser_hash",), True),)


Handshake.add_index(
    Handshake.index(
        Handshake.store, Handshake.digits, unique=True, where=Handshake.closed_at.is_null(), name="handshake_open"
    )
)


class Challenge(Row):
    """A passkey challenge: made once, used once."""

    browser_hash = CharField(64, unique=True)
    challenge = CharField(120)
    expires_at = At()


class Digits(Row):
    """Six digits that stand for one member for a short while: what a clerk types when nothing can be scanned."""

    digits = CharField(6, unique=True)
    member = ForeignKeyField(Member, unique=True)
    expires_at = At()


class Attempt(Row):
    """Wrong guesses at one door (a keyed hash of account, or of account and source) and until when it stays shut."""

    subject = CharField(64, unique=True)
    fails = IntegerField(default=0)
    since = At()
    until = At(default=0)


# --- visits and bills --------------------------------------------------------------------------------------------------


class Visit(Row):
    """A member was here. One open visit per member and store: a second scan in the window is the same visit."""

    id = BigAutoField()
    member = ForeignKeyField(Member, backref="visits", index=False)
    store = ForeignKeyField(Store, index=False)
    source = CharField(10, constraints=[_one_of("source", "counter", "desk", "till")])
    at = At()
    closes_at = At()
    is_open = BooleanField(default=True)

    class Meta:
        indexes = ((("member", "at"), False), (("store", "at"), False))


Visit.add_index(Visit.index(Visit.member, Visit.store, unique=True, where=SQL("is_open"), name="visit_open"))


class Purchase(Row):
    """One bill. `member` is empty until somebody claims it by its own QR code."""

    id = BigAutoField()
    store = ForeignKeyField(Store, index=False)
    code = CharField(16, unique=True)
    key = CharField(120)  # the till's or the form's own ticket: the same ticket is the same bill
    receipt = CharField(60, default="")
    source = CharField(6, constraints=[_one_of("source", "desk", "till", "demo")])
    amount = IntegerField(constraints=[Check("amount > 0")])
    refunded = IntegerField(default=0, constraints=[Check("refunded >= 0 AND refunded <= amount")])
    member = ForeignKeyField(Member, null=True, backref="purchases", index=False)
    staff = ForeignKeyField(Staff, null=True, index=False)
    at = At()
    claim_until = At(null=True)

    class Meta:
        indexes = ((("store", "key"), True), (("member", "at"), False), (("store", "at"), False))


class Refund(Row):
    purchase = ForeignKeyField(Purchase, backref="refunds", index=False)
    key = CharField(120)
    amount = IntegerField(constraints=[Check("amount > 0")])
    staff = ForeignKeyField(Staff, null=True, index=False)
    at = At()

    class Meta:
        indexes = ((("purchase", "key"), True),)


# --- points ------------------------------------------------------------------------------------------------------------

LINE_KINDS = ("earn", "bonus", "hold", "capture", "release", "expire", "adjust", "reverse")


class LedgerLine(Row):
    """One change of one member's points, for ever. `points`, `held`, `owed` are what it added to each; `inputs` is the rule, frozen."""

    id = BigAutoField()
    member = ForeignKeyField(Member, backref="lines", index=False)
    kind = CharField(8, constraints=[_one_of("kind", *LINE_KINDS)])
    points = IntegerField(default=0)
    held = IntegerField(default=0)
    owed = IntegerField(default=0)
    reason = CharField(30)
    inputs = JsonField(default=dict)
    key = CharField(120, unique=True)
    at = At()
    store = ForeignKeyField(Store, null=True, index=False)
    staff = ForeignKeyField(Staff, null=True, index=False)
    twin = ForeignKeyField("self", null=True, backref="twins")  # the line this one settles, gives back or takes back
    purchase = ForeignKeyField(Purchase, null=True, backref="lines")

    class Meta:
        indexes = ((("member", "id"), False),)


class Lot(Row):
    """Points that were earned together and lapse together. Invariant: size - left = the sum of its uses."""

    id = BigAutoField()
    line = ForeignKeyField(LedgerLine, unique=True, backref="lots")
    member = ForeignKeyField(Member, backref="lots", index=False)
    size = IntegerField(constraints=[Check("size > 0")])
    left = IntegerField(constraints=[Check('"left" >= 0 AND "left" <= size')])
    expires_at = At()


Lot.add_index(Lot.index(Lot.member, Lot.expires_at, where=SQL('"left" > 0'), name="lot_usable"))
Lot.add_index(Lot.index(Lot.expires_at, where=SQL('"left" > 0'), name="lot_lapsing"))


class LotUse(Row):
    """What one line took out of one lot; below zero when it gave back."""

    id = BigAutoField()
    lot = ForeignKeyField(Lot, backref="uses")
    line = ForeignKeyField(LedgerLine, backref="uses")
    points = IntegerField(constraints=[Check("points <> 0")])


# --- rewards -----------------------------------------------------------------------------------------------------------

REWARD_KINDS = ("item", "service", "coupon", "trial", "amount")
STATES = ("held", "captured", "declined", "cancelled", "expired", "reversed")


class Reward(Row):
    """Something points buy. kind 'amount': the member chooses between points and points_max; 'trial': costs nothing."""

    brand = ForeignKeyField(Brand, index=False)
    name = WordsField()
    note = WordsField(default=lambda: {"zh": ""})
    kind = CharField(8, default="item", constraints=[_one_of("kind", *REWARD_KINDS)])
    points = IntegerField(constraints=[Check("points >= 0")])
    points_max = IntegerField(null=True)
    value = IntegerField(default=0, constraints=[Check("value >= 0")])  # fen: what it is worth over the counter
    tier = CharField(10, default="ordinary", constraints=[_one_of("tier", *TIERS)])
    opens_at = At(default=0)
    early_at = At(null=True)  # VIPs may hold it from here on
    closes_at = At(null=True)
    per_member = IntegerField(null=True, constraints=[Check("per_member > 0")])
    art = CharField(20, default="gift")
    place = IntegerField(default=0)  # order in the catalogue
    made_at = At()
    retired_at = At(null=True)

    def is_open(self, at: int, tier: str) -> bool:
        opens = min(self.opens_at, self.early_at) if self.early_at and tier == "vip" else self.opens_at
        return self.retired_at is None and opens <= at and (self.closes_at is None or at < self.closes_at)


class Shelf(Row):
    """A reward in one store and how many are left there; empty stock is without end."""

    reward = ForeignKeyField(Reward, backref="shelves", on_delete="CASCADE", index=False)
    store = ForeignKeyField(Store, index=False)
    stock = IntegerField(null=True, constraints=[Check("stock >= 0")])

    class Meta:
        indexes = ((("reward", "store"), True),)


class Redemption(Row):
    """Points and one piece of stock, held for ten minutes under two words; settled once, perhaps undone once."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    member = ForeignKeyField(Member, backref="redemptions", index=False)
    reward = ForeignKeyField(Reward, index=False)
    store = ForeignKeyField(Store, index=False)
    shelf = ForeignKeyField(Shelf, index=False)
    points = IntegerField(constraints=[Check("points >= 0")])
    words = CharField(10)  # two numbers into the word list
    state = CharField(10, default="held", constraints=[_one_of("state", *STATES)])
    ticket = CharField(64)
    line = ForeignKeyField(LedgerLine, null=True, index=False)  # the hold; empty for a trial that costs nothing
    held_at = At()
    expires_at = At()
    settled_at = At(null=True)
    settled_by = ForeignKeyField(Staff, null=True, index=False)
    why = CharField(20, default="")  # of a decline
    undone_at = At(null=True)
    undone_by = ForeignKeyField(Staff, null=True, index=False)

    class Meta:
        indexes = ((("member", "ticket"), True), (("member", "held_at"), False), (("reward", "member"), False))


Redemption.add_index(
    Redemption.index(
        Redemption.member, Redemption.reward, unique=True, where=SQL("state = 'held'"), name="redemption_running"
    )
)
Redemption.add_index(Redemption.index(Redemption.expires_at, where=SQL("state = 'held'"), name="redemption_lapsing"))


# --- what staff see, what everybody is told ----------------------------------------------------------------------------


class Work(Row):
    """One card in a store's queue, whatever room it belongs to. Open while `done_at` is empty; ordered by `due_at`."""

    id = BigAutoField()
    store = ForeignKeyField(Store, index=False)
    kind = CharField(12)
    ref = CharField(24)
    member = ForeignKeyField(Member, null=True, index=False)
    brief = JsonField(default=dict)
    made_at = At()
    due_at = At()
    opened_by = ForeignKeyField(Staff, null=True, index=False)
    opened_at = At(null=True)
    done_at = At(null=True)

    class Meta:
        indexes = ((("kind", "ref"), True),)


Work.add_index(Work.index(Work.store, Work.due_at, where=Work.done_at.is_null(), name="work_open"))


class Event(Row):
    """Who did what to what, and when: the member's timeline, the audit and the figures are read from here. Never changed."""

    id = BigAutoField()
    at = At(index=True)
    verb = CharField(40)
    store = ForeignKeyField(Store, null=True, index=False)
    staff = ForeignKeyField(Staff, null=True, index=False)
    member = ForeignKeyField(Member, null=True, index=False)
    ref = CharField(40, default="")
    data = JsonField(default=dict)

    class Meta:
        indexes = ((("store", "id"), False), (("member", "id"), False), (("staff", "id"), False))


class Message(Row):
    """One entry in a member's inbox, kept as a key and its values so that it reads in the language of the day."""

    id = BigAutoField()
    member = ForeignKeyField(Member, backref="messages", index=False)
    kind = CharField(8, constraints=[_one_of("kind", "service", "care")])
    text = CharField(30)
    params = JsonField(default=dict)
    url = CharField(120, default="")
    key = CharField(120, unique=True)
    at = At()
    read_at = At(null=True)

    class Meta:
        indexes = ((("member", "id"), False),)


Message.add_index(Message.index(Message.member, where=Message.read_at.is_null(), name="message_unread"))


class Letter(Row):
    """The outbox: something to send outside. due → sending → sent, or back to due with a later `next_at`, or dead."""

    id = BigAutoField()
    audience = CharField(8, constraints=[_one_of("audience", "staff", "member")])
    member = ForeignKeyField(Member, null=True, index=False)
    store = ForeignKeyField(Store, null=True, index=False)
    text = CharField(30)
    params = JsonField(default=dict)
    key = CharField(120, unique=True)
    state = CharField(8, default="due", constraints=[_one_of("state", "due", "sending", "sent", "dead")])
    tries = SmallIntegerField(default=0)
    next_at = At()
    at = At()
    error = CharField(200, default="")


Letter.add_index(Letter.index(Letter.next_at, where=SQL("state IN ('due', 'sending')"), name="letter_waiting"))


class ApiKey(Row):
    """A till's key: only its hash is kept; it speaks for one store."""

    store = ForeignKeyField(Store, backref="api_keys")
    name = CharField(60)
    hash = CharField(64, unique=True)
    hint = CharField(12)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    revoked_at = At(null=True)


class ApiCall(Row):
    """The first answer to one idempotency key, given again to every repeat."""

    id = BigAutoField()
    store = ForeignKeyField(Store, index=False)
    key = CharField(255)
    fingerprint = CharField(64)
    status = SmallIntegerField()
    body = TextField()
    at = At(index=True)

    class Meta:
        indexes = ((("store", "key"), True),)


class JobRun(Row):
    """When a background job last ran, and how it went; `/readyz` reads it."""

    name = CharField(40, unique=True)
    ran_at = At()
    ok_at = At(null=True)
    error = CharField(200, default="")


MODELS: list[type[Model]] = [
    Brand, Store, OpeningInterval, Placement, PlacementDay,
    Member, Consent, Staff, Device, Passkey, Handshake, Challenge, Digits, Attempt,
    Visit, Purchase, Refund,
    LedgerLine, Lot, LotUse,
    Reward, Shelf, Redemption,
    Work, Event, Message, Letter, ApiKey, ApiCall, JobRun,
]  # fmt: skip

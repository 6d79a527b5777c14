"""The whole schema, in the order of a member's story: shop, member, sign-in, visit, points, reward, and what staff see.

Who calls it: every room. It imports nothing of ours and asks questions about ONE row only.
Units everywhere: time is whole seconds since 1970 in UTC, money is fen, points are whole points.
The tables refuse what the rules refuse (CHECK, unique, partial unique); `docs/invariants.md` lists each of these.
"""

import contextlib
import fcntl
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from operator import itemgetter
from queue import Empty, SimpleQueue
from typing import Any

import msgspec
from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    ColumnBase,
    CompositeKey,
    Context,
    Database,
    DatabaseProxy,
    ForeignKeyField,
    IntegerField,
    Model,
    PostgresqlDatabase,
    Select,
    SmallIntegerField,
    TextField,
    fn,
)

database: Any = DatabaseProxy()
_json = msgspec.json.Encoder(order="sorted")
_PLAIN = re.compile(r"[\w ]*", re.ASCII)


# --- how rows are written and read ---------------------------------------------------------------------------------


class WriterQueue:
    """One queue for all SQLite writers of this machine: a lock between threads, `flock` between processes.

    SQLite's own busy handler polls and so starves somebody for seconds; these two sleep in the kernel, in order.
    A process that dies gives up its lock; one that hangs with it does not, so nobody waits longer than PATIENCE.
    """

    PATIENCE = 3.0  # seconds

    def __init__(self) -> None:
        self._thread = threading.RLock()
        self._held = 0  # how often the thread in turn has entered
        self._path: str | None = None
        self._line: _Line | None = None

    def at(self, path: str | None) -> None:
        """Use the lock file `path` between processes; None (another database, a private one) needs no file."""
        if self._line:
            self._line.leave()
        self._path = path
        self._line = _Line(path) if path else None

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._thread.acquire(timeout=self.PATIENCE):
            raise TimeoutError("the writers' queue did not move for 3 s")
        try:
            if self._held == 0 and self._line and not self._line.wait(self.PATIENCE):
                self.at(self._path)  # behind again; the old place is given up as soon as its turn comes
                raise TimeoutError("another process has been writing for 3 s")
            self._held += 1
            try:
                yield
            finally:
                self._held -= 1
                if self._held == 0 and self._line:
                    self._line.done()
        finally:
            self._thread.release()


class _Line:
    """A place in the line of processes before one lock file. `flock` cannot be told how long to wait: a helper waits, when it must."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "wb")  # noqa: SIM115 - held as long as the process lives
        self._helper: threading.Thread | None = None
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._come: SimpleQueue[None] = SimpleQueue()

    def wait(self, seconds: float) -> bool:
        """Is it our turn, at once or within so many seconds? After a no this place must be left."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            pass
        if self._helper is None:
            self._helper = threading.Thread(target=self._help, name="writers' queue", daemon=True)
            self._helper.start()
        self._asked.put(True)
        try:
            self._come.get(timeout=seconds)
        except Empty:
            return False
        return True

    def done(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def leave(self) -> None:
        """For good. A helper that still waits lets go as soon as it is its turn."""
        if self._helper is None:
            self._file.close()
        else:
            self._asked.put(False)

    def _help(self) -> None:
        with self._file:
            while self._asked.get():
                fcntl.flock(self._file, fcntl.LOCK_EX)
                self._come.put(None)


writers = WriterQueue()


def transaction() -> AbstractContextManager[None]:
    """All or nothing. On SQLite the write lock is taken at once (IMMEDIATE), after waiting in one queue.

    Inside another one it is a part of that: no savepoint, so whatever is raised must reach the outermost `with` and undo all of it.
    Somebody in between who catches it would keep half of a rule: then the outermost one raises, and keeps nothing. For a statement that
    may fail and is caught, `database.atomic()` is a savepoint.
    """
    outer = database.obj.top_transaction()
    return _whole() if outer is None else _Part(outer)


class _Part:
    """A transaction inside another one."""

    def __init__(self, outer: Any) -> None:
        self._outer = outer

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._outer.half_done = True


@contextmanager
def _whole() -> Iterator[None]:
    db: Database = database.obj
    with contextlib.nullcontext() if isinstance(db, PostgresqlDatabase) else writers.turn(), db.transaction() as begun:
        whole: Any = begun
        whole.last, whole.done = {}, set()
        yield
        if getattr(whole, "half_done", False):
            raise RuntimeError("a no was caught inside a transaction: half of a rule would be kept")
        for _, act in sorted(whole.last.items(), key=itemgetter(0)):
            act()


def first_time(what: str) -> bool:
    """Is this the first to ask so in the transaction that runs? What is done once in it need not be done again."""
    done: set[str] | None = getattr(database.obj.top_transaction(), "done", None)
    if done is None:
        return True
    if what in done:
        return False
    done.add(what)
    return True


def lastly(key: str, act: Callable[[], None]) -> None:
    """Do this once, right before the transaction's end, after everything else that its rules do; at once where there is none."""
    last = getattr(database.obj.top_transaction(), "last", None)
    if last is None:
        act()
    else:
        last[key] = act


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
    number of rows changed, and `.note(…)` for a write of which nobody needs to hear: PostgreSQL gets it along with the next
    question of the transaction, or with its COMMIT. Values go in as they are stored. PostgreSQL keeps the plan as well; where it
    cannot tell the type of a hole (in a SELECT's list), `Param("at").cast("bigint")` says it. `wide` is for whole rows that are asked
    for all the time: PostgreSQL says them as one document (`read_row` knows), for its driver spends more on the name of each column
    than the database on finding the row.
    """

    def __init__(self, build: Any, *, wide: bool = False) -> None:
        self._build = build
        self._wide = wide
        self._packed = False
        self._db: Any = None
        self._text = ""
        self._notes = False
        self._constants: dict[str, Any] = {}

    def _build_for(self, db: Any) -> None:
        query = self._build()
        self._packed = self._wide and isinstance(db, PostgresqlDatabase)
        if self._packed:
            document = fn.json_build_array(*query._returning).cast("text")
            query = query.select(document) if isinstance(query, Select) else query.returning(document)
        query.bind(db)
        text, holes = query.sql()
        text, self._constants = _with_names(text, list(holes), db.param)
        self._text = db.kept(text) if hasattr(db, "kept") else text
        self._notes = hasattr(db, "note")
        self._db = db

    def _execute(self, values: dict[str, Any], note: bool = False) -> Any:
        db = database.obj
        if self._db is not db:
            self._build_for(db)
        if self._constants:
            values = {**self._constants, **values}
        if note and self._notes:
            return db.note(self._text, values)
        return db.execute_sql(self._text, values)

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._execute(values).fetchall()
        return [tuple(msgspec.json.decode(row[0])) for row in found] if self._packed else found

    def row(self, **values: Any) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._execute(values).fetchone()
        return tuple(msgspec.json.decode(found[0])) if found and self._packed else found

    def one(self, model: Any, **values: Any) -> Any:
        found = self.row(**values)
        return read_row(model, found)[0] if found else None

    def run(self, **values: Any) -> int:
        changed: int = self._execute(values).rowcount
        return changed

    def note(self, **values: Any) -> None:
        self._execute(values, note=True)


def _with_names(text: str, holes: list[Any], mark: str) -> tuple[str, dict[str, Any]]:
    """The query with its holes named and its constants written out; and what could not be written out, named as well.

    SQLite plans a statement anew at every run when a bound value decides whether a partial index may be used: eight times the price.
    """
    named = "%({})s" if mark == "%s" else ":{}"
    pieces = text.split(mark)
    out: list[str] = [pieces[0]]
    bound: dict[str, Any] = {}
    for hole, piece in zip(holes, pieces[1:], strict=True):
        if isinstance(hole, Param):
            written = named.format(hole.name)
        elif type(hole) is int:
            written = str(hole)
        elif type(hole) is str and _PLAIN.fullmatch(hole):
            written = f"'{hole}'"
        else:
            name = f"constant_{len(bound)}"
            bound[name], written = hole, named.format(name)
        out += [written, piece]
    return "".join(out), bound


def read_row(model: Any, values: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """One row object out of the front of a tuple, without the cost of peewee's constructor; None for an empty outer join."""
    names, converted = _columns(model)
    rest = values[len(names) :]
    if values[0] is None:
        return None, rest
    row = model.__new__(model)
    row.__data__ = data = dict(zip(names, values, strict=False))
    for name, python_value in converted:
        if (kept := data[name]) is not None:
            data[name] = python_value(kept)
    row.__rel__ = {}
    row._dirty = set()
    return row, rest


@cache
def _columns(model: Any) -> tuple[list[str], list[tuple[str, Any]]]:
    """The names of a row's columns, and those whose values do not come out of the database as they are used."""
    fields = model._meta.sorted_fields
    plain = (CharField, IntegerField, ForeignKeyField)
    kept_otherwise = [field for field in fields if not isinstance(field, plain)]
    return [field.name for field in fields], [(field.name, _converter(field)) for field in kept_otherwise]


def _converter(field: Any) -> Any:
    if isinstance(field, JsonField):
        return msgspec.json.decode  # it lies there as text: one call, where the field's own method is three
    return _plain_bytes if isinstance(field, BlobField) else field.python_value


def _plain_bytes(kept: Any) -> Any:
    """Bytes as they come out of PostgreSQL's documents ("\\x1e5a…"), or out of a column."""
    return bytes.fromhex(kept[2:]) if isinstance(kept, str) else kept


def locked(model: Any, row_id: int) -> Any:
    """The row as it is now, held until the transaction ends (PostgreSQL locks the row; SQLite's writer is alone anyway)."""
    query = model.select().where(model.id == row_id)
    if isinstance(database.obj, PostgresqlDatabase):
        query = query.for_update("FOR NO KEY UPDATE")  # rows that only point here may still be written
    return query.get_or_none()


def document(value: Any) -> str:
    """A small document as columns keep it: JSON without spaces, its keys in order."""
    return _json.encode(value).decode()


class JsonField(TextField):
    """A small document kept as text, the same on SQLite and PostgreSQL."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else document(value)

    def python_value(self, value: Any) -> Any:
        return msgspec.json.decode(value) if isinstance(value, str) else value


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
    name_key = BlobField(null=True)  # the name as it is looked for; written with it, see webapp/members/names.py
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
    birthday_at = At(null=True)  # since when the birthday stands as it is: no second one in a year
    confirmed_at = At(null=True)  # "is this still right?" was answered with yes (A10)
    care_since = At(null=True)  # a case of theirs is open: no selling, and everybody who serves them sees it (J8)
    erased_at = At(null=True)
    merged_into = ForeignKeyField("self", null=True, index=False)


# All that finding by name and putting in order needs: the rows themselves are read for the twenty that are shown.
Member.add_index(
    Member.index(Member.name_key, Member.seen_at, Member.id, Member.erased_at, Member.merged_into, name="member_named")
)


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
    helping = ForeignKeyField(
        Member, null=True, index=False
    )  # for whom of the family the member acts on this device now

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
    amount = IntegerField(constraints=[Check("amount > 0")])  # what is paid
    full = IntegerField(null=True)  # what it came to before the prices below, fen
    price = JsonField(default=dict)  # how the one became the other, frozen; empty where nothing was taken off
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
    gift_only = BooleanField(default=False)  # is given, never bought with points: not in the catalogue
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


# --- bookings ----------------------------------------------------------------------------------------------------------

SERVICE_KINDS = ("bath", "massage", "sweat", "fitting", "event", "pickup", "delivery")
RESOURCE_KINDS = ("room", "pool", "person", "place", "van")
BOOKING_STATES = (
    "requested",
    "offered",
    "confirmed",
    "arrived",
    "done",
    "declined",
    "cancelled",
    "no_show",
    "lapsed",
)
HOLDING = ("requested", "offered", "confirmed", "arrived", "done")  # in these states a booking has its seats
QUARTER = 900  # seconds: time is sold in quarters of an hour
EDIT = 1 << 32  # what an edit of the supply adds to `Calendar.version`; seats that move add 1
BOOKING_SOURCES = ("member", "desk", "phone", "walk_in", "standing", "waiting", "till")


class Calendar(Row):
    """One row a store, taken first by whoever moves seats: they stand in line there, and `version` says that free times are new.

    Its upper half counts edits of the supply (`EDIT`), its lower half moves of seats.
    """

    store = ForeignKeyField(Store, unique=True)
    version = BigIntegerField(default=0)


class Service(Row):
    """Something with a time: a bath, a massage, an event, a pick-up window. `version` rises with every edit, so that no one books old terms."""

    store = ForeignKeyField(Store, backref="services", index=False)
    name = WordsField()
    note = WordsField(default=lambda: {"zh": ""})
    kind = CharField(10, constraints=[_one_of("kind", *SERVICE_KINDS)])
    minutes = SmallIntegerField(constraints=[Check("minutes BETWEEN 5 AND 1440")])
    clean_minutes = SmallIntegerField(default=0, constraints=[Check("clean_minutes BETWEEN 0 AND 240")])
    step_minutes = SmallIntegerField(default=30, constraints=[Check("step_minutes BETWEEN 15 AND 1440")])
    price = IntegerField(default=0, constraints=[Check("price >= 0")])
    per_person = BooleanField(default=True)  # the price; else for the whole party
    people_min = SmallIntegerField(default=1, constraints=[Check("people_min >= 1")])
    people_max = SmallIntegerField(default=1, constraints=[Check("people_max >= people_min AND people_max <= 200")])
    lead_minutes = IntegerField(default=0, constraints=[Check("lead_minutes BETWEEN 0 AND 43200")])
    horizon_days = SmallIntegerField(default=14, constraints=[Check("horizon_days BETWEEN 1 AND 366")])
    early_days = SmallIntegerField(
        default=0, constraints=[Check("early_days BETWEEN 0 AND 90")]
    )  # VIPs: so much further
    cancel_minutes = IntegerField(default=120, constraints=[Check("cancel_minutes BETWEEN 0 AND 43200")])
    on_request = BooleanField(default=False)  # a person says yes first
    options = JsonField(default=list)  # [{"key", "name": words, "price": fen}]
    perks = JsonField(default=list)  # [{"days": [0-6], "from": minute, "until": minute, "name": words}]
    packages = JsonField(
        default=list
    )  # [{"key", "name": words, "people", "price": fen, "when": "always|weekend|holiday"}]
    hours = JsonField(null=True)  # {"0": [[600, 1320]], …} like the store's; empty: whenever the store is open
    art = CharField(20, default="bath")
    place = IntegerField(default=0)
    version = IntegerField(default=1)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        indexes = ((("store", "place"), False),)


class Resource(Row):
    """What a booking takes up: a room (one party at a time), a pool (so many people at once: `shared`), a person, a van."""

    store = ForeignKeyField(Store, backref="resources")
    name = WordsField()
    kind = CharField(10, constraints=[_one_of("kind", *RESOURCE_KINDS)])
    capacity = SmallIntegerField(default=1, constraints=[Check("capacity BETWEEN 1 AND 500")])
    shared = BooleanField(default=False)
    hours = JsonField(null=True)
    place = IntegerField(default=0)
    made_at = At()
    retired_at = At(null=True)


class Ability(Row):
    """This resource can do this service."""

    service = ForeignKeyField(Service, backref="abilities", on_delete="CASCADE", index=False)
    resource = ForeignKeyField(Resource, backref="abilities", on_delete="CASCADE")

    class Meta:
        indexes = ((("service", "resource"), True),)


class Occurrence(Row):
    """One date of an event, at its place."""

    service = ForeignKeyField(Service, backref="occurrences", on_delete="CASCADE", index=False)
    resource = ForeignKeyField(Resource, index=False)
    starts_at = At()
    cancelled_at = At(null=True)

    class Meta:
        indexes = ((("service", "starts_at"), True),)


class SpecialDay(Row):
    """One calendar day (days since 1970-01-01) with hours of its own; no hours is closed. Goes before holidays and weekdays."""

    store = ForeignKeyField(Store, index=False)
    day = IntegerField()
    hours = JsonField(default=list)  # [[opens, closes], …] minutes after local midnight
    name = WordsField(default=lambda: {"zh": ""})

    class Meta:
        indexes = ((("store", "day"), True),)


class Closure(Row):
    """A resource, or the whole store, cannot be had from … until. Lifted ones stay for the record."""

    store = ForeignKeyField(Store, index=False)
    resource = ForeignKeyField(Resource, null=True, index=False)
    starts_at = At()
    ends_at = At()
    why = CharField(80, default="")
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    lifted_at = At(null=True)

    class Meta:
        constraints = [Check("ends_at > starts_at")]


Closure.add_index(
    Closure.index(Closure.store, Closure.ends_at, where=SQL("lifted_at IS NULL"), name="closure_standing")
)


class Address(Row):
    """Where the van goes for one member; the words are sealed."""

    member = ForeignKeyField(Member, backref="addresses")
    label = CharField(20, default="")
    sealed = BlobField()
    made_at = At()
    removed_at = At(null=True)


class Standing(Row):
    """Every week at this time: a recurring pick-up. `minute` is after local midnight."""

    member = ForeignKeyField(Member, backref="standings")
    service = ForeignKeyField(Service, index=False)
    weekday = SmallIntegerField(constraints=[Check("weekday BETWEEN 0 AND 6")])
    minute = SmallIntegerField(constraints=[Check("minute BETWEEN 0 AND 1439")])
    address = ForeignKeyField(Address, null=True, index=False)
    note_sealed = BlobField(null=True)
    made_at = At()
    ended_at = At(null=True)


Standing.add_index(
    Standing.index(
        Standing.member,
        Standing.service,
        Standing.weekday,
        unique=True,
        where=Standing.ended_at.is_null(),
        name="standing_running",
    )
)


class Waiter(Row):
    """Somebody in line for a service: how many, from when until when, and how long they need to get here."""

    member = ForeignKeyField(Member, backref="waits", index=False)
    store = ForeignKeyField(Store, index=False)
    service = ForeignKeyField(Service, index=False)
    people = SmallIntegerField(constraints=[Check("people >= 1")])
    from_at = At()
    until_at = At()
    travel_minutes = SmallIntegerField(default=0, constraints=[Check("travel_minutes BETWEEN 0 AND 1440")])
    state = CharField(
        8, default="waiting", constraints=[_one_of("state", "waiting", "offered", "taken", "left", "over")]
    )
    passed = JsonField(default=list)  # moments that were offered and not taken: not offered to them again
    too_many_at = At(null=True)  # told that a place was too small for them
    made_at = At()
    ended_at = At(null=True)

    class Meta:
        constraints = [Check("until_at > from_at")]


Waiter.add_index(
    Waiter.index(
        Waiter.member,
        Waiter.service,
        Waiter.from_at,
        unique=True,
        where=SQL("state IN ('waiting', 'offered')"),
        name="waiter_once",
    )
)
Waiter.add_index(Waiter.index(Waiter.store, Waiter.id, where=SQL("state = 'waiting'"), name="waiter_line"))


class Booking(Row):
    """One party at one time, for one or several services held together. `sequence` counts changes for calendars."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    key = CharField(140, unique=True)  # of this filling-in: the same key is the same booking
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, backref="bookings", index=False)
    guest = CharField(60, default="")  # who it is for when nobody is signed in
    guest_phone_sealed = BlobField(null=True)
    source = CharField(10, constraints=[_one_of("source", *BOOKING_SOURCES)])
    state = CharField(10, constraints=[_one_of("state", *BOOKING_STATES)])
    people = SmallIntegerField(constraints=[Check("people >= 1")])
    starts_at = At()
    ends_at = At()
    price = IntegerField(default=0, constraints=[Check("price >= 0")])
    options = JsonField(default=list)  # [{"key", "name", "price"}] as chosen, frozen
    note_sealed = BlobField(null=True)
    cancel_until = At()
    sequence = IntegerField(default=0)
    requested_at = At()
    offer_until = At(null=True)
    answered_at = At(null=True)  # confirmed or declined
    answered_by = ForeignKeyField(Staff, null=True, index=False)
    late_until = At(null=True)
    arrived_at = At(null=True)
    arrived_by = ForeignKeyField(Staff, null=True, index=False)
    ended_at = At(null=True)
    ended_by = ForeignKeyField(Staff, null=True, index=False)
    why = CharField(20, default="")
    replaces = ForeignKeyField("self", null=True)  # a move that waits for a yes: the old one stands until then
    waiter = ForeignKeyField(Waiter, null=True)
    standing = ForeignKeyField(Standing, null=True, index=False)
    address = ForeignKeyField(Address, null=True, index=False)

    class Meta:
        indexes = ((("member", "starts_at"), False), (("store", "starts_at"), False))
        constraints = [Check("ends_at > starts_at"), Check("member_id IS NOT NULL OR guest <> ''")]


Booking.add_index(Booking.index(Booking.offer_until, where=SQL("state = 'offered'"), name="booking_offered"))
Booking.add_index(
    Booking.index(Booking.starts_at, where=SQL("state IN ('requested', 'confirmed', 'arrived')"), name="booking_ahead")
)


class Part(Row):
    """One service of a booking in one resource; `free_at` is when it can be used again, after cleaning."""

    id = BigAutoField()
    booking = ForeignKeyField(Booking, backref="parts", on_delete="CASCADE")
    service = ForeignKeyField(Service, index=False)
    resource = ForeignKeyField(Resource, index=False)
    people = SmallIntegerField(constraints=[Check("people >= 1")])
    starts_at = At()
    ends_at = At()
    free_at = At()
    price = IntegerField(default=0, constraints=[Check("price >= 0")])

    class Meta:
        indexes = ((("resource", "starts_at"), False), (("service", "starts_at"), False))
        constraints = [Check("ends_at > starts_at"), Check("free_at >= ends_at")]


class Seat(Row):
    """One seat of a resource for one quarter of an hour. That this row is unique is why nothing is ever sold twice."""

    resource = ForeignKeyField(Resource, index=False)
    at = At()
    number = SmallIntegerField(constraints=[Check("number >= 0")])
    part = ForeignKeyField(Part, backref="seats", on_delete="CASCADE")

    class Meta:
        primary_key = CompositeKey("resource", "at", "number")
        constraints = [Check("at / 900 * 900 = at")]


class Feed(Row):
    """A member's own calendar address; only the hash of its secret is kept. A new one ends the old one."""

    member = ForeignKeyField(Member, unique=True)
    token_hash = CharField(64, unique=True)
    made_at = At()
    read_at = At(null=True)


# --- laundry -----------------------------------------------------------------------------------------------------------

STAGES = ("received", "agreed", "treated", "cleaned", "checked", "racked")
ORDER_STATES = ("intake", "awaiting", "agreed", "ready", "collected", "cancelled")
DEFECTS = ("stain", "tear", "button", "wear", "fade", "pilling", "other")
STAINS = ("wine", "coffee", "oil", "blood", "ink", "sweat", "grass", "makeup", "mud", "rust", "gum", "unknown")
GARMENTS = (
    "coat", "jacket", "suit", "shirt", "knit", "trousers", "skirt", "dress", "qipao", "down", "sports", "underwear",
    "scarf", "tie", "hat", "gloves", "shoes", "bag", "bedding", "curtain", "toy", "other",
)  # fmt: skip
COLOURS = (
    "black", "white", "grey", "beige", "brown", "red", "pink", "orange", "yellow", "green", "blue", "navy", "purple", "pattern",
)  # fmt: skip
FABRICS = (
    "cotton",
    "linen",
    "wool",
    "cashmere",
    "silk",
    "down",
    "leather",
    "suede",
    "fur",
    "synthetic",
    "denim",
    "mixed",
    "other",
)


class Photo(Row):
    """One picture, re-encoded by us; the file lies under the data folder by its hash, and may belong to several rows. Found by its code only."""

    code = CharField(20, unique=True)
    hash = CharField(64, index=True)
    width = SmallIntegerField(constraints=[Check("width > 0")])
    height = SmallIntegerField(constraints=[Check("height > 0")])
    bytes = IntegerField(constraints=[Check("bytes > 0")])
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True)  # whose it is about
    made_by = ForeignKeyField(Staff, null=True, index=False)  # empty: the member took it
    made_at = At(index=True)


class PriceItem(Row):
    """A line of the price list: a kind of garment, what it costs and how many opening days it takes."""

    store = ForeignKeyField(Store, index=False)
    name = WordsField()
    kind = CharField(12, constraints=[_one_of("kind", *GARMENTS)])  # what advice and the wardrobe go by
    price = IntegerField(constraints=[Check("price >= 0")])
    days = SmallIntegerField(default=3, constraints=[Check("days BETWEEN 0 AND 60")])
    place = IntegerField(default=0)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        indexes = ((("store", "place"), False),)


class Wear(Row):
    """A garment that a member has brought before: the wardrobe."""

    member = ForeignKeyField(Member, backref="wardrobe", index=False)
    kind = CharField(12, constraints=[_one_of("kind", *GARMENTS)])
    name = WordsField()
    fabric = CharField(12, constraints=[_one_of("fabric", *FABRICS)])
    colour = CharField(12, default="", constraints=[_one_of("colour", "", *COLOURS)])
    brand = CharField(40, default="")
    first_at = At()
    last_at = At()
    times = IntegerField(default=1)
    removed_at = At(null=True)  # the member said: forget it

    class Meta:
        indexes = ((("member", "last_at"), False), (("fabric", "kind"), False))


class Order(Row):
    """One bag over the counter: intake → awaiting the member's yes → agreed → ready → collected. `promised_at` may move, the first one stays."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    key = CharField(140, unique=True)
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, backref="orders", index=False)
    guest = CharField(60, default="")
    state = CharField(10, default="intake", constraints=[_one_of("state", *ORDER_STATES)])
    note_sealed = BlobField(null=True)
    price = IntegerField(default=0, constraints=[Check("price >= 0")])
    paid_at = At(null=True)
    receipt = CharField(60, default="")  # the till's, so that points are given once
    made_at = At()
    made_by = ForeignKeyField(Staff, null=True, index=False)
    asked_at = At(null=True)  # the member was asked to agree
    called_at = At(null=True)  # no yes within the time: on the list of people to call
    agreed_at = At(null=True)
    agreed_how = CharField(8, default="", constraints=[_one_of("agreed_how", "", "phone", "tablet", "manager")])
    agreed_by = ForeignKeyField(Staff, null=True, index=False)  # of 'manager'
    agreed_why = CharField(120, default="")
    first_promised_at = At(null=True)
    promised_at = At(null=True)
    in_parts = BooleanField(default=False)  # the member wants what is ready
    promises = SmallIntegerField(default=0)  # how often another time was promised
    rack = CharField(20, default="")
    ready_at = At(null=True)
    reminded_at = At(null=True)
    reminders = SmallIntegerField(default=0)
    ended_at = At(null=True)
    ended_by = ForeignKeyField(Staff, null=True, index=False)
    why = CharField(120, default="")
    purchase = ForeignKeyField(Purchase, null=True, unique=True)
    asked_well_at = At(null=True)  # "all well?", two days after
    well = BooleanField(null=True)
    well_at = At(null=True)
    pickup = ForeignKeyField(Booking, null=True, unique=True)  # the booking it came with
    delivery = ForeignKeyField(Booking, null=True)
    signature = ForeignKeyField(Photo, null=True, index=False)  # signed on the tablet

    class Meta:
        table_name = "laundry_order"  # ORDER is a word of SQL
        indexes = ((("store", "made_at"), False), (("member", "made_at"), False))
        constraints = [
            Check("member_id IS NOT NULL OR guest <> ''"),
            Check("(agreed_at IS NULL) = (agreed_how = '')"),
            Check("agreed_how <> 'manager' OR (agreed_by_id IS NOT NULL AND agreed_why <> '')"),
            Check("state <> 'ready' OR ready_at IS NOT NULL"),
            Check("(state IN ('collected', 'cancelled')) = (ended_at IS NOT NULL)"),
        ]


Order.add_index(
    Order.index(
        Order.store, Order.promised_at, where=SQL("state IN ('intake', 'awaiting', 'agreed')"), name="order_working"
    )
)
Order.add_index(
    Order.index(Order.ended_at, where=SQL("state = 'collected' AND asked_well_at IS NULL"), name="order_unasked")
)
Order.add_index(Order.index(Order.store, Order.ready_at, where=SQL("state = 'ready'"), name="order_waiting"))


class Garment(Row):
    """One piece with its own tag. `stage` is how far it is; `Step` who brought it there."""

    id = BigAutoField()
    order = ForeignKeyField(Order, backref="garments", on_delete="CASCADE")
    tag = CharField(12, unique=True)
    key = CharField(150, unique=True)  # of this filling-in and its number: typed in once, however often it is sent
    item = ForeignKeyField(PriceItem, null=True, index=False)
    wear = ForeignKeyField(Wear, null=True, backref="garments")
    kind = CharField(12, constraints=[_one_of("kind", *GARMENTS)])
    name = WordsField()
    fabric = CharField(12, default="other", constraints=[_one_of("fabric", *FABRICS)])
    colour = CharField(12, default="", constraints=[_one_of("colour", "", *COLOURS)])
    brand = CharField(40, default="")
    price = IntegerField(default=0, constraints=[Check("price >= 0")])
    wish = CharField(200, default="")
    stage = CharField(10, default="received", constraints=[_one_of("stage", *STAGES)])
    stage_by = ForeignKeyField(Staff, null=True, index=False)
    stage_at = At()
    failed = SmallIntegerField(default=0)  # checks it did not pass
    handed_at = At(null=True)
    claimed_at = At(null=True)  # the member says it was damaged


class GarmentPhoto(Row):
    """A picture of one garment, at intake or as it went out."""

    garment = ForeignKeyField(Garment, backref="photos", on_delete="CASCADE", index=False)
    photo = ForeignKeyField(Photo)
    moment = CharField(8, default="intake", constraints=[_one_of("moment", "intake", "outgoing")])

    class Meta:
        indexes = ((("garment", "photo"), True),)


class Pin(Row):
    """A defect on a picture: where (thousandths of its width and height), what, and who saw it."""

    picture = ForeignKeyField(GarmentPhoto, backref="pins", on_delete="CASCADE")
    x = SmallIntegerField(constraints=[Check("x BETWEEN 0 AND 1000")])
    y = SmallIntegerField(constraints=[Check("y BETWEEN 0 AND 1000")])
    kind = CharField(10, constraints=[_one_of("kind", *DEFECTS)])
    stain = CharField(10, default="", constraints=[_one_of("stain", "", *STAINS)])  # of what, where it is one
    note = CharField(80, default="")
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()


class Step(Row):
    """One garment went one stage on, or back (a failed check), by whom and when. Never changed."""

    id = BigAutoField()
    garment = ForeignKeyField(Garment, backref="steps", on_delete="CASCADE")
    stage = CharField(10, constraints=[_one_of("stage", *STAGES)])
    passed = BooleanField(default=True)
    why = CharField(120, default="")
    staff = ForeignKeyField(Staff, null=True, index=False)
    at = At()


class OrderWord(Row):
    """One line of the talk about an order, or about one piece that came back damaged, between the member and the shop."""

    id = BigAutoField()
    key = CharField(150, unique=True)
    order = ForeignKeyField(Order, backref="words", on_delete="CASCADE")
    garment = ForeignKeyField(Garment, null=True, index=False)
    member = ForeignKeyField(Member, null=True, index=False)
    staff = ForeignKeyField(Staff, null=True, index=False)
    text = CharField(500)
    at = At()

    class Meta:
        constraints = [Check("(member_id IS NULL) <> (staff_id IS NULL)")]


class Advice(Row):
    """A care card of the library. Empty conditions hold for everything; the most exact card comes first."""

    brand = ForeignKeyField(Brand, index=False)
    kind = CharField(12, default="", constraints=[_one_of("kind", "", *GARMENTS)])
    fabric = CharField(12, default="", constraints=[_one_of("fabric", "", *FABRICS)])
    colour = CharField(12, default="", constraints=[_one_of("colour", "", *COLOURS)])
    stain = CharField(10, default="", constraints=[_one_of("stain", "", *STAINS)])
    title = WordsField()
    text = WordsField()
    slug = CharField(
        40, null=True
    )  # of a card that came with the program; an edited one keeps it, and is not filled in again
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        indexes = ((("brand", "slug"), True),)


class Adviser(Row):
    """The one person of the shop who looks after this member (C4): a first name on the phone, a list on the tablet."""

    member = ForeignKeyField(Member, unique=True)
    staff = ForeignKeyField(Staff, backref="advised")
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()


class Question(Row):
    """What a member asked in writing, at any hour (F9), and the shop's answer. Both are sealed."""

    code = CharField(16, unique=True)
    key = CharField(140, unique=True)
    member = ForeignKeyField(Member, backref="questions", index=False)
    store = ForeignKeyField(Store, index=False)
    adviser = ForeignKeyField(Staff, null=True, index=False)  # whom it was meant for
    text_sealed = BlobField()
    made_at = At()
    due_at = At()  # when somebody is there to answer
    answer_sealed = BlobField(null=True)
    answered_by = ForeignKeyField(Staff, null=True, index=False)
    answered_at = At(null=True)

    class Meta:
        indexes = ((("member", "made_at"), False),)
        constraints = [Check("(answered_at IS NULL) = (answer_sealed IS NULL)")]


# --- coupons -----------------------------------------------------------------------------------------------------------

COUPON_REASONS = ("late", "goodwill", "offer")
COUPON_KINDS = ("amount", "percent", "item", "service")
TRIGGERS = ("hand", "rule", "code", "first", "birthday", "recall", "apology", "goodwill", "partner")


class Template(Row):
    """What a coupon is like: what it takes off, from which bill on, where, when, how often. Given ones keep what they were given with."""

    brand = ForeignKeyField(Brand, index=False)
    name = WordsField()
    kind = CharField(8, constraints=[_one_of("kind", *COUPON_KINDS)])
    amount = IntegerField(constraints=[Check("amount > 0")])  # fen; of a percentage the most that it takes off
    percent = SmallIntegerField(null=True, constraints=[Check("percent BETWEEN 1 AND 100")])
    service = ForeignKeyField(Service, null=True, index=False)  # of kind service: what is free
    minimum = IntegerField(default=0, constraints=[Check("minimum >= 0")])
    stores = JsonField(default=list)  # ids; none are all
    weekdays = SmallIntegerField(default=127, constraints=[Check("weekdays BETWEEN 1 AND 127")])  # bit 0 is Monday
    opens = SmallIntegerField(default=0, constraints=[Check("opens BETWEEN 0 AND 1439")])  # minutes after midnight
    closes = SmallIntegerField(default=1440, constraints=[Check("closes > opens AND closes <= 1440")])
    days = SmallIntegerField(
        null=True, constraints=[Check("days BETWEEN 1 AND 730")]
    )  # good for so long after it is given
    from_at = At(null=True)
    until_at = At(null=True)
    most = IntegerField(null=True, constraints=[Check("most > 0")])  # given in all
    per_member = SmallIntegerField(null=True, constraints=[Check("per_member > 0")])
    per_day = IntegerField(null=True, constraints=[Check("per_day > 0")])
    given = IntegerField(default=0, constraints=[Check("given >= 0")])
    day = IntegerField(default=0)  # of the count below, by the brand's first store
    given_day = IntegerField(default=0, constraints=[Check("given_day >= 0")])
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        table_name = "coupon_template"
        constraints = [
            Check("most IS NULL OR given <= most"),
            Check("per_day IS NULL OR given_day <= per_day"),
            Check("(kind = 'percent') = (percent IS NOT NULL)"),
            Check("until_at IS NULL OR from_at IS NULL OR until_at > from_at"),
        ]


class Coupon(Row):
    """Money off one bill, or one thing free, for one member. Used once, at the counter; taking it back there, or the bill, makes it usable again."""

    code = CharField(16, unique=True)
    key = CharField(140, unique=True)  # what it was given for: given once
    member = ForeignKeyField(Member, backref="coupons", index=False)
    store = ForeignKeyField(Store, index=False)  # who gave it, and pays for it
    reason = CharField(10, constraints=[_one_of("reason", *COUPON_REASONS)])
    amount = IntegerField(constraints=[Check("amount > 0")])  # fen
    minimum = IntegerField(default=0, constraints=[Check("minimum >= 0")])
    made_at = At()
    expires_at = At()
    used_at = At(null=True)
    used_by = ForeignKeyField(Staff, null=True, index=False)
    used_store = ForeignKeyField(Store, null=True, index=False)
    template = ForeignKeyField(Template, null=True, index=False)  # none: amends and goodwill, money off any bill
    trigger = CharField(10, default="")
    terms = JsonField(
        default=dict
    )  # the template's kind, percent, name, stores, weekdays, hours, as they were when it was given
    from_at = At(null=True)
    purchase = ForeignKeyField(Purchase, null=True, index=False)  # the bill that it was taken off
    saved = IntegerField(null=True)  # what it took off there, fen
    held_until = At(null=True)  # the member has said "use it now": the counter sees it until then
    held_store = ForeignKeyField(Store, null=True, index=False)
    pair = CharField(10, default="")  # the two words of that moment
    told_at = At(null=True)  # that it is about to lapse

    class Meta:
        indexes = ((("member", "expires_at"), False), (("store", "made_at"), False))
        constraints = [Check("expires_at > made_at"), Check("(used_at IS NULL) = (used_store_id IS NULL)")]


Coupon.add_index(Coupon.index(Coupon.purchase, where=Coupon.purchase.is_null(False), name="coupon_on_bill"))
Coupon.add_index(Coupon.index(Coupon.template, Coupon.member, name="coupon_of_template"))
Coupon.add_index(
    Coupon.index(Coupon.expires_at, where=SQL("used_at IS NULL AND told_at IS NULL"), name="coupon_lapsing")
)


class CouponCode(Row):
    """A word that gives a coupon to whoever types it, or scans it: once per member, so often in all."""

    template = ForeignKeyField(Template, index=False)
    code = CharField(20, unique=True)
    most = IntegerField(null=True, constraints=[Check("most > 0")])
    used = IntegerField(default=0, constraints=[Check("used >= 0")])
    from_at = At(null=True)
    until_at = At(null=True)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        table_name = "promo_code"
        constraints = [Check("most IS NULL OR used <= most")]


class Handout(Row):
    """One kind of coupon to everybody of a segment: how far it is, and who got none, by why. A job that died goes on from here."""

    template = ForeignKeyField(Template, index=False)
    store = ForeignKeyField(Store, index=False)
    name = CharField(60)  # of the segment as it was called then
    rule = JsonField()  # and as it was
    key = CharField(80, unique=True)  # of the form: sent twice, it is one handout
    cursor = BigIntegerField(default=0)  # the last member seen
    due = IntegerField(default=0)  # how many belonged when it began
    seen = IntegerField(default=0)
    given = IntegerField(default=0)
    skipped = JsonField(default=dict)  # how many, by code of the no
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    done_at = At(null=True)
    stopped_at = At(null=True)

    class Meta:
        table_name = "coupon_handout"
        constraints = [Check("given <= seen")]


Handout.add_index(Handout.index(Handout.id, where=SQL("done_at IS NULL"), name="handout_running"))


PROMOTION_KINDS = ("percent", "times", "bundle", "member_day")


class Promotion(Row):
    """A price, or more points, for everybody in its window: member day, double points, a bundle by the hour (C7, C8, E7, E11)."""

    brand = ForeignKeyField(Brand, index=False)
    kind = CharField(10, constraints=[_one_of("kind", *PROMOTION_KINDS)])
    name = WordsField()
    note = WordsField(default=lambda: {"zh": ""})
    percent = SmallIntegerField(null=True, constraints=[Check("percent BETWEEN 1 AND 100")])  # off the full price
    times = SmallIntegerField(null=True, constraints=[Check("times BETWEEN 101 AND 1000")])  # hundredths: 200 is ×2
    price = IntegerField(null=True, constraints=[Check("price >= 0")])  # fen, of a bundle
    usual = IntegerField(null=True, constraints=[Check("usual > 0")])  # what a bundle's things cost one by one
    stores = JsonField(default=list)
    tiers = JsonField(default=list)  # none are all
    weekdays = SmallIntegerField(default=127, constraints=[Check("weekdays BETWEEN 1 AND 127")])
    month_day = SmallIntegerField(null=True, constraints=[Check("month_day BETWEEN 1 AND 31")])  # the 8th of each month
    opens = SmallIntegerField(default=0, constraints=[Check("opens BETWEEN 0 AND 1439")])
    closes = SmallIntegerField(default=1440, constraints=[Check("closes > opens AND closes <= 1440")])
    from_at = At(null=True)
    until_at = At(null=True)
    on_since = At(null=True)  # switched off while empty
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        constraints = [
            Check("(kind IN ('percent', 'member_day')) = (percent IS NOT NULL)"),
            Check("(kind = 'times') = (times IS NOT NULL)"),
            Check("(kind = 'bundle') = (price IS NOT NULL)"),
            Check("until_at IS NULL OR from_at IS NULL OR until_at > from_at"),
        ]


class Partner(Row):
    """A neighbour who honours our vouchers, or sends us theirs (E6). It has an address of its own and sees codes, never people."""

    brand = ForeignKeyField(Brand, index=False)
    name = CharField(60)
    note = WordsField(default=lambda: {"zh": ""})  # what a member gets there
    token_hash = CharField(64, unique=True)  # of the partner's page
    most = IntegerField(null=True, constraints=[Check("most > 0")])
    given = IntegerField(default=0, constraints=[Check("given >= 0")])
    days = SmallIntegerField(default=30, constraints=[Check("days BETWEEN 1 AND 365")])
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        constraints = [Check("most IS NULL OR given <= most")]


class Voucher(Row):
    """One one-time code for one partner. Whose it is, the partner never learns."""

    partner = ForeignKeyField(Partner, backref="vouchers", index=False)
    member = ForeignKeyField(Member, index=False)
    code = CharField(16, unique=True)
    made_at = At()
    expires_at = At()
    used_at = At(null=True)

    class Meta:
        table_name = "partner_voucher"
        indexes = ((("partner", "member"), True), (("member", "made_at"), False))


# --- levels, gifts, friends --------------------------------------------------------------------------------------------


class Level(Row):
    """Since when a member has their tier, and when it is looked at again. Nobody goes down before that day, or unwarned (C1)."""

    member = ForeignKeyField(Member, primary_key=True)
    tier = CharField(10, constraints=[_one_of("tier", *TIERS)])
    reached_at = At()
    review_at = At(index=True)  # the published day
    warned_at = At(null=True)
    told_at = At(null=True)  # the member knows of the level reached


class LevelMove(Row):
    """One step up or down, with what was counted."""

    member = ForeignKeyField(Member, index=False)
    before = CharField(10, constraints=[_one_of("before", *TIERS)])
    after = CharField(10, constraints=[_one_of("after", *TIERS)])
    why = CharField(12)  # points, visits, review, kept, merged, parted; undone: with the wrong tap that had reached it
    counted = JsonField(default=dict)
    at = At()

    class Meta:
        indexes = ((("member", "at"), False),)


GIFT_STATES = ("kept", "handed", "lapsed", "returned")


class Gift(Row):
    """A thing from the shelf that is kept for one member, and handed over with one tap (C6, L2). Its piece is off the stock from the start."""

    code = CharField(16, unique=True)
    key = CharField(140, unique=True)  # what it is given for: birthday:<member>:<year>
    member = ForeignKeyField(Member, backref="gifts", index=False)
    reward = ForeignKeyField(Reward, index=False)
    shelf = ForeignKeyField(Shelf, index=False)
    store = ForeignKeyField(Store, index=False)
    why = CharField(12)  # birthday, festival, level, care, sorry
    state = CharField(8, default="kept", constraints=[_one_of("state", *GIFT_STATES)])
    from_at = At()
    until_at = At()
    handed_at = At(null=True)
    handed_by = ForeignKeyField(Staff, null=True, index=False)
    ended_at = At(null=True)
    made_at = At()

    class Meta:
        indexes = ((("member", "made_at"), False), (("store", "made_at"), False))
        constraints = [Check("(state = 'handed') = (handed_at IS NOT NULL)"), Check("until_at > from_at")]


Gift.add_index(Gift.index(Gift.until_at, where=SQL("state = 'kept'"), name="gift_kept"))

REFERRAL_STATES = ("joined", "paid", "taken_back", "refused")


class Referral(Row):
    """A friend who came by somebody's code (D5): one row per friend. Both get points at the friend's first real purchase."""

    friend = ForeignKeyField(Member, unique=True)
    inviter = ForeignKeyField(Member, index=False)
    state = CharField(10, default="joined", constraints=[_one_of("state", *REFERRAL_STATES)])
    why = CharField(12, default="")  # of a no: own, ring, known, limit
    purchase = ForeignKeyField(Purchase, null=True, index=False)
    joined_at = At()
    settled_at = At(null=True)

    class Meta:
        indexes = ((("inviter", "joined_at"), False),)
        constraints = [Check("friend_id <> inviter_id")]


# --- cases -------------------------------------------------------------------------------------------------------------

CASE_KINDS = ("complaint", "urgent", "idea", "praise", "rating", "conflict", "claim")
CASE_STATES = ("open", "waiting", "talking", "closing", "closed", "merged")
CASE_SOURCES = ("app", "slip", "counter", "phone", "rating", "system")
URGENT_CATEGORIES = ("clash", "breakdown", "safety", "valuables")
CATEGORIES = (
    "service", "attitude", "price", "environment", "product", "result", "wait", "points", "damage",
    *URGENT_CATEGORIES, "other",
)  # fmt: skip
WISHES = ("explain", "redo", "refund", "listen")
CASE_STEPS = ("answer", "findings", "decision", "close")
ENTRY_KINDS = ("said", "note", "question", "findings", "decision", "offer", "moved", "late", "closed", "reopened")
OFFER_KINDS = ("redo", "coupon", "points", "refund")


class Cause(Row):
    """Why something went wrong: a small tree that the shop edits; every case closes with one."""

    brand = ForeignKeyField(Brand, index=False)
    parent = ForeignKeyField("self", null=True, index=False)
    name = WordsField()
    place = IntegerField(default=0)
    retired_at = At(null=True)


class Starter(Row):
    """The beginning of a reply: feelings first, facts second (I8)."""

    brand = ForeignKeyField(Brand, index=False)
    mood = CharField(8, constraints=[_one_of("mood", "feelings", "facts", "question", "thanks")])
    text = WordsField()
    place = IntegerField(default=0)
    retired_at = At(null=True)


class Case(Row):
    """Something a customer told the shop, and what it promised them. `due_at` is the next promise that is still to be kept."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    key = CharField(140, unique=True)
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, backref="cases", index=False)
    guest = CharField(60, default="")  # a slip's QR: without signing in
    contact_sealed = BlobField(null=True)
    kind = CharField(10, constraints=[_one_of("kind", *CASE_KINDS)])
    category = CharField(12, constraints=[_one_of("category", *CATEGORIES)])
    urgent = BooleanField(default=False)
    wish = CharField(8, default="explain", constraints=[_one_of("wish", *WISHES)])
    source = CharField(8, constraints=[_one_of("source", *CASE_SOURCES)])
    about = CharField(10, default="")  # visit, booking, order, garment, rating, line, purchase
    ref = CharField(24, default="")
    state = CharField(8, default="open", constraints=[_one_of("state", *CASE_STATES)])
    level = CharField(10, default="clerk", constraints=[_one_of("level", *ROLES)])  # how far up it has been handed
    owner = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    made_by = ForeignKeyField(Staff, null=True, index=False)
    due_at = At()
    waiting_at = At(null=True)  # since when the customer is asked something: pauses the last step only (T15)
    talk_at = At(null=True)  # "still talking": the day that was agreed on (J5)
    notice_at = At(null=True)  # closes then unless the member says something
    closed_at = At(null=True)
    closed_by = ForeignKeyField(Staff, null=True, index=False)
    cause = ForeignKeyField(Cause, null=True)
    changed = CharField(200, default="")  # what the shop changed
    recheck_at = At(null=True)
    reopened_at = At(null=True)
    handling = SmallIntegerField(null=True, constraints=[Check("handling BETWEEN 1 AND 5")])
    care = SmallIntegerField(null=True, constraints=[Check("care BETWEEN 1 AND 5")])
    rated_at = At(null=True)
    merged_into = ForeignKeyField("self", null=True, index=False)

    class Meta:
        table_name = "customer_case"  # CASE is a word of SQL
        indexes = ((("member", "made_at"), False), (("store", "made_at"), False))
        constraints = [
            Check("(state IN ('closed', 'merged')) = (closed_at IS NOT NULL)"),
            Check("(state = 'waiting') = (waiting_at IS NOT NULL)"),
            Check("(state = 'talking') = (talk_at IS NOT NULL)"),
            Check("(state = 'closing') = (notice_at IS NOT NULL)"),
            Check("(state = 'merged') = (merged_into_id IS NOT NULL)"),
        ]


Case.add_index(Case.index(Case.store, Case.due_at, where=SQL("state NOT IN ('closed', 'merged')"), name="case_open"))
Case.add_index(Case.index(Case.member, where=SQL("state NOT IN ('closed', 'merged')"), name="case_of_member"))
Case.add_index(Case.index(Case.owner, where=SQL("state NOT IN ('closed', 'merged')"), name="case_of_owner"))
Case.add_index(Case.index(Case.notice_at, where=SQL("state = 'closing'"), name="case_closing"))
Case.add_index(Case.index(Case.talk_at, where=SQL("state = 'talking'"), name="case_talking"))


class CaseStep(Row):
    """One promise of a case: until when, whether it was kept, and what was done about it when not. `warn_at` is three quarters of the way."""

    id = BigAutoField()
    case = ForeignKeyField(Case, backref="steps", on_delete="CASCADE", index=False)
    number = SmallIntegerField(constraints=[Check("number BETWEEN 1 AND 4")])
    begins_at = At()
    warn_at = At()
    due_at = At()
    paused_at = At(null=True)
    warned_at = At(null=True)
    missed_at = At(null=True)
    missed_by = ForeignKeyField(Staff, null=True, index=False)  # who had it then
    done_at = At(null=True)
    done_by = ForeignKeyField(Staff, null=True, index=False)

    class Meta:
        indexes = ((("case", "number"), True),)
        constraints = [Check("warn_at <= due_at")]


CaseStep.add_index(
    CaseStep.index(
        CaseStep.due_at,
        where=SQL("done_at IS NULL AND missed_at IS NULL AND paused_at IS NULL"),
        name="case_step_running",
    )
)
CaseStep.add_index(
    CaseStep.index(
        CaseStep.warn_at,
        where=SQL("done_at IS NULL AND missed_at IS NULL AND paused_at IS NULL AND warned_at IS NULL"),
        name="case_step_unwarned",
    )
)
CaseStep.add_index(
    CaseStep.index(CaseStep.missed_by, CaseStep.missed_at, where=SQL("missed_at IS NOT NULL"), name="case_step_missed")
)


class CaseEntry(Row):
    """One line of a case's thread. A 'note' never leaves the shop. Neither member nor staff: the shop's own system, or a guest."""

    id = BigAutoField()
    key = CharField(150, unique=True)
    case = ForeignKeyField(Case, backref="entries", on_delete="CASCADE")
    kind = CharField(9, constraints=[_one_of("kind", *ENTRY_KINDS)])
    member = ForeignKeyField(Member, null=True, index=False)
    staff = ForeignKeyField(Staff, null=True, index=False)
    guest = BooleanField(default=False)
    text_sealed = BlobField(null=True)
    data = JsonField(default=dict)
    at = At()


class EntryPhoto(Row):
    entry = ForeignKeyField(CaseEntry, backref="photos", on_delete="CASCADE", index=False)
    photo = ForeignKeyField(Photo)

    class Meta:
        indexes = ((("entry", "photo"), True),)


class CaseOffer(Row):
    """What the shop offers to make it right; the member accepts, or wants to talk about it."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    key = CharField(140, unique=True)
    case = ForeignKeyField(Case, backref="offers", on_delete="CASCADE")
    kind = CharField(8, constraints=[_one_of("kind", *OFFER_KINDS)])
    amount = IntegerField(default=0, constraints=[Check("amount >= 0")])  # fen of a coupon or refund
    points = IntegerField(default=0, constraints=[Check("points >= 0")])
    text = CharField(300, default="")
    state = CharField(10, default="open", constraints=[_one_of("state", "open", "accepted", "discussed", "withdrawn")])
    made_by = ForeignKeyField(Staff, index=False)
    made_at = At()
    settled_at = At(null=True)

    class Meta:
        constraints = [Check("(state = 'open') = (settled_at IS NULL)")]


CaseOffer.add_index(CaseOffer.index(CaseOffer.case, unique=True, where=SQL("state = 'open'"), name="offer_open"))


class PurseUse(Row):
    """Goodwill out of somebody's purse of the month (N1): one tap, one reason. Over the limit a manager stands beside it."""

    id = BigAutoField()
    key = CharField(140, unique=True)
    store = ForeignKeyField(Store, index=False)
    staff = ForeignKeyField(Staff, index=False)
    member = ForeignKeyField(Member, index=False)
    case = ForeignKeyField(Case, null=True)
    amount = IntegerField(constraints=[Check("amount > 0")])  # fen, of points what they are worth
    points = IntegerField(default=0, constraints=[Check("points >= 0")])
    coupon = ForeignKeyField(Coupon, null=True, unique=True)
    line = ForeignKeyField(LedgerLine, null=True, unique=True)
    why = CharField(120)
    approved_by = ForeignKeyField(Staff, null=True, index=False)
    month = IntegerField()  # year * 100 + month, by the store's wall
    at = At()

    class Meta:
        indexes = ((("staff", "month"), False), (("store", "at"), False), (("member", "at"), False))


class Improvement(Row):
    """You said, we did: what customers said, what the shop changed, and whether it helped."""

    store = ForeignKeyField(Store, index=False)
    case = ForeignKeyField(Case, null=True)
    theme = CharField(12, default="")  # a dimension of the ratings or a category of the cases
    said = CharField(200)
    did = CharField(200)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    shown_at = At(null=True)
    hidden_at = At(null=True)
    recheck_at = At(null=True)
    rechecked_at = At(null=True)
    rechecked_by = ForeignKeyField(Staff, null=True, index=False)
    helped = BooleanField(null=True)

    class Meta:
        indexes = ((("store", "shown_at"), False),)


# --- ratings -----------------------------------------------------------------------------------------------------------

DIMENSIONS = {
    "bath": ("service", "attitude", "price", "environment"),
    "retail": ("product", "service", "price", "environment", "after_sales"),
    "laundry": ("result", "care", "speed", "price", "attitude"),
}
ASK_KINDS = ("visit", "booking", "order", "purchase")


class Ask(Row):
    """One question "how was it?", for one real visit, booking, order or bill. Its code, signed, is the address of the slip's QR."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, index=False)
    kind = CharField(10, constraints=[_one_of("kind", *ASK_KINDS)])
    ref = CharField(24)
    served_by = ForeignKeyField(Staff, null=True, index=False)
    at = At()
    expires_at = At()
    told_at = At(null=True)  # in the inbox, at most once a month
    skipped_at = At(null=True)

    class Meta:
        indexes = ((("kind", "ref"), True), (("member", "at"), False))


class Rating(Row):
    """What one customer thought. Never deleted, changed for a day, answered once; it never touches a tier or a price (T3)."""

    id = BigAutoField()
    ask = ForeignKeyField(Ask, unique=True)
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, index=False)
    nps = SmallIntegerField(null=True, constraints=[Check("nps BETWEEN 0 AND 10")])
    low = BooleanField(default=False)
    text_sealed = BlobField(null=True)
    photo = ForeignKeyField(Photo, null=True)
    spoken_by = ForeignKeyField(Staff, null=True, index=False)  # said at the counter, written down by …
    made_at = At()
    changed_at = At(null=True)
    case = ForeignKeyField(Case, null=True)
    wanted = BooleanField(null=True)  # "shall we make it right?"
    reply_sealed = BlobField(null=True)
    reply_by = ForeignKeyField(Staff, null=True, index=False)
    reply_at = At(null=True)

    class Meta:
        indexes = ((("store", "made_at"), False), (("member", "made_at"), False))


class Score(Row):
    """One face of a rating: 1 to 5 for one dimension."""

    rating = ForeignKeyField(Rating, backref="scores", on_delete="CASCADE", index=False)
    dimension = CharField(12)
    value = SmallIntegerField(constraints=[Check("value BETWEEN 1 AND 5")])

    class Meta:
        primary_key = CompositeKey("rating", "dimension")


class Pulse(Row):
    """What somebody of the staff thinks of working here (K9). No name and no hour: only the month."""

    code = CharField(16, primary_key=True)
    store = ForeignKeyField(Store, index=False)
    month = IntegerField()
    score = SmallIntegerField(constraints=[Check("score BETWEEN 1 AND 5")])
    text = CharField(300, default="")

    class Meta:
        indexes = ((("store", "month"), False),)


class PulseGiven(Row):
    """Who has answered this month, so that nobody does twice. Not what."""

    staff = ForeignKeyField(Staff, index=False)
    month = IntegerField()

    class Meta:
        primary_key = CompositeKey("staff", "month")


# --- what the shop knows: grades, segments, memory ----------------------------------------------------------------------

GRADES = ("vip", "a", "b", "c")
FREQUENCIES = ("high", "middle", "low")
LIVES = ("new", "returning", "at_risk", "lapsed")


class Grade(Row):
    """What a member is worth to the shop and how they come, worked out at night. Never shown to them (T5), never moved by a rating (T3)."""

    member = ForeignKeyField(Member, primary_key=True)
    grade = CharField(
        3, null=True, constraints=[_one_of("grade", *GRADES)]
    )  # by rank; none without a purchase in the year
    frequency = CharField(6, null=True, constraints=[_one_of("frequency", *FREQUENCIES)])
    life = CharField(9, constraints=[_one_of("life", *LIVES)])
    visits = IntegerField(default=0)  # days on which they came, in twelve months
    spent = BigIntegerField(default=0)  # fen, in twelve months, refunds taken off
    visits_ever = IntegerField(default=0)
    spent_ever = BigIntegerField(default=0)
    first_at = At(null=True)
    last_at = At(null=True)
    interval = IntegerField(null=True)  # their own, days between two visits (median)
    due_at = At(null=True)  # when they would come again by it
    recency = SmallIntegerField(default=1)  # RFM, 1 to 5
    often = SmallIntegerField(default=1)
    money = SmallIntegerField(default=1)
    mood = SmallIntegerField(null=True)  # mean of their ratings, hundredths; beside the grade, not in it
    risk = SmallIntegerField(default=0)  # 0 to 100
    reasons = JsonField(default=list)  # plain reasons for it, as keys with values
    store = ForeignKeyField(Store, null=True, index=False)  # where they come most
    day = IntegerField()  # the night it was worked out

    class Meta:
        indexes = ((("spent", "member"), False), (("due_at",), False), (("life", "member"), False), (("day",), False))


class GradeMove(Row):
    """Who moved, from what to what, and why (B4)."""

    id = BigAutoField()
    member = ForeignKeyField(Member, index=False)
    what = CharField(9, constraints=[_one_of("what", "grade", "frequency", "life")])
    before = CharField(9, default="")
    after = CharField(9, default="")
    why = JsonField(default=dict)
    day = IntegerField()

    class Meta:
        indexes = ((("member", "day", "what"), True), (("day",), False))


class GradeRun(Row):
    """One night's work: how far it is, where the lines between the grades lay, and the shares beside the textbook's (B1, B2)."""

    day = IntegerField(primary_key=True)
    state = CharField(8, constraints=[_one_of("state", "reading", "ranking", "done")])
    cursor = IntegerField(default=0)  # the last member that was dealt with
    members = IntegerField(default=0)
    moved = IntegerField(default=0)
    lines = JsonField(default=dict)
    mirror = JsonField(default=dict)
    begun_at = At()
    done_at = At(null=True)


class Segment(Row):
    """A rule that says who belongs; counted when asked, never a list that grows old (B9)."""

    brand = ForeignKeyField(Brand, index=False)
    name = CharField(60)
    rule = JsonField()
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    count = IntegerField(null=True)
    counted_at = At(null=True)
    retired_at = At(null=True)


class Chip(Row):
    """Something one may like or need, to be tapped instead of written: tea without sugar, a quiet seat. The shop's own list (A2)."""

    brand = ForeignKeyField(Brand, index=False)
    kind = CharField(8, constraints=[_one_of("kind", "like", "need", "habit", "work")])
    name = WordsField()
    surprise = WordsField(default=lambda: {"zh": ""})  # what staff may prepare for it (O3)
    shops = JsonField(default=list)  # kinds of shop; none are all
    place = IntegerField(default=0)
    made_at = At()
    retired_at = At(null=True)


class Memory(Row):
    """One thing the shop remembers about a member (A6): who wrote it, from where, and until when. The member sees, edits and forgets them all."""

    id = BigAutoField()
    key = CharField(140, unique=True)
    member = ForeignKeyField(Member, backref="memories", index=False)
    chip = ForeignKeyField(Chip, null=True)
    text_sealed = BlobField(null=True)
    source = CharField(10, constraints=[_one_of("source", "member", "counter", "phone", "survey", "import", "booking")])
    staff = ForeignKeyField(Staff, null=True, index=False)  # who wrote it; none: the member
    store = ForeignKeyField(Store, null=True, index=False)
    made_at = At()
    changed_at = At(null=True)
    confirmed_at = At(null=True)
    forgotten_at = At(null=True)
    forgotten_by = ForeignKeyField(Staff, null=True, index=False)

    class Meta:
        constraints = [Check("forgotten_at IS NOT NULL OR chip_id IS NOT NULL OR text_sealed IS NOT NULL")]


Memory.add_index(Memory.index(Memory.member, where=SQL("forgotten_at IS NULL"), name="memory_of_member"))
Memory.add_index(
    Memory.index(
        Memory.member,
        Memory.chip,
        unique=True,
        where=SQL("forgotten_at IS NULL AND chip_id IS NOT NULL"),
        name="memory_once",
    )
)


class Merge(Row):
    """Two cards that seem to be one person's. Both say yes; everything moves; for seven days it can be taken apart again (A10, A11)."""

    code = CharField(16, unique=True)
    first = ForeignKeyField(Member, index=False)  # stays
    second = ForeignKeyField(Member, index=False)  # becomes part of it
    reasons = JsonField(default=list)
    state = CharField(8, constraints=[_one_of("state", "asked", "merged", "refused", "undone", "lapsed")])
    store = ForeignKeyField(Store, null=True, index=False)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    first_yes_at = At(null=True)
    second_yes_at = At(null=True)
    merged_at = At(null=True)
    undo_until = At(null=True)
    ended_at = At(null=True)

    class Meta:
        table_name = "card_merge"
        indexes = ((("first", "second"), False), (("second",), False))
        constraints = [
            Check("first_id <> second_id"),
            Check("(state IN ('merged', 'undone')) = (merged_at IS NOT NULL)"),
        ]


Merge.add_index(Merge.index(Merge.first, Merge.second, unique=True, where=SQL("state = 'asked'"), name="merge_asked"))


class Moved(Row):
    """One thing that a merge moved, so that it can go back."""

    id = BigAutoField()
    merge = ForeignKeyField(Merge, backref="moved")
    what = CharField(30)  # table
    row = BigIntegerField()
    before = JsonField(default=dict)

    class Meta:
        table_name = "card_moved"


class Kin(Row):
    """A child may act for a parent (family helper): asked by one, agreed to by the other, ended by either, seen by both."""

    code = CharField(16, unique=True)
    member = ForeignKeyField(Member, index=False)  # for whom
    helper = ForeignKeyField(Member)
    name = CharField(30, default="")  # what the helper calls them
    asked_at = At()
    agreed_at = At(null=True)
    ended_at = At(null=True)
    ended_by = ForeignKeyField(Member, null=True, index=False)

    class Meta:
        indexes = ((("member",), False),)
        constraints = [Check("member_id <> helper_id")]


Kin.add_index(Kin.index(Kin.member, Kin.helper, unique=True, where=SQL("ended_at IS NULL"), name="kin_running"))


class Intake(Row):
    """A file of members or bills that is brought in (A11): read, shown, tried dry, put in, and perhaps taken out again."""

    code = CharField(16, unique=True)
    kind = CharField(9, constraints=[_one_of("kind", "members", "purchases")])
    store = ForeignKeyField(Store, index=False)
    staff = ForeignKeyField(Staff, index=False)
    name = CharField(120)
    file = CharField(64)  # sha-256 of what was uploaded, under the data folder
    encoding = CharField(20, default="")
    columns = JsonField(default=dict)  # ours by theirs
    state = CharField(
        8, constraints=[_one_of("state", "new", "reading", "ready", "running", "done", "undoing", "undone", "failed")]
    )
    total = IntegerField(default=0)
    read = IntegerField(default=0)
    cursor = IntegerField(default=0)
    counts = JsonField(default=dict)  # rows by state
    error = CharField(200, default="")
    made_at = At()
    ready_at = At(null=True)
    done_at = At(null=True)
    undone_at = At(null=True)


class IntakeRow(Row):
    """One line of it, what became of it, and why not."""

    id = BigAutoField()
    intake = ForeignKeyField(Intake, backref="rows", on_delete="CASCADE", index=False)
    number = IntegerField()
    state = CharField(5, constraints=[_one_of("state", "new", "known", "twice", "bad", "in", "out")])
    why = CharField(120, default="")
    key = CharField(64, default="")  # keyed hash of the number, or of the bill: what stands twice in one file
    data_sealed = BlobField(null=True)  # forgotten once it is in
    member = ForeignKeyField(Member, null=True, index=False)
    purchase = ForeignKeyField(Purchase, null=True, index=False)

    class Meta:
        indexes = ((("intake", "number"), True), (("intake", "state", "number"), False), (("intake", "key"), False))


# --- care ---------------------------------------------------------------------------------------------------------------

RULE_KINDS = (
    "first_purchase", "birthday", "due_again", "fault", "need", "rival", "festival", "anniversary", "member_day",
    "points_lapse", "tier_drop", "coupon_lapse", "habit", "weather", "likely_to_leave", "news",
)  # fmt: skip
SEND_STATES = ("begun", "sent", "held_out", "skipped")


class Rule(Row):
    """One kind of care as its owner reads it: whom, when, what it says, what goes with it. Switched on by a person, tried dry before."""

    brand = ForeignKeyField(Brand, index=False)
    kind = CharField(16, constraints=[_one_of("kind", *RULE_KINDS)])
    name = WordsField(default=lambda: {"zh": ""})
    params = JsonField(default=dict)  # days ahead, festivals, months: the numbers of its sentence
    texts = JsonField(default=dict)  # {"zh": {"title": …, "text": …}, "en": …, "zh_Hant": …}, with {fields}
    template = ForeignKeyField(Template, null=True, index=False)
    reward = ForeignKeyField(Reward, null=True, index=False)  # the thing that is kept for them
    segment = ForeignKeyField(Segment, null=True, index=False)
    holdout = SmallIntegerField(
        default=10, constraints=[Check("holdout BETWEEN 0 AND 50")]
    )  # per cent who get nothing, to compare
    service = BooleanField(
        default=False
    )  # tells what is theirs already (points or a level about to go): outside the budget, sells nothing
    on_since = At(null=True)
    version = IntegerField(default=1)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    retired_at = At(null=True)

    class Meta:
        table_name = "care_rule"


class Send(Row):
    """One member's turn in one rule, for one occasion: sent, left out to compare, or skipped and why. One row each, for ever."""

    id = BigAutoField()
    rule = ForeignKeyField(Rule, index=False)
    member = ForeignKeyField(Member, index=False)
    occasion = CharField(40)  # birthday 2027, festival mid_autumn 2026, lapsed since day 20512
    state = CharField(8, constraints=[_one_of("state", *SEND_STATES)])
    why = CharField(12, default="")  # of a skip: consent, budget, quiet, open_case, stock, late, erased, segment
    month = IntegerField()  # year * 100 + month, by the member's store: what the budget counts
    counted = BooleanField(default=False)  # takes one of the month's messages
    message = BigIntegerField(null=True)  # the row in the inbox, as long as it is kept
    coupon = ForeignKeyField(Coupon, null=True, index=False)
    gift = ForeignKeyField(Gift, null=True, index=False)
    store = ForeignKeyField(Store, null=True, index=False)
    at = At()
    opened_at = At(null=True)
    visited_at = At(null=True)  # came within 14 days
    judged_at = At(null=True)  # whether it was ignored has been looked at (T9)
    ignored = BooleanField(default=False)

    class Meta:
        table_name = "care_send"
        indexes = ((("rule", "member", "occasion"), True), (("member", "month"), False), (("rule", "at"), False))


Send.add_index(Send.index(Send.at, where=SQL("state = 'sent' AND judged_at IS NULL"), name="send_unjudged"))


class Budget(Row):
    """How many messages of care a member wants in a month (L4), and how many in a row they have not looked at (L5). No row: two, none."""

    member = ForeignKeyField(Member, primary_key=True)
    per_month = SmallIntegerField(default=2, constraints=[Check("per_month BETWEEN 0 AND 2")])
    ignored = SmallIntegerField(default=0, constraints=[Check("ignored >= 0")])
    quieted_at = At(null=True)  # by itself, and told once
    chosen_at = At(null=True)  # by the member


class RuleRun(Row):
    """One rule on one day of the shop: how far it is. A job that died goes on from here."""

    rule = ForeignKeyField(Rule, index=False)
    day = IntegerField()
    cursor = IntegerField(default=0)
    done_at = At(null=True)
    counts = JsonField(default=dict)

    class Meta:
        table_name = "care_run"
        primary_key = CompositeKey("rule", "day")


FOLLOW_KINDS = ("first", "key", "uncollected", "lapsed", "apology", "surprise", "thanks", "other")
OUTCOMES = ("glad", "unhappy", "no_answer", "later", "wrong", "unwanted", "done")


class Follow(Row):
    """Somebody to ring or to do something for (回访): when, with which words, and what came of it (L3, L6, L8)."""

    id = BigAutoField()
    code = CharField(16, unique=True)
    key = CharField(140, unique=True)
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, index=False)
    kind = CharField(12, constraints=[_one_of("kind", *FOLLOW_KINDS)])
    about = JsonField(default=dict)  # the bill, order or case, and what to know before ringing
    served_by = ForeignKeyField(Staff, null=True, index=False)  # hears the answer
    owner = ForeignKeyField(Staff, null=True, index=False)
    due_day = IntegerField()
    tries = SmallIntegerField(default=0)
    state = CharField(6, default="open", constraints=[_one_of("state", "open", "done", "off")])
    outcome = CharField(10, default="")
    cause = CharField(8, default="")  # of staying away: fault, need, rival, unknown
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    done_at = At(null=True)
    done_by = ForeignKeyField(Staff, null=True, index=False)

    class Meta:
        table_name = "follow_up"
        indexes = ((("member", "made_at"), False), (("served_by", "done_at"), False))
        constraints = [Check("(state = 'open') = (done_at IS NULL)")]


Follow.add_index(Follow.index(Follow.store, Follow.due_day, where=SQL("state = 'open'"), name="follow_open"))


class FollowTry(Row):
    """One call, or one try at it."""

    id = BigAutoField()
    key = CharField(140, unique=True)
    follow = ForeignKeyField(Follow, backref="log", on_delete="CASCADE")
    staff = ForeignKeyField(Staff, index=False)
    outcome = CharField(10, constraints=[_one_of("outcome", *OUTCOMES)])
    note_sealed = BlobField(null=True)
    next_day = IntegerField(null=True)
    at = At()


class Thanks(Row):
    """A customer's praise that may be shown: only with their yes, for whom it was meant, on the wall (N5)."""

    code = CharField(16, unique=True)
    key = CharField(140, unique=True)  # the rating or case that it comes from
    store = ForeignKeyField(Store, index=False)
    member = ForeignKeyField(Member, null=True, index=False)
    staff = ForeignKeyField(Staff, null=True, index=False)  # whom it thanks
    text_sealed = BlobField()
    sign = CharField(30, default="")  # as they want to be called there; empty: a customer
    asked_at = At()
    asked_by = ForeignKeyField(Staff, null=True, index=False)
    agreed_at = At(null=True)
    refused_at = At(null=True)
    shown_at = At(null=True)
    hidden_at = At(null=True)

    class Meta:
        indexes = ((("store", "shown_at"), False), (("member",), False))


class Article(Row):
    """Something worth knowing, written by the shop: how to bathe, how to keep wool; by season where it matters (L7, L11)."""

    brand = ForeignKeyField(Brand, index=False)
    title = WordsField()
    text = WordsField()
    seasons = JsonField(default=list)  # spring, summer, autumn, winter, rain, cold, heat; none: always
    shops = JsonField(default=list)
    place = IntegerField(default=0)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    shown_at = At(null=True)
    retired_at = At(null=True)


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


class Hook(Row):
    """Somebody's server that hears of what happens here, signed (Standard Webhooks). `cursor` is the last event it was given."""

    code = CharField(16, unique=True)
    store = ForeignKeyField(Store, null=True, index=False)  # none: of the whole brand
    url = CharField(300)
    secret_sealed = BlobField()
    verbs = JsonField(default=list)  # kinds of events; none are all that may be told
    cursor = BigIntegerField(default=0)
    made_by = ForeignKeyField(Staff, null=True, index=False)
    made_at = At()
    paused_at = At(null=True)
    retired_at = At(null=True)


class HookCall(Row):
    """One event for one hook: sent once, asked again while it fails, given up at last, sent again by hand."""

    id = BigAutoField()
    hook = ForeignKeyField(Hook, backref="calls", on_delete="CASCADE", index=False)
    event = BigIntegerField()
    state = CharField(8, default="due", constraints=[_one_of("state", "due", "sending", "sent", "dead")])
    tries = SmallIntegerField(default=0)
    status = SmallIntegerField(null=True)
    next_at = At()
    at = At()
    error = CharField(200, default="")

    class Meta:
        indexes = ((("hook", "event"), True),)


HookCall.add_index(HookCall.index(HookCall.next_at, where=SQL("state IN ('due', 'sending')"), name="hook_call_waiting"))


class Push(Row):
    """A browser that may be woken (Web Push): the address it gave us, and its keys."""

    endpoint_hash = CharField(64, unique=True)
    member = ForeignKeyField(Member, backref="pushes")
    device = ForeignKeyField(Device, null=True, index=False)
    sealed = BlobField()  # endpoint and keys
    made_at = At()
    ended_at = At(null=True)
    fails = SmallIntegerField(default=0)


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
    Calendar, Service, Resource, Ability, Occurrence, SpecialDay, Closure,
    Address, Standing, Waiter, Booking, Part, Seat, Feed,
    Photo, PriceItem, Wear, Order, Garment, GarmentPhoto, Pin, Step, OrderWord, Advice,
    Adviser, Question,
    Template, Coupon, CouponCode, Handout, Promotion, Partner, Voucher, Level, LevelMove, Gift, Referral,
    Cause, Starter, Case, CaseStep, CaseEntry, EntryPhoto, CaseOffer, PurseUse, Improvement,
    Ask, Rating, Score, Pulse, PulseGiven,
    Grade, GradeMove, GradeRun, Segment, Chip, Memory, Merge, Moved, Kin, Intake, IntakeRow,
    Rule, Send, Budget, RuleRun, Follow, FollowTry, Thanks, Article,
    Work, Event, Message, Letter, Hook, HookCall, Push, ApiKey, ApiCall, JobRun,
]  # fmt: skip

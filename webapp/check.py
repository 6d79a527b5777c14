"""The proof: every invariant of the data as one set-based query that returns the rows that break it (one is asked in Python).

`docs/invariants.md` lists them. Called by `flask check`, by the worker every night, by backup and restore, and by tests. Reads only.
Each query is one snapshot, so it may run while the shop is open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

from peewee import PostgresqlDatabase

import models
from webapp.care import call_invariants as calls
from webapp.care import invariants as care
from webapp.complaints import invariants as complaints
from webapp.insights import invariants as insights
from webapp.laundry import invariants as laundry
from webapp.members import invariants as members
from webapp.members import names
from webapp.outbox import invariants as outbox
from webapp.prices import invariants as prices
from webapp.rewards import invariants as rewards


class Invariant(NamedTuple):
    """`rows` selects what breaks it; columns are named for the person who reads them. `{x:…}` parts differ by database."""

    name: str
    rows: str


class Breach(NamedTuple):
    name: str
    rows: list[str]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "a member's points, held and owed are the sums of the lines",
        """
        SELECT m.id AS member, m.points, m.held, m.owed, l.points AS line_points, l.held AS line_held, l.owed AS line_owed
        FROM member m LEFT JOIN (
            SELECT member_id, SUM(points) AS points, SUM(held) AS held, SUM(owed) AS owed FROM ledger_line GROUP BY member_id
        ) l ON l.member_id = m.id
        WHERE m.points <> COALESCE(l.points, 0) OR m.held <> COALESCE(l.held, 0) OR m.owed <> COALESCE(l.owed, 0)
        """,
    ),
    Invariant(
        "no points, held or owed below zero, and nobody who owes has points",
        """
        SELECT id AS member, points, held, owed FROM member
        WHERE points < 0 OR held < 0 OR owed < 0 OR (points > 0 AND owed > 0)
        """,
    ),
    Invariant(
        "what is left in a member's lots is the member's points",
        """
        SELECT m.id AS member, m.points, t.lots FROM member m LEFT JOIN (
            SELECT member_id, SUM("left") AS lots FROM lot WHERE "left" <> 0 GROUP BY member_id
        ) t ON t.member_id = m.id
        WHERE m.points <> COALESCE(t.lots, 0)
        """,
    ),
    Invariant(
        "what is gone from a lot is the sum of its uses",
        """
        SELECT lot.id AS lot, lot.size, lot."left", u.points AS used FROM lot LEFT JOIN (
            SELECT lot_id, SUM(points) AS points FROM lot_use GROUP BY lot_id
        ) u ON u.lot_id = lot.id
        WHERE lot.size - lot."left" <> COALESCE(u.points, 0) OR lot."left" < 0 OR lot."left" > lot.size
        """,
    ),
    Invariant(
        "every line that gives has one lot of its size, and no other line has one",
        """
        SELECT l.id AS line, l.kind, l.points, l.owed, lot.size FROM ledger_line l LEFT JOIN lot ON lot.line_id = l.id
        WHERE (l.kind IN ('earn', 'bonus') OR (l.kind = 'adjust' AND l.points - l.owed > 0)) <> (lot.id IS NOT NULL)
           OR lot.size <> l.points - l.owed OR lot.member_id <> l.member_id
        """,
    ),
    Invariant(
        "what a line took from lots is what it says",
        """
        SELECT l.id AS line, l.kind, l.points, l.owed, u.points AS used
        FROM ledger_line l
        LEFT JOIN (SELECT line_id, SUM(points) AS points FROM lot_use GROUP BY line_id) u ON u.line_id = l.id
        LEFT JOIN lot ON lot.line_id = l.id
        WHERE COALESCE(u.points, 0) <> COALESCE(lot.size, 0) - l.points
        """,
    ),
    Invariant(
        "a line takes only from its own member's lots",
        """
        SELECT u.id AS lot_use, lot.member_id AS lot_of, l.member_id AS line_of
        FROM lot_use u JOIN lot ON lot.id = u.lot_id JOIN ledger_line l ON l.id = u.line_id
        WHERE lot.member_id <> l.member_id
        """,
    ),
    Invariant(
        "points for a bill are its amount × rate × level, rounded down",
        """
        SELECT id AS line, points - owed AS given, {inputs} AS inputs FROM ledger_line
        WHERE kind = 'earn' AND reason = 'bill'
          AND points - owed <> {int:amount} * {int:rate} * {int:tier_rate} * COALESCE({int:times}, 100) / 100000000
        """,
    ),
    Invariant(
        "held points are the running holds",
        """
        SELECT m.id AS member, m.held, r.points AS running FROM member m LEFT JOIN (
            SELECT member_id, SUM(points) AS points FROM redemption WHERE state = 'held' GROUP BY member_id
        ) r ON r.member_id = m.id
        WHERE m.held <> COALESCE(r.points, 0)
        """,
    ),
    Invariant(
        "a redemption and its hold are the same points of the same member",
        """
        SELECT r.code AS redemption, r.points, l.kind, l.points AS line_points, l.held AS line_held
        FROM redemption r LEFT JOIN ledger_line l ON l.id = r.line_id LEFT JOIN member m ON m.id = l.member_id
        WHERE (r.points > 0) <> (l.id IS NOT NULL) OR l.kind <> 'hold' OR l.points <> -r.points OR l.held <> r.points
           OR (r.member_id NOT IN (l.member_id, COALESCE(m.merged_into_id, l.member_id))
               AND NOT EXISTS (
              SELECT 1 FROM card_merge c WHERE c.state = 'undone'
                AND ((c.first_id = l.member_id AND c.second_id = r.member_id) OR (c.second_id = l.member_id AND c.first_id = r.member_id))))
        """,
    ),
    Invariant(
        "every hold belongs to one redemption",
        """
        SELECT l.id AS line, l.key, COUNT(r.id) AS redemptions
        FROM ledger_line l LEFT JOIN redemption r ON r.line_id = l.id
        WHERE l.kind = 'hold' GROUP BY l.id, l.key HAVING COUNT(r.id) <> 1
        """,
    ),
    Invariant(
        "a hold is settled once, as its redemption says",
        """
        SELECT r.code AS redemption, r.state, COALESCE(s.captures, 0) AS captures, COALESCE(s.releases, 0) AS releases
        FROM redemption r LEFT JOIN (
            SELECT twin_id, SUM(CASE WHEN kind = 'capture' THEN 1 ELSE 0 END) AS captures,
                   SUM(CASE WHEN kind = 'release' THEN 1 ELSE 0 END) AS releases
            FROM ledger_line WHERE kind IN ('capture', 'release') GROUP BY twin_id
        ) s ON s.twin_id = r.line_id
        WHERE r.line_id IS NOT NULL AND (
            COALESCE(s.captures, 0) <> CASE WHEN r.state IN ('captured', 'reversed') THEN 1 ELSE 0 END
            OR COALESCE(s.releases, 0) <> CASE WHEN r.state IN ('declined', 'cancelled', 'expired') THEN 1 ELSE 0 END)
        """,
    ),
    Invariant(
        "an undone redemption gave everything back, once",
        """
        SELECT r.code AS redemption, r.state, r.points, COALESCE(b.lines, 0) AS lines, b.given
        FROM redemption r
        JOIN ledger_line c ON c.twin_id = r.line_id AND c.kind = 'capture'
        LEFT JOIN (
            SELECT twin_id, COUNT(*) AS lines, SUM(points - owed) AS given FROM ledger_line
            WHERE kind = 'reverse' AND twin_id IS NOT NULL GROUP BY twin_id
        ) b ON b.twin_id = c.id
        WHERE COALESCE(b.lines, 0) <> CASE WHEN r.state = 'reversed' THEN 1 ELSE 0 END
           OR (r.state = 'reversed' AND b.given <> r.points)
        """,
    ),
    Invariant(
        "a redemption's stamps are those of its state",
        """
        SELECT code AS redemption, state, settled_at, settled_by_id, undone_at, undone_by_id FROM redemption
        WHERE (state = 'held') <> (settled_at IS NULL)
           OR (state IN ('captured', 'declined', 'reversed')) <> (settled_by_id IS NOT NULL)
           OR (state = 'reversed') <> (undone_at IS NOT NULL) OR (state = 'reversed') <> (undone_by_id IS NOT NULL)
        """,
    ),
    Invariant(
        "a member holds the same reward once",
        """
        SELECT member_id AS member, reward_id AS reward, COUNT(*) AS holds FROM redemption
        WHERE state = 'held' GROUP BY member_id, reward_id HAVING COUNT(*) > 1
        """,
    ),
    Invariant(
        "no stock below zero, and a redemption takes from the shelf of its own reward and store",
        """
        SELECT s.id AS shelf, s.stock, r.code AS redemption FROM shelf s LEFT JOIN redemption r
          ON r.shelf_id = s.id AND (r.reward_id <> s.reward_id OR r.store_id <> s.store_id)
        WHERE s.stock < 0 OR r.id IS NOT NULL
        """,
    ),
    Invariant(
        "a running hold has one open card in its store's queue, and no other redemption has one",
        """
        SELECT r.code AS redemption, r.state, w.id AS card, w.done_at FROM redemption r
        LEFT JOIN work w ON w.kind = 'redemption' AND w.ref = r.code
        WHERE (r.state = 'held' AND (w.id IS NULL OR w.done_at IS NOT NULL OR w.store_id <> r.store_id))
           OR (r.state <> 'held' AND w.id IS NOT NULL AND w.done_at IS NULL)
        """,
    ),
    Invariant(
        "what was refunded of a bill is the sum of its refunds, never more than the bill",
        """
        SELECT p.code AS bill, p.amount, p.refunded, r.amount AS refunds FROM purchase p LEFT JOIN (
            SELECT purchase_id, SUM(amount) AS amount FROM refund GROUP BY purchase_id
        ) r ON r.purchase_id = p.id
        WHERE p.refunded <> COALESCE(r.amount, 0) OR p.refunded > p.amount
        """,
    ),
    Invariant(
        "a bill gives points once, and takes back no more than it gave",
        """
        SELECT purchase_id AS bill, SUM(CASE WHEN kind = 'earn' THEN 1 ELSE 0 END) AS earns,
               SUM(CASE WHEN kind = 'earn' THEN points - owed ELSE 0 END) AS given,
               SUM(CASE WHEN kind = 'reverse' THEN owed - points ELSE 0 END) AS taken
        FROM ledger_line WHERE purchase_id IS NOT NULL GROUP BY purchase_id
        HAVING SUM(CASE WHEN kind = 'earn' THEN 1 ELSE 0 END) > 1
            OR SUM(CASE WHEN kind = 'reverse' THEN owed - points ELSE 0 END)
             > SUM(CASE WHEN kind = 'earn' THEN points - owed ELSE 0 END)
        """,
    ),
    Invariant(
        "the lines of a bill are those of its member, or of a card that became part of the member's",
        """
        SELECT l.id AS line, p.code AS bill, p.member_id AS bill_of, l.member_id AS line_of
        FROM ledger_line l JOIN purchase p ON p.id = l.purchase_id JOIN member m ON m.id = l.member_id
        WHERE (p.member_id IS NULL OR p.member_id NOT IN (m.id, COALESCE(m.merged_into_id, m.id)))
          AND NOT EXISTS (
              SELECT 1 FROM card_merge c WHERE c.state = 'undone'
                AND ((c.first_id = m.id AND c.second_id = p.member_id) OR (c.second_id = m.id AND c.first_id = p.member_id)))
        """,
    ),
    Invariant(
        "a line that settles, gives back or takes back has a twin of the same member",
        """
        SELECT l.id AS line, l.kind, l.member_id AS member, t.id AS twin, t.member_id AS twin_of
        FROM ledger_line l LEFT JOIN ledger_line t ON t.id = l.twin_id LEFT JOIN member m ON m.id = t.member_id
        WHERE (l.kind IN ('capture', 'release', 'reverse') AND t.id IS NULL)
           OR (l.member_id NOT IN (t.member_id, COALESCE(m.merged_into_id, t.member_id))
               AND NOT EXISTS (
              SELECT 1 FROM card_merge c WHERE c.state = 'undone'
                AND ((c.first_id = l.member_id AND c.second_id = t.member_id) OR (c.second_id = l.member_id AND c.first_id = t.member_id))))
        """,
    ),
    Invariant(
        "one open visit per member and store",
        """
        SELECT member_id AS member, store_id AS store, COUNT(*) AS visits FROM visit
        WHERE is_open GROUP BY member_id, store_id HAVING COUNT(*) > 1
        """,
    ),
    Invariant(
        "a phone number is sealed, found by its hash and by its tail, or not there at all",
        """
        SELECT id AS member FROM member
        WHERE (phone_sealed IS NULL) <> (phone_key IS NULL) OR (phone_key IS NULL) <> (tail_key IS NULL)
        """,
    ),
    Invariant(
        "a card that was merged into another opens nothing, and one that was forgotten is nobody's",
        """
        SELECT id AS member, points, held FROM member
        WHERE (erased_at IS NOT NULL AND (name <> '' OR birthday IS NOT NULL))
           OR ((merged_into_id IS NOT NULL OR erased_at IS NOT NULL)
               AND (held <> 0 OR phone_key IS NOT NULL OR pin_hash IS NOT NULL))
        """,
    ),
    Invariant(
        "nobody who has left is signed in",
        """
        SELECT d.id AS device, s.username FROM device d JOIN staff s ON s.id = d.staff_id
        WHERE s.dismissed_at IS NOT NULL AND d.ended_at IS NULL
        """,
    ),
    Invariant(
        "a booking that holds has the seats its parts need, and no other booking has any",
        """
        SELECT b.code AS booking, b.state, p.id AS part, COALESCE(s.seats, 0) AS seats
        FROM part p JOIN booking b ON b.id = p.booking_id JOIN resource r ON r.id = p.resource_id
        LEFT JOIN (SELECT part_id, COUNT(*) AS seats FROM seat GROUP BY part_id) s ON s.part_id = p.id
        WHERE COALESCE(s.seats, 0) <> CASE
            WHEN b.state NOT IN ('requested', 'offered', 'confirmed', 'arrived', 'done') THEN 0
            WHEN b.state = 'done' AND COALESCE(s.seats, 0) = (p.free_at + 899) / 900 - p.starts_at / 900 THEN s.seats
            WHEN b.state = 'done' OR r.shared THEN ((p.free_at + 899) / 900 - p.starts_at / 900) * p.people
            ELSE (p.free_at + 899) / 900 - p.starts_at / 900 END
        """,
    ),
    Invariant(
        "a seat lies in the time and the resource of its part",
        """
        SELECT p.id AS part, s.resource_id AS seat_in, p.resource_id AS part_in, s.at, p.starts_at, p.free_at
        FROM seat s JOIN part p ON p.id = s.part_id
        WHERE s.resource_id <> p.resource_id OR s.at < p.starts_at / 900 * 900 OR s.at >= p.free_at
        """,
    ),
    Invariant(
        "no resource is given to more than it holds",
        """
        SELECT s.resource_id AS resource, s.at, s.number, r.capacity FROM seat s
        JOIN resource r ON r.id = s.resource_id JOIN part p ON p.id = s.part_id JOIN booking b ON b.id = p.booking_id
        WHERE b.state <> 'done' AND (s.number >= CASE WHEN r.shared THEN r.capacity ELSE 1 END OR p.people > r.capacity)
        """,
    ),
    Invariant(
        "a booking has parts, they begin and end with it, and are of its store",
        """
        SELECT b.code AS booking, b.starts_at, b.ends_at, p.begins, p.ends FROM booking b LEFT JOIN (
            SELECT booking_id, MIN(starts_at) AS begins, MAX(ends_at) AS ends FROM part GROUP BY booking_id
        ) p ON p.booking_id = b.id
        WHERE p.begins IS NULL OR p.begins <> b.starts_at OR p.ends <> b.ends_at OR EXISTS (
            SELECT 1 FROM part q JOIN service s ON s.id = q.service_id JOIN resource r ON r.id = q.resource_id
            WHERE q.booking_id = b.id AND (s.store_id <> b.store_id OR r.store_id <> b.store_id))
        """,
    ),
    Invariant(
        "the price of a booking is that of its parts and options",
        """
        SELECT b.code AS booking, b.price, p.price AS parts FROM booking b
        LEFT JOIN (SELECT booking_id, SUM(price) AS price FROM part GROUP BY booking_id) p ON p.booking_id = b.id
        WHERE b.price <> COALESCE(p.price, 0) + {options}
        """,
    ),
    Invariant(
        "a booking's stamps are those of its state",
        """
        SELECT code AS booking, state, offer_until, arrived_at, ended_at FROM booking
        WHERE (state = 'offered' AND offer_until IS NULL)
           OR (state IN ('arrived', 'done')) <> (arrived_at IS NOT NULL)
           OR (state IN ('done', 'declined', 'cancelled', 'no_show', 'lapsed')) <> (ended_at IS NOT NULL)
        """,
    ),
    Invariant(
        "a request has one open card in its store's queue, and no other booking has one",
        """
        SELECT b.code AS booking, b.state, w.id AS card, w.done_at FROM booking b
        LEFT JOIN work w ON w.kind = 'booking' AND w.ref = b.code
        WHERE (b.state = 'requested' AND (w.id IS NULL OR w.done_at IS NOT NULL OR w.store_id <> b.store_id))
           OR (b.state <> 'requested' AND w.id IS NOT NULL AND w.done_at IS NULL)
        """,
    ),
    Invariant(
        "a question that nobody has answered has one open card in its store's queue, and no other has one",
        """
        SELECT q.code AS question, q.answered_at, w.id AS card, w.done_at FROM question q
        LEFT JOIN work w ON w.kind = 'question' AND w.ref = q.code
        WHERE (q.answered_at IS NULL AND (w.id IS NULL OR w.done_at IS NOT NULL OR w.store_id <> q.store_id))
           OR (q.answered_at IS NOT NULL AND w.id IS NOT NULL AND w.done_at IS NULL)
        """,
    ),
    Invariant(
        "only what is still to come is on a card to be rebooked",
        """
        SELECT b.code AS booking, b.state, w.id AS card FROM work w LEFT JOIN booking b ON b.code = w.ref
        WHERE w.kind = 'rebook' AND w.done_at IS NULL
          AND (b.id IS NULL OR b.state NOT IN ('requested', 'offered', 'confirmed'))
        """,
    ),
    Invariant(
        "who is offered a place has one that is held, and nobody else in line has one",
        """
        SELECT w.id AS waiter, w.state, COALESCE(o.offers, 0) AS offers FROM waiter w LEFT JOIN (
            SELECT b.waiter_id, COUNT(*) AS offers FROM booking b JOIN waiter l ON l.id = b.waiter_id
            WHERE b.state = 'offered' AND (l.state = 'offered' OR b.answered_by_id IS NULL) GROUP BY b.waiter_id
        ) o ON o.waiter_id = w.id
        WHERE COALESCE(o.offers, 0) <> CASE WHEN w.state = 'offered' THEN 1 ELSE 0 END
        """,
    ),
    Invariant(
        "nobody waits for what they have",
        """
        SELECT b.code AS booking, b.state, w.id AS waiter, w.state AS waits FROM booking b JOIN waiter w ON w.id = b.waiter_id
        WHERE w.state <> 'taken' AND b.state IN ('confirmed', 'arrived', 'done', 'no_show')
        """,
    ),
    Invariant(
        "a booking's line, weekly wish and address are its member's",
        """
        SELECT b.code AS booking, b.member_id AS member, w.member_id AS waits, s.member_id AS weekly, a.member_id AS lives
        FROM booking b LEFT JOIN waiter w ON w.id = b.waiter_id LEFT JOIN standing s ON s.id = b.standing_id
        LEFT JOIN address a ON a.id = b.address_id
        WHERE w.member_id <> b.member_id OR s.member_id <> b.member_id OR a.member_id <> b.member_id
        """,
    ),
    Invariant(
        "a card that is gone comes to nothing, waits for nothing, and has no address",
        """
        SELECT m.id AS member, b.code AS booking, w.id AS waiter, s.id AS weekly, f.id AS feed, a.id AS address FROM member m
        LEFT JOIN booking b ON b.member_id = m.id AND b.state IN ('requested', 'offered', 'confirmed')
        LEFT JOIN waiter w ON w.member_id = m.id AND w.state IN ('waiting', 'offered')
        LEFT JOIN standing s ON s.member_id = m.id AND s.ended_at IS NULL
        LEFT JOIN feed f ON f.member_id = m.id
        LEFT JOIN address a ON a.member_id = m.id AND a.removed_at IS NULL
        WHERE (m.merged_into_id IS NOT NULL OR m.erased_at IS NOT NULL)
          AND (b.id IS NOT NULL OR w.id IS NOT NULL OR s.id IS NOT NULL OR f.id IS NOT NULL OR a.id IS NOT NULL)
        """,
    ),
    *(
        Invariant(*wanted)
        for wanted in members.INVARIANTS
        + rewards.INVARIANTS
        + laundry.INVARIANTS
        + complaints.INVARIANTS
        + care.INVARIANTS
        + calls.INVARIANTS
        + outbox.INVARIANTS
        + insights.INVARIANTS
        + prices.INVARIANTS
    ),
    Invariant(
        "a till's call has its answer",
        "SELECT id AS call, store_id AS store FROM api_call WHERE status NOT BETWEEN 200 AND 599 OR body = ''",
    ),
)
SQLITE_ONLY: tuple[Invariant, ...] = (
    Invariant("every reference leads to a row", "SELECT * FROM pragma_foreign_key_check"),
    Invariant("the file is whole", "SELECT * FROM pragma_quick_check WHERE quick_check <> 'ok'"),
)


NAMES = "a member is found by the name they have"
STRETCH = 20_000  # members


def run(limit: int = 20, database: Any = None) -> list[Breach]:
    """Every invariant that does not hold, with at most `limit` of the rows that break it. Nothing is changed.

    `database` is another than the open one: a copy that is to be proved.
    """
    database = database or models.database.obj
    postgres = isinstance(database, PostgresqlDatabase)
    invariants = INVARIANTS if postgres else INVARIANTS + SQLITE_ONLY
    with _patience(database, postgres):
        proved = [Breach(wanted.name, _rows(database, _for(wanted.rows, postgres), limit)) for wanted in invariants]
        proved.append(Breach(NAMES, list(islice(_names(database), limit))))
    return [breach for breach in proved if breach.rows]


@contextmanager
def _patience(database: Any, postgres: bool) -> Iterator[None]:
    """A proof over millions of rows may take longer than a request may."""
    if not postgres:
        yield
        return
    with database.atomic():
        database.execute_sql("SET LOCAL statement_timeout = '15min'")
        database.execute_sql("SET LOCAL work_mem = '64MB'")
        yield


def _names(database: Any) -> Iterator[str]:
    """The one invariant that SQL cannot ask: no database makes letters small as Python does. Read in stretches; each row is right alone."""
    after = 0
    while True:
        text = f"SELECT id, name, name_key FROM member WHERE id > {after} ORDER BY id LIMIT {STRETCH}"  # noqa: S608 - our own number
        rows = database.execute_sql(text).fetchall()
        if not rows:
            return
        for member, name, key in rows:
            if (bytes(key) if key else key) != names.key(name):
                yield f"member={member}"
        after = rows[-1][0]


def _for(text: str, postgres: bool) -> str:
    parts = {"{inputs}": "inputs"}
    for name in ("amount", "rate", "tier_rate", "times"):
        sqlite = f"json_extract(inputs, '$.{name}')"
        parts[f"{{int:{name}}}"] = f"CAST(inputs::json->>'{name}' AS BIGINT)" if postgres else sqlite
    for name in ("warned_at", "days"):
        sqlite = f"json_extract(counted, '$.{name}')"
        parts[f"{{counted:{name}}}"] = f"CAST(counted::json->>'{name}' AS BIGINT)" if postgres else sqlite
    listed, price = "json_each(b.options) o", "json_extract(o.value, '$.price')"
    if postgres:
        listed, price = "json_array_elements(b.options::json) o", "CAST(o->>'price' AS BIGINT)"
    parts["{options}"] = f"(SELECT COALESCE(SUM({price}), 0) FROM {listed})"  # noqa: S608 - our own text
    for hole, part in parts.items():
        text = text.replace(hole, part)
    return text


def _rows(database: Any, text: str, limit: int) -> list[str]:
    cursor = database.execute_sql(f"SELECT * FROM ({text}) broken LIMIT {int(limit)}")  # noqa: S608 - our own text
    names = [column[0] for column in cursor.description]
    return [" ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in cursor.fetchall()]

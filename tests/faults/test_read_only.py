"""A database that takes nothing more in, as on a full disk: every page that could be looked at before can be looked at still."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from peewee import SqliteDatabase

import models
from models import LedgerLine, Redemption, Work
from tests.kit.doors import AsMember, AsStaff
from tests.world import World
from webapp import clock
from webapp.care import articles, rules
from webapp.clock import MINUTE
from webapp.points import purchases
from webapp.points.purchases import Bill
from webapp.rewards import redemptions
from webapp.stores import counter

# What may not be done without writing it down: to sign in, to have a guess counted, to look at somebody's card, to take a copy away.
WRITTEN_DOWN = {
    "members.handshake",
    "members_desk.handshake",
    "members_desk.show",
    "members_desk.card",
    "members_desk.arrival",
    "members_desk.memory_of",
    "members_desk.story",
    "members_desk.birthday",
    "rewards_desk.show",
    "members.export",
}
NO_ROOM = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend the file' USING ERRCODE = 'disk_full'; END $$;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE 'CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON ' || quote_ident(name) || ' EXECUTE FUNCTION no_room()';
        END LOOP;
    END $$"""


@contextmanager
def takes_nothing_in() -> Iterator[None]:
    """Reading works, each write is refused."""
    database = models.database.obj
    on, off = "PRAGMA query_only = on", "PRAGMA query_only = off"
    if not isinstance(database, SqliteDatabase):
        on, off = NO_ROOM, "DROP FUNCTION no_room() CASCADE"
    database.execute_sql(on)
    try:
        yield
    finally:
        database.execute_sql(off)


@pytest.fixture
def pages(app: Flask, world: World) -> dict[str, str]:
    """Endpoint and address of every page, with something real behind each; a reward is on hold there, and its time is over."""
    articles.fill(world.brand, world.at)
    rules.fill(world.brand, world.at)
    held = redemptions.hold(world.mei, world.towel, world.bath, ticket="under way", at=world.at)
    counter.arrive(world.xin, counter.code(world.bath, world.at), "", world.at)
    bill = purchases.record(world.bath, Bill(10_000, "a bill", "desk"), world.mei, world.chen, world.at)
    line = LedgerLine.get(LedgerLine.member == world.mei.id)
    names = {"slug": "bath", "placement": "door", "digits": "000000", "token": counter.code(world.bath, world.at)}
    numbers = {"rewards": world.towel.id, "points": line.id, "staff_desk": world.chen.id}
    codes = {"rewards": held.code, "rewards_desk": held.code, "members_desk": world.mei.code, "points_desk": bill.code}
    names["ref"] = Work.get(Work.kind == "arrival").ref
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api/"):
            room = rule.endpoint.partition(".")[0]
            filled = names | {"id": numbers.get(room, 1), "code": codes.get(room, "")}
            with app.test_request_context():
                found[rule.endpoint] = rule.build({name: filled.get(name, "none") for name in rule.arguments})[1]
    return found


def test_every_page_opens_all_the_same(
    app: Flask, pages: dict[str, str], world: World, as_member: AsMember, as_staff: AsStaff,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """To people last seen long enough ago for it to be noted; then the same people come again when there is room."""
    app.extensions["limits"].enabled = False
    member, owner, later = as_member(world.mei), as_staff(world.zhao, world.bath), world.at + 11 * MINUTE
    monkeypatch.setattr(clock, "now", lambda: later)

    def look() -> dict[str, int]:
        asked = {page: owner if path.startswith("/desk") else member for page, path in pages.items()}
        return {page: asked[page].get(path).status_code for page, path in pages.items()}

    with takes_nothing_in():
        full = look()
    assert [row.state for row in Redemption.select()] == ["held"]
    usual = look()
    assert [row.state for row in Redemption.select()] == ["expired"]
    assert {page for page in pages if full[page] != usual[page]} <= WRITTEN_DOWN
    assert {full["members.export"], full["members_desk.show"]} <= {503, 507}
    assert {page for page in pages if full[page] == 200} > {
        "members.code",
        "points.index",
        "rewards.show",
        "staff_desk.home",
    }

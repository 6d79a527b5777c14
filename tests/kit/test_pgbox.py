"""The throw-away PostgreSQL: clones, neighbours, and a crash that loses nothing when it was told not to."""

import psycopg2
import pytest

from tests.kit import needs, pgbox


@pytest.fixture
def box_or_not() -> None:
    try:
        pgbox.binaries()
    except pgbox.Missing as why:
        needs.missing(str(why))


def test_a_clone_is_a_database_of_its_own(pg: pgbox.Box) -> None:
    pg.create("pattern")
    pg.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1)", "pattern")
    pg.create("one", "pattern")
    pg.create("two", "pattern")
    pg.sql("INSERT INTO t VALUES (2)", "one")
    assert pg.sql("SELECT count(*) FROM t", "one") == "2"
    assert pg.sql("SELECT count(*) FROM t", "two") == "1"


def test_two_servers_do_not_meet(pg: pgbox.Box) -> None:
    with pgbox.running() as other:
        other.create("elsewhere")
        assert pg.sql("SELECT count(*) FROM pg_database WHERE datname = 'elsewhere'") == "0"


def test_the_address_is_one_that_a_driver_takes(pg: pgbox.Box) -> None:
    url = pg.create("by_address")
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("by_address",)
    connection.close()


@pytest.mark.usefixtures("box_or_not")
def test_a_durable_server_keeps_what_it_acknowledged_before_a_crash() -> None:
    with pgbox.running(durable=True) as box:
        box.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (7)")
        box.kill()
        with pytest.raises(RuntimeError):
            box.sql("SELECT 1")
        box.start()
        assert box.sql("SELECT n FROM t") == "7"
        folder = box.folder
    assert not folder.exists()

"""The database that each test gets: migrated, its own, good for threads — and able to show a race when the code has one."""

import threading
import time
from collections.abc import Callable

from peewee import AutoField, Database, IntegerField, Model, OperationalError


class Purse(Model):
    id = AutoField()
    left = IntegerField()


def test_a_database_is_migrated_and_empty(database: Database) -> None:
    assert "member" in database.get_tables()
    assert database.execute_sql("SELECT count(*) FROM member").fetchone()[0] == 0


def test_no_test_sees_what_another_wrote(database: Database) -> None:
    assert "purse" not in database.get_tables()


def _race(database: Database, take: Callable[[], bool], people: int = 8) -> tuple[int, int]:
    """`people` threads want 3 of 10, at the same moment: how often it was granted, and what is left."""
    database.bind([Purse])
    database.create_tables([Purse])
    Purse.create(left=10)
    gate, won = threading.Barrier(people), []

    def person() -> None:
        gate.wait()
        with database.connection_context():
            for _ in range(3):
                try:
                    won.extend([1] * take())
                except OperationalError:
                    database.rollback()

    threads = [threading.Thread(target=person) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(won), Purse.get().left


def test_a_conditional_update_never_grants_too_much(database: Database) -> None:
    def take() -> bool:
        return bool(Purse.update(left=Purse.left - 3).where(Purse.left >= 3).execute())

    won, left = _race(database, take)
    assert won <= 3
    assert left == 10 - 3 * won


def test_the_race_is_real(database: Database) -> None:
    """The control: read, think, write. If this were ever safe, the test above would prove nothing."""

    def careless() -> bool:
        purse = Purse.get()
        if purse.left < 3:
            return False
        time.sleep(0.02)
        Purse.update(left=Purse.left - 3).execute()
        return True

    won, _ = _race(database, careless)
    assert won > 3

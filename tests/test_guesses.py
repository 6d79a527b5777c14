"""Counting wrong guesses: shut per source, then per account; nobody can lock another out."""

import pytest
from peewee import Database

from tests.world import NOON
from webapp import guesses
from webapp.clock import MINUTE
from webapp.refusals import TooMany


def fail(times: int, source: str, at: int = NOON) -> None:
    for _ in range(times):
        guesses.wrong("mei", source, at)


def test_five_wrong_guesses_shut_the_door_for_that_source_and_say_until_when(database: Database) -> None:
    fail(4, "phone")
    guesses.check("mei", "phone", NOON)
    fail(1, "phone")
    with pytest.raises(TooMany) as caught:
        guesses.check("mei", "phone", NOON)
    assert caught.value.until == NOON + 15 * MINUTE
    guesses.check("mei", "phone", NOON + 15 * MINUTE)


def test_a_stranger_does_not_lock_the_member_out(database: Database) -> None:
    fail(20, "stranger")
    guesses.check("mei", "own phone", NOON)


def test_many_sources_together_cannot_guess_either(database: Database) -> None:
    for number in range(30):
        fail(1, f"source {number}")
    with pytest.raises(TooMany):
        guesses.check("mei", "yet another", NOON)


def test_a_right_guess_starts_afresh(database: Database) -> None:
    fail(4, "phone")
    guesses.right("mei", "phone")
    fail(4, "phone")
    guesses.check("mei", "phone", NOON)


def test_old_mistakes_are_forgotten(database: Database) -> None:
    fail(4, "phone", NOON - 20 * MINUTE)
    fail(4, "phone")
    guesses.check("mei", "phone", NOON)

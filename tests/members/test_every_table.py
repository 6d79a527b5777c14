"""Every table that knows something of a member: what they get to see of it, and that it is forgotten. A new table is in here by itself.

One row of each table is made for Mei, with a word of its own in every column that takes words; then all of them are looked for.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

import models
from tests.kit.rows import Rows, about_a_member
from tests.world import NOON, World
from webapp import backup, config, vault
from webapp.members import privacy

# Columns by which rows are found again: random, or a hash that leads nowhere.
NAMES = {"code", "key", "ticket", "tag", "ref", "receipt", "token_hash", "browser_hash", "endpoint_hash"}

# Not told to the member, and why.
NOT_TOLD = {
    "Handshake.browser_hash": "a proof, as the next two",
    "Passkey.credential": "a proof",
    "Passkey.public_key": "a proof",
    "Push.sealed": "the way into their browser; when it was opened is told",
    "Kin.name": "what the helper calls them is the helper's own word",
    "Improvement.said": "the shop's own wall, without anybody's name",
    "Improvement.did": "the shop's own wall",
    "Moved.what": "where a row lay before two cards became one; the rows themselves are told",
    "Moved.before": "the same",
    "IntakeRow.data_sealed": "empty as soon as a line is somebody's",
}

# Still there when they are forgotten, and why: numbers and the program's own words about rows that belong to nobody then.
STAYS = {
    "Consent.text_version": "the proof of what was agreed to",
    "Consent.source": "the proof of where",
    "Booking.options": "what was chosen from the shop's list",
    "Booking.why": "a word of the program",
    "Case.about": "a word of the program",
    "Case.changed": "what the shop does differently since",
    "CaseEntry.data": "what kind of entry it was",
    "Coupon.pair": "two words of the program",
    "Coupon.terms": "the shop's terms",
    "Coupon.trigger": "a word of the program",
    "Event.data": "numbers; `events.record` keeps names of members and their numbers out",
    "Event.verb": "a word of the program",
    "Follow.cause": "a word of the program",
    "Follow.outcome": "a word of the program",
    "Garment.brand": "what the piece was, not whose",
    "Garment.name": "what the piece was, not whose",
    "Gift.why": "a word of the program",
    "Improvement.did": "the shop's own wall",
    "Improvement.said": "the shop's own wall, without anybody's name",
    "IntakeRow.why": "a sentence of the program",
    "LedgerLine.inputs": "the sums of the receipt",
    "LedgerLine.reason": "a word of the program",
    "LevelMove.counted": "sums",
    "LevelMove.why": "a word of the program",
    "Merge.reasons": "words of the program",
    "Order.rack": "a place in the shop",
    "Purchase.price": "the sums of the bill",
    "Redemption.why": "a word of the program",
    "Redemption.words": "two words of the program",
    "Referral.why": "a word of the program",
    "Score.dimension": "a word of the program",
    "Send.occasion": "a word of the program and a date",
    "Send.why": "a word of the program",
    "Step.why": "what was wrong with the piece",
    "Waiter.passed": "moments",
    "Work.kind": "a word of the program",
}


@pytest.fixture
def filled(world: World) -> Rows:
    rows = Rows(world, world.mei, world.xin, world.bath, world.chen)
    for model in about_a_member():
        if model not in rows.last:
            rows.make(model, marked=True)
    return rows


@pytest.mark.only_on("sqlite")
def test_the_export_tells_every_word_of_every_table(filled: Rows, world: World) -> None:
    text = json.dumps(privacy.export(world.fresh(world.mei), NOON), ensure_ascii=False)
    missing = {place for place, word in filled.marks.items() if word not in text and place.split(".")[1] not in NAMES}
    assert missing == NOT_TOLD.keys() - {"Handshake.browser_hash"}


@pytest.mark.only_on("sqlite")
def test_whoever_is_forgotten_leaves_no_word_in_any_table(filled: Rows, world: World) -> None:
    assert left(filled.marks) == filled.marks.keys(), "each of them was there"
    privacy.erase(world.fresh(world.mei), NOON)
    there = {place for place in left(filled.marks) if place.split(".")[1] not in NAMES}
    assert there == STAYS.keys()


@pytest.mark.only_on("sqlite")
def test_a_new_backup_holds_nothing_of_whom_was_forgotten(
    world: World, settings: config.Settings, tmp_path: Path
) -> None:
    rows = Rows(world, world.mei, world.xin, world.bath, world.chen)
    words: list[str] = []
    for model in [models.Wear, models.Message] * 20 + [models.Device, models.Kin]:
        rows.make(model, marked=True)
        words += [word for place, word in rows.marks.items() if place.split(".")[1] not in NAMES]
    file = settings.data / "huitou.db"
    models.database.obj.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert all(word.encode() in file.read_bytes() for word in words), "each of them was there"
    privacy.erase(world.fresh(world.mei), NOON)
    backup.save(settings, tmp_path / "new.zip", NOON)
    with zipfile.ZipFile(tmp_path / "new.zip") as packed:
        whole = packed.read("huitou.db")
    assert [word for word in words if word.encode() in whole] == []


def left(marks: dict[str, str]) -> set[str]:
    """Which of these words still stand in any column of any table, sealed or not."""
    read = [
        "\n".join(_read(value) for row in model.select().tuples().iterator() for value in row)
        for model in models.MODELS
    ]
    whole = "\n".join(read)
    return {place for place, word in marks.items() if word in whole}


def _read(value: Any) -> str:
    if not isinstance(value, (bytes, memoryview)):
        return repr(value)
    try:
        return vault.unseal(bytes(value))
    except (InvalidTag, ValueError):
        return repr(bytes(value))

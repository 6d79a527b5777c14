"""The demo as the journeys find it: loaded, with its night behind it, and with the static files compressed. `python -m tests.kit.demo FOLDER`.

Every job of the worker has had its turn, so that no copy spends its first seconds on a year of birthdays while somebody waits for a page.
"""

import sys
from pathlib import Path

import models
from webapp import assets, clock, config, migrations, seeds, storage, vault, words, worker


def load(folder: Path, password: str) -> None:
    """Into a folder that is not there yet. Fails if a job of the worker does."""
    settings = config.load({"HUITOU_DATA": str(folder)}, Path("no such file"))
    vault.unlock(settings.secret)
    words.compile_catalogues()
    database = storage.open_database(settings)
    migrations.run(database)
    seeds.load(clock.now(), password=password)
    for job in worker.jobs():
        assert worker.attempt(job, settings), job.name
    # SQLite folds its write-ahead log into the file when the last connection closes; only then may the file be copied.
    database.close()
    models.writers.at(None)
    assets.Assets(folder / "cache")
    (folder / "writers.lock").unlink(missing_ok=True)


if __name__ == "__main__":
    load(Path(sys.argv[1]), sys.argv[2])

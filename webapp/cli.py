"""The commands of `flask --app webapp …`: each reads its words, calls one function, and ends with 0, or with 1 and one line why not.

Called by `create_app`; on the terminal by whoever runs the shop. It decides nothing itself.
"""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

import models
from models import ROLES, Brand, Store
from webapp import clock, config
from webapp.refusals import Refusal


def init(app: Flask) -> None:
    for command in (demo, migrate, check, backup, restore, staff, api_key, work):
        app.cli.add_command(command)


def _settings() -> config.Settings:
    from flask import current_app

    found: config.Settings = current_app.extensions["settings"]
    return found


def _plainly(act: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """What `act` returns; a refusal becomes one line on stderr and exit code 1."""
    from webapp.errors import say

    try:
        return act(*values, **named)
    except Refusal as refusal:
        raise click.ClickException(say(refusal)) from None


@click.command()
@with_appcontext
def demo() -> None:
    """Load the lived-in demo. Refused unless the database is empty."""
    from webapp import migrations, seeds

    migrations.run(models.database.obj)
    for line in _plainly(seeds.load, clock.now(), password=_settings().demo_password):
        click.echo(line)


@click.command()
@with_appcontext
def migrate() -> None:
    """Bring the tables up to date."""
    from webapp import migrations

    for name in migrations.run(models.database.obj):
        click.echo(f"applied {name}")


@click.command()
@click.option("--rows", default=20, show_default=True, help="how many broken rows to print per invariant")
@with_appcontext
def check(rows: int) -> None:
    """Prove every invariant of the data; prints the rows that break one and ends with 1."""
    from webapp import check as proof

    broken = proof.run(rows)
    for breach in broken:
        for row in breach.rows:
            click.echo(f"{breach.name}: {row}")
    if broken:
        raise click.ClickException(f"{len(broken)} of {len(proof.INVARIANTS)} invariants do not hold")
    click.echo(f"{len(proof.INVARIANTS)} invariants hold")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Save the database, the uploads and the secret into FILE while Huitou runs, and prove the copy."""
    from webapp import backup as safe

    for line in safe.save(_settings(), file, clock.now()):
        click.echo(line)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="put aside what is there now")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Bring back what `backup` saved. Stop Huitou first. Refuses to overwrite a shop without --replace."""
    from webapp import backup as safe

    for line in safe.restore(_settings(), file, clock.now(), replace=replace):
        click.echo(line)


@click.group()
def staff() -> None:
    """People who work here."""


@staff.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice(ROLES), default="clerk", show_default=True)
@click.option("--store", "slug", help="the store's short name; not needed for an owner or where there is one store")
@click.option("--name", help="as colleagues read it; the username if left out")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
@with_appcontext
def add(username: str, role: str, slug: str | None, name: str | None, password_stdin: bool) -> None:
    """Add somebody with a password; asks for it twice unless --password-stdin."""
    from webapp.staff import people

    brand = Brand.select().first()
    if brand is None:
        raise click.ClickException("there is no shop yet: open /setup first")
    store = None if role == "owner" and slug is None else _store(slug)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _password()
    newcomer = people.Newcomer(username, name or username, role, password, store)
    person = _plainly(people.hire, newcomer, brand, None, clock.now())
    click.echo(f"added {person.username} ({person.role})")


@click.group("api-key")
def api_key() -> None:
    """Keys of tills; only their hashes are kept. They are listed and ended at the desk."""


@api_key.command("add")
@click.argument("name")
@click.option("--store", "slug", help="the store's short name; not needed where there is one store")
@with_appcontext
def add_key(name: str, slug: str | None) -> None:
    """Make a key for the till NAME and print it, this once."""
    from webapp.stores import tills

    _, secret = _plainly(tills.make, _store(slug), name, None, clock.now())
    click.echo(secret)


@click.command()
@click.option("--threads", type=click.IntRange(1, 16), default=3, show_default=True)
@with_appcontext
def work(threads: int) -> None:
    """Run the background worker until SIGTERM: lapses holds and points, posts letters, proves the ledger every night."""
    from webapp import worker

    worker.run(_settings(), threads)


def _store(slug: str | None) -> Store:
    stores = list(Store.select().where(Store.closed_at.is_null()).order_by(Store.id))
    wanted = [store for store in stores if slug in (None, store.slug)]
    if len(wanted) == 1:
        return wanted[0]
    known = ", ".join(store.slug for store in stores) or "none yet"
    raise click.UsageError(f"--store: say which one ({known})")


def _password() -> str:
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise click.ClickException("the two passwords differ")
    return first

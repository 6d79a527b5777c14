"""Before anybody is served: tables up to date, certificates made, the demo loaded if asked."""

import argparse

from webapp import clock
from webapp.config import Settings
from webapp.serving.children import Stop

NEEDS = ("models", "webapp.migrations", "webapp.storage", "webapp.vault", "webapp.stores.setup")


def prepare(asked: argparse.Namespace, settings: Settings) -> list[str]:
    """Bring the tables up to date, load the demo if asked; the lines that a first visitor needs. Raises Stop when the demo is refused."""
    from models import Member
    from webapp import migrations, storage, vault
    from webapp.refusals import Refusal
    from webapp.stores import setup

    if asked.tls:
        from webapp import tls

        tls.ensure(settings.data / "tls", tls.own_names(), clock.now())
    vault.unlock(settings.secret)
    database = storage.open_database(settings)
    try:
        migrations.run(database)
        sealed = Member.select(Member.phone_sealed).where(Member.phone_sealed.is_null(False)).scalar()
        if sealed and not vault.opens(sealed):
            raise Stop(f"{settings.data / 'secret'} is not the secret of this database: copy the one it was made with")
        if asked.demo:
            return _demo(settings)
        code = setup.new_code(settings.data)
        return [f"First visit 首次设置: /setup  code 开店码: {code}"] if code else []
    except Refusal as refusal:
        from webapp.errors import say as in_words

        raise Stop(in_words(refusal)) from None
    except storage.GONE as error:
        raise Stop(f"The database cannot be used: {str(error).strip()}") from None
    finally:
        database.close()


def _demo(settings: Settings) -> list[str]:
    """Load the demo once; every later start finds the note with its people and passwords, so that nobody has to remember them."""
    from webapp import seeds

    note = settings.data / "demo.txt"
    if not note.exists():
        lines = seeds.load(clock.now(), password=settings.demo_password)
        note.touch(mode=0o600)
        note.write_text("\n".join(lines), "utf-8")
    return note.read_text("utf-8").splitlines()

"""What the web server loads: `app` for any WSGI server behind a proxy that takes requests in whole, `gate` for our own."""

import os

from webapp import create_app, storage, words
from webapp.app import room_for
from webapp.gate import Gate, Large

app = create_app()
large = Large(room_for, app.extensions["settings"].data)
gate = Gate(app, app.config["MAX_CONTENT_LENGTH"], app.extensions["front"].answer, large)
storage.bound_waits()
words.environment_for(
    app, words.LOCALES[0]
)  # the workers of a server that forks share it, and the addresses that it puts in order
# A server that forks has loaded this before: a lock on a file that was opened together would shut nobody out.
os.register_at_fork(after_in_child=lambda: storage.open_database(app.extensions["settings"]))

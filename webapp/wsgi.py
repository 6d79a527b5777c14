"""What the web server loads: `app` for any WSGI server behind a proxy that takes requests in whole, `gate` for our own."""

from webapp import create_app, storage
from webapp.gate import Gate

app = create_app()
gate = Gate(app, app.config["MAX_CONTENT_LENGTH"])
storage.bound_waits()

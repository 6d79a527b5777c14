"""What the web server loads."""

from webapp import create_app, storage

app = create_app()
storage.bound_waits()

"""The plainest Flask app: what a start and a process cost before anybody has written a line."""

from flask import Flask

app = Flask("bench.hello")
app.add_url_rule("/", "hello", lambda: "hello")
app.add_url_rule("/healthz", "healthz", lambda: "ok")

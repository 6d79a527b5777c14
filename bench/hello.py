"""The plainest Flask app: what a start and a process cost before anybody has written a line."""

from flask import Flask

from webapp.gate import Gate

hello = Flask("bench.hello")
hello.add_url_rule("/", "hello", lambda: "hello")
hello.add_url_rule("/healthz", "healthz", lambda: "ok")
app = Gate(hello, 65536)  # as the real one is called

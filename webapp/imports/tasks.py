"""Work of this room that nobody waits for; the worker collects it."""

EVERY_MINUTE = ()
NIGHTLY = ()

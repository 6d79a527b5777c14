"""Logs: one JSON line per event on stderr, structured, with no phone numbers, PINs, tokens or request bodies in them."""

import logging
import sys

import structlog

HUSHED = ("phone", "pin", "password", "token", "secret", "cookie", "authorization")


def init() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hush,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _hush(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for name in event:
        if any(word in name.lower() for word in HUSHED):
            event[name] = "***"
    return event

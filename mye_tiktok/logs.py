"""Logs on stderr: key=value or JSON lines with run id and channel, and no secret in any of them."""

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

SHORTEST_SECRET = 6
_context: ContextVar[dict[str, str] | None] = ContextVar("log_context", default=None)
_hidden: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Replace these texts by `***` in everything logged from now on."""
    _hidden.update(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)


def redacted(text: str) -> str:
    """Return `text` without any secret that was handed to `hide`."""
    # a copy, for other threads hide more meanwhile; the longest first, for one may begin with another
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


@contextmanager
def context(**fields: str) -> Iterator[None]:
    """Put `fields` (run, channel) on every line logged inside."""
    token = _context.set({**(_context.get() or {}), **fields})
    try:
        yield
    finally:
        _context.reset(token)


class TextFormatter(logging.Formatter):
    """`2026-11-23T09:30:00Z INFO products fetch-all started run=… channel=…`"""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line (more with a traceback), redacted."""
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        text = f"{_time(record)} {record.levelname} {record.getMessage()}{fields}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return redacted(text)


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, redacted."""
        line = {"time": _time(record), "level": record.levelname.lower(), "message": record.getMessage()}
        line |= _fields(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        # before they are escaped: a quote or a backslash would disguise a secret
        return json.dumps({name: redacted(text) for name, text in line.items()}, ensure_ascii=False)


def configure(*, level: str, form: str) -> None:
    """Send our own logs from `level` up to stderr, and of other libraries only warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mye_tiktok").setLevel(level.upper())


def _fields(record: logging.LogRecord) -> dict[str, str]:
    given = getattr(record, "fields", None)
    return {**(_context.get() or {}), **(given if isinstance(given, dict) else {})}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""A request as it came over the wire, and the log of all of them."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

Environ = dict[str, Any]
KEPT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Path, decoded query pairs, the two headers that matter, the raw body, and where the caller found us."""

    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    query: dict[str, str]
    content_type: str
    token: str
    body: bytes
    base_url: str = ""

    @classmethod
    def of(cls, environ: Environ) -> "Request":
        """Read a WSGI environment."""
        pairs = tuple(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            pairs=pairs,
            query=dict(pairs),
            content_type=environ.get("CONTENT_TYPE") or "",
            token=environ.get("HTTP_X_TTS_ACCESS_TOKEN") or "",
            body=environ["wsgi.input"].read(length) if length else b"",
            base_url=f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}",
        )


class Record(NamedTuple):
    """One request that was answered. `code` is TikTok's; -1 when the answer carried none."""

    operation: str
    method: str
    path: str
    status: int
    code: int


class RequestLog:
    """The latest requests in order, and how many there were of each kind since the start or `clear()`.

    `listener` is told of each.
    """

    def __init__(self) -> None:
        self.listener: Callable[[Record], None] | None = None
        self._lock = threading.Lock()
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, int]] = Counter()

    def add(self, record: Record) -> None:
        """Note an answered request."""
        with self._lock:
            self._records.append(record)
            self._counts[record.operation, record.code] += 1
        if self.listener is not None:
            self.listener(record)

    def count(self, operation: str | None = None, *, code: int | None = None) -> int:
        """Count requests, of one operation and with one code when these are given."""
        with self._lock:
            return sum(
                number
                for (name, answered), number in self._counts.items()
                if operation in {None, name} and code in {None, answered}
            )

    def records(self, operation: str | None = None) -> list[Record]:
        """Return the latest requests, oldest first."""
        with self._lock:
            return [record for record in self._records if operation in {None, record.operation}]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return operation → code → number."""
        with self._lock:
            table: dict[str, dict[str, int]] = {}
            for (operation, code), number in self._counts.items():
                table.setdefault(operation, {})[str(code)] = number
            return table

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._records.clear()
            self._counts.clear()

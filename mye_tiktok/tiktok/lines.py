"""What carries requests to one host: a connection, or an httpx transport where a proxy or a test wants one."""

import ssl
from collections.abc import Sequence
from typing import Protocol

import httpx

from mye_tiktok.tiktok.connection import Connection, Header, Received, connect, request_bytes


class Line(Protocol):
    """Carries one request at a time; raises httpx's errors."""

    def request(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Received:
        """Send a request and return the answer, decompressed. `target` is path and query, percent-encoded."""

    def close(self) -> None:
        """Close the connection."""


class DirectLine:
    """A connection that is kept alive between requests, and opened again when either side closed it.

    The way through httpx takes four times as long: it makes objects for each part of a request and an answer, and
    reads with a parser in Python.
    """

    def __init__(self, origin: httpx.URL, trust: ssl.SSLContext | None, timeout: float) -> None:
        self._origin, self._trust, self._timeout = origin, trust, timeout
        self._connection: Connection | None = None

    def request(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Received:
        """Send a request and return the answer, decompressed."""
        message = request_bytes(method, target, headers, body)
        connection = self._open()
        try:
            return _plain(connection.exchange(message))
        finally:
            if not connection.kept:
                self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is not None and not self._connection.fresh:
            self.close()
        if self._connection is None:
            self._connection = connect(self._origin, self._trust, self._timeout)
        return self._connection


class TransportLine:
    """A transport of httpx's; `timeout` in seconds holds for connecting, sending and each read."""

    def __init__(self, origin: httpx.URL, transport: httpx.BaseTransport, timeout: float) -> None:
        self._origin, self._transport = origin, transport
        self._extensions = {"timeout": httpx.Timeout(timeout).as_dict()}

    def request(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Received:
        """Send a request and return the answer."""
        place = self._origin.copy_with(raw_path=target)
        request = httpx.Request(method, place, headers=list(headers), content=body or None, extensions=self._extensions)
        response = self._transport.handle_request(request)
        return Received(response.status_code, response.headers, response.read())

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()


def _plain(found: Received) -> Received:
    """Return an answer with its body decompressed."""
    if "content-encoding" not in found.headers:
        return found
    return found._replace(body=httpx.Response(found.status, headers=found.headers, content=found.body).content)

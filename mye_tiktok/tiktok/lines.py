"""One connection to one host: straight over httpcore, or over an httpx transport where a proxy or a test wants one."""

import ssl
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import httpcore
import httpx

KEEPALIVE_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}
Header = tuple[bytes, bytes]
Timeouts = Mapping[str, float | None]


class Received(NamedTuple):
    """An HTTP answer; names of headers are in lower case, the body is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Line(Protocol):
    """Carries one request at a time. Errors are httpx's or httpcore's, which go by the same names."""

    def request(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Received:
        """Send a request and return the answer. `target` is path and query, percent-encoded."""

    def close(self) -> None:
        """Close the connection."""


class DirectLine:
    """A connection that is kept alive between requests, and opened again when either side closed it.

    httpx would add a URL, a request, a response and a pool of this one connection: a quarter of a request's cost.
    """

    def __init__(self, origin: httpx.URL, trust: ssl.SSLContext | None, timeout: Timeouts) -> None:
        self._origin = httpcore.Origin(origin.raw_scheme, origin.raw_host, origin.port or PORTS[origin.scheme])
        self._trust = trust
        self._extensions = {"timeout": dict(timeout)}
        self._connection = self._new()

    def request(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Received:
        """Send a request and return the answer."""
        if self._connection.is_closed() or self._connection.has_expired():
            self._connection.close()
            self._connection = self._new()
        place = httpcore.URL(scheme=self._origin.scheme, host=self._origin.host, port=self._origin.port, target=target)
        request = httpcore.Request(
            method, place, headers=_sized(headers, method, body), content=body, extensions=self._extensions
        )
        response = self._connection.handle_request(request)
        try:
            content = response.read()
        finally:
            response.close()
        return _received(response.status, response.headers, content)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _new(self) -> httpcore.HTTPConnection:
        return httpcore.HTTPConnection(self._origin, self._trust, keepalive_expiry=KEEPALIVE_SECONDS)


class TransportLine:
    """A transport of httpx's."""

    def __init__(self, origin: httpx.URL, transport: httpx.BaseTransport, timeout: Timeouts) -> None:
        self._origin, self._transport = origin, transport
        self._extensions = {"timeout": dict(timeout)}

    def request(self, method: str, target: bytes, headers: Sequence[Header], body: bytes) -> Received:
        """Send a request and return the answer."""
        place = self._origin.copy_with(raw_path=target)
        request = httpx.Request(method, place, headers=list(headers), content=body or None, extensions=self._extensions)
        response = self._transport.handle_request(request)
        return Received(response.status_code, response.headers, response.read())

    def close(self) -> None:
        """Close its connections."""
        self._transport.close()


def _sized(headers: Sequence[Header], method: str, body: bytes) -> Sequence[Header]:
    """Say how long the body is, as each method that may have one has to."""
    return headers if method == "GET" else [*headers, (b"content-length", b"%d" % len(body))]


def _received(status: int, fields: Sequence[Header], body: bytes) -> Received:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in fields}
    if "content-encoding" in headers:
        body = httpx.Response(status, headers=list(fields), content=body).content
    return Received(status, headers, body)

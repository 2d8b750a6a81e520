"""The connections to one host, one per request in flight."""

import ssl
from collections import deque
from functools import cached_property
from urllib.request import getproxies, proxy_bypass

import httpx

from mye_tiktok.tiktok.lines import DirectLine, Line, TransportLine

ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)


class Transports:
    """A stack of lines with one connection each; the warmest is used first.

    One shared pool looks through all its connections several times per request: with 32 threads that takes as much
    CPU as the request itself. A transport that was handed in is used by everybody and not closed.
    """

    def __init__(self, origin: httpx.URL, given: httpx.BaseTransport | None, *, timeout: float) -> None:
        self._origin, self._timeout = origin, timeout
        self._given = TransportLine(origin, given, timeout) if given is not None else None
        self._idle: deque[Line] = deque()

    def take(self) -> Line:
        """Return a line for one request; hand it back with `put`."""
        if self._given is not None:
            return self._given
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def put(self, line: Line) -> None:
        """Take a line back, after success or failure."""
        if self._given is None:
            self._idle.append(line)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def _new(self) -> Line:
        if self._via is None:
            return DirectLine(self._origin, self._trust, self._timeout)
        through = httpx.HTTPTransport(verify=self._trust or False, limits=ONE, proxy=self._via)
        return TransportLine(self._origin, through, self._timeout)

    @cached_property
    def _via(self) -> str | None:
        """Return the proxy to go through, looked up when the first connection is made."""
        return proxy_of(self._origin)

    @cached_property
    def _trust(self) -> ssl.SSLContext | None:
        """Load the certificates once; they take longer than a request."""
        return httpx.create_ssl_context() if self._origin.scheme == "https" else None


def proxy_of(origin: httpx.URL) -> str | None:
    """Return the proxy that the environment names (HTTPS_PROXY, NO_PROXY), as httpx.Client would use it."""
    if proxy_bypass(origin.host):
        return None
    return getproxies().get(origin.scheme) or getproxies().get("all")

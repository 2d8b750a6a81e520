"""The connections to one host, one per request in flight."""

import ssl
from collections import deque
from functools import cached_property
from urllib.request import getproxies, proxy_bypass

import httpx

ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)


class Transports:
    """A stack of transports with one connection each; the warmest is used first.

    One shared pool looks through all its connections several times per request: with 32 threads that takes as much
    CPU as the request itself. A transport that was handed in is used by everybody and not closed.
    """

    def __init__(self, origin: httpx.URL, given: httpx.BaseTransport | None) -> None:
        self._origin = origin
        self._given = given
        self._idle: deque[httpx.BaseTransport] = deque()

    @cached_property
    def direct(self) -> bool:
        """Whether a request goes straight to the host, over a transport of ours."""
        return self._given is None and self._via is None

    def take(self) -> httpx.BaseTransport:
        """Return a transport for one request; hand it back with `put`."""
        if self._given is not None:
            return self._given
        try:
            return self._idle.pop()
        except IndexError:
            return httpx.HTTPTransport(verify=self._trust, limits=ONE, proxy=self._via)

    def put(self, transport: httpx.BaseTransport) -> None:
        """Take a transport back, after success or failure."""
        if self._given is None:
            self._idle.append(transport)

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    @cached_property
    def _via(self) -> str | None:
        """Return the proxy to go through, looked up when the first connection is made."""
        return _proxy(self._origin)

    @cached_property
    def _trust(self) -> ssl.SSLContext | bool:
        """Load the certificates once; they take longer than a request."""
        return httpx.create_ssl_context() if self._origin.scheme == "https" else False


def _proxy(origin: httpx.URL) -> str | None:
    """Return the proxy that the environment names (HTTPS_PROXY, NO_PROXY), as httpx.Client would use it."""
    if proxy_bypass(origin.host):
        return None
    return getproxies().get(origin.scheme) or getproxies().get("all")

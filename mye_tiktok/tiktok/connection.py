"""One connection to one host: a socket, and the HTTP parser of Node.js for what comes out of it."""

import select
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

PORTS = {"http": 80, "https": 443}
KEEPALIVE_SECONDS = 5.0
CHUNK = 64 * 1024
Header = tuple[bytes, bytes]


class Received(NamedTuple):
    """An HTTP answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Takes one request at a time. Raises httpx's errors; after one it is not `kept`.

    The methods that begin with `on_` are the parser's: it calls them while it is fed.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._parser = HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._pieces: list[bytes] = []
        self._complete = False
        self._ends_with_line = False
        self._stays = False
        self._kept = False
        self._rests_since = 0.0
        self._watch = select.poll()
        self._watch.register(line, select.POLLIN)

    @property
    def kept(self) -> bool:
        """Tell whether the last answer came whole, and the server keeps the connection."""
        return self._kept

    @property
    def fresh(self) -> bool:
        """Tell whether another request may go out: it did not rest for long, and the server has not closed it."""
        # what comes without having been asked for is the end, nearly always
        return monotonic() - self._rests_since < KEEPALIVE_SECONDS and not self._watch.poll(0)

    def exchange(self, request: bytes) -> Received:
        """Send a request and return the answer."""
        self._complete = self._ends_with_line = self._stays = self._kept = False
        try:
            # a server may answer and close before it has read everything
            with suppress(ConnectionError):
                self._line.sendall(request)
            while not self._complete:
                self._read()
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        except (HttpParserError, HttpParserUpgrade) as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        self._kept, self._rests_since = self._stays, monotonic()
        return Received(self._parser.get_status_code(), self._headers, b"".join(self._pieces))

    def close(self) -> None:
        """Close it."""
        self._line.close()

    def _read(self) -> None:
        data = self._line.recv(CHUNK)
        if data:
            self._parser.feed_data(data)
        elif self._ends_with_line:
            self._complete = True
        else:
            raise httpx.RemoteProtocolError("the connection ended before the answer did")

    def on_message_begin(self) -> None:
        """Start anew; raises RemoteProtocolError for a second answer to one request."""
        if self._complete:
            raise httpx.RemoteProtocolError("more than one answer came")
        self._headers, self._pieces = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note whether only the end of the connection will end the body."""
        self._ends_with_line = not self._headers.keys() & {"content-length", "transfer-encoding"}

    def on_body(self, piece: bytes) -> None:
        """Note a piece of the body."""
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Note the end, unless it was that of an interim answer."""
        self._complete = self._parser.get_status_code() >= 200
        self._stays = self._parser.should_keep_alive()


def connect(origin: httpx.URL, trust: ssl.SSLContext | None, timeout: float) -> Connection:
    """Open a connection; `timeout` in seconds holds for this, and then for sending and each read."""
    host, port = origin.raw_host.decode("ascii"), origin.port or PORTS[origin.scheme]
    try:
        line = socket.create_connection((host, port), timeout)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(_secured(line, trust, host) if trust else line)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error


def _secured(line: socket.socket, trust: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    try:
        return trust.wrap_socket(line, server_hostname=host)
    except BaseException:
        line.close()
        raise


def request_bytes(method: str, target: bytes, headers: Sequence[Header], body: bytes) -> bytes:
    """Return a request as it goes over the line; each method that may have a body has to say how long it is."""
    lines = [b"%s %s HTTP/1.1" % (method.encode("ascii"), target), *map(b": ".join, headers)]
    if method != "GET":
        lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join([*lines, b"", b""])
    if head.count(b"\r") != len(lines) + 1 or head.count(b"\n") != len(lines) + 1:
        raise httpx.LocalProtocolError("a header holds a line break")
    return head + body

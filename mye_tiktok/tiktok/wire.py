"""One request out, one answer in; no error of an HTTP library goes further."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import perf_counter

import httpx

from mye_tiktok import __version__
from mye_tiktok.errors import WrongSettingsError
from mye_tiktok.tiktok.answer import Answer, Silence, read_answer
from mye_tiktok.tiktok.clock import utc_now
from mye_tiktok.tiktok.connection import Header
from mye_tiktok.tiktok.trace import LOGGER, OnRequest, Trace, silence_http_loggers
from mye_tiktok.tiktok.transports import Transports

TIMEOUT = 30.0
LONGEST_MESSAGE = 300
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
    httpx.LocalProtocolError,
)
BROKEN = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)


class Wire:
    """The way to one host, shared by threads."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = utc_now,
        on_request: OnRequest | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        silence_http_loggers()
        self._origin, self._prefix = _origin(url)
        self._headers = _headers(self._origin)
        self._transports = Transports(self._origin, transport, timeout=timeout)
        self._clock = clock
        self._on_request = on_request
        self._lock = threading.Lock()
        self._requests = 0

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._requests

    def now(self) -> datetime:
        """Return our time."""
        return self._clock()

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: Sequence[Header] = (),
        body: bytes = b"",
        attempt: int = 1,
        secrets: Sequence[str] = (),
    ) -> Answer | Silence:
        """Send one request and return what came back.

        `target` is path and query, percent-encoded. Should TikTok's message repeat one of `secrets`, it is masked.
        """
        with self._lock:
            self._requests += 1
        began = perf_counter()
        outcome = self._exchange(method, target, headers, body)
        self._trace(method, target, outcome, (perf_counter() - began) * 1000, attempt)
        if isinstance(outcome, Answer) and outcome.message:
            return replace(outcome, message=_shown(outcome.message, secrets))
        return outcome

    def close(self) -> None:
        """Close the connections, unless the transport was handed in."""
        self._transports.close()

    def _exchange(self, method: str, target: str, headers: Sequence[Header], body: bytes) -> Answer | Silence:
        line = self._transports.take()
        try:
            found = line.request(method, self._prefix + target.encode("ascii"), [*self._headers, *headers], body)
        except NOT_SENT as error:
            return Silence(reason=_reason(error), sent=False)
        except BROKEN as error:
            return Silence(reason=_reason(error), sent=True)
        finally:
            self._transports.put(line)
        return read_answer(found.status, found.headers, found.body, received_at=self._clock())

    def _trace(self, method: str, target: str, outcome: Answer | Silence, took: float, attempt: int) -> None:
        if self._on_request is None and not LOGGER.isEnabledFor(logging.DEBUG):
            return
        trace = Trace(
            method=method,
            path=target.partition("?")[0],
            code=outcome.code if isinstance(outcome, Answer) else None,
            status=outcome.status if isinstance(outcome, Answer) else None,
            request_id=outcome.request_id if isinstance(outcome, Answer) else "",
            milliseconds=took,
            attempt=attempt,
        )
        LOGGER.debug("%s", trace)
        if self._on_request is not None:
            self._on_request(trace)


def _origin(url: str) -> tuple[httpx.URL, bytes]:
    try:
        origin = httpx.URL(url)
    except httpx.InvalidURL:
        origin = httpx.URL("")
    if origin.scheme not in ("http", "https") or not origin.host:
        raise WrongSettingsError("TikTok's address is no URL", problems=[f"{url!r} is not like https://host"])
    return origin.copy_with(query=None, fragment=None), origin.raw_path.partition(b"?")[0].rstrip(b"/")


def _headers(origin: httpx.URL) -> list[Header]:
    return [
        (b"host", origin.netloc),
        (b"user-agent", f"mye-tiktok/{__version__}".encode()),
        (b"accept", b"application/json"),
        (b"accept-encoding", b"gzip"),
    ]


def _shown(message: str, secrets: Sequence[str]) -> str:
    """Return TikTok's message on one line, of bounded length and without secrets."""
    for secret in filter(None, secrets):
        message = message.replace(secret, "***")
    return " ".join(message.split())[:LONGEST_MESSAGE]


def _reason(error: Exception) -> str:
    """Name the failure in words; httpx's own text may hold the URL, and with it the secret."""
    if isinstance(error, httpx.TimeoutException):
        return "it took too long to connect" if isinstance(error, NOT_SENT) else "it took too long to answer"
    if isinstance(error, httpx.ConnectError):
        return f"the connection failed ({_cause(error)})"
    if isinstance(error, httpx.DecodingError):
        return "the body could not be decompressed"
    return f"the connection broke off ({type(error).__name__})"


def _cause(error: BaseException) -> str:
    """Return the operating system's word for it: connection refused, name not known, certificate not trusted."""
    text = str(error)
    return "no details" if not text or "://" in text or "?" in text else text

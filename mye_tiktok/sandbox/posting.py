"""Sending a webhook over HTTP, and what counts as an answer."""

import functools
import ssl
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import httpx

SECONDS = 3.0
MOST_READ = 65_536
# "200 with an empty body", or 401 when the signature is wrong; a redirect is not followed
ANSWERS = frozenset({200, 401})


class Reply(NamedTuple):
    """The status of an answer, 0 when none came in time, and how long it took."""

    status: int
    seconds: float


class Post:
    """Posts signed bodies on connections that stay open; `transport` takes the place of the network in tests."""

    def __init__(self, transport: "httpx.BaseTransport | None" = None, *, seconds: float = SECONDS) -> None:
        self._transport, self._seconds = transport, seconds
        self._made: httpx.Client | None = None
        self._lock = threading.Lock()

    def __call__(self, url: str, body: bytes, signature: str) -> Reply:
        """Return what was answered; an answer takes no longer than three seconds, or it is none.

        Raises ValueError for a URL that is none.
        """
        client = self._client
        started = time.monotonic()
        status = self._send(client, url, body, signature, until=started + self._seconds)
        seconds = time.monotonic() - started
        return Reply(status if seconds <= self._seconds else 0, round(seconds, 4))

    def _send(self, client: "httpx.Client", url: str, body: bytes, signature: str, *, until: float) -> int:
        import httpx

        try:
            with client.stream("POST", url, content=body, headers={"Authorization": signature}) as answer:
                read = 0
                for chunk in answer.iter_bytes():
                    read += len(chunk)
                    if read > MOST_READ or time.monotonic() > until:
                        break
                return answer.status_code
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ValueError(f"{url!r} is not a URL: {error}") from error
        except (httpx.HTTPError, OSError):
            return 0

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._made is not None:
                self._made.close()
            self._made = None

    @property
    def _client(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._made is None:
                self._made = httpx.Client(
                    transport=self._transport,
                    timeout=self._seconds,
                    # no proxy stands between the sandbox and a listener on this machine
                    trust_env=False,
                    verify=_trusted(),
                    headers={"Content-Type": "application/json", "User-Agent": "mye-tiktok-sandbox"},
                )
            return self._made


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates of this machine, which take a third of a second to read."""
    return ssl.create_default_context()

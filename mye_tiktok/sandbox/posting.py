"""Sending a webhook over HTTP, and what counts as an answer."""

import ssl
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

SECONDS = 3.0
MOST_READ = 65_536
# "200 with an empty body", or 401 when the signature is wrong; a redirect is not followed
ANSWERS = frozenset({200, 401})


class Post:
    """Posts signed bodies on connections that stay open; `transport` takes the place of the network in tests."""

    def __init__(self, transport: "httpx.BaseTransport | None" = None, *, seconds: float = SECONDS) -> None:
        self._transport, self._seconds = transport, seconds
        self._made: httpx.Client | None = None
        self._lock = threading.Lock()

    def __call__(self, url: str, body: bytes, signature: str) -> int:
        """Return the status of the answer; 0 when none came in time, which is three seconds.

        Raises ValueError for a URL that is none.
        """
        import httpx

        started = time.monotonic()
        try:
            with self._client.stream("POST", url, content=body, headers={"Authorization": signature}) as answer:
                read = 0
                for chunk in answer.iter_bytes():
                    read += len(chunk)
                    if read > MOST_READ or time.monotonic() - started > self._seconds:
                        break
                status = answer.status_code
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ValueError(f"{url!r} is not a URL: {error}") from error
        except (httpx.HTTPError, OSError):
            return 0
        return status if time.monotonic() - started <= self._seconds else 0

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
                    verify=ssl.create_default_context(),
                    headers={"Content-Type": "application/json", "User-Agent": "mye-tiktok-sandbox"},
                )
            return self._made

"""Fetch a document from where TikTok says it lies; neither token nor secret of ours goes along."""

import random
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from typing import BinaryIO

import httpx

from mye_tiktok import __version__
from mye_tiktok.domain.media import HEAD, TAIL, Media, begins_as, described, ends_as
from mye_tiktok.domain.progress import Stop, never
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError, UnreachableError
from mye_tiktok.tiktok.document_address import Resolve, addresses, document_url, public_addresses, same_origin
from mye_tiktok.tiktok.patience import Patience
from mye_tiktok.tiktok.trace import LOGGER, silence_http_loggers
from mye_tiktok.tiktok.transports import proxy_of

TIMEOUT = 30.0
LONGEST = 300.0
"""Seconds that one attempt may take in all."""
LARGEST = 20 * 1024 * 1024
CHUNK = 64 * 1024
GONE = frozenset({401, 403, 404, 410})
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
EXPIRED = "expired"


class Downloads:
    """Fetches documents, in any number of threads. Transient failures are repeated a few times; redirects refused.

    A host is looked up once and then asked at the very address that was checked, so that its name cannot lead
    somewhere else a moment later. Behind a proxy the proxy looks it up.
    """

    def __init__(
        self,
        api_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        resolve: Resolve = addresses,
        sleep: Callable[[float], None] = time.sleep,
        randomness: random.Random | None = None,
        largest: int = LARGEST,
    ) -> None:
        silence_http_loggers()
        self._api, self._resolve, self._sleep, self._largest = httpx.URL(api_url), resolve, sleep, largest
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        # one connection per document: a kept one would carry the certificate of the host it was opened for
        self._client = httpx.Client(
            transport=transport,
            headers={"user-agent": f"mye-tiktok/{__version__}", "accept-encoding": "identity"},
            timeout=TIMEOUT,
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def fetch(self, address: str, into: BinaryIO, *, media: Media, stop: Stop = never) -> None:
        """Write a document into an empty file; `stop` is asked between its pieces.

        Raises RefusedError for an address that is not trusted, has expired (code EXPIRED), or leads to what is too
        large; NotUnderstoodError for anything but `media`; UnreachableError when it does not come after repetitions.
        """
        url = document_url(address, self._api)
        patience = Patience(random=self._random, sleep=self._sleep)
        while True:
            try:
                self._attempt(url, into, media, stop, patience.attempts)
            except UnreachableError:
                if not patience.lasts(None):
                    raise
            else:
                return

    def _attempt(self, url: httpx.URL, into: BinaryIO, media: Media, stop: Stop, attempt: int) -> None:
        into.seek(0)
        into.truncate()
        size, tail = 0, deque[bytes](maxlen=2)
        with closing(self._pieces(url, attempt)) as pieces:
            for piece in pieces:
                if not size and not begins_as(media, piece[:HEAD]):
                    raise _no_document(url, media, piece[:HEAD])
                size += len(piece)
                if size > self._largest:
                    words = f"the document at {url.host} is larger than {self._largest // 1024 // 1024} MB"
                    raise RefusedError(words, hint="fetch it in Seller Center", code="too-large")
                into.write(piece)
                tail.append(piece)
                stop()
        if not size:
            raise _no_document(url, media, b"")
        if not ends_as(media, b"".join(tail)[-TAIL:]):
            raise _lost(url, "it came cut off")

    def _pieces(self, url: httpx.URL, attempt: int) -> Generator[bytes, None, None]:
        """Yield the body in pieces of at least HEAD bytes but for the last; raises the errors of `fetch`."""
        ends = time.monotonic() + LONGEST
        try:
            answer = self._client.send(self._request(url, attempt), stream=True)
            with closing(answer):
                LOGGER.debug("GET a document at %s HTTP %s", url.host, answer.status_code)
                _check(answer, url)
                for piece in answer.iter_bytes(CHUNK):
                    if time.monotonic() > ends:
                        raise _lost(url, "it took too long")
                    yield piece
        except httpx.TimeoutException as error:
            raise _lost(url, "it took too long to answer") from error
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise _lost(url, f"the connection failed ({type(error).__name__})") from error

    def _request(self, url: httpx.URL, attempt: int) -> httpx.Request:
        """Ask one of the addresses that were checked, and show who is meant in Host and in the TLS handshake."""
        if same_origin(url, self._api) or proxy_of(url):
            return self._client.build_request("GET", url)
        found = public_addresses(url.host, url.port or 443, self._resolve)
        return self._client.build_request(
            "GET",
            url.copy_with(host=found[attempt % len(found)]),
            headers={"host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )


def _check(answer: httpx.Response, url: httpx.URL) -> None:
    status = answer.status_code
    if status == 200:
        return
    words = f"{url.host} answered HTTP {status} in place of a document"
    if status in GONE:
        raise RefusedError(words, hint="an address lives 24 hours: run the command again for a new one", code=EXPIRED)
    if status in TRANSIENT or status >= 500:
        raise UnreachableError(words, hint="try again in some minutes", code=status)
    if answer.is_redirect:
        raise RefusedError(f"{words}: it leads elsewhere, which is not followed", code="redirect")
    raise NotUnderstoodError(words, code=status)


def _no_document(url: httpx.URL, media: Media, head: bytes) -> MyeTikTokError:
    words = f"what {url.host} sent is no {media} but {described(head)}"
    return NotUnderstoodError(words, hint="try again later; Seller Center has the document too", code="no-document")


def _lost(url: httpx.URL, words: str) -> UnreachableError:
    hint = "try again in some minutes"
    return UnreachableError(f"the document at {url.host} did not come: {words}", hint=hint, code="download")

"""One HTTP request and its answer, whatever the server speaks."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass

LARGEST_BODY = 2**20
BODY_SECONDS = 10.0
Headers = tuple[tuple[str, str], ...]
# granian names itself where nothing else is named
NO_BANNER: Headers = (("server", ""),)
HEADERS: Headers = (
    *NO_BANNER,
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; `body` reads the whole body, and raises TooLargeError or GoneError."""

    method: str
    path: str
    query: str
    authorization: str
    body: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered; without a body it is empty."""

    status: int
    body: bytes = b""
    headers: Headers = HEADERS


class TooLargeError(Exception):
    """The body has more bytes than any event; the rest is not read."""


class GoneError(Exception):
    """The client left, or stopped sending, before its body was complete."""


async def whole(pieces: AsyncIterable[bytes], length: int | None) -> bytes:
    """Return the body that comes in pieces; raises TooLargeError beyond LARGEST_BODY, GoneError after BODY_SECONDS.

    `length` is what the head promises, None when it does not say.
    """
    if length is not None and length > LARGEST_BODY:
        raise TooLargeError
    return await in_time(_joined(pieces, length))


async def in_time(reading: Awaitable[bytes]) -> bytes:
    """Return what is read; raises GoneError when that takes longer than BODY_SECONDS."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await reading
    except TimeoutError:
        raise GoneError from None


async def _joined(pieces: AsyncIterable[bytes], length: int | None) -> bytes:
    body = b""
    async for piece in pieces:
        body = body + piece if body else piece
        if len(body) > LARGEST_BODY:
            raise TooLargeError
        # a server that knows the length has nothing more to say, and to ask again costs as much as the first time
        if len(body) == length:
            break
    return body


def content_length(text: str) -> int | None:
    """Return what a head promises; None when it promises nothing that can be read."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None

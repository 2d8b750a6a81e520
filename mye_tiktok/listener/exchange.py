"""One HTTP request and its answer in ASGI's words."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY = 2**20
BODY_SECONDS = 10.0
# granian names itself where nothing else is named
NO_BANNER = (b"server", b"")
Headers = tuple[tuple[bytes, bytes], ...]
HEADERS: Headers = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered; without a body it is empty."""

    status: int
    body: bytes = b""
    content_type: bytes = b""
    headers: Headers = HEADERS


class TooLargeError(Exception):
    """The body has more bytes than any event; the rest is not read."""


class GoneError(Exception):
    """The client left, or stopped sending, before its body was complete."""


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """Return the whole body; raises TooLargeError beyond LARGEST_BODY and GoneError after BODY_SECONDS."""
    length = _length(scope)
    if length is not None and length > LARGEST_BODY:
        raise TooLargeError
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _received(receive, length)
    except TimeoutError:
        raise GoneError from None


async def _received(receive: Receive, length: int | None) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise GoneError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise TooLargeError
        # a server that knows the length has nothing more to say, and to ask again costs as much as the first time
        if not message.get("more_body") or size == length:
            return parts[0] if len(parts) == 1 else b"".join(parts)


def header(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return a header's value; empty when it is missing or given twice."""
    found = [value for key, value in headers if key == name]
    return found[0] if len(found) == 1 else b""


async def reply(send: Send, answer: Reply) -> None:
    """Send an answer."""
    headers = [(b"content-length", str(len(answer.body)).encode()), NO_BANNER, *answer.headers]
    if answer.content_type:
        headers.append((b"content-type", answer.content_type))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _length(scope: Scope) -> int | None:
    value = header(scope["headers"], b"content-length")
    return int(value) if value.isdigit() and len(value) < 20 else None

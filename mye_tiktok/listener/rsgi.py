"""The endpoint in granian's own words: a third less work per event than ASGI (bench/README.md)."""

from typing import Any

from mye_tiktok.listener.endpoint import Endpoint
from mye_tiktok.listener.exchange import LARGEST_BODY, Request, content_length, in_time, whole


class Application:
    """An RSGI application; whoever serves it starts and closes the endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        header = scope.headers.get
        length = content_length(header("content-length", ""))
        request = Request(
            scope.method,
            scope.path,
            scope.query_string,
            header("authorization", ""),
            lambda: _read(protocol, length),
        )
        reply = await self._endpoint.answer(request)
        if reply.body:
            protocol.response_bytes(reply.status, [*reply.headers], reply.body)
        else:
            protocol.response_empty(reply.status, [*reply.headers])


async def _read(protocol: Any, length: int | None) -> bytes:
    """Return the body: at one go where its length is known, for to go to Rust and back costs more than to read it."""
    if length is None or length > LARGEST_BODY:
        return await whole(protocol, length)
    return await in_time(protocol())

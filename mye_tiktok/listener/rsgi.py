"""The endpoint in granian's own words: a third less work per event than ASGI (bench/README.md)."""

from typing import Any

from mye_tiktok.listener.endpoint import Endpoint
from mye_tiktok.listener.exchange import Request, content_length, whole


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
            lambda: whole(protocol, length),
        )
        reply = await self._endpoint.answer(request)
        headers = list(reply.headers)
        if reply.body:
            protocol.response_bytes(reply.status, headers, reply.body)
        else:
            protocol.response_empty(reply.status, [*headers, ("content-length", "0")])

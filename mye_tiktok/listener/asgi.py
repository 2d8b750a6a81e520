"""The endpoint in the words of ASGI, which every asynchronous server speaks."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from mye_tiktok.listener.endpoint import Endpoint
from mye_tiktok.listener.exchange import GoneError, Reply, Request, content_length, whole

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Application:
    """An ASGI application; its lifespan is that of the endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await _reply(send, await self.endpoint.answer(_request(scope, receive)))

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.endpoint.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.endpoint.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _request(scope: Scope, receive: Receive) -> Request:
    length = content_length(_header(scope, b"content-length"))
    return Request(
        scope["method"],
        scope["path"].removeprefix(scope.get("root_path", "")),
        scope["query_string"].decode("latin-1"),
        _header(scope, b"authorization"),
        lambda: whole(_pieces(receive), length),
    )


def _header(scope: Scope, name: bytes) -> str:
    """Return a header's value; empty when it is missing or given twice."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise GoneError
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def _reply(send: Send, reply: Reply) -> None:
    headers = [(b"content-length", b"%d" % len(reply.body))]
    headers += [(name.encode(), value.encode()) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})

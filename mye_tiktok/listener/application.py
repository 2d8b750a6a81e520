"""The ASGI application: verify, write down, answer; and what people and monitors ask."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from mye_tiktok.listener.exchange import (
    GoneError,
    Receive,
    Reply,
    Scope,
    Send,
    TooLargeError,
    header,
    read_body,
    reply,
)
from mye_tiktok.listener.inbox import Inbox
from mye_tiktok.runtime import Runtime
from mye_tiktok.tiktok.webhooks import is_authentic, read_event

WEBHOOK_PATHS = frozenset({"/webhook", "/webhook/"})
SAFE, REFUSED, LATER = (Reply(status=status, headers=()) for status in (200, 401, 503))
CLOSING = ((b"connection", b"close"),)
TOO_LARGE = Reply(status=413, headers=CLOSING)
TOO_SLOW = Reply(status=408, headers=CLOSING)
NOT_FOUND = Reply(status=404)
log = logging.getLogger(__name__)


class Listener:
    """Everything behind one port. Each request is answered on the loop; whatever may block runs on a thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._app = runtime, runtime.app
        self._inbox: Inbox | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    @property
    def inbox(self) -> Inbox:
        """Where events are handed in; made on the loop that asks first."""
        if self._inbox is None:
            self._inbox = Inbox(self._runtime.database, clock=self._runtime.clock)
        return self._inbox

    async def close(self) -> None:
        """Write down what was taken, then let go of the database."""
        if self._inbox is not None:
            await self._inbox.close()
            self._inbox = None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answered(scope, receive)
        except TooLargeError:
            answer = TOO_LARGE
        except GoneError:
            answer = TOO_SLOW
        await reply(send, answer)

    async def _answered(self, scope: Scope, receive: Receive) -> Reply:
        path, method = scope["path"].removeprefix(scope.get("root_path", "")), scope["method"]
        if path in WEBHOOK_PATHS:
            return await self._take(scope, receive) if method == "POST" else _not_allowed(b"POST")
        page = self._pages.get(path)
        if page is None:
            return NOT_FOUND
        return await page(scope) if method in {"GET", "HEAD"} else _not_allowed(b"GET, HEAD")

    async def _take(self, scope: Scope, receive: Receive) -> Reply:
        """Take an event: nothing of it is looked at before its signature was."""
        body = await read_body(scope, receive)
        signature = header(scope["headers"], b"authorization").decode("latin-1")
        if not is_authentic(self._app, body, signature):
            self.inbox.refuse()
            return REFUSED
        return SAFE if await self.inbox.keep(read_event(body)) else LATER

    @property
    def _pages(self) -> Mapping[str, Callable[[Scope], Awaitable[Reply]]]:
        return {}

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                _ = self.inbox
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _not_allowed(allowed: bytes) -> Reply:
    return Reply(status=405, headers=((b"allow", allowed),))

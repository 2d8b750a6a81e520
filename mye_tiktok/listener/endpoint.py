"""What is behind the port: verify, write down, answer; and what people and monitors ask."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from mye_tiktok.domain.tally import Tally
from mye_tiktok.listener.exchange import NO_BANNER, GoneError, Reply, Request, TooLargeError
from mye_tiktok.listener.inbox import Inbox
from mye_tiktok.listener.landing import Landing
from mye_tiktok.listener.redirect import PATH as LANDING_PATH
from mye_tiktok.listener.watch import Watch, as_json
from mye_tiktok.runtime import Runtime
from mye_tiktok.tiktok.webhooks import is_authentic, read_event

WEBHOOK_PATHS = frozenset({"/webhook", "/webhook/"})
SAFE, REFUSED, BROKEN, LATER = (Reply(status=status, headers=NO_BANNER) for status in (200, 401, 500, 503))
TOO_SLOW, TOO_LARGE = (Reply(status=status, headers=(*NO_BANNER, ("connection", "close"))) for status in (408, 413))
NOT_FOUND = Reply(status=404)
log = logging.getLogger(__name__)
Page = Callable[[Request], Awaitable[Reply]]


class Endpoint:
    """Answers requests on the loop that started it; whatever may block runs on a thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._app = runtime, runtime.app
        self.tally = Tally()
        self.in_hand = 0
        self._inbox: Inbox | None = None
        self._watch, self._landing = Watch(runtime), Landing(runtime)
        self._pages: Mapping[str, Page] = {
            "/": self._liveness,
            "/healthz": self._liveness,
            "/readyz": self._readiness,
            "/metrics": self._metrics,
        }

    def start(self) -> Inbox:
        """Begin to write events down; a server without a lifespan leaves that to the first event."""
        if self._inbox is None:
            self._inbox = Inbox(self._runtime.database, self.tally, clock=self._runtime.clock)
        return self._inbox

    @property
    def alive(self) -> bool:
        """Whether events can be taken."""
        return self.start().alive

    async def close(self) -> None:
        """Write down what was taken, and let go of the threads."""
        await asyncio.to_thread(self._landing.close)
        self._watch.close()
        if self._inbox is not None:
            await self._inbox.close()
            self._inbox = None

    async def answer(self, request: Request) -> Reply:
        """Answer one request; a bug of ours is answered, too, and logged."""
        self.in_hand += 1
        try:
            return await self._answered(request)
        except Exception:
            log.exception("a request to %s failed", request.path)
            return BROKEN
        finally:
            self.in_hand -= 1

    async def _answered(self, request: Request) -> Reply:
        if request.path in WEBHOOK_PATHS:
            return await self._take(request) if request.method == "POST" else _not_allowed("POST")
        if request.path == LANDING_PATH:
            return await self._landing.arrive(request) if request.method == "GET" else _not_allowed("GET")
        page = self._pages.get(request.path)
        if page is None:
            return NOT_FOUND
        return await page(request) if request.method in {"GET", "HEAD"} else _not_allowed("GET, HEAD")

    async def _take(self, request: Request) -> Reply:
        """Take an event: nothing of it is looked at before its signature was."""
        try:
            body = await request.body()
        except TooLargeError:
            return TOO_LARGE
        except GoneError:
            return TOO_SLOW
        inbox = self._inbox or self.start()
        if not is_authentic(self._app, body, request.authorization):
            inbox.refuse()
            return REFUSED
        return SAFE if await inbox.keep(read_event(body)) else LATER

    async def _liveness(self, _: Request) -> Reply:
        """Tell whether events can be taken: the database may be away, for that is what 503 is for."""
        return as_json(200, {"status": "ok"}) if self.alive else as_json(503, {"status": "stuck"})

    async def _readiness(self, _: Request) -> Reply:
        return await self._watch.readiness()

    async def _metrics(self, _: Request) -> Reply:
        return await self._watch.metrics(self.tally, writes=self.start().writes, in_hand=self.in_hand)


def _not_allowed(allowed: str) -> Reply:
    return Reply(status=405, headers=(*NO_BANNER, ("allow", allowed)))

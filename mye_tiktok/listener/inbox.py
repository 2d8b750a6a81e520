"""Between requests and the recorder: each request waits until its event is safe, and never longer than TikTok does."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from mye_tiktok.db.database import Database
from mye_tiktok.domain.tally import Tally
from mye_tiktok.domain.webhook import WebhookEvent
from mye_tiktok.jobs.receiving import Recorder

# TikTok waits three seconds; the rest is for the network
PATIENCE = 2.4
LOOK_EVERY = 0.05
DRAIN = 10.0
Answer = asyncio.Future[bool]


class Inbox:
    """Takes events on the loop that runs when it is made, and answers there when they are safe."""

    def __init__(self, database: Database, tally: Tally, *, clock: Callable[[], datetime]) -> None:
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._recorder: Recorder[Answer] = Recorder(database, self._tell, tally, clock=clock)
        self._waiting: deque[tuple[float, Answer]] = deque()
        self._recorder.start()
        self._watch = self._loop.create_task(self._expire_forever())

    @property
    def alive(self) -> bool:
        """Whether events can still be written."""
        return self._recorder.alive and not self._watch.done()

    @property
    def writes(self) -> bool:
        """Whether the last events were written."""
        return self._recorder.writes and not self._watch.done()

    async def keep(self, event: WebhookEvent) -> bool:
        """Return whether `event` is safe; False, in time for TikTok, when it is not: TikTok then repeats it."""
        deadline = time.monotonic() + PATIENCE
        answer: Answer = self._loop.create_future()
        if not self._recorder.put(event, answer, deadline=deadline):
            self._tally.unavailable += 1
            return False
        self._waiting.append((deadline, answer))
        safe = await answer
        self._tally.unavailable += not safe
        return safe

    def refuse(self) -> None:
        """Count a bad signature."""
        self._recorder.refuse()

    async def close(self) -> None:
        """Write what waits, and let its requests answer."""
        await asyncio.to_thread(self._recorder.close, patience=DRAIN)
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch

    def _tell(self, answers: Sequence[Answer], safe: bool) -> None:
        """Hand the outcome of a group to the loop, on the recorder's thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(_settle, answers, safe)

    async def _expire_forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = time.monotonic()
            # all wait equally long, so the first to come is the first whose time is up
            while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] < now):
                _settle([self._waiting.popleft()[1]], False)


def _settle(answers: Sequence[Answer], safe: bool) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_result(safe)

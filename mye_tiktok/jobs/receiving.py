"""Write webhook events down by the group: what waits goes into one transaction, and only then is it acknowledged."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from mye_tiktok.db import webhooks
from mye_tiktok.db.database import Database
from mye_tiktok.domain.tally import Tally
from mye_tiktok.domain.webhook import WebhookEvent
from mye_tiktok.errors import MyeTikTokError, UnreachableError, WrongSettingsError

CAPACITY = 10_000
CAPACITY_BYTES = 64 * 2**20
LARGEST_GROUP = 1_000
LINGER = 0.002
COUNTED_EVERY = 1.0
STUCK_AFTER = 120.0
REFUSED_TOLD_EVERY = 300.0
log = logging.getLogger(__name__)
T = TypeVar("T")


class Recorder(Generic[T]):
    """A thread that writes down what is handed in, as soon as it is free: the busier, the larger its groups.

    Every event comes with a token; `tell` is called on this thread with the tokens of a group and whether their
    events are safe: committed, now or before. A token whose deadline (of time.monotonic) has passed is dropped
    with its event, for whoever sent it was told to repeat it. A crash loses nothing that was acknowledged.
    """

    def __init__(
        self,
        database: Database,
        tell: Callable[[Sequence[T], bool], None],
        tally: Tally,
        *,
        clock: Callable[[], datetime],
        capacity: int = CAPACITY,
    ) -> None:
        self._tally = tally
        self._database, self._tell, self._clock, self._capacity = database, tell, clock, capacity
        self._changed = threading.Condition()
        self._waiting: list[tuple[WebhookEvent, T, float]] = []
        self._bytes = 0
        self._wanted = 1
        self._uncounted: Counter[str] = Counter()
        self._count_at = 0.0
        self._refused, self._tell_refused_at = 0, 0.0
        self._busy_since: float | None = None
        self._closing = False
        self._away = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, event: WebhookEvent, token: T, *, deadline: float) -> bool:
        """Hand an event in; False when too many wait already, or when it is closing."""
        with self._changed:
            if self._closing or len(self._waiting) >= self._capacity or self._bytes > CAPACITY_BYTES:
                return False
            self._waiting.append((event, token, deadline))
            self._bytes += len(event.body)
            if self._busy_since is None and len(self._waiting) in {1, self._wanted}:
                self._changed.notify()
        return True

    def refuse(self) -> None:
        """Count a bad signature; the database hears of it within about a second."""
        self._tally.refused += 1
        with self._changed:
            self._uncounted["refused"] += 1
            if self._uncounted["refused"] == 1 and self._busy_since is None:
                self._changed.notify()

    @property
    def alive(self) -> bool:
        """Whether events are still written, or at least tried: a thread that hangs for minutes is not alive."""
        since = self._busy_since
        return self._thread.is_alive() and (since is None or time.monotonic() - since < STUCK_AFTER)

    @property
    def writes(self) -> bool:
        """Whether the last group was written, or none was tried yet."""
        return self.alive and not self._away

    def close(self, *, patience: float) -> bool:
        """Write what waits and end; False when that took longer than `patience` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while self._wait():
            self._busy_since = time.monotonic()
            try:
                self._write_group()
                self._write_count()
            except Exception:
                # this thread is the only one: whatever a group holds, the next one has its turn
                log.exception("a group of webhook events was not written")
            finally:
                self._busy_since = None

    def _wait(self) -> bool:
        """Sleep until there is something to write; False when there never will be."""
        with self._changed:
            while not self._waiting:
                left = self._count_at - time.monotonic() if self._uncounted else None
                if (left is not None and left <= 0) or (self._closing and self._uncounted):
                    return True
                if self._closing:
                    return False
                self._changed.wait(left)
            self._changed.wait_for(lambda: self._closing or len(self._waiting) >= self._wanted, LINGER)
        return True

    def _write_group(self) -> None:
        with self._changed:
            group, self._waiting = self._waiting[:LARGEST_GROUP], self._waiting[LARGEST_GROUP:]
            self._bytes -= sum(len(event.body) for event, _, _ in group)
        now = time.monotonic()
        if due := [(event, token) for event, token, deadline in group if deadline > now]:
            self._write(due)
        # whoever was answered comes back at once, so the next group is as large as all who are here
        self._wanted = len(group) + len(self._waiting)

    def _write(self, group: Sequence[tuple[WebhookEvent, T]]) -> None:
        """Write a group down and tell; when the database refuses it, find the half that it does not refuse."""
        events, tokens = zip(*group, strict=True)
        try:
            self._commit(events)
        except UnreachableError as error:
            self._miss(error)
            self._tell(tokens, False)
        except MyeTikTokError as error:
            if len(group) > 1 and not isinstance(error, WrongSettingsError):
                self._write(group[: len(group) // 2])
                self._write(group[len(group) // 2 :])
                return
            self._miss(error)
            self._tell(tokens, False)
        else:
            self._away = False
            self._tell(tokens, True)

    def _commit(self, events: Sequence[WebhookEvent]) -> None:
        started = time.perf_counter()
        try:
            new = self._record(events)
        except UnreachableError:
            # a connection that was lost in between is replaced at once
            new = self._record(events)
        self._tally.group(events, new=new, seconds=time.perf_counter() - started)
        if new < len(events):
            with self._changed:
                self._uncounted["duplicate"] += len(events) - new

    def _record(self, events: Sequence[WebhookEvent]) -> int:
        with self._database.statement() as session:
            return webhooks.record(session, events, now=self._clock())

    def _miss(self, error: MyeTikTokError) -> None:
        """Say once that TikTok has to repeat its events."""
        if not self._away:
            log.error("webhook events are answered with 503, so that TikTok repeats them: %s", error.message)
        self._away = True

    def _tell_refused(self, number: int, now: float) -> None:
        """Say that signatures are bad, but not in every line of a flood."""
        self._refused += number
        if self._refused and now >= self._tell_refused_at:
            log.warning(
                "%d request(s) with a bad signature were refused: they are not from TikTok, or APP_SECRET is not the"
                " secret of the app that TikTok signs with",
                self._refused,
            )
            self._refused, self._tell_refused_at = 0, now + REFUSED_TOLD_EVERY

    def _write_count(self) -> None:
        """Tell the database what was counted, at most once a second; what fails is told later."""
        now = time.monotonic()
        if not self._uncounted or (now < self._count_at and not self._closing):
            return
        self._count_at = now + COUNTED_EVERY
        with self._changed:
            counted, self._uncounted = self._uncounted, Counter()
        self._tell_refused(counted["refused"], now)
        try:
            with self._database.transaction() as session:
                for name, number in counted.items():
                    webhooks.count(session, name, number, now=self._clock())
        except MyeTikTokError as error:
            self._miss(error)
            if not self._closing:
                with self._changed:
                    self._uncounted.update(counted)

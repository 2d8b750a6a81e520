"""One push over one channel: looks ahead for what is due, and sends several products at the same time."""

import contextlib
import contextvars
import heapq
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.stock import HOT
from mye_tiktok.domain.stock_guard import Tally, tally
from mye_tiktok.errors import MyeTikTokError
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.inventory_planning import FRESH, GOOD_ENOUGH, Planner
from mye_tiktok.jobs.inventory_settling import settle
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.jobs.push_account import count_outcomes, count_sent
from mye_tiktok.jobs.push_claims import Claims, Look, Piece
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.stock_guarding import Permission, Watch
from mye_tiktok.jobs.stock_sending import Sent, send
from mye_tiktok.tiktok.client import TikTokClient

LOOK = timedelta(seconds=0.4)
"""How often a push looks for what was just sold while it works on other things."""
PRODUCTS_PER_WORKER = 4
MOST_SILENT = 10
"""So many calls in a row without an answer end a run: TikTok is away, and to wait is for the next one."""

Done = tuple[Sent, int]
"""What a call came to, and how many messages that made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOptions:
    """`workers`: updates under way at the same time per channel."""

    permission: Permission
    workers: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One push on one channel: everything its steps need to know."""

    parts: Parts
    channel: Channel
    tiktok: TikTokClient
    options: PushOptions
    run: RunningJob
    around: Surroundings
    progress: Progress

    def planner(self, trust: timedelta) -> Planner:
        """Return what plans, with TikTok's figures no older than `trust`."""
        database, clock = self.parts.database, self.around.clock
        return Planner(database=database, tiktok=self.tiktok, channel=self.channel, clock=clock, trust=trust)

    def claims(self) -> Claims:
        """Return what this run takes in hand."""
        return Claims(
            database=self.parts.database,
            channel=self.channel,
            planner=self.planner(FRESH),
            run_id=self.run.run_id,
            stop=self.run.stop,
        )

    def watch(self) -> Watch:
        """Return the guard of this run."""
        database, clock = self.parts.database, self.around.clock
        return Watch(database, self.channel, self.options.permission, run_id=self.run.run_id, clock=clock)


class Sweep:
    """Sends what is due until nothing is.

    One thread looks ahead, `workers` threads send, and the caller's thread hands out the work and counts: the most
    urgent product goes next, so that one just sold overtakes all that wait here.
    """

    def __init__(self, push: Push, watch: Watch | None = None) -> None:
        self._push, self._watch = push, watch or push.watch()
        self._claims = push.claims()
        self._workers = push.options.workers
        self._ready: list[tuple[int, int, Piece]] = []
        self._order = count()
        self._looking: Future[Look] | None = None
        self._sending: set[Future[Done | None]] = set()
        self._next_look = push.around.clock()
        self._exhausted = False
        self._silent = self._done = self._total = 0

    def perform(self) -> None:
        """Let the guard see all that is due, then send it; gives back what it could not do, whatever happens.

        Raises RefusedError when the guard stops it, and what stops more than one product: then what is under way is
        still finished and counted.
        """
        self._claims.free_the_dead()
        self._inspect()
        with _threads(1, "look") as self._look_ahead, _threads(self._workers, "push") as self._send_pool:
            try:
                while self._turn():
                    pass
            finally:
                self._end()

    def _inspect(self) -> None:
        """Sort in and plan all that is due, before anything is claimed."""
        push, stop = self._push, self._push.run.stop
        sort_in(push.parts.database, push.around.clock, stop, push.run.report)
        planner, counts = push.planner(GOOD_ENOUGH), Tally()
        for plans in planner.plan_due(now=push.around.clock(), stop=stop):
            self._watch.see(plans)
            counts += tally(plans)
        self._total = counts.planned
        self._watch.check(counts)

    def _turn(self) -> bool:
        """Hand out work and wait until some of it is done, or it is time to look again; False when all is done."""
        self._push.run.stop()
        self._look()
        while self._ready and len(self._sending) < self._workers:
            _, _, piece = heapq.heappop(self._ready)
            self._sending.add(self._send_pool.submit(contextvars.copy_context().run, self._send, piece))
        under_way = self._under_way()
        if not under_way:
            return False
        wait(under_way, timeout=LOOK.total_seconds(), return_when=FIRST_COMPLETED)
        self._collect()
        return True

    def _look(self) -> None:
        """Look for more when there is little left to send, else now and then for what was just sold."""
        hungry = len(self._ready) < self._workers and not self._exhausted
        now = self._push.around.clock()
        if self._looking is None and (hungry or now >= self._next_look):
            lanes = None if hungry else (HOT,)
            products = PRODUCTS_PER_WORKER * self._workers
            context = contextvars.copy_context()
            self._looking = self._look_ahead.submit(context.run, self._claims.look, lanes, products)
            self._next_look = now + LOOK

    def _collect(self) -> None:
        """Take over what is done; raises what stopped it."""
        if self._looking is not None and self._looking.done():
            looked, self._looking = self._looking, None
            self._take(looked.result())
        for future in [future for future in self._sending if future.done()]:
            self._sending.remove(future)
            self._count(future.result())

    def _take(self, look: Look) -> None:
        report = self._push.run.report
        report.add(**look.report.counts)
        count_outcomes(report, look.settled)
        self._move_on(len(look.settled))
        self._watch.see([plan for piece in look.pieces for plan in piece.plans])
        self._watch.check()
        for piece in look.pieces:
            heapq.heappush(self._ready, (piece.lane, next(self._order), piece))
        found = bool(look.pieces or look.settled)
        if look.lanes is None:
            self._exhausted = not found
        elif look.report.counts.get("sorted"):
            self._exhausted = False

    def _send(self, piece: Piece) -> "Done | None":
        """Send one piece and write down what it came to: not what was sold meanwhile, or may be somebody else's now."""
        push = self._push
        plans = () if push.around.clock() >= piece.until else self._claims.still_right(piece)
        if not plans:
            return None
        sent = send(push.tiktok, push.channel, plans)
        with push.parts.database.transaction() as session:
            now = push.around.clock()
            queued = settle(session, push.channel.channel_uid, sent, run_id=push.run.run_id, now=now)
        return sent, queued

    def _count(self, done: "Done | None") -> None:
        # what is new may have become due during the call
        self._exhausted = False
        if done is None:
            return
        sent, queued = done
        count_sent(self._push.run.report, sent, queued)
        self._move_on(len(sent.outcomes))
        self._silent = 0 if sent.error is None else self._silent + 1
        if sent.error is not None and self._silent >= MOST_SILENT:
            raise sent.error

    def _move_on(self, skus: int) -> None:
        self._push.run.report.add(seen=skus)
        self._done += skus
        total = max(self._total, self._done)
        self._push.progress.at(self._push.channel.channel_uid, done=self._done, total=total)

    def _end(self) -> None:
        """Let what is under way finish, count it, and give back the rest."""
        self._ready.clear()
        wait(self._under_way())
        for future in self._sending:
            with contextlib.suppress(MyeTikTokError):
                self._count(future.result())
        # a database that is away keeps the claims, and they end by themselves
        with contextlib.suppress(MyeTikTokError):
            self._claims.release()

    def _under_way(self) -> set[Future[Any]]:
        return {*self._sending, *([self._looking] if self._looking else [])}


def _threads(number: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=number, thread_name_prefix=name)

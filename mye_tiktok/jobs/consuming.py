"""Run a consumer of webhook events: once, or until a signal; and send on what it queued."""

import contextlib
import logging
from collections.abc import Callable
from typing import NoReturn

from mye_tiktok.domain.report import Report
from mye_tiktok.errors import StoppedError, TryLaterError, UnreachableError
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.outbox import relay
from mye_tiktok.jobs.relaying import RELAY, relay_what_is_due
from mye_tiktok.jobs.running import RunningJob, Surroundings, holding, running
from mye_tiktok.jobs.webhooks import BATCH, CONSUME, Consumer

log = logging.getLogger(__name__)


def consume_once(parts: Parts, around: Surroundings, *, batch: int = BATCH, limit: int | None = None) -> Report:
    """Handle the events that are due now, at most `limit`, and relay the messages they made.

    The report is partial when events were parked. Raises UnreachableError when the database is gone.
    """
    with running(parts.database, CONSUME, "", around, exclusive=False) as run:
        consumer = _consumer(parts, around, run)
        with parts.database.reading() as session:
            due_by = around.lease_time(session)
        left = limit
        while left is None or left > 0:
            run.stop()
            seen = consumer.batch(batch if left is None else min(batch, left), due_by=due_by)
            left = None if left is None else left - seen
            if not seen:
                break
        relay_what_is_due(run.report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
        if parked := run.report.counts.get("parked"):
            run.report.warnings.append(f"{parked} event(s) were parked; `mye-tiktok webhooks list --state parked`")
        return run.report


def consume_forever(
    parts: Parts, around: Surroundings, *, idle: Callable[[], None], batch: int = BATCH, ready: Callable[[], None]
) -> Report:
    """Handle what comes until a signal stops it, after the batch in hand; a database that is away is waited for.

    `ready` is called once events can be taken, `idle` whenever there is nothing to do.
    """
    with running(parts.database, CONSUME, "", around, exclusive=False) as run:
        consumer = _consumer(parts, around, run)
        sender, trouble = Sender(parts, around, run), Trouble(run)
        ready()

        def work() -> int:
            seen = consumer.batch(batch)
            trouble.tell()
            sender.send()
            return seen

        stay(run, work, idle=idle, what="events")


def stay(run: RunningJob, work: Callable[[], int], *, idle: Callable[[], None], what: str) -> NoReturn:
    """Do one piece of `work` after the other until a signal stops it; call `idle` after a piece that had nothing to do.

    What can't be reached is waited for, and one line says so for each time that it is away.
    """
    away = False
    while True:
        run.stop()
        try:
            seen = work()
            away = False
        except UnreachableError as error:
            if not away:
                log.warning("the %s wait: %s", what, error.message)
            away, seen = True, 0
        if not seen:
            idle()


class Trouble:
    """Tells each time events are parked, and once when some begin to be put off: `--once` has a report for that."""

    def __init__(self, run: RunningJob) -> None:
        self._run = run
        self._parked = self._postponed = self._handled = 0
        self._told = False

    def tell(self) -> None:
        """Look at what the last batch came to."""
        report = self._run.report
        parked, postponed, handled = (report.counts.get(name, 0) for name in ("parked", "postponed", "handled"))
        if parked > self._parked:
            why = report.failures[-1].message if report.failures else "`mye-tiktok webhooks list --state parked`"
            log.warning("%d event(s) were parked, the last: %s", parked - self._parked, why)
        if postponed > self._postponed:
            if not self._told:
                log.warning("events are put off; `mye-tiktok webhooks list --state pending` shows why")
            self._told = True
        elif handled > self._handled:
            self._told = False
        self._parked, self._postponed, self._handled = parked, postponed, handled


class Sender:
    """Relays after each batch what was queued; where another relay is at work, that one sends it."""

    def __init__(self, parts: Parts, around: Surroundings, run: RunningJob) -> None:
        self._parts, self._around, self._run = parts, around, run
        self._queued_before = -1
        self._away = False

    def send(self) -> None:
        """Relay if anything was queued since the last time that worked, and once in the beginning."""
        queued = self._run.report.counts.get("queued", 0)
        if queued == self._queued_before:
            return
        try:
            self._relay()
        except StoppedError:
            raise
        except TryLaterError:
            # whoever holds the relay may have looked before our messages were there: try again next time
            return
        except UnreachableError as error:
            if not self._away:
                log.warning("the messages wait in the outbox: %s", error.message)
            self._away = True
            return
        self._queued_before, self._away = queued, False

    def _relay(self) -> None:
        parts = self._parts
        with holding(parts.database, RELAY, "", self._around, run_id=self._run.run_id) as stop:
            sent = Report(job=RELAY)
            with contextlib.ExitStack() as counted:
                counted.callback(lambda: self._run.report.add(sent=sent.counts.get("sent", 0)))
                relay(parts.database, parts.broker, parts.queues, clock=self._around.clock, stop=stop, report=sent)


def _consumer(parts: Parts, around: Surroundings, run: RunningJob) -> Consumer:
    run.report.run_id = run.run_id
    return Consumer(parts=parts, around=around, run=run, tiktok=parts.tiktok())

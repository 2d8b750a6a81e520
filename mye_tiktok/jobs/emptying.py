"""Empty a queue of MYE's: what waits now, or what comes until a signal."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.consuming import Sender, stay
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.inlet import MOST, Inlet
from mye_tiktok.jobs.relaying import relay_what_is_due
from mye_tiktok.jobs.running import RunningJob, Surroundings

QUIET = timedelta(seconds=0.5)
QUIET_TIMES = 20
Content = TypeVar("Content")
Then = Callable[[RunningJob], object]
log = logging.getLogger(__name__)


def nothing(run: RunningJob) -> None:
    """Do no more than write down what came."""


def empty_once(
    inlet: Inlet[Content],
    parts: Parts,
    around: Surroundings,
    run: RunningJob,
    *,
    limit: int | None,
    then: Then = nothing,
    afterwards: Then = nothing,
) -> Report:
    """Take what waits now, at most `limit` messages, and relay what that made.

    `then` is called after each batch, `afterwards` once all is written down, before the relaying.
    """
    try:
        _empty(inlet, run, limit, then)
    finally:
        inlet.close()
    afterwards(run)
    relay_what_is_due(run.report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
    return run.report


def empty_forever(
    inlet: Inlet[Content],
    parts: Parts,
    around: Surroundings,
    run: RunningJob,
    *,
    batch: int,
    then: Then,
    idle: Callable[[], None],
    ready: Callable[[], None],
    what: str,
) -> Report:
    """Take what comes until a signal stops it; a broker or database that is away is waited for.

    `ready` is called once, `then` after each batch and each half second without one, `idle` while something is away.
    """
    sender, complaints = Sender(parts, around, run), Complaints(run.report, lambda: inlet.look)
    try:
        inlet.open()
        ready()

        def work() -> int:
            seen = inlet.take(batch, wait=QUIET)
            complaints.tell()
            sender.send()
            then(run)
            return seen

        stay(run, work, idle=lambda: idle() if inlet.stuck else None, what=what)
    finally:
        inlet.close()


class Complaints:
    """Says each time that something was bad: `--once` has a report for that."""

    def __init__(self, report: Report, look: Callable[[], str]) -> None:
        self._report, self._look, self._failed = report, look, 0

    def tell(self) -> None:
        """Look at what the last batch came to."""
        failed = self._report.counts.get("failed", 0)
        if failed > self._failed:
            last = self._report.failures[-1].message
            log.warning(
                "%d message(s) or item(s) were refused, such as: %s; %s", failed - self._failed, last, self._look()
            )
        self._failed = failed


def _empty(inlet: Inlet[Content], run: RunningJob, limit: int | None, then: Then) -> None:
    """Take what waits now, and not what others put there meanwhile."""
    # what we are handed does not wait any more, so this comes before the receiving
    due, seen, quiet = inlet.waiting(), 0, 0
    while limit is None or seen < limit:
        run.stop()
        taken = inlet.take(limit - seen if limit is not None else MOST, wait=QUIET)
        seen += taken
        then(run)
        quiet = 0 if taken else quiet + 1
        if (taken and seen >= due) or (not taken and not inlet.waiting()):
            return
        if quiet == QUIET_TIMES:
            run.report.warnings.append(
                f"{inlet.waiting()} message(s) wait that the broker gives to nobody, or to others"
            )
            return

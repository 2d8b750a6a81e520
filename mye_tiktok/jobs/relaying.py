"""Hold the relay and run it: once, for as long as the process lives, or at the end of another job."""

import contextlib
import logging
from collections.abc import Callable, Mapping

from mye_tiktok.db import outbox
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, Queue
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import MyeTikTokError, StoppedError, TryLaterError, UnreachableError
from mye_tiktok.jobs.outbox import relay
from mye_tiktok.jobs.running import Surroundings, running

RELAY = "outbox relay"
TRIES = 20
log = logging.getLogger(__name__)


def relay_once(
    database: Database,
    broker: Callable[[], Broker],
    queues: Mapping[str, Queue],
    around: Surroundings,
    *,
    limit: int | None = None,
) -> Report:
    """Relay what is due as the only relay at work, so that messages keep their order.

    The report is partial when messages were refused for good.
    """
    with running(database, RELAY, "", around) as run:
        run.report.run_id = run.run_id
        relay(database, broker, queues, clock=around.clock, stop=run.stop, report=run.report, limit=limit)
        if parked := run.report.counts.get("parked"):
            run.report.outcome = "partial"
            run.report.warnings.append(f"{parked} message(s) are parked; `mye-tiktok outbox list --state parked`")
        return run.report


def relay_forever(
    database: Database,
    broker: Callable[[], Broker],
    queues: Mapping[str, Queue],
    around: Surroundings,
    *,
    idle: Callable[[], None],
) -> Report:
    """Relay what comes until a signal stops it; a broker or database that is away is waited for."""
    with running(database, RELAY, "", around) as run:
        run.report.run_id = run.run_id
        away = False
        while True:
            try:
                relay(database, broker, queues, clock=around.clock, stop=run.stop, report=run.report)
                away = False
            except UnreachableError as error:
                if not away:
                    log.warning("the messages wait: %s", error.message)
                away = True
            idle()


def relay_what_is_due(
    report: Report,
    database: Database,
    broker: Callable[[], Broker],
    queues: Mapping[str, Queue],
    around: Surroundings,
    *,
    sleep: Callable[[float], None],
) -> None:
    """Relay at the end of a job that may have queued nothing, also what a run before left behind that was killed."""
    if any_due(database, queues, around):
        relay_what_was_queued(report, database, broker, queues, around, sleep=sleep)


def relay_what_was_queued(
    report: Report,
    database: Database,
    broker: Callable[[], Broker],
    queues: Mapping[str, Queue],
    around: Surroundings,
    *,
    sleep: Callable[[float], None],
) -> None:
    """Relay at the end of a job; when that fails the job still succeeds, and a warning says what waits.

    Another relay at work may have looked before our messages were there, so wait until they are gone or it ends.
    """
    for attempt in range(TRIES):
        try:
            relayed = relay_once(database, broker, queues, around)
            report.add(sent=relayed.counts.get("sent", 0))
            report.warnings.extend(relayed.warnings)
        except StoppedError:
            raise
        except TryLaterError as error:
            with contextlib.suppress(MyeTikTokError):
                if not any_due(database, queues, around):
                    return
            if attempt + 1 < TRIES:
                sleep(0.5)
                continue
            report.warnings.append(f"{error.message}: it will send what this run queued")
        except MyeTikTokError as error:
            report.warnings.append(
                f"the messages wait in the outbox: {error.message}; `mye-tiktok outbox relay` sends them"
            )
        return


def any_due(database: Database, queues: Mapping[str, Queue], around: Surroundings) -> bool:
    """Tell whether a message could leave now."""
    with database.reading() as session:
        return any(outbox.due(session, name, now=around.clock(), limit=1) for name in queues)

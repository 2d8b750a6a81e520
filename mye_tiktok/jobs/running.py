"""Run a job once at a time per channel: its lease, its heartbeat and its record."""

import contextlib
import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mye_tiktok import locks, logs
from mye_tiktok.db import leases, runs
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.run import Lease, Run, RunOutcome
from mye_tiktok.errors import MyeTikTokError, StoppedError, TryLaterError

HEARTBEAT = timedelta(seconds=10)
STALE_AFTER = timedelta(seconds=60)
HELD = "held"
RESIDENTS = {
    ("inventory push", "consume inventory"): "`mye-tiktok consume inventory --push` is running there and sends what is"
    " due by itself: stop that one first"
}
"""Who holds a job for as long as it stays: to wait for it is no use."""
RECORDS_KEPT = timedelta(days=90)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run is told by whoever starts it: who that is, its clock, and how it will be asked to stop.

    `heartbeat` is how often the run shows that it is alive. `shared_clock` is what hosts compare leases by,
    for their own clocks may be minutes apart; without it `clock` serves.
    """

    trigger: str
    clock: Callable[[], datetime]
    stop: Stop
    heartbeat: timedelta = HEARTBEAT
    shared_clock: Callable[[Session], datetime] | None = None

    def lease_time(self, session: Session) -> datetime:
        """Return the time by which a lease is old or not."""
        return self.shared_clock(session) if self.shared_clock else self.clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningJob:
    """What the job's function gets: `stop` also stops a run whose lease was taken over."""

    run_id: str
    report: Report
    stop: Stop


@contextmanager
def running(
    database: Database, job: str, channel_uid: str, around: Surroundings, *, exclusive: bool = True
) -> Iterator[RunningJob]:
    """Hold the lease of `job` on `channel_uid` (empty: on all) and keep a record of the run, for 90 days.

    Raises TryLaterError (exit 75) that names who holds it since when. A holder on this host that is gone, or
    whose heartbeat is older than a minute, is taken over and its run marked abandoned. A job that is not
    `exclusive` runs as often at once as it is started: it has a record and a heartbeat, but no lease.
    """
    run = _begin(database, job, channel_uid, around, exclusive=exclusive)
    lost = threading.Event()
    report = Report(job=job, channel_uid=channel_uid)
    with logs.context(run=run.run_id, **({"channel": channel_uid} if channel_uid else {})):
        log.info("%s started", job)
        beat = _Beat(run_id=run.run_id, job=job, channel_uid=channel_uid, leased=exclusive)
        with _heart(database, beat, around, lost), _recorded(database, run, report, around):
            yield RunningJob(run_id=run.run_id, report=report, stop=_stop_when(lost, around.stop, job))
        log.info("%s %s", job, report.outcome, extra={"fields": {k: str(v) for k, v in report.counts.items()}})


@contextmanager
def holding(database: Database, job: str, channel_uid: str, around: Surroundings, *, run_id: str) -> Iterator[Stop]:
    """Hold the lease of `job` as a part of the run `run_id`, whose record tells of it; yields what stops it.

    Raises TryLaterError that names who holds it. For what a run does every second: a record each would be a flood.
    """
    now = around.clock()
    with database.transaction() as session:
        other = _take(session, job, channel_uid, around, run_id=run_id, holder=locks.holder())
        if other is None:
            runs.abandon(session, job=job, channel_uid=channel_uid, now=now)
    if other is not None:
        raise held_elsewhere(job, channel_uid, other)
    lost = threading.Event()
    beat = _Beat(run_id=run_id, job=job, channel_uid=channel_uid, recorded=False)
    try:
        with _heart(database, beat, around, lost):
            yield _stop_when(lost, around.stop, job)
    finally:
        # a database that is away keeps the lease, and whoever comes next finds its holder silent
        with contextlib.suppress(MyeTikTokError), database.transaction() as session:
            leases.release(session, job=job, channel_uid=channel_uid, run_id=run_id)


def held_elsewhere(job: str, channel_uid: str, lease: Lease, *, within: Sequence[str] = ()) -> TryLaterError:
    """Return the error that names who holds a job; `within` are the jobs that the same process is busy with."""
    on = f" on channel {channel_uid}" if channel_uid else ""
    return TryLaterError(
        f"{job}{on} is held by run {lease.run_id} ({locks.in_words(lease.holder)}) since {lease.since.isoformat()}",
        hint=next((RESIDENTS[job, one] for one in within if (job, one) in RESIDENTS), "wait for it")
        + f", or look at it with `mye-tiktok jobs show {lease.run_id}`",
        code=HELD,
    )


def _begin(database: Database, job: str, channel_uid: str, around: Surroundings, *, exclusive: bool) -> Run:
    now, holder = around.clock(), locks.holder()
    run = Run(
        run_id=uuid.uuid4().hex,
        job=job,
        channel_uid=channel_uid,
        trigger=around.trigger,
        holder=holder,
        started_at=now,
        heartbeat_at=now,
    )
    with database.transaction() as session:
        other = _take(session, job, channel_uid, around, run_id=run.run_id, holder=holder) if exclusive else None
        if other is None:
            # beside its siblings a run may call only those dead that have been silent for long
            silent_since = None if exclusive else around.lease_time(session) - STALE_AFTER
            runs.abandon(session, job=job, channel_uid=channel_uid, now=now, silent_since=silent_since)
            runs.purge(session, older_than=now - RECORDS_KEPT)
            runs.start(session, run if exclusive else replace(run, heartbeat_at=around.lease_time(session)))
        within = runs.jobs_of(session, other.holder) if other is not None else []
    if other is not None:
        raise held_elsewhere(job, channel_uid, other, within=within)
    return run


def _take(
    session: Session, job: str, channel_uid: str, around: Surroundings, *, run_id: str, holder: str
) -> Lease | None:
    return leases.take(
        session,
        job=job,
        channel_uid=channel_uid,
        run_id=run_id,
        holder=holder,
        now=around.lease_time(session),
        stale_after=STALE_AFTER,
        is_gone=locks.is_gone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beat:
    """What of a run shows that it is alive: its record, its lease, or both."""

    run_id: str
    job: str
    channel_uid: str
    recorded: bool = True
    leased: bool = True

    def show(self, session: Session, now: datetime) -> bool:
        """Return False when the lease was taken over."""
        if self.recorded:
            runs.heartbeat(session, self.run_id, now=now)
        if not self.leased:
            return True
        return leases.heartbeat(session, job=self.job, channel_uid=self.channel_uid, run_id=self.run_id, now=now)


@contextmanager
def _heart(database: Database, beat: _Beat, around: Surroundings, lost: threading.Event) -> Iterator[None]:
    ended = threading.Event()

    def keep_beating() -> None:
        while not ended.wait(around.heartbeat.total_seconds()):
            # a database that is away for a moment must not kill the run: the job itself will notice
            with contextlib.suppress(MyeTikTokError), database.transaction() as session:
                if not beat.show(session, around.lease_time(session)):
                    lost.set()

    thread = threading.Thread(target=keep_beating, name=f"heart of {beat.run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _recorded(database: Database, run: Run, report: Report, around: Surroundings) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        outcome: RunOutcome = "stopped" if isinstance(error, StoppedError | KeyboardInterrupt) else "failed"
        exit_code = error.exit_code if isinstance(error, MyeTikTokError) else 70
        if isinstance(error, KeyboardInterrupt):
            exit_code = 130
        text = error.message if isinstance(error, MyeTikTokError) else type(error).__name__
        # the first failure is the one to tell: when the database is what failed, the record can't be written
        with contextlib.suppress(MyeTikTokError):
            _end(database, run, report, around, outcome=outcome, exit_code=exit_code, error=text)
        raise
    _end(database, run, report, around, outcome=report.outcome, exit_code=report.exit_code, error=_first(report))


def _end(
    database: Database,
    run: Run,
    report: Report,
    around: Surroundings,
    *,
    outcome: RunOutcome,
    exit_code: int,
    error: str,
) -> None:
    with database.transaction() as session:
        runs.finish(
            session,
            run.run_id,
            now=around.clock(),
            outcome=outcome,
            exit_code=exit_code,
            requests=report.requests,
            counts=report.counts,
            error=logs.redacted(error),
        )
        leases.release(session, job=run.job, channel_uid=run.channel_uid, run_id=run.run_id)


def _stop_when(lost: threading.Event, stop: Stop, job: str) -> Stop:
    def check() -> None:
        stop()
        if lost.is_set():
            raise TryLaterError(f"{job} was taken over by another run, because this one was silent too long")

    return check


def _first(report: Report) -> str:
    return report.failures[0].message if report.failures else ""

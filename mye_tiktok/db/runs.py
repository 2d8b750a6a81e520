"""The records of runs: what was started, by whom, and how it ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from sqlalchemy import and_, delete, func, select, update

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected
from mye_tiktok.db.tables.runs import RunRow
from mye_tiktok.domain.run import Run, RunOutcome
from mye_tiktok.errors import WrongUsageError

OUTCOMES: dict[str, RunOutcome] = {outcome: outcome for outcome in get_args(RunOutcome)}


def start(session: Session, run: Run) -> None:
    """Record a run that begins."""
    session.add(
        RunRow(
            run_id=run.run_id,
            job=run.job,
            channel_uid=run.channel_uid,
            trigger=run.trigger,
            holder=run.holder,
            started_at=run.started_at,
            heartbeat_at=run.heartbeat_at,
            finished_at=run.finished_at,
            outcome=run.outcome,
            exit_code=run.exit_code,
            requests=run.requests,
            counts=dict(run.counts),
            error=run.error,
        )
    )
    session.flush()


def heartbeat(session: Session, run_id: str, *, now: datetime) -> None:
    """Show that the run is alive."""
    affected(session, update(RunRow).where(RunRow.run_id == run_id).values(heartbeat_at=now))


def finish(
    session: Session,
    run_id: str,
    *,
    now: datetime,
    outcome: RunOutcome,
    exit_code: int,
    requests: int,
    counts: Mapping[str, int],
    error: str,
) -> None:
    """Record how the run ended."""
    ended = {
        "finished_at": now,
        "heartbeat_at": now,
        "outcome": outcome,
        "exit_code": exit_code,
        "requests": requests,
        "counts": dict(counts),
        "error": bulk.storable(error),
    }
    affected(session, update(RunRow).where(RunRow.run_id == run_id).values(ended))


def abandon(
    session: Session, *, job: str, channel_uid: str, now: datetime, silent_since: datetime | None = None
) -> int:
    """Mark every run of a job that is still "running" as abandoned; for whoever just took its lease.

    With `silent_since` only those that showed no life since then, for a job that runs several times at once.
    """
    left = [RunRow.job == job, RunRow.channel_uid == channel_uid, RunRow.outcome == "running"]
    if silent_since is not None:
        left.append(RunRow.heartbeat_at < silent_since)
    error = "ended without a word: killed, or its host went down"
    ended = {"finished_at": now, "outcome": "abandoned", "error": error}
    return affected(session, update(RunRow).where(*left).values(ended))


def get(session: Session, run_id: str) -> Run:
    """Return a run by its id or the unique beginning of it; raises WrongUsageError when there is none."""
    matches = select(RunRow).where(RunRow.run_id.startswith(run_id, autoescape=True)).limit(2)
    rows = session.scalars(matches).all()
    if len(rows) == 1:
        return _run(rows[0])
    what = "no run has an id that begins" if not rows else "several runs have ids that begin"
    raise WrongUsageError(f"{what} with {run_id!r}", hint="`mye-tiktok jobs list` shows the runs")


def list_all(session: Session, *, job: str | None = None, channel_uid: str | None = None, limit: int = 50) -> list[Run]:
    """Return the newest runs, of one job or one channel where that is asked."""
    query = select(RunRow).order_by(RunRow.started_at.desc(), RunRow.run_id).limit(limit)
    if job is not None:
        query = query.where(RunRow.job == job)
    if channel_uid is not None:
        query = query.where(RunRow.channel_uid == channel_uid)
    return [_run(row) for row in session.scalars(query)]


def jobs_of(session: Session, holder: str) -> list[str]:
    """Return the jobs that a process is busy with."""
    return list(session.scalars(select(RunRow.job).where(RunRow.holder == holder, RunRow.outcome == "running")))


def latest_of_each(session: Session) -> list[Run]:
    """Return the newest run of every job on every channel, ordered by job and channel."""
    each = select(RunRow.job, RunRow.channel_uid, func.max(RunRow.started_at).label("started_at"))
    newest = each.group_by(RunRow.job, RunRow.channel_uid).subquery()
    same = (getattr(RunRow, column.name) == column for column in newest.c)
    found = session.scalars(select(RunRow).join(newest, and_(*same)).order_by(RunRow.job, RunRow.channel_uid))
    # two may have started in the same microsecond
    return list({(row.job, row.channel_uid): _run(row) for row in found}.values())


def purge(session: Session, *, older_than: datetime) -> int:
    """Delete the records of runs that began before `older_than` and ended; returns how many."""
    ended = (RunRow.started_at < older_than, RunRow.outcome != "running")
    return affected(session, delete(RunRow).where(*ended))


def _run(row: RunRow) -> Run:
    return Run(
        run_id=row.run_id,
        job=row.job,
        channel_uid=row.channel_uid,
        trigger=row.trigger,
        holder=row.holder,
        started_at=row.started_at,
        heartbeat_at=row.heartbeat_at,
        finished_at=row.finished_at,
        outcome=OUTCOMES[row.outcome],
        exit_code=row.exit_code,
        requests=row.requests,
        counts=row.counts,
        error=row.error,
    )

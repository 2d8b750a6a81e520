"""Who may run a job on a channel right now: one run, until it ends, is gone, or falls silent."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, insert_into
from mye_tiktok.db.tables.runs import LeaseRow
from mye_tiktok.domain.run import Lease


def take(
    session: Session,
    *,
    job: str,
    channel_uid: str,
    run_id: str,
    holder: str,
    now: datetime,
    stale_after: timedelta,
    is_gone: Callable[[str], bool],
) -> Lease | None:
    """Take the lease and return None, or return the lease of the run that holds it.

    It is taken over when its last heartbeat is older than `stale_after` or `is_gone(holder)`. Of two that
    try at once, one gets it.
    """
    lease = {"run_id": run_id, "holder": holder, "since": now, "heartbeat_at": now}
    insert = insert_into(session, LeaseRow).values(job=job, channel_uid=channel_uid, **lease)
    while affected(session, insert.on_conflict_do_nothing()) == 0:
        other = get(session, job=job, channel_uid=channel_uid)
        if other is None:
            continue  # it was released between the two statements
        if other.heartbeat_at >= now - stale_after and not is_gone(other.holder):
            return other
        silent = (*_held_by(job, channel_uid, other.run_id), LeaseRow.heartbeat_at == other.heartbeat_at)
        if affected(session, update(LeaseRow).where(*silent).values(lease)) == 1:
            return None
    return None


def get(session: Session, *, job: str, channel_uid: str) -> Lease | None:
    """Return the lease on a job, if anybody holds it."""
    row = session.get(LeaseRow, (job, channel_uid), populate_existing=True)
    if row is None:
        return None
    return Lease(
        job=row.job,
        channel_uid=row.channel_uid,
        run_id=row.run_id,
        holder=row.holder,
        since=row.since,
        heartbeat_at=row.heartbeat_at,
    )


def heartbeat(session: Session, *, job: str, channel_uid: str, run_id: str, now: datetime) -> bool:
    """Show that the run is alive; False when it lost the lease and has to stop."""
    beat = update(LeaseRow).where(*_held_by(job, channel_uid, run_id)).values(heartbeat_at=now)
    return affected(session, beat) == 1


def release(session: Session, *, job: str, channel_uid: str, run_id: str) -> None:
    """Give the lease back; nothing happens when it is somebody else's by now."""
    affected(session, delete(LeaseRow).where(*_held_by(job, channel_uid, run_id)))


def _held_by(job: str, channel_uid: str, run_id: str) -> tuple[ColumnElement[bool], ...]:
    return LeaseRow.job == job, LeaseRow.channel_uid == channel_uid, LeaseRow.run_id == run_id

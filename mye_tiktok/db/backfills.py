"""How far the backfill of a channel came."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, insert_into
from mye_tiktok.db.tables.orders import BackfillRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Everything created from `since` up to `reached` was read; its first run began at `started_at`."""

    since: datetime
    reached: datetime
    started_at: datetime


def get(session: Session, channel_uid: str) -> Backfill | None:
    """Return the backfill that is under way, if any."""
    row = session.get(BackfillRow, channel_uid, populate_existing=True)
    return Backfill(since=row.since, reached=row.reached, started_at=row.started_at) if row else None


def save(session: Session, channel_uid: str, backfill: Backfill, *, now: datetime) -> None:
    """Remember how far it came, in place of what was remembered before."""
    values = {"since": backfill.since, "reached": backfill.reached, "started_at": backfill.started_at}
    insert = insert_into(session, BackfillRow).values(channel_uid=channel_uid, updated_at=now, **values)
    session.execute(
        insert.on_conflict_do_update(index_elements=[BackfillRow.channel_uid], set_={**values, "updated_at": now})
    )


def end(session: Session, channel_uid: str) -> None:
    """Forget the backfill: it is done."""
    affected(session, delete(BackfillRow).where(BackfillRow.channel_uid == channel_uid))

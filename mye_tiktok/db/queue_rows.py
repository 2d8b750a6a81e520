"""Messages in the embedded broker's queues: added, claimed for a while, removed, buried, revived."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among, insert_into
from mye_tiktok.db.tables.queues import QueueDeclarationRow, QueueMessageRow
from mye_tiktok.domain.message import REASON_HEADER, Message, Queue, cloud_events


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message in somebody's hands, the `delivery`-th time that it is."""

    id: int
    message: Message
    delivery: int


def declare(session: Session, queue: Queue) -> None:
    """Make the queue known, unless it is."""
    values = {"queue": queue.queue, "exchange": queue.exchange, "name": queue.name}
    session.execute(insert_into(session, QueueDeclarationRow).values(values).on_conflict_do_nothing())


def is_declared(session: Session, queue: str) -> bool:
    """Tell whether somebody declared the queue."""
    return session.get(QueueDeclarationRow, queue) is not None


def add(session: Session, queue: Queue, messages: Sequence[Message], *, now: datetime) -> None:
    """Put messages at the end of the queue, in this order."""
    if messages:
        session.execute(insert(QueueMessageRow), [_values(queue, message, now) for message in messages])


def claim(session: Session, queue: str, *, holder: str, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    """Hide the oldest ready messages from everybody else until then, and return them in order.

    Rows that another transaction is claiming right now are passed over, not waited for.
    """
    oldest = select(QueueMessageRow.id).where(_ready(queue, now)).order_by(QueueMessageRow.id).limit(limit)
    # a CTE is read once; PostgreSQL may repeat a locking subquery and so claim more than the limit
    picked = oldest.with_for_update(skip_locked=True).cte("picked")
    claimed = (
        update(QueueMessageRow)
        .where(QueueMessageRow.id.in_(select(picked.c.id)))
        .values(claimed_by=holder, claimed_until=until, deliveries=QueueMessageRow.deliveries + 1)
        .returning(QueueMessageRow)
        .execution_options(synchronize_session=False)
    )
    rows = sorted(session.scalars(claimed), key=lambda row: row.id)
    return [Claimed(id=row.id, message=_message(row), delivery=row.deliveries) for row in rows]


def remove(session: Session, ids: Sequence[int], *, holder: str) -> None:
    """Delete messages that `holder` has in hand; one whose claim ran out is somebody else's by now."""
    mine = delete(QueueMessageRow).where(QueueMessageRow.id.in_(ids), QueueMessageRow.claimed_by == holder)
    session.execute(mine.execution_options(synchronize_session=False))


def bury(session: Session, message: int, *, holder: str, reason: str) -> None:
    """Move a message that `holder` has in hand to the dead ones."""
    mine = update(QueueMessageRow).where(QueueMessageRow.id == message, QueueMessageRow.claimed_by == holder)
    session.execute(mine.values(dead=True, reason=reason, claimed_by=None, claimed_until=None))


def release(session: Session, *, holder: str) -> None:
    """Give back what `holder` has in hand."""
    mine = update(QueueMessageRow).where(QueueMessageRow.claimed_by == holder)
    session.execute(mine.values(claimed_by=None, claimed_until=None))


def first(session: Session, queue: str, *, dead: bool, now: datetime, limit: int) -> list[Message]:
    """Return the oldest ready or dead messages."""
    wanted = _dead(queue) if dead else _ready(queue, now)
    return [_message(row) for row in session.scalars(_oldest(wanted).limit(limit))]


def count(session: Session, queue: str, *, dead: bool, now: datetime) -> int:
    """Count the ready or the dead messages."""
    wanted = _dead(queue) if dead else _ready(queue, now)
    return session.scalars(select(func.count()).select_from(QueueMessageRow).where(wanted)).one()


def revive(session: Session, queue: str, *, message_ids: Sequence[str], limit: int | None) -> int:
    """Make dead messages ready again: these, or all, the oldest first; returns how many."""
    chosen = _chosen(session, queue, message_ids, limit)
    rows = update(QueueMessageRow).where(QueueMessageRow.id.in_(chosen.scalar_subquery()))
    return affected(session, rows.values(dead=False, reason="", deliveries=0))


def purge(session: Session, queue: str, *, message_ids: Sequence[str]) -> int:
    """Delete dead messages: these, or all; returns how many."""
    chosen = _chosen(session, queue, message_ids, None)
    return affected(session, delete(QueueMessageRow).where(QueueMessageRow.id.in_(chosen.scalar_subquery())))


def _chosen(session: Session, queue: str, message_ids: Sequence[str], limit: int | None) -> Select[int]:
    ids = select(QueueMessageRow.id).where(_dead(queue)).order_by(QueueMessageRow.id).limit(limit)
    return ids.where(among(session, QueueMessageRow.message_id, message_ids)) if message_ids else ids


def _oldest(wanted: ColumnElement[bool]) -> Select[QueueMessageRow]:
    return select(QueueMessageRow).where(wanted).order_by(QueueMessageRow.id)


def _ready(queue: str, now: datetime) -> ColumnElement[bool]:
    free = or_(QueueMessageRow.claimed_until.is_(None), QueueMessageRow.claimed_until <= now)
    return and_(QueueMessageRow.queue == queue, QueueMessageRow.dead.is_(False), free)


def _dead(queue: str) -> ColumnElement[bool]:
    return and_(QueueMessageRow.queue == queue, QueueMessageRow.dead.is_(True))


def _values(queue: Queue, message: Message, now: datetime) -> dict[str, object]:
    return {
        "queue": queue.queue,
        "exchange": queue.exchange,
        "message_id": message.id,
        "type": message.type,
        "subject": message.subject,
        "time": message.time,
        "key": message.key,
        "source": message.source,
        "dataschema": message.dataschema,
        "headers": dict(message.headers),
        "body": message.body,
        "dead": False,
        "reason": "",
        "claimed_by": None,
        "claimed_until": None,
        "deliveries": 0,
        "enqueued_at": now,
    }


def _message(row: QueueMessageRow) -> Message:
    message = Message(
        id=row.message_id,
        type=row.type,
        subject=row.subject,
        time=row.time,
        body=row.body,
        key=row.key,
        source=row.source,
        dataschema=row.dataschema,
    )
    reason = {REASON_HEADER: row.reason} if row.dead else {}
    return replace(message, headers={**row.headers, **cloud_events(message), **reason})

"""Messages for MYE on their way out: written with their reason, marked sent after the broker's confirm."""

import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import DateTime, Row, Select, Text, and_, case, cast, delete, func, or_, select, type_coerce, update

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, among
from mye_tiktok.db.tables.base import in_utc
from mye_tiktok.db.tables.outbox import OutboxMessageRow
from mye_tiktok.domain.message import Due, Message, OutboxRow
from mye_tiktok.errors import WrongUsageError

State = Literal["pending", "sent", "parked"]
STATES: dict[str, State] = {"pending": "pending", "sent": "sent", "parked": "parked"}
# plain rows: to make an object of the session of each one takes longer than to publish it
EVERYTHING = select(*OutboxMessageRow.__table__.columns)
# without the times that only people look at, and the one that leaves as the driver reads it: a type's processing
# of each row, and a row's of each column, take longer than the driver itself
WHAT_LEAVES = select(
    OutboxMessageRow.position,
    OutboxMessageRow.attempts,
    OutboxMessageRow.id,
    OutboxMessageRow.type,
    OutboxMessageRow.subject,
    type_coerce(OutboxMessageRow.time, DateTime(timezone=True)),
    OutboxMessageRow.body,
    OutboxMessageRow.key,
    OutboxMessageRow.source,
    OutboxMessageRow.dataschema,
    cast(OutboxMessageRow.headers, Text),
)
COLUMNS = ("id", "type", "subject", "key", "source", "destination", "time", "dataschema", "headers", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What has not left yet; `oldest_at` is when the oldest pending message was written."""

    pending: int
    parked: int
    oldest_at: datetime | None


def add(session: Session, messages: Sequence[tuple[str, Message]], *, now: datetime) -> int:
    """Queue messages, each with its destination (a Queue's `name`), in this order; returns how many are new.

    A message whose id is there already is left out.
    """
    rows = [_values(destination, message) for destination, message in messages]
    fresh = {"state": "pending", "attempts": 0, "next_attempt_at": now, "created_at": now, "error": ""}
    return bulk.write(session, OutboxMessageRow, COLUMNS, rows, existing="kept", same=fresh)


def due(session: Session, destination: str, *, now: datetime, limit: int, after: int = 0) -> list[Due]:
    """Return the oldest pending messages for `destination` whose time has come, in order, `limit` at most.

    Only those behind position `after` are looked at. A message waits behind an earlier one of the same key that
    is not due; none is returned only when none may leave. Nothing is claimed: whoever relays holds the lease of
    the relay.
    """
    # two plain queries and a look-up: as one anti-join it takes minutes on tables that have no statistics yet
    while candidates := _due_after(session, after, destination, now=now, limit=limit):
        waiting = _first_waiting(session, destination, {row.message.key for row in candidates}, now=now)
        free = [row for row in candidates if waiting.get(row.message.key, row.position) >= row.position]
        if free:
            return free
        after = candidates[-1].position
    return []


def mark_sent(session: Session, ids: Sequence[str], *, now: datetime) -> int:
    """Tick off messages the broker confirmed."""
    rows = update(OutboxMessageRow).where(among(session, OutboxMessageRow.id, ids))
    sent = {"state": "sent", "sent_at": now, "attempts": OutboxMessageRow.attempts + 1, "error": ""}
    return affected(session, rows.values(sent))


def postpone(session: Session, ids: Sequence[str], *, error: str, next_attempt_at: datetime) -> int:
    """Put off messages that did not get through this time."""
    rows = update(OutboxMessageRow).where(among(session, OutboxMessageRow.id, ids))
    later = {"next_attempt_at": next_attempt_at, "attempts": OutboxMessageRow.attempts + 1, "error": error}
    return affected(session, rows.values(later))


def park(session: Session, ids: Sequence[str], *, error: str) -> int:
    """Set aside messages that were refused for good; later ones of the same key go on."""
    rows = update(OutboxMessageRow).where(among(session, OutboxMessageRow.id, ids))
    parked = {"state": "parked", "attempts": OutboxMessageRow.attempts + 1, "error": error}
    return affected(session, rows.values(parked))


def list_rows(
    session: Session, *, state: State | None = None, limit: int = 100, newest_first: bool = False
) -> list[OutboxRow]:
    """Return messages of one state or of all, in the order they leave or the other way round."""
    position = OutboxMessageRow.position
    query = EVERYTHING.order_by(position.desc() if newest_first else position).limit(limit)
    return _rows(session, query.where(OutboxMessageRow.state == state) if state else query)


def get(session: Session, message_id: str) -> OutboxRow:
    """Return one message; raises WrongUsageError when there is none."""
    rows = _rows(session, EVERYTHING.where(OutboxMessageRow.id == message_id))
    if not rows:
        raise WrongUsageError(
            f"the outbox holds no message {message_id!r}", hint="`mye-tiktok outbox list` shows what it holds"
        )
    return rows[0]


def retry(session: Session, ids: Sequence[str] | None = None, *, now: datetime) -> int:
    """Make messages due at once: these, unless they were sent, or all that are parked or put off; returns how many."""
    wanted = (
        or_(
            OutboxMessageRow.state == "parked", and_(OutboxMessageRow.state == "pending", OutboxMessageRow.attempts > 0)
        )
        if ids is None
        else and_(OutboxMessageRow.state != "sent", among(session, OutboxMessageRow.id, ids))
    )
    again = {"state": "pending", "attempts": 0, "next_attempt_at": now}
    return affected(session, update(OutboxMessageRow).where(wanted).values(again))


def purge(session: Session, *, state: State, older_than: datetime) -> int:
    """Delete messages of a state for good, by when they were sent, else written; returns how many."""
    age = case((OutboxMessageRow.state == "sent", OutboxMessageRow.sent_at), else_=OutboxMessageRow.created_at)
    return affected(session, delete(OutboxMessageRow).where(OutboxMessageRow.state == state, age < older_than))


def backlog(session: Session) -> Backlog:
    """Count what has not left yet."""
    pending = select(func.count(), func.min(OutboxMessageRow.created_at)).where(OutboxMessageRow.state == "pending")
    count, oldest_at = session.execute(pending).one()
    parked = session.scalars(select(func.count()).where(OutboxMessageRow.state == "parked")).one()
    return Backlog(pending=count, parked=parked, oldest_at=oldest_at)


def _due_after(session: Session, after: int, destination: str, *, now: datetime, limit: int) -> list[Due]:
    ready = (
        OutboxMessageRow.state == "pending",
        OutboxMessageRow.destination == destination,
        OutboxMessageRow.position > after,
        # what was not tried yet is due, whatever the clock of the host that wrote it said
        or_(OutboxMessageRow.attempts == 0, OutboxMessageRow.next_attempt_at <= now),
    )
    query = WHAT_LEAVES.where(*ready).order_by(OutboxMessageRow.position).limit(limit)
    return [_due(row) for row in session.connection().execute(query).all()]


def _first_waiting(session: Session, destination: str, keys: Set[str], *, now: datetime) -> dict[str, int]:
    """Return per key the position of the first message that was put off to a time still ahead."""
    waits = (
        OutboxMessageRow.state == "pending",
        OutboxMessageRow.attempts > 0,
        OutboxMessageRow.destination == destination,
        OutboxMessageRow.next_attempt_at > now,
        among(session, OutboxMessageRow.key, sorted(keys - {""})),
    )
    first = select(OutboxMessageRow.key, func.min(OutboxMessageRow.position)).where(*waits)
    return dict(session.execute(first.group_by(OutboxMessageRow.key)).all())


def _values(destination: str, message: Message) -> bulk.Row:
    return (
        message.id,
        message.type,
        message.subject,
        message.key,
        message.source,
        destination,
        message.time,
        message.dataschema,
        dict(message.headers),
        message.body.decode(),
    )


def _due(row: Row[*tuple[Any, ...]]) -> Due:
    position, attempts, id_, type_, subject, time, body, key, source, dataschema, headers = row
    message = Message(
        id=id_,
        type=type_,
        subject=subject,
        time=in_utc(time),
        body=body.encode(),
        key=key,
        source=source,
        dataschema=dataschema,
        headers={} if headers == "{}" else json.loads(headers),
    )
    return Due(position=position, message=message, attempts=attempts)


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> list[OutboxRow]:
    return [_row(row) for row in session.connection().execute(query).all()]


def _row(row: Row[*tuple[Any, ...]]) -> OutboxRow:
    message = Message(
        id=row.id,
        type=row.type,
        subject=row.subject,
        time=row.time,
        body=row.body.encode(),
        key=row.key,
        source=row.source,
        dataschema=row.dataschema,
        headers=row.headers,
    )
    return OutboxRow(
        position=row.position,
        message=message,
        destination=row.destination,
        state=STATES[row.state],
        attempts=row.attempts,
        created_at=row.created_at,
        sent_at=row.sent_at,
        next_attempt_at=row.next_attempt_at,
        error=row.error,
    )

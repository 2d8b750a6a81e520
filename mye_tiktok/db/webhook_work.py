"""Webhook events on their way through a reader: claimed, handled, put off or parked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, case, literal, select, update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, is_postgresql
from mye_tiktok.db.tables.base import UtcTime
from mye_tiktok.db.tables.webhooks import WebhookEventRow
from mye_tiktok.domain import webhook_patience
from mye_tiktok.domain.webhook import EventState, StoredEvent, WebhookEvent

STATES: dict[str, EventState] = {
    "pending": "pending",
    "handled": "handled",
    "parked": "parked",
    "unreadable": "unreadable",
}

IN_HAND, ORPHANED = "in hand", "orphaned"


def claim(session: Session, *, claimed_by: str, now: datetime, due_by: datetime, limit: int) -> list[StoredEvent]:
    """Take the events that were due by `due_by`, the oldest due first; returns them in the order they came.

    Each is pushed forward by its lease before anybody looks at it: when the reader dies it is due again, and its
    outcome is then ORPHANED. Readers never wait for one another.
    """
    row = WebhookEventRow
    ready = (row.state == "pending", row.next_attempt_at <= due_by)
    due = select(row.id).where(*ready).order_by(row.next_attempt_at, row.id).limit(limit)
    if is_postgresql(session):
        due = due.with_for_update(skip_locked=True)
    leases = [webhook_patience.lease(attempts) for attempts in range(webhook_patience.MOST_ATTEMPTS)]
    ends = [literal(now + lease, UtcTime()) for lease in leases]
    until = case(*((row.attempts == attempts, end) for attempts, end in enumerate(ends)), else_=ends[-1])
    orphaned = case((row.outcome.in_((IN_HAND, ORPHANED)), ORPHANED), else_=IN_HAND)
    taken = {"claimed_by": claimed_by, "attempts": row.attempts + 1, "next_attempt_at": until, "outcome": orphaned}
    # a common table expression is read once; a subquery may be read again for every row
    chosen = due.cte("due")
    statement = update(row).where(row.id.in_(select(chosen.c.id))).values(taken).returning(*row.__table__.columns)
    session.flush()
    rows = session.connection().execute(statement).all()
    return sorted((stored_event(one) for one in rows), key=lambda event: event.event_id)


def hold(session: Session, event_ids: Sequence[int], *, claimed_by: str, until: datetime) -> set[int]:
    """Keep events that take longer than their lease; returns those that are still ours."""
    mine = _mine(event_ids, claimed_by)
    statement = update(WebhookEventRow).where(*mine).values(next_attempt_at=until).returning(WebhookEventRow.id)
    return set(session.connection().execute(statement).scalars())


def settle(session: Session, outcomes: Mapping[int, str], *, claimed_by: str, now: datetime) -> int:
    """Tick events off, each with its outcome, in the transaction of their effect; returns how many were still ours."""
    words: defaultdict[str, list[int]] = defaultdict(list)
    for event_id, word in outcomes.items():
        words[word].append(event_id)
    handled = {"state": "handled", "handled_at": now, "error": ""}
    return sum(
        affected(session, update(WebhookEventRow).where(*_mine(ids, claimed_by)).values({**handled, "outcome": word}))
        for word, ids in words.items()
    )


def park(session: Session, event_ids: Sequence[int], *, claimed_by: str, error: str) -> int:
    """Set aside events that a person has to look at, with the reason and what to type."""
    return _end(session, event_ids, claimed_by, {"state": "parked", "outcome": "parked", "error": error})


def postpone(
    session: Session, event_ids: Sequence[int], *, claimed_by: str, error: str, next_attempt_at: datetime
) -> int:
    """Put off events that did not get through this time."""
    return _end(session, event_ids, claimed_by, {"next_attempt_at": next_attempt_at, "error": error, "outcome": ""})


def release(session: Session, event_ids: Sequence[int], *, claimed_by: str, now: datetime) -> int:
    """Give back events that nobody tried to handle, as if they had not been claimed."""
    untouched = {"next_attempt_at": now, "attempts": WebhookEventRow.attempts - 1, "claimed_by": "", "outcome": ""}
    return _end(session, event_ids, claimed_by, untouched)


def leave_to_others(session: Session, event_ids: Sequence[int], *, claimed_by: str) -> int:
    """Give back orphaned events that are to be handled a few at a time; they stay orphaned, and due before others."""
    back = {"next_attempt_at": WebhookEventRow.received_at, "attempts": WebhookEventRow.attempts - 1, "claimed_by": ""}
    return _end(session, event_ids, claimed_by, back)


def stored_event(row: Row[*tuple[Any, ...]]) -> StoredEvent:
    """Return a row as a value."""
    event = WebhookEvent(
        fingerprint=row.fingerprint,
        notification_id=row.notification_id,
        type=row.type,
        shop_id=row.shop_id,
        open_id=row.open_id,
        subject=row.subject,
        occurred_at=row.occurred_at,
        body=bytes(row.body),
    )
    return StoredEvent(
        event_id=row.id,
        event=event,
        state=STATES[row.state],
        attempts=row.attempts,
        received_at=row.received_at,
        next_attempt_at=row.next_attempt_at,
        handled_at=row.handled_at,
        outcome=row.outcome,
        error=row.error,
        replay_of=row.replay_of,
    )


def _mine(event_ids: Sequence[int], claimed_by: str) -> tuple[ColumnElement[bool], ...]:
    row = WebhookEventRow
    return row.id.in_(event_ids), row.state == "pending", row.claimed_by == claimed_by


def _end(session: Session, event_ids: Sequence[int], claimed_by: str, values: Mapping[str, object]) -> int:
    return affected(session, update(WebhookEventRow).where(*_mine(event_ids, claimed_by)).values(dict(values)))

"""Webhook events on their way in: written down once each, and what arrived but was not kept is counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, text

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import insert_into
from mye_tiktok.db.tables.webhooks import RESTING, WebhookCounterRow, WebhookEventRow
from mye_tiktok.domain.webhook import WebhookEvent

COLUMNS = (
    "fingerprint",
    "notification_id",
    "type",
    "shop_id",
    "open_id",
    "subject",
    "occurred_at",
    "body",
    "state",
)
HOSTS_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookBacklog:
    """What was not handled: what waits, what was set aside, what is no envelope.

    `oldest_at` is when the oldest of what nobody took yet arrived: one that waits for its next attempt is not late.
    """

    pending: int
    parked: int
    unreadable: int
    oldest_at: datetime | None


def record(session: Session, events: Sequence[WebhookEvent], *, now: datetime) -> int:
    """Write verified events down in one statement, due at once, and return how many were new.

    An event whose fingerprint is there already is left alone. One that is no envelope waits as "unreadable".
    """
    fresh = {
        "received_at": now,
        # a reader goes by the database's clock, and this host's may be ahead of it
        "next_attempt_at": now - HOSTS_APART,
        "attempts": 0,
        "claimed_by": "",
        "outcome": "",
        "error": "",
    }
    return bulk.write(
        session, WebhookEventRow, COLUMNS, [_values(event) for event in events], existing="kept", same=fresh
    )


def count(session: Session, name: str, by: int, *, now: datetime) -> None:
    """Add to a counter: "refused" for bad signatures, "duplicate" for repetitions."""
    insert = insert_into(session, WebhookCounterRow).values(name=name, value=by, updated_at=now)
    more = {"value": WebhookCounterRow.value + insert.excluded.value, "updated_at": now}
    session.execute(insert.on_conflict_do_update(index_elements=[WebhookCounterRow.name], set_=more))


def parked_of(session: Session, shop_id: str) -> int:
    """Count the parked events of a shop."""
    row = WebhookEventRow
    mine = (text(RESTING), row.state == "parked", row.shop_id == shop_id)
    return session.scalars(select(func.count()).select_from(row).where(*mine)).one()


def counters(session: Session) -> Mapping[str, int]:
    """Return every counter by its name; one that never counted is missing."""
    return dict(session.execute(select(WebhookCounterRow.name, WebhookCounterRow.value)).all())


def backlog(session: Session) -> WebhookBacklog:
    """Count what was not handled."""
    row = WebhookEventRow
    untouched = case((row.attempts == 0, row.received_at))
    waiting = select(func.count(), func.min(untouched)).where(row.state == "pending")
    pending, oldest_at = session.execute(waiting).one()
    # spelt as the index on them is, so that a million handled events are not looked at
    resting = select(row.state, func.count()).where(text(RESTING)).group_by(row.state)
    counts = dict(session.execute(resting).all())
    return WebhookBacklog(
        pending=pending,
        parked=counts.get("parked", 0),
        unreadable=counts.get("unreadable", 0),
        oldest_at=oldest_at,
    )


def _values(event: WebhookEvent) -> bulk.Row:
    return (
        event.fingerprint,
        event.notification_id,
        event.type,
        event.shop_id,
        event.open_id,
        event.subject,
        event.occurred_at,
        event.body,
        "pending" if event.readable else "unreadable",
    )

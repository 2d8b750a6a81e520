"""Webhook events looked at by people: found, shown, and made due once more."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, holds
from mye_tiktok.db.tables.webhooks import WebhookEventRow
from mye_tiktok.db.webhook_work import stored_event
from mye_tiktok.domain.webhook import EventState, StoredEvent
from mye_tiktok.errors import WrongUsageError

OF_SEVERAL_ORDERS = (4, 36, 67)
COPIED = (
    "notification_id",
    "type",
    "shop_id",
    "open_id",
    "subject",
    "occurred_at",
    "body",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events are meant; what is not given does not matter."""

    event_ids: tuple[int, ...] = ()
    state: EventState | None = None
    types: tuple[int, ...] = ()
    shop_id: str = ""
    order_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many events are due again, and those of them that are new rows."""

    due: int
    event_ids: tuple[int, ...]


def find(session: Session, wanted: Filter, *, limit: int) -> list[StoredEvent]:
    """Return the events that fit, the newest first."""
    columns = WebhookEventRow.__table__.columns
    query = select(*columns).where(*_conditions(session, wanted)).order_by(WebhookEventRow.id.desc()).limit(limit)
    return [stored_event(row) for row in session.connection().execute(query).all()]


def get(session: Session, event_id: int) -> StoredEvent:
    """Return one event; raises WrongUsageError when there is none."""
    found = find(session, Filter(event_ids=(event_id,)), limit=1)
    if not found:
        raise WrongUsageError(f"there is no event {event_id}", hint="`mye-tiktok webhooks list` shows the events")
    return found[0]


def replay(session: Session, events: Sequence[StoredEvent], *, now: datetime) -> Replayed:
    """Make events due once more: each as a new row that names the original, which stays as it is.

    A parked original counts as handled from then on, for its replay tells what became of it. One that is pending is
    made due at once instead, and one that cannot be read is left out. Two replays at once repeat a parked event once.
    """
    waiting = [event.event_id for event in events if event.state == "pending"]
    hurried = {"next_attempt_at": now, "attempts": 0}
    due = affected(
        session,
        update(WebhookEventRow)
        .where(WebhookEventRow.id.in_(waiting), WebhookEventRow.state == "pending")
        .values(hurried),
    )
    made = [
        made
        for event in sorted(events, key=lambda event: event.event_id)
        if event.state in ("handled", "parked") and (made := _repeat(session, event, now=now)) is not None
    ]
    return Replayed(due=due + len(made), event_ids=tuple(made))


def _repeat(session: Session, event: StoredEvent, *, now: datetime) -> int | None:
    row = WebhookEventRow
    if event.state == "parked":
        parked = (row.id == event.event_id, row.state == "parked")
        replaced = {"state": "handled", "handled_at": now, "outcome": "replayed"}
        if not affected(session, update(row).where(*parked).values(replaced)):
            return None
    again = {name: getattr(event.event, name) for name in COPIED} | {
        "fingerprint": f"replay:{uuid.uuid4().hex}",
        "received_at": now,
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": now,
        "claimed_by": "",
        "outcome": "",
        "error": "",
        "replay_of": event.event_id,
    }
    return session.connection().execute(insert(row).values(again).returning(row.id)).scalar_one()


def _conditions(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    row = WebhookEventRow
    conditions: list[ColumnElement[bool]] = []
    if wanted.event_ids:
        conditions.append(row.id.in_(wanted.event_ids))
    if wanted.state:
        conditions.append(row.state == wanted.state)
    if wanted.types:
        conditions.append(row.type.in_(wanted.types))
    if wanted.shop_id:
        conditions.append(row.shop_id == wanted.shop_id)
    if wanted.order_id:
        # only the first order of an event is its subject; those that may name several are looked into
        inside = and_(row.type.in_(OF_SEVERAL_ORDERS), holds(session, row.body, wanted.order_id.encode()))
        conditions.append(or_(row.subject == wanted.order_id, inside))
    if wanted.since:
        conditions.append(row.received_at >= wanted.since)
    if wanted.until:
        conditions.append(row.received_at < wanted.until)
    return conditions

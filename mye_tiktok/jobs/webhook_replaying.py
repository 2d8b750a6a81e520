"""Make webhook events due once more, a few at a time."""

from collections.abc import Sequence
from datetime import datetime

from mye_tiktok.db import webhook_history
from mye_tiktok.db.database import Database
from mye_tiktok.db.webhook_history import Replayed
from mye_tiktok.domain.webhook import StoredEvent

AT_ONCE = 200


def replay(database: Database, events: Sequence[StoredEvent], *, now: datetime, at_once: int = AT_ONCE) -> Replayed:
    """Replay `events`, the oldest first, `at_once` per transaction: SQLite's one writer may not keep a listener out.

    A crash leaves the rest as it was; to replay the same filter again goes on there for parked events.
    """
    in_order = sorted(events, key=lambda event: event.event_id)
    due, made = 0, list[int]()
    for start in range(0, len(in_order), at_once):
        with database.transaction() as session:
            some = webhook_history.replay(session, in_order[start : start + at_once], now=now)
        due += some.due
        made += some.event_ids
    return Replayed(due=due, event_ids=tuple(made))

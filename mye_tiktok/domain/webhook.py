"""A webhook event: TikTok's hint that something changed, and what becomes of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EventState = Literal["pending", "handled", "parked", "unreadable"]
Subject = Literal["order", "after-sale", "product", "stock", "message", "invoice", "authorization", "other"]
UNREADABLE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One verified event as it arrived. `body` holds the signed bytes; what it says is a hint, never the truth.

    `fingerprint` tells it from every other event: TikTok's notification id, or the SHA-256 of the body where there
    is none. `subject` is the id of what it is about, `occurred_at` TikTok's time of the change. `type` is UNREADABLE
    when the body is no envelope.
    """

    fingerprint: str
    notification_id: str
    type: int
    shop_id: str
    open_id: str
    subject: str
    occurred_at: datetime | None
    body: bytes = field(repr=False)

    @property
    def readable(self) -> bool:
        """Tell whether the body was TikTok's envelope."""
        return self.type != UNREADABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A WebhookEvent with its row's history. `outcome` says in a word what handling it did."""

    event_id: int
    event: WebhookEvent
    state: EventState
    attempts: int
    received_at: datetime
    next_attempt_at: datetime
    handled_at: datetime | None
    outcome: str = ""
    error: str = ""
    replay_of: int | None = None

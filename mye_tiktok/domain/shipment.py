"""A shipment that somebody wants: one intention, which reaches TikTok once, and what became of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

ShipmentKind = Literal["ship", "mark_shipped", "arrange", "create", "update"]
"""What is wanted. "ship": by whichever call ships the order in its market; "update" corrects a tracking number."""
ShipmentState = Literal["pending", "sent", "shipped", "refused", "failed"]
"""sent: the call was made and its answer is unknown. refused: for good. failed: given up."""
Origin = Literal["hand", "file", "queue"]

SETTLED: frozenset[ShipmentState] = frozenset({"shipped", "refused", "failed"})
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
MOST_ATTEMPTS = 75
"""Three days, at one attempt an hour."""
UNCLEAR_FOR = timedelta(minutes=1)
"""How long after a call without an answer it may still be under way: until then nobody says that it did nothing."""

PURCHASE_UNCLEAR_FOR = timedelta(minutes=15)
"""The same for a label, which costs money: TikTok may show it late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One intention. `shipment_id` is its row, 0 before it has one; `source` says which message or line brought it.

    `provider` is an id or a name. `method`, `slot` (two Unix times) and `service_id` are what a person chose: how a
    package is handed over, when, and which label is bought. `packages` are the packages that came of it.
    """

    channel_uid: str
    kind: ShipmentKind
    order_id: str = ""
    package_id: str = ""
    line_item_ids: tuple[str, ...] = ()
    tracking_number: str = ""
    provider: str = ""
    method: str = ""
    slot: tuple[int, int] | None = None
    service_id: str = ""
    origin: Origin = "hand"
    source: str = ""
    shipment_id: int = 0
    state: ShipmentState = "pending"
    attempts: int = 0
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    code: str = ""
    message: str = ""
    request_id: str = ""
    package_ids: tuple[str, ...] = field(default=())
    created_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def subject(self) -> str:
        """What it is about, for people."""
        return f"order {self.order_id}" if self.order_id else f"package {self.package_id}"

    @property
    def fingerprint(self) -> str:
        """What is the same for the same intention, whoever gives it however often."""
        wanted = (
            self.channel_uid,
            "ship" if self.kind == "mark_shipped" else self.kind,
            self.order_id,
            self.package_id,
            ",".join(sorted(self.line_item_ids)),
            self.tracking_number.casefold(),
        )
        return hashlib.blake2b("\n".join(wanted).encode("utf-8", "replace"), digest_size=20).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt. `retry_at` is when an intention that waits is tried again."""

    state: ShipmentState
    code: str = ""
    message: str = ""
    hint: str = ""
    request_id: str = ""
    package_ids: tuple[str, ...] = ()
    retry_at: datetime | None = None

    @property
    def text(self) -> str:
        """The message with what to do next."""
        return f"{self.message}; {self.hint}" if self.message and self.hint else self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentNews:
    """What MYE is told of an intention that was settled, with the order it is about."""

    state: ShipmentState
    code: str
    message: str
    tracking_number: str
    package_ids: tuple[str, ...]
    line_item_ids: tuple[str, ...]
    origin: Origin
    source: str


def unclear_for(kind: ShipmentKind) -> timedelta:
    """Return how long nobody says that a call without an answer did nothing."""
    return PURCHASE_UNCLEAR_FOR if kind == "create" else UNCLEAR_FOR


def delay(attempts: int) -> timedelta:
    """Return how long an intention waits that was tried so often."""
    return DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]


def given_up(attempts: int) -> bool:
    """Tell whether it had its chances."""
    return attempts >= MOST_ATTEMPTS

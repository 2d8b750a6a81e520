"""What MYE, or a person, wants done to products, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from mye_tiktok.domain.money import Money

Action = Literal["refresh", "create", "update", "price", "activate", "deactivate"]
StateAction = Literal["activate", "deactivate"]
Outcome = Literal["done", "unchanged", "superseded", "refused", "failed"]
"""failed: given up after many attempts; all others are what their names say."""
CommandState = Literal["pending", "done", "unchanged", "superseded", "refused", "failed"]
UNSUPPORTED: frozenset[Action] = frozenset({"create", "update"})
"""Actions that TikTok's documented calls give us no means for."""
STANDING: Mapping[StateAction, frozenset[str]] = {
    # what is activated is audited first
    "activate": frozenset({"ACTIVATE", "PENDING"}),
    "deactivate": frozenset({"SELLER_DEACTIVATED"}),
}
"""How a product stands once that was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuPrice:
    """The price that one SKU shall have. Without `currency`: the one it has."""

    sku_id: str
    amount: Decimal
    currency: str = ""
    list_price: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as it is kept. `command_id` is its row, `message_id` that of the message that brought it."""

    command_id: int
    message_id: str
    action: Action
    channel_uid: str
    product_id: str
    prices: tuple[SkuPrice, ...] = ()
    received_at: datetime
    state: CommandState = "pending"
    attempts: int = 0
    next_attempt_at: datetime | None = None
    code: str = ""
    reason: str = ""
    settled_at: datetime | None = None

    @property
    def target(self) -> tuple[str, str]:
        """Channel and product."""
        return self.channel_uid, self.product_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one command; `code` and `reason` say why it was not done, `request_id` is TikTok's.

    `later` means that nothing is decided: it may pass another time.
    """

    outcome: Outcome = "done"
    code: str = ""
    reason: str = ""
    request_id: str = ""
    later: bool = False

"""What MYE, or a person, wants done to products, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
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
STATE_ACTIONS: frozenset[Action] = frozenset({"activate", "deactivate"})
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
    """One command. `command_id` is its row, 0 before it has one; `message_id` is that of the message that brought it.

    Everything it asks for is absolute: to do it twice comes to the same.
    """

    fingerprint: str
    message_id: str
    action: Action
    channel_uid: str
    product_id: str
    received_at: datetime
    payload: str = ""
    prices: tuple[SkuPrice, ...] = ()
    command_id: int = 0
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


def superseded(commands: Sequence[Command]) -> list[Command]:
    """Return those commands of one product, the oldest first, that newer ones make pointless.

    The newest of activate and deactivate counts, the newest refresh, and of each SKU's prices the newest.
    """
    return [command for place, command in enumerate(commands) if _is_pointless(command, commands[place + 1 :])]


def rounds(commands: Sequence[Command]) -> list[list[Command]]:
    """Return what may be done side by side, one list after the other: of each product one command at a time."""
    turns: dict[tuple[str, str], int] = {}
    found: list[list[Command]] = []
    for command in sorted(commands, key=lambda command: command.command_id):
        turn = turns.get(command.target, 0)
        turns[command.target] = turn + 1
        if turn == len(found):
            found.append([])
        found[turn].append(command)
    return found


def _is_pointless(command: Command, newer: Sequence[Command]) -> bool:
    if command.action == "price":
        named = {price.sku_id for one in newer if one.action == "price" for price in one.prices}
        return {price.sku_id for price in command.prices} <= named
    alike: Callable[[Command], bool] = (
        (lambda one: one.action in STATE_ACTIONS)
        if command.action in STATE_ACTIONS
        else (lambda one: one.action == command.action)
    )
    return any(alike(one) for one in newer)

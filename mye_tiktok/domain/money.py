"""An amount of money: a decimal with its currency."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """`amount` as TikTok wrote it (VND may carry decimals), `currency` in ISO 4217."""

    amount: Decimal
    currency: str

"""How MYE writes money: a decimal string, never rounded, with its currency."""

import msgspec

from mye_tiktok.domain.money import Money


class MoneyBody(msgspec.Struct):
    """A decimal string, never rounded, with its currency."""

    amount: str
    currency: str


def as_money(money: Money | None) -> MoneyBody | None:
    """Return `money` as MYE writes it."""
    return MoneyBody(amount=format(money.amount, "f"), currency=money.currency) if money else None

"""How TikTok spells values, and the oddities that are survived: null, missing, "", numbers as text and back."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.money import Money

MILLISECONDS_FROM = 10**11
"""Unix times above this are in milliseconds; in seconds they would lie beyond the year 5000."""


def text(value: object) -> str:
    """Return text without NUL characters, which PostgreSQL cannot hold; numbers (ids, say) as their digits."""
    if isinstance(value, str):
        return value.replace("\x00", "") if "\x00" in value else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number(value: object) -> int | None:
    """Return a whole number, also from "12", 12.0 or "12.0"; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    amount = decimal(value)
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


def decimal(value: object) -> Decimal | None:
    """Return an amount as written; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < 30 else None


def moment(value: object) -> datetime | None:
    """Return a Unix time, in seconds or milliseconds, as an aware UTC datetime; None for 0 and nonsense."""
    ticks = number(value)
    if not ticks or ticks < 0:
        return None
    try:
        return sensible(datetime.fromtimestamp(ticks / 1000 if ticks >= MILLISECONDS_FROM else ticks, tz=UTC))
    except (ValueError, OverflowError, OSError):
        return None


def sensible(time: datetime) -> datetime | None:
    """Return an aware time in UTC; None for one so far away that in some time zone its year can't be written."""
    return time.astimezone(UTC) if 1 < time.year < 9999 else None


def money(amount: object, currency: object) -> Money | None:
    """Return money, or None when amount or currency cannot be read."""
    if isinstance(amount, str) and isinstance(currency, str):
        return _written_money(amount, currency)
    return _money(decimal(amount), text(currency))


@lru_cache(maxsize=4096)
def _written_money(amount: str, currency: str) -> Money | None:
    """Read the usual spelling; a shop has few prices, and each stands in many places."""
    return _money(decimal(amount), text(currency))


def _money(amount: Decimal | None, currency: str) -> Money | None:
    code = currency.strip()
    return Money(amount=amount, currency=code) if amount is not None and code else None


def mapping(value: object) -> Json:
    """Return an object, `{}` in place of anything else."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> list[Json]:
    """Return the objects of a list, `[]` in place of anything else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a list, `()` in place of anything else."""
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()


def flag(value: object) -> bool:
    """Return a yes or no, also from "true " as one documented example has it; anything else is a no."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")

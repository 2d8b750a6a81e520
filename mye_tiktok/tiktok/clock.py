"""This machine's clock, where nobody hands in another."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present as an aware UTC datetime."""
    return datetime.now(UTC)

"""How MYE writes a time: ISO 8601 in UTC, ending in Z."""

from datetime import UTC, datetime


def as_utc_text(time: datetime | None) -> str | None:
    """Return `time` as `2026-10-01T08:30:00Z`, with microseconds only where it has some."""
    if time is None:
        return None
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"

"""A stretch of time in which orders were created."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` on, up to but without `until`; None: up to now."""

    since: datetime
    until: datetime | None = None

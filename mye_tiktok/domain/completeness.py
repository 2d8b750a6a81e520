"""Whether we hold every order that TikTok has, counted by the hour in which they were created."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Lack = Literal["missing", "outdated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An order that we don't hold, or not as it is now. `repaired`: we do since."""

    order_id: str
    lack: Lack
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    repaired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of creation: how many orders TikTok has, and how many of them we held; `missing` we did not."""

    start: datetime
    tiktok: int
    ours: int
    missing: int
    outdated: int


class HourCounter:
    """Counts orders by the hour in which they were created, however many there are."""

    def __init__(self) -> None:
        self._tiktok, self._ours = Counter[datetime](), Counter[datetime]()
        self._lacks = Counter[tuple[datetime, Lack]]()

    def add(self, created_at: datetime | None, lack: Lack | None) -> None:
        """Count an order of TikTok's; an order without a time of creation counts for the year 1."""
        hour = hour_of(created_at)
        self._tiktok[hour] += 1
        if lack != "missing":
            self._ours[hour] += 1
        if lack is not None:
            self._lacks[hour, lack] += 1

    def hours(self) -> Iterator[Hour]:
        """Yield the hours in which TikTok has orders, in order."""
        for hour in sorted(self._tiktok):
            yield Hour(
                start=hour,
                tiktok=self._tiktok[hour],
                ours=self._ours[hour],
                missing=self._lacks[hour, "missing"],
                outdated=self._lacks[hour, "outdated"],
            )


def hour_of(time: datetime | None) -> datetime:
    """Return the full hour that `time` lies in, in UTC."""
    known = time or datetime.min.replace(tzinfo=UTC)
    return known.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def days(hours: Iterable[Hour]) -> list[Hour]:
    """Return the hours summed up by day, for people who look at a month."""
    summed: dict[datetime, Hour] = {}
    for hour in hours:
        start = hour.start.replace(hour=0)
        before = summed.get(start, Hour(start=start, tiktok=0, ours=0, missing=0, outdated=0))
        summed[start] = Hour(
            start=start,
            tiktok=before.tiktok + hour.tiktok,
            ours=before.ours + hour.ours,
            missing=before.missing + hour.missing,
            outdated=before.outdated + hour.outdated,
        )
    return list(summed.values())

"""One webhook on its way: when it is tried again, what is waiting, and what became of each attempt."""

import heapq
import itertools
import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mye_tiktok.sandbox.answers import Json

# after each failure, in seconds: five deliveries in all
WAITS = (2 * 60, 30 * 60, 3 * 3600, 12 * 3600)
KEPT = 200_000
Outcome = Literal["answered", "failed", "dropped", "lost", "unwanted"]


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A payload for a shop's endpoint. `attempt` numbers the next POST from 1, `due` is when, in unix seconds."""

    shop_id: str
    event: str
    envelope: Json
    due: float
    attempt: int = 1
    forged: bool = False

    @property
    def notification_id(self) -> str:
        """Its tts_notification_id; empty for the events that carry none."""
        return str(self.envelope.get("tts_notification_id", ""))


class Record(NamedTuple):
    """What became of an attempt; status 0 when no answer came in time.

    outcome: answered; failed, to be tried again; dropped after the fifth failure; lost on purpose; unwanted, for
    nobody had set an address.
    """

    at: float
    event: str
    notification_id: str
    shop_id: str
    url: str
    attempt: int
    status: int
    outcome: Outcome


class DeliveryLog:
    """The latest attempts in order, and how many ended how since the start or `clear()`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, Outcome]] = Counter()

    def add(self, record: Record) -> None:
        """Note an attempt."""
        with self._lock:
            self._records.append(record)
            self._counts[record.event, record.outcome] += 1

    def records(self, event: str | None = None) -> list[Record]:
        """Return the latest attempts, oldest first."""
        with self._lock:
            return [record for record in self._records if event in {None, record.event}]

    def count(self, outcome: Outcome | None = None, *, event: str | None = None) -> int:
        """Count attempts, with one outcome and of one event when these are given."""
        with self._lock:
            return sum(
                number
                for (name, ended), number in self._counts.items()
                if outcome in {None, ended} and event in {None, name}
            )

    def counts(self) -> dict[str, dict[str, int]]:
        """Return event → outcome → number."""
        with self._lock:
            table: dict[str, dict[str, int]] = {}
            for (event, outcome), number in self._counts.items():
                table.setdefault(event, {})[outcome] = number
            return table

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._records.clear()
            self._counts.clear()


class Queue:
    """What is to be delivered, the earliest due first; what is due at once leaves as it came. Not for threads."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, delivery: Delivery) -> None:
        """Add a delivery at its time."""
        heapq.heappush(self._heap, (delivery.due, next(self._numbers), delivery))

    def is_due(self, now: float) -> bool:
        """Tell whether anything is due."""
        return bool(self._heap) and self._heap[0][0] <= now

    def take(self, now: float) -> Delivery | None:
        """Take the first that is due."""
        return heapq.heappop(self._heap)[2] if self.is_due(now) else None

    def waiting(self) -> list[Delivery]:
        """Return what waits, the earliest due first."""
        return [delivery for _, _, delivery in sorted(self._heap, key=lambda entry: entry[:2])]

    def hurry(self, now: float) -> None:
        """Make what was not tried yet due now."""
        waiting, self._heap = self.waiting(), []
        for delivery in waiting:
            delivery.due = min(delivery.due, now) if delivery.attempt == 1 else delivery.due
            self.put(delivery)

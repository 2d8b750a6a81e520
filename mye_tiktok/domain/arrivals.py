"""How changes of orders reached us: by webhook or only by a pull, and how long that took."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

# TikTok's event and TikTok's order may name the same change a moment apart
SAME_MOMENT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A change of an order: `updated_at` in TikTok's time, `seen_at` in ours; `topic` is the webhook that tells of it.

    `source` is what made us look: "webhook", "pull" or "verify".
    """

    order_id: str
    topic: str
    source: str
    updated_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A webhook event about an order: `occurred_at` in TikTok's time, `received_at` in ours."""

    order_id: str
    topic: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicArrivals:
    """What became of the changes of one topic. Delays are from TikTok's time of a change until we knew of it.

    `by_pull` came without any webhook, `by_verify` with neither: only a verification found them.
    """

    topic: str
    by_webhook: int
    by_pull: int
    by_verify: int
    webhook_p50: timedelta | None
    webhook_p95: timedelta | None
    pull_p50: timedelta | None
    pull_p95: timedelta | None

    @property
    def changes(self) -> int:
        """How many there were."""
        return self.by_webhook + self.by_pull + self.by_verify

    @property
    def miss_rate(self) -> float:
        """Which share of the changes no webhook told of; 0 when there were none."""
        return 1 - self.by_webhook / self.changes if self.changes else 0.0


def arrivals(changes: Iterable[Seen], events: Iterable[Told]) -> list[TopicArrivals]:
    """Return per topic how its changes arrived, in the order of the topics' names.

    A change arrived by webhook when an event of its topic told of its order at that moment or later, and no later
    change of the order claims that event. Each event explains at most one change, each change counts once.
    """
    told, pulled = defaultdict[str, list[timedelta]](list), defaultdict[str, list[timedelta]](list)
    verified: Counter[str] = Counter()
    stories = _by_order(events)
    for key, mine in _by_order(changes).items():
        for change, event in _explained(mine, stories[key]):
            known_at = event.received_at if event else change.seen_at
            delay = max(timedelta(), known_at - change.updated_at)
            if event or change.source == "webhook":
                told[change.topic].append(delay)
            elif change.source == "verify":
                verified[change.topic] += 1
            else:
                pulled[change.topic].append(delay)
    return [
        _summary(topic, told[topic], pulled[topic], verified[topic]) for topic in sorted({*told, *pulled, *verified})
    ]


def percentile(delays: Sequence[timedelta], share: float) -> timedelta | None:
    """Return the delay that `share` of `delays` do not exceed (nearest rank); None of none."""
    if not delays:
        return None
    return sorted(delays)[max(1, ceil(share * len(delays))) - 1]


T = TypeVar("T", Seen, Told)


def _by_order(things: Iterable[T]) -> defaultdict[tuple[str, str], list[T]]:
    found: defaultdict[tuple[str, str], list[T]] = defaultdict(list)
    for thing in things:
        found[thing.topic, thing.order_id].append(thing)
    return found


def _explained(changes: Sequence[Seen], events: Sequence[Told]) -> Iterable[tuple[Seen, Told | None]]:
    """Pair the changes of one order with the events that told of them, latest first."""
    left = sorted(events, key=lambda event: (event.occurred_at, event.received_at))
    for change in sorted(changes, key=lambda change: change.updated_at, reverse=True):
        fitting = [event for event in left if event.occurred_at >= change.updated_at - SAME_MOMENT]
        if fitting:
            # the one nearest to the change; what is later still may be about something we did not count
            left.remove(fitting[0])
        yield change, fitting[0] if fitting else None


def _summary(topic: str, told: Sequence[timedelta], pulled: Sequence[timedelta], verified: int) -> TopicArrivals:
    return TopicArrivals(
        topic=topic,
        by_webhook=len(told),
        by_pull=len(pulled),
        by_verify=verified,
        webhook_p50=percentile(told, 0.5),
        webhook_p95=percentile(told, 0.95),
        pull_p50=percentile(pulled, 0.5),
        pull_p95=percentile(pulled, 0.95),
    )

"""Webhook events from rows to messages: API calls per thousand of them, and events per second.

    python -m bench.webhooks [--events 20000]

`consume webhooks --once` as it runs in production: claims, groups, fetches over real HTTP, keeps orders, history and
messages, ticks the events off, and relays into quorum queues. Only TikTok is replaced, by a server in another process
that answers at once (bench/instant.py), and the pace by one without a limit, so what is measured is everything beside
the fetches. The limits are held where every thousand events are about two hundred orders; that every event is about
another order stands beside it: then most of the time goes into the parsing of as many orders.
"""

import argparse
import gc
import random
import time

from bench import rig
from bench.figures import Figure, show
from mye_tiktok.db import webhooks
from mye_tiktok.domain.progress import never
from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.consuming import consume_once
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import Surroundings
from mye_tiktok.runtime import Runtime
from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.occasion import usual
from mye_tiktok.tiktok.budgets import InMemoryBudgets
from mye_tiktok.tiktok.limiter import Limiter
from mye_tiktok.tiktok.webhooks import read_event

FIRST_ORDER = 576_400_000_000_000_000
PER_BATCH, ORDERS = 1_000, 200
PER_CALL, CONSTANT = 50, 1
LEAST = 1_000
LONG_AGO = 1_718_305_585
UNLIMITED = 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    gc.freeze()  # as a command does once it has started
    with rig.environment(1, 1) as names, rig.runtime(names) as runtime:
        budgets = InMemoryBudgets()
        rig.quicken(budgets, UNLIMITED)
        runtime.limiter = Limiter(budgets, max_rps=UNLIMITED)
        rig.connect(runtime)
        show("webhooks", [*calls(runtime), *rate(runtime, options.events)])


def calls(runtime: Runtime) -> list[Figure]:
    """Return how many calls a thousand events about two hundred orders take."""
    arrive(runtime, 1_000, first=FIRST_ORDER)
    report, _ = consume(runtime)
    assert report.counts["handled"] == 1_000, report.counts
    limit = ORDERS // PER_CALL + CONSTANT
    return [Figure(name="1000 events about 200 orders: calls", value=report.requests, at_most=limit)]


def rate(runtime: Runtime, number: int) -> list[Figure]:
    """Return how many events are handled per second: about new orders, known ones, and each about another order."""
    figures = []
    clustered, alone = FIRST_ORDER + 10**6, FIRST_ORDER + 2 * 10**6
    for what, first, orders, limit in (
        ("200 new orders per 1000", clustered, ORDERS, LEAST),
        ("200 known orders per 1000", clustered, ORDERS, None),
        ("a new order each", alone, PER_BATCH, None),
    ):
        arrive(runtime, number, first=first, orders=orders)
        report, seconds = consume(runtime)
        assert report.counts["handled"] == number, report.counts
        name = f"{number} events, {what}: events per second"
        figures.append(Figure(name=name, value=number / seconds, unit="1/s", at_least=limit))
    return figures


def arrive(runtime: Runtime, number: int, *, first: int, orders: int = ORDERS) -> None:
    """Write events down: every thousand in random order about so many orders, the next thousand about others."""
    moment, dice = usual(time.time()), random.Random(7)
    for start in range(0, number, PER_BATCH):
        ids = [str(first + start + n % orders) for n in range(min(PER_BATCH, number - start))]
        dice.shuffle(ids)
        bodies = [
            events.encode(
                events.build(
                    "ORDER_STATUS_CHANGE",
                    moment,
                    # not later than what the stand-in shows, for then the consumer would ask again
                    overrides={"data.order_id": one, "data.update_time": LONG_AGO, "shop_id": rig.SHOP},
                )
            )
            for one in ids
        ]
        with runtime.database.transaction() as session:
            webhooks.record(session, [read_event(body) for body in bodies], now=runtime.clock())


def consume(runtime: Runtime) -> tuple[Report, float]:
    """Consume what is due; returns the report and the seconds it took."""
    parts = Parts(
        database=runtime.database,
        tiktok=runtime.tiktok,
        broker=lambda: runtime.broker,
        queues=runtime.queues,
        sleep=time.sleep,
    )
    started = time.perf_counter()
    report = consume_once(parts, Surroundings(trigger="bench", clock=runtime.clock, stop=never))
    return report, time.perf_counter() - started


if __name__ == "__main__":
    main()

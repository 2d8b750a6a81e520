"""Everything but waiting for TikTok: products per second from a socket to rows, messages and RabbitMQ.

    python -m bench.path [--products 20000] [--skus 3] [--workers 1 16] [--profile FILE]

The whole job runs as it does in production: real HTTP, signing, parsing, digest, comparison, upsert of product,
SKUs and stock, message, outbox, one commit per page, then the relay into a quorum queue. Only TikTok is replaced,
by a server in another process that answers at once (bench/instant.py), and the pace by one without a limit: what
the fetch waits for in production is TikTok's latency and its rate limit, and neither is there. So wall time is
all ours, PostgreSQL and RabbitMQ included; they and the server share the machine with the fetch.

Threads are there to wait for TikTok. Where nobody waits one of them is enough, and sixteen that are all busy contend
for the interpreter: the limit is held with one, and the default of sixteen stands beside it.
"""

import argparse
import cProfile
import gc
import os
import resource
import time
from contextlib import nullcontext

from bench import rig
from bench.figures import Figure, show
from mye_tiktok.cli.session import AT_WORK
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Silence, never
from mye_tiktok.jobs.fetching import Parts, fetch_all
from mye_tiktok.jobs.products import PullOptions
from mye_tiktok.jobs.running import Surroundings
from mye_tiktok.runtime import Runtime
from mye_tiktok.tiktok.budgets import InMemoryBudgets
from mye_tiktok.tiktok.limiter import Limiter

LIMIT = 1_500
UNLIMITED = 1e6


def main() -> None:
    """Measure and print."""
    options = _options()
    gc.freeze()  # as a command does once it has started
    gc.set_threshold(*AT_WORK)
    figures = [figure for number, workers in enumerate(options.workers) for figure in measure(options, workers, number)]
    show("path", [*figures, Figure(name="peak memory", value=_peak(), unit="MB")])


def measure(options: argparse.Namespace, workers: int, number: int) -> list[Figure]:
    """Fetch a whole shop; the limit is held by the first measurement."""
    with rig.environment(options.products, options.skus) as names, rig.runtime(names) as runtime:
        budgets = InMemoryBudgets()
        rig.quicken(budgets, UNLIMITED)
        runtime.limiter = Limiter(budgets, max_rps=UNLIMITED)
        channel = rig.connect(runtime)
        started, cpu = time.perf_counter(), _cpu()
        with cProfile.Profile() if options.profile else nullcontext() as profile:
            counts = _fetch(runtime, channel, workers)
        taken, cpu = time.perf_counter() - started, _cpu() - cpu
        if profile is not None:
            profile.dump_stats(options.profile)
    assert counts["queued"] == counts["sent"] == options.products, counts
    about = f"{options.products} products × {options.skus} SKUs, {workers} worker{'s' * (workers > 1)}"
    rate, limit = options.products / taken, None if number else LIMIT
    return [
        Figure(name=f"{about}: products per second", value=rate, unit="1/s", at_least=limit),
        Figure(name=f"{about}: CPU per product", value=cpu / options.products * 1e6, unit="µs"),
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--skus", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--profile", default="", help="write the main thread's cProfile here")
    return parser.parse_args()


def _fetch(runtime: Runtime, channel: Channel, workers: int) -> dict[str, int]:
    parts = Parts(
        database=runtime.database,
        tiktok=runtime.tiktok,
        broker=lambda: runtime.broker,
        queues=runtime.queues,
        sleep=runtime.sleep,
    )
    around = Surroundings(trigger="bench", clock=runtime.clock, stop=never)
    done = fetch_all(parts, [channel], PullOptions(workers=workers), around, progress=Silence())
    assert not done.errors, done.errors
    assert not done.report.warnings, done.report.warnings
    return done.report.counts


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

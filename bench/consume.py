"""Messages about stock, from the queue to the database: ours against the design it replaces, side by side in one run.

    python -m bench.consume [--messages 40000] [--old 4000] [--rounds 3]

`the old design` is a Celery worker (prefork, two processes) with one SQLAlchemy insert and commit per message
(bench/old_consumer.py). `ours` is `mye-tiktok consume inventory`, one process, from its start to its report. Both read
persistent messages of one item each from a quorum queue, write the same row into the same table, and acknowledge after
the commit. They take turns; rates and ratios are medians over the rounds. `without a database` is our consumer in this
process that reads and acknowledges and writes nothing down, beside the same one that does. Needs the extra `bench`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pika

from bench import rig, stage
from bench.figures import Figure, show
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.stock_consuming import BATCH
from mye_tiktok.jobs.stock_queue import StockQueue, Wishes
from mye_tiktok.runtime import Runtime

TIMES, SHARE = 24.0, 0.6
REST = 1.0
NAMES = ("the old design", "ours, the command", "ours", "ours without a database")


def main() -> None:
    """Measure and print."""
    options = _options()
    rounds = [_round(options) for _ in range(options.rounds)]
    rates = [statistics.median(each) for each in zip(*rounds, strict=True)]
    shown = [
        Figure(name=f"{name}: messages per second", value=rate, unit="1/s")
        for name, rate in zip(NAMES, rates, strict=True)
    ]
    shown += [
        Figure(
            name="ours, the command ÷ the old design",
            value=statistics.median(each[1] / each[0] for each in rounds),
            at_least=TIMES,
        ),
        Figure(
            name="ours ÷ ours without a database",
            value=statistics.median(each[2] / each[3] for each in rounds),
            at_least=SHARE,
        ),
    ]
    show("consume", shown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=40_000)
    parser.add_argument("--old", type=int, default=4_000, help="messages for the old design")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _round(options: argparse.Namespace) -> tuple[float, ...]:
    """Return the messages per second of each way, each on a database and a queue of its own."""
    return (
        _old(options.old),
        _commanded(options.messages),
        _consumed(options.messages, StockQueue),
        _consumed(options.messages, Forgetful),
    )


class Forgetful(StockQueue):
    """Reads and acknowledges, and writes nothing down."""

    def write_down(self, contents: Sequence[Wishes]) -> None:
        """Count them."""
        self._report.add(created=sum(map(len, contents)))


def _commanded(count: int) -> float:
    with _installed() as (names, runtime, database):
        _publish(runtime, count)
        done = stage.must(names, "consume", "inventory", "--limit", str(count), "--json").data
        assert done["counts"] == {"seen": count, "created": count}, done
        assert _rows(database) == count
    return float(count / done["seconds"])


def _consumed(count: int, kind: type[StockQueue]) -> float:
    with _installed() as (_, runtime, _database):
        _publish(runtime, count)
        report = Report(job="consume inventory")
        queue = kind(
            runtime.database,
            lambda: runtime.broker,
            runtime.queues["inventory"],
            report,
            batch=BATCH,
            clock=runtime.clock,
        )
        runtime.database.check()
        queue.open()
        started = time.perf_counter()
        while report.counts.get("seen", 0) < count:
            assert queue.take(count, wait=timedelta(seconds=30))
        taken = time.perf_counter() - started
        queue.close()
        assert report.counts == {"seen": count, "created": count}, report.counts
    return count / taken


def _old(count: int) -> float:
    """Return what a worker wrote down per second, from its first row to its last."""
    queue = f"mye_tiktok_bench_{uuid.uuid4().hex[:12]}"
    with stage.database() as database, stage.folder() as folder:
        names = {"OLD_BROKER": stage.RABBITMQ, "OLD_QUEUE": queue, "OLD_DATABASE": database}
        environment = stage.bare() | names | {"PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            _delay(environment, count)
            time.sleep(REST)
            with _worker(environment, queue, str(folder)):
                while _rows(database) < count:
                    time.sleep(0.2)
            [(seconds,)] = stage.execute(
                database, "SELECT extract(epoch FROM max(received_at) - min(received_at)) FROM inventory_requests"
            )
        finally:
            _forget(queue)
    return count / float(seconds)


def _delay(environment: stage.Environment, count: int) -> None:
    """Put the messages into the old queue, as the old service does."""
    script = (
        "import json, sys; from bench.old_consumer import process; [process.delay(one) for one in json.load(sys.stdin)]"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps([_body(n) for n in range(count)]).encode(),
        env=environment,
        check=True,
    )


@contextmanager
def _worker(environment: stage.Environment, queue: str, folder: str) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "bench.old_consumer", "worker", "-P", "prefork", "-c", "2"]
    quiet = ["-Q", queue, "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "error"]
    process = subprocess.Popen(
        command + quiet, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def _installed() -> Iterator[tuple[dict[str, str], Runtime, str]]:
    """Make a database and queues of its own; yields what a shell would export, the parts, and the database's URL."""
    with stage.database() as database, stage.queues() as queues, stage.folder() as state:
        names = stage.bare() | {"XDG_STATE_HOME": str(state), "DATABASE_URL": database} | queues
        with rig.runtime(names) as runtime:
            runtime.broker.declare([runtime.queues["inventory"]])
            yield names, runtime, database


def _publish(runtime: Runtime, count: int) -> None:
    now = datetime.now(UTC)
    for start in range(0, count, 5_000):
        bodies = [json.dumps(_body(number)).encode() for number in range(start, min(start + 5_000, count))]
        messages = [Message(id=uuid.uuid4().hex, type="", subject="", time=now, body=body) for body in bodies]
        runtime.broker.publish(runtime.queues["inventory"], messages)
    # the broker writes its segments: nobody shall pay for that
    time.sleep(REST)


def _body(number: int) -> dict[str, Any]:
    item = {"seller_sku": f"SKU-{number % 5_000}", "quantity": number % 100}
    return {"request_id": f"erp-{number}", "occurred_at": datetime.now(UTC).isoformat(), "items": [item]}


def _rows(database: str) -> int:
    return int(stage.execute(database, "SELECT count(*) FROM inventory_requests")[0][0])


def _forget(queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(stage.RABBITMQ))
    channel = connection.channel()
    channel.queue_delete(queue)
    channel.exchange_delete(queue)
    connection.close()


if __name__ == "__main__":
    main()

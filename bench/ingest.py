"""Webhook ingest, durable before it is acknowledged, against the design it replaces, side by side in one run.

    python -m bench.ingest [--events 60000] [--old 6000] [--rounds 3] [--connections 32] [--servers granian]

`ours` is `mye-tiktok serve-webhook` on PostgreSQL: one process, 200 only after the commit. `the old design` is a `def`
endpoint of FastAPI under uvicorn (with uvloop and httptools) that verifies and calls a Celery task's `.delay()` on
RabbitMQ (bench/old_design.py). Both get the same load from the same generator (bench/load.py), which shares the two
cores with the server and the database or the broker. They take turns; rates and ratios are medians over the rounds.
Then half of the rate reached is sent at fixed times, and the delay is measured from when each event was due.
--servers waitress uvicorn granian compares servers around our endpoint instead. Needs the extra `bench`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from typing import Any

import pika

from bench import stage
from bench.figures import Figure, show
from bench.load import KEY, SECRET
from bench.services import free_port

LIMIT, SLOWEST_MS = 8.0, 20.0
WARM = 2_000
Outcome = dict[str, Any]


def main() -> None:
    """Measure and print."""
    options = _options()
    if options.servers:
        show("ingest", [_server(name, options) for name in options.servers])
        return
    rounds = [(_old(options), _ours(options)) for _ in range(options.rounds)]
    ours = statistics.median(new["rate"] for _, new in rounds)
    paced = _ours(options, rate=ours / 2)
    shown = [
        Figure(
            name="the old design: events per second", value=statistics.median(o["rate"] for o, _ in rounds), unit="1/s"
        ),
        Figure(name="ours, durable: events per second", value=ours, unit="1/s"),
        Figure(
            name="ours ÷ the old design",
            value=statistics.median(new["rate"] / old["rate"] for old, new in rounds),
            at_least=LIMIT,
        ),
        Figure(
            name="the old design at full load: p99", value=statistics.median(o["p99_ms"] for o, _ in rounds), unit="ms"
        ),
        Figure(name="ours at full load: p99", value=statistics.median(n["p99_ms"] for _, n in rounds), unit="ms"),
        Figure(name="ours at half that load: events per second", value=paced["rate"], unit="1/s"),
        Figure(name="ours at half that load: p50", value=paced["p50_ms"], unit="ms"),
        Figure(name="ours at half that load: p99", value=paced["p99_ms"], unit="ms", at_most=SLOWEST_MS),
    ]
    show("ingest", shown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--old", type=int, default=6_000, help="events for the old design")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--servers", nargs="+", choices=("waitress", "uvicorn", "granian"))
    return parser.parse_args()


def _server(name: str, options: argparse.Namespace) -> Figure:
    return Figure(name=f"{name}: events per second", value=_ours(options, server=name)["rate"], unit="1/s")


def _ours(options: argparse.Namespace, *, rate: float = 0.0, server: str = "granian") -> Outcome:
    """Return how a listener of its own answered, once every acknowledged event was found in its database."""
    with stage.database() as database, stage.folder() as state:
        names = stage.bare() | {"DATABASE_URL": database, "XDG_STATE_HOME": str(state)}
        port = free_port()
        with _process(_command(server, port), names | {"APP_KEY": KEY, "APP_SECRET": SECRET}, port):
            events = options.events if not rate else min(options.events, int(rate * 10))
            outcome = _load(port, events, options.connections, rate)
        kept = stage.execute(database, "SELECT count(*) FROM webhook_events")[0][0]
    assert outcome["statuses"] == {"200": events}, outcome
    assert kept == events + WARM, (kept, events)
    return outcome


def _command(server: str, port: int) -> Sequence[str]:
    if server == "granian":
        return (*stage.PROGRAM, "serve-webhook", "--port", str(port))
    if server == "waitress":
        return (sys.executable, "-m", "bench.contenders", str(port))
    factory = ("--factory", "mye_tiktok.listener:application")
    return (sys.executable, "-m", "uvicorn", *factory, "--port", str(port), "--no-access-log")


def _old(options: argparse.Namespace) -> Outcome:
    """Return how the old design answered."""
    queue, port = f"mye_tiktok_bench_{uuid.uuid4().hex[:12]}", free_port()
    command = (sys.executable, "-m", "uvicorn", "bench.old_design:app", "--port", str(port), "--no-access-log")
    try:
        with _process(command, stage.bare() | {"OLD_BROKER": stage.RABBITMQ, "OLD_QUEUE": queue}, port):
            outcome = _load(port, options.old, options.connections, 0.0)
    finally:
        _forget(queue)
    assert outcome["statuses"] == {"200": options.old}, outcome
    return outcome


def _load(port: int, events: int, connections: int, rate: float) -> Outcome:
    _generate(port, WARM, connections, 0.0, first=10**9)
    return _generate(port, events, connections, rate, first=0)


def _generate(port: int, events: int, connections: int, rate: float, *, first: int) -> Outcome:
    given = {"port": port, "events": events, "connections": connections, "rate": rate, "first": first}
    command = [sys.executable, "-m", "bench.load", *(f"--{name}={value}" for name, value in given.items())]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    outcome: Outcome = json.loads(done.stdout)
    return outcome


@contextmanager
def _process(command: Sequence[str], environment: stage.Environment, port: int) -> Iterator[None]:
    """Run a server for as long as the context lasts, from when it answers on."""
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            assert process.poll() is None, "the server did not start"
            with suppress(OSError):
                HTTPConnection("127.0.0.1", port, timeout=1).connect()
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _forget(queue: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(stage.RABBITMQ))
    channel = connection.channel()
    channel.queue_delete(queue)
    channel.exchange_delete(queue)
    connection.close()


if __name__ == "__main__":
    main()

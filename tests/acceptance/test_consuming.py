"""`consume webhooks` as a process: killed at any moment, stopped by a signal, two at once, and within the listener."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mye_tiktok.db import webhooks
from mye_tiktok.db.database import Database
from mye_tiktok.runtime import utc_now
from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.occasion import usual
from mye_tiktok.tiktok.webhooks import read_event
from tests.acceptance.program import Program, SandboxProcess, finished
from tests.acceptance.wire import Wire

CONSUME = ("consume", "webhooks", "--once", "--json")
KILLS, KILLED = 12, -9


def place(sandbox: SandboxProcess, number: int) -> list[str]:
    """Place orders and return their ids."""
    return [str(sandbox.control("POST", "orders/place")["order_id"]) for _ in range(number)]


def arrive(database_url: str, orders: list[str]) -> None:
    """Write an event down for each of `orders`, as the listener does."""
    moment = usual(time.time())
    bodies = [
        events.encode(
            events.build(
                "ORDER_STATUS_CHANGE", moment, overrides={"data.order_id": order_id, "data.update_time": AN_HOUR_AGO}
            )
        )
        for order_id in orders
    ]
    database = Database(database_url)
    with database.transaction() as session:
        webhooks.record(session, [read_event(body) for body in bodies], now=utc_now())
    database.close()


def embedded_url(program: Program) -> str:
    """Where the embedded database is."""
    (path,) = (program.folder / "state").rglob("*.sqlite3")
    return f"sqlite:///{path}"


def told(program: Program) -> list[str]:
    """The order of every message that was ever written for MYE."""
    listed = program.run("outbox", "list", "--limit", "10000", "--json").json()["messages"]
    return [message["subject"] for message in listed if message["destination"] == "order"]


def states(program: Program) -> Counter[str]:
    """How many events are in which state."""
    return Counter(event["state"] for event in program.run(*LIST).json()["events"])


@contextmanager
def staying(program: Program, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Run a command that stays, and end it whatever happens."""
    with program.start(*arguments) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


AN_HOUR_AGO = int(time.time()) - 3600
LIST = ("webhooks", "list", "--limit", "10000", "--json")


@pytest.mark.postgres
@pytest.mark.rabbitmq
def test_a_consumer_that_is_killed_again_and_again_handles_every_event_once(
    serviced: Program,
    sandbox: SandboxProcess,
    tiktok_wire: Wire,
    database_wire: Wire,
    postgres_url: str,
) -> None:
    die = random.Random(20261125)
    orders = place(sandbox, 120)
    arrive(postgres_url, orders + orders[::3])
    moments = [
        die.choice([(tiktok_wire, die.randrange(500, 50_000)), (database_wire, die.randrange(5_000, 120_000))])
        for _ in range(KILLS)
    ]

    codes = []
    for wire, count in moments:
        with serviced.start(*CONSUME, "--batch", "10") as process:
            wire.after(count, process.kill)
            codes.append(finished(process).code)
        wire.forget()
        # as if a minute had gone by
        serviced.run("webhooks", "replay", "--state", "pending")
    done = serviced.run(*CONSUME)

    assert codes.count(KILLED) >= KILLS // 2
    assert done.code == 0, done.err
    assert states(serviced) == {"handled": 160}
    assert sorted(told(serviced)) == sorted(orders)


def test_a_consumer_that_stays_ends_with_143_after_a_signal(connected: Program, sandbox: SandboxProcess) -> None:
    orders = place(sandbox, 3)
    arrive(embedded_url(connected), orders)

    with staying(connected, "consume", "webhooks") as process:
        _wait_for(process, "ready")
        until(lambda: states(connected) == {"handled": 3})
        process.send_signal(signal.SIGTERM)
        ended = finished(process)

    assert ended.code == 143
    assert sorted(told(connected)) == sorted(orders)
    last = connected.run("jobs", "list", "--job", "consume webhooks", "--json").json()["runs"][0]
    assert (last["outcome"], last["exit_code"], last["counts"]["handled"]) == ("stopped", 143, 3)


@pytest.mark.postgres
@pytest.mark.rabbitmq
def test_two_consumers_at_once_share_the_work(serviced: Program, sandbox: SandboxProcess, postgres_url: str) -> None:
    orders = place(sandbox, 60)
    arrive(postgres_url, orders * 2)

    with serviced.start(*CONSUME, "--batch", "10") as one, serviced.start(*CONSUME, "--batch", "10") as other:
        both = [finished(one), finished(other)]

    assert [done.code for done in both] == [0, 0]
    assert sum(done.json()["counts"].get("handled", 0) for done in both) == 120
    assert sorted(told(serviced)) == sorted(orders)


def test_a_listener_that_processes_needs_no_second_process(connected: Program, sandbox: SandboxProcess) -> None:
    with staying(connected, "serve-webhook", "--port", "0", "--process") as process:
        url = _wait_for(process, "ready").split(": ")[0]
        (order_id,) = place(sandbox, 1)
        sent = connected.run(
            *("sandbox", "trigger", "ORDER_STATUS_CHANGE", "--to", f"{url}/webhook/"),
            "--set",
            f"data.order_id={order_id}",
        )
        assert sent.code == 0, sent.err
        until(lambda: told(connected) == [order_id])
        process.send_signal(signal.SIGTERM)
        ended = finished(process)

    assert ended.code == 0, ended.err
    assert states(connected) == {"handled": 1}


def _wait_for(process: "subprocess.Popen[str]", word: str) -> str:
    """Read stderr until a line holds `word`, and return that line."""
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return line
    raise AssertionError(f"it ended without saying {word!r}")


def until(so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)

"""`consume inventory` as a process: killed at any moment, cut off from the broker and the database, stopped."""

import json
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pika
import pytest

from mye_tiktok.domain.json import Json
from tests.acceptance.conftest import through
from tests.acceptance.program import Program, finished
from tests.acceptance.test_consuming import staying, until
from tests.acceptance.wire import Wire

CONSUME = ("consume", "inventory", "--once", "--json")
KILLS, KILLED = 8, -9
MESSAGES, ITEMS = 400, 5


@pytest.fixture
def stocked(
    program: Program, postgres_url: str, rabbitmq_url: str, database_wire: Wire, broker_wire: Wire, inventory_queue: str
) -> Program:
    """The program on PostgreSQL and RabbitMQ, both through wires, without TikTok."""
    settings = {
        "DATABASE_URL": through(postgres_url, database_wire),
        "RABBIT_URL": through(rabbitmq_url, broker_wire),
        "INVENTORY_QUEUE_NAME": inventory_queue,
        "INVENTORY_EXCHANGE_NAME": f"{inventory_queue}.exchange",
        "INVENTORY_RESULT_QUEUE_NAME": f"{inventory_queue}.result",
        "INVENTORY_RESULT_EXCHANGE_NAME": f"{inventory_queue}.result.exchange",
    }
    made = program.having(**settings)
    assert made.run("db", "upgrade").code == 0
    return made


@pytest.fixture
def inventory_queue(queue: str, rabbitmq_url: str) -> Iterator[str]:
    """The name of an inventory queue that nobody else uses; what is made of it is deleted in the end."""
    name = f"{queue}.inventory"
    yield name
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    for one in (name, f"{name}.result"):
        for each in (one, f"{one}.dead"):
            channel.queue_delete(each)
        for each in (f"{one}.exchange", f"{one}.dlx"):
            channel.exchange_delete(each)
    connection.close()


def say(program: Program, folder: Path, number: int) -> set[tuple[str, str]]:
    """Send messages of some items each, and return every request with its SKU."""
    said = [
        {"request_id": f"erp-{one}", "items": [{"seller_sku": f"SKU-{item}", "quantity": one} for item in range(ITEMS)]}
        for one in range(number)
    ]
    file = folder / "stock.jsonl"
    file.write_text("\n".join(map(json.dumps, said)), encoding="utf-8")
    sent = program.run("queue", "send", "inventory", str(file))
    assert sent.code == 0, sent.err
    return {(str(one["request_id"]), f"SKU-{item}") for one in said for item in range(ITEMS)}


def written_down(program: Program) -> Counter[tuple[str, str]]:
    """How often each request is there."""
    listed: list[Json] = program.run("inventory", "requests", "--limit", "100000", "--json").json()["requests"]
    return Counter((one["request_id"], one["seller_sku"]) for one in listed)


def waiting(program: Program) -> tuple[int, int]:
    """How many messages wait in the inventory queue, and how many are dead."""
    queues = program.run("queue", "list", "--json").json()["queues"]
    [mine] = [one for one in queues if one["name"] == "inventory"]
    return mine["ready"], mine["dead"]


@pytest.mark.postgres
@pytest.mark.rabbitmq
def test_a_consumer_that_is_killed_again_and_again_writes_every_wish_down_once(
    stocked: Program, tmp_path: Path, database_wire: Wire, broker_wire: Wire
) -> None:
    die = random.Random(20261125)
    said = say(stocked, tmp_path, MESSAGES)

    codes = []
    for _ in range(KILLS):
        wire, most = die.choice([(database_wire, 60_000), (broker_wire, 120_000)])
        with stocked.start(*CONSUME, "--batch", "10") as process:
            wire.after(die.randrange(2_000, most), process.kill)
            codes.append(finished(process).code)
        wire.forget()
    done = stocked.run(*CONSUME)

    assert codes.count(KILLED) >= KILLS // 2
    assert done.code == 0, done.err
    assert written_down(stocked) == Counter(said)
    assert waiting(stocked) == (0, 0)


@pytest.mark.postgres
@pytest.mark.rabbitmq
def test_a_consumer_that_stays_waits_for_a_broker_and_a_database_that_went_away(
    stocked: Program, tmp_path: Path, database_wire: Wire, broker_wire: Wire, postgres_url: str, rabbitmq_url: str
) -> None:
    direct = stocked.having(DATABASE_URL=postgres_url, RABBIT_URL=rabbitmq_url)
    said = say(direct, tmp_path, MESSAGES)

    with staying(stocked, "consume", "inventory", "--batch", "10") as process:
        broker_wire.after(30_000, lambda: broker_wire.cut(refusals=2))
        database_wire.after(30_000, lambda: database_wire.cut(refusals=2))
        until(lambda: len(written_down(direct)) == len(said))
        until(lambda: waiting(direct) == (0, 0))
        process.send_signal(signal.SIGTERM)
        ended = finished(process)

    assert ended.code == 143, ended.err
    assert ended.err.count("ready") == 1
    assert written_down(direct) == Counter(said)


@pytest.mark.rabbitmq
def test_once_with_a_broker_that_is_away_exits_with_69(program: Program) -> None:
    done = program.having(RABBIT_URL="amqp://guest:guest@127.0.0.1:1/%2F").run(*CONSUME)

    assert (done.code, done.error()["exit_code"]) == (69, 69)

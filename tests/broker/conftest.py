"""Brokers to test: RabbitMQ, and the embedded one on both databases."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import pika
import pytest

from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.db.database import Database
from mye_tiktok.db.migration import upgrade
from mye_tiktok.db.queues import EmbeddedBroker
from mye_tiktok.domain.message import Broker, Queue
from tests.broker.proxy import Proxy
from tests.db.conftest import execute

Topology = Callable[[], Queue]


@pytest.fixture
def topology(request: pytest.FixtureRequest) -> Iterator[Topology]:
    """Makes names of queues that nobody else uses; what RabbitMQ got of them is deleted in the end."""
    made: list[Queue] = []

    def make() -> Queue:
        name = f"test.{uuid.uuid4().hex[:12]}"
        made.append(Queue(name="product", queue=name, exchange=f"{name}.exchange"))
        return made[-1]

    yield make
    if "rabbitmq_url" in request.fixturenames or "rabbitmq" in str(getattr(request.node, "callspec", "")):
        _delete(request.getfixturevalue("rabbitmq_url"), made)


def _delete(url: str, queues: list[Queue]) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    for queue in queues:
        for name in (queue.queue, queue.dead_queue):
            channel.queue_delete(name)
        for name in (queue.exchange, queue.dead_exchange):
            channel.exchange_delete(name)
    connection.close()


@pytest.fixture
def queue(topology: Topology) -> Queue:
    """A queue that nobody declared yet."""
    return topology()


@pytest.fixture
def rabbit(rabbitmq_url: str) -> Iterator[RabbitBroker]:
    """RabbitMQ."""
    broker = RabbitBroker(rabbitmq_url)
    yield broker
    broker.close()


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """The embedded broker in a file; tests share it, each with queues of its own."""
    yield from _embedded(f"sqlite:///{tmp_path_factory.mktemp('broker') / 'queues.sqlite3'}")


@pytest.fixture(scope="session")
def on_postgres(postgres_admin_url: str) -> Iterator[EmbeddedBroker]:
    """The embedded broker in a PostgreSQL database; tests share it, each with queues of its own."""
    name = f"mye_tiktok_broker_{uuid.uuid4().hex[:12]}"
    execute(postgres_admin_url, f'CREATE DATABASE "{name}"')
    yield from _embedded(postgres_admin_url.rsplit("/", 1)[0] + f"/{name}")
    execute(postgres_admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _embedded(url: str) -> Iterator[EmbeddedBroker]:
    upgrade(url)
    database = Database(url)
    yield EmbeddedBroker(database)
    database.close()


@pytest.fixture(
    params=[
        pytest.param("rabbit", marks=pytest.mark.rabbitmq, id="rabbitmq"),
        pytest.param("on_sqlite", id="sqlite"),
        pytest.param("on_postgres", marks=pytest.mark.postgres, id="postgres"),
    ]
)
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each broker in turn."""
    made: Broker = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def declared(broker: Broker, queue: Queue) -> Queue:
    """A queue that exists on `broker`."""
    broker.declare([queue])
    return queue


@pytest.fixture
def proxy(rabbitmq_url: str) -> Iterator[Proxy]:
    """A way to RabbitMQ that can be cut and stalled."""
    with Proxy(rabbitmq_url) as made:
        yield made


@pytest.fixture
def admin(rabbitmq_url: str) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    """A channel to see and do what another program would."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    yield connection.channel()
    with suppress(pika.exceptions.AMQPError):
        connection.close()

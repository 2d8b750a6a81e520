"""The world that flows happen in, once on SQLite and once on PostgreSQL."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pika
import psycopg2
import pytest

from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.db.cipher import TokenCipher, new_key
from mye_tiktok.db.database import Database
from mye_tiktok.db.migration import upgrade
from mye_tiktok.db.queues import EmbeddedBroker
from mye_tiktok.db.tables.metadata import metadata
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker, Queue
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.flows.clock import Clock
from tests.flows.remote import Enforcer, WatchedBroker, WatchedTransport
from tests.flows.world import World

KEY = new_key()
BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
MakeWorld = Callable[[SandboxOptions], World]


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_admin_url: str) -> Iterator[str]:
    """One PostgreSQL database for the session, at the newest revision."""
    name = f"mye_tiktok_flows_{uuid.uuid4().hex[:12]}"
    _execute(postgres_admin_url, f'CREATE DATABASE "{name}"')
    url = postgres_admin_url.rsplit("/", 1)[0] + f"/{name}"
    upgrade(url)
    yield url
    _execute(postgres_admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest revision, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of an empty SQLite database."""
    path = tmp_path / "mye.sqlite3"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=BOTH)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database."""
    if database_kind == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    url = request.getfixturevalue("migrated_postgres")
    yield url
    # a few rows are deleted in a tenth of the time that TRUNCATE takes for as many files
    emptied = "".join(f"DELETE FROM {table.name};" for table in reversed(metadata.sorted_tables))
    _execute(url, emptied + "ALTER SEQUENCE authorizations_id_seq RESTART")


@pytest.fixture
def cipher() -> TokenCipher:
    """What encrypts the tokens."""
    return TokenCipher([KEY])


@pytest.fixture
def database(database_url: str, cipher: TokenCipher) -> Iterator[Database]:
    """The database of the flow."""
    database = Database(database_url, cipher=cipher)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def enforcer() -> Iterator[Enforcer]:
    """Fails the test when TikTok or the broker was called inside a transaction."""
    enforcer = Enforcer()
    yield enforcer
    assert enforcer.violations == []


@pytest.fixture
def queue() -> Queue:
    """A queue that nobody else uses."""
    name = f"test.flows.{uuid.uuid4().hex[:12]}"
    return Queue(name="product", queue=name, exchange=f"{name}.exchange")


def all_queues(product: Queue) -> dict[str, Queue]:
    """The queue of products, and beside it one of each other kind that a flow uses."""
    others = {
        name: Queue(name=name, queue=f"{product.queue}.{name}", exchange=f"{product.exchange}.{name}")
        for name in ("order", "message", "inventory", "inventory-result", "product-command", "shipment")
    }
    return {"product": product, **others}


@pytest.fixture
def embedded(database: Database, clock: Clock) -> EmbeddedBroker:
    """The broker in the database."""
    return EmbeddedBroker(database, clock=clock, sleep=clock.sleep)


@pytest.fixture
def rabbit(rabbitmq_url: str, queue: Queue) -> Iterator[RabbitBroker]:
    """RabbitMQ; what it got of the queues is deleted in the end."""
    broker = RabbitBroker(rabbitmq_url)
    yield broker
    broker.close()
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    for one in all_queues(queue).values():
        for name in (one.queue, one.dead_queue):
            channel.queue_delete(name)
        for name in (one.exchange, one.dead_exchange):
            channel.exchange_delete(name)
    connection.close()


@pytest.fixture
def inner_broker(embedded: EmbeddedBroker) -> Broker:
    """The broker of the flow; a module that cares for more than one overrides this."""
    return embedded


@pytest.fixture
def make_world(
    clock: Clock,
    database: Database,
    inner_broker: Broker,
    queue: Queue,
    enforcer: Enforcer,
) -> MakeWorld:
    """Builds a world around a sandbox."""

    def make(options: SandboxOptions) -> World:
        sandbox = Sandbox(options, clock=clock.unix)
        return World(
            clock=clock,
            sandbox=sandbox,
            database=database,
            broker=WatchedBroker(inner_broker, enforcer),
            transport=WatchedTransport(httpx.WSGITransport(app=sandbox.wsgi), enforcer),
            queues=all_queues(queue),
        )

    return make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """One seller, one shop, twelve products."""
    return make_world(SandboxOptions(products=12))


@pytest.fixture
def channel(world: World) -> Channel:
    """The shop, connected, with a clean request log."""
    channel = world.connect()
    world.sandbox.requests.clear()
    return channel

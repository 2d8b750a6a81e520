"""The world of the acceptance tests: the program, its sandbox, and ways to the services that can be cut."""

import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pika.exceptions
import pytest

from tests.acceptance.program import Program, SandboxProcess, connect, serving
from tests.acceptance.wire import Wire


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program on the embedded default, with nothing connected."""
    return Program(folder=tmp_path)


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox of as many products and orders as the markers of the test say, or of 40 products."""
    numbers = {"products": 40, "orders": 0}
    for name in numbers:
        if marker := request.node.get_closest_marker(name):
            numbers[name] = marker.args[0]
    with serving(tmp_path, "--products", str(numbers["products"]), "--orders", str(numbers["orders"])) as made:
        yield made


@pytest.fixture
def connected(program: Program, sandbox: SandboxProcess) -> Program:
    """The program with the sandbox's shop connected as CHANNEL."""
    return connect(program.having(**sandbox.settings, TIKTOK_MAX_RPS="1000"), sandbox)


def wire_to(url: str) -> Wire:
    """Return a way to the service behind a URL."""
    parts = urlsplit(url)
    return Wire(parts.hostname or "127.0.0.1", parts.port or 0)


def through(url: str, wire: Wire) -> str:
    """Return `url` with the wire in the place of host and port."""
    parts = urlsplit(url)
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return parts._replace(netloc=f"{login}127.0.0.1:{wire.port}").geturl()


@pytest.fixture
def tiktok_wire(sandbox: SandboxProcess) -> Iterator[Wire]:
    """A way to the sandbox."""
    with wire_to(sandbox.url) as wire:
        yield wire


@pytest.fixture
def database_wire(postgres_url: str) -> Iterator[Wire]:
    """A way to PostgreSQL."""
    with wire_to(postgres_url) as wire:
        yield wire


@pytest.fixture
def broker_wire(rabbitmq_url: str) -> Iterator[Wire]:
    """A way to RabbitMQ."""
    with wire_to(rabbitmq_url) as wire:
        yield wire


@pytest.fixture
def queue(rabbitmq_url: str) -> Iterator[str]:
    """The name of a product queue that nobody else uses; what is made of it is deleted in the end."""
    name = f"test.{uuid.uuid4().hex[:12]}"
    yield name
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    for one in (name, f"{name}.order", f"{name}.message"):
        for each in (one, f"{one}.dead"):
            channel.queue_delete(each)
        for each in (f"{one}.exchange", f"{one}.dlx"):
            channel.exchange_delete(each)
    with suppress(pika.exceptions.AMQPError):
        connection.close()


@pytest.fixture
def serviced(
    program: Program,
    sandbox: SandboxProcess,
    postgres_url: str,
    rabbitmq_url: str,
    queue: str,
    tiktok_wire: Wire,
    database_wire: Wire,
    broker_wire: Wire,
) -> Program:
    """The program on PostgreSQL and RabbitMQ, everything through wires, with the shop connected."""
    settings = {
        **sandbox.settings,
        "TIKTOK_API_URL": through(sandbox.url, tiktok_wire),
        "TIKTOK_MAX_RPS": "1000",
        "DATABASE_URL": through(postgres_url, database_wire),
        "RABBIT_URL": through(rabbitmq_url, broker_wire),
        "PRODUCT_QUEUE_NAME": queue,
        "PRODUCT_EXCHANGE_NAME": f"{queue}.exchange",
        "ORDER_QUEUE_NAME": f"{queue}.order",
        "ORDER_EXCHANGE_NAME": f"{queue}.order.exchange",
        "MESSAGE_QUEUE_NAME": f"{queue}.message",
        "MESSAGE_EXCHANGE_NAME": f"{queue}.message.exchange",
    }
    return connect(program.having(**settings), sandbox)

"""What all tiers share: the real services, with a clear reason when they are missing."""

import os
import socket
import uuid
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import hypothesis
import psycopg2
import pytest

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")

# no test asserts a time, so neither does Hypothesis on a machine that is busy with something else; HYPOTHESIS_PROFILE
# set to thorough looks at ten times as many examples, for whoever has an hour
hypothesis.settings.register_profile("patient", deadline=None, max_examples=40)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=400)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))


def _reachable(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def _need(name: str, variable: str, url: str) -> None:
    if _reachable(url):
        return
    reason = f"{name} is not reachable at {urlsplit(url).netloc.rsplit('@')[-1]}; start it or set {variable}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_admin_url() -> str:
    """The URL of a PostgreSQL server where tests may create databases."""
    _need("PostgreSQL", "TEST_POSTGRES_URL", POSTGRES)
    return POSTGRES


@pytest.fixture
def postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """A new, empty PostgreSQL database, dropped after the test."""
    name = f"mye_tiktok_test_{uuid.uuid4().hex[:12]}"
    _execute(postgres_admin_url, f'CREATE DATABASE "{name}"')
    yield postgres_admin_url.rsplit("/", 1)[0] + f"/{name}"
    _execute(postgres_admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """The URL of a RabbitMQ server; tests use queue names or vhosts of their own."""
    _need("RabbitMQ", "TEST_RABBITMQ_URL", RABBITMQ)
    return RABBITMQ


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once per reason how many tests were skipped."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple))
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {number}: {reason.removeprefix('Skipped: ')}")

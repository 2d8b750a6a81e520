"""What the scripts run on: a sandbox in a process of its own, a database of its own, and commands as a shell has them.

PostgreSQL and RabbitMQ are those of the tests (TEST_POSTGRES_URL, TEST_RABBITMQ_URL).
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pika
import psycopg2

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")
PROGRAM = (sys.executable, "-c", "from mye_tiktok.cli.main import run; run()")
CHANNEL = "bench"
Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ended: what it printed, and what the operating system says it took (seconds, MB)."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    cpu_seconds: float
    peak_mb: float

    @property
    def data(self) -> dict[str, Any]:
        """Return the JSON document on stdout."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found


def run(environment: Environment, *arguments: str, program: Sequence[str] = PROGRAM) -> Finished:
    """Run one command to its end."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen([*program, *arguments], env=dict(environment), stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Finished(
            exit_code=process.returncode,
            stdout=output.read().decode(),
            stderr=errors.read().decode(),
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss / 1024,
        )


def must(environment: Environment, *arguments: str) -> Finished:
    """Run one command that has to succeed."""
    finished = run(environment, *arguments)
    if finished.exit_code:
        raise SystemExit(f"mye-tiktok {' '.join(arguments)} ended with {finished.exit_code}: {finished.stderr}")
    return finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """A sandbox at work in another process; `settings` is what a shell would export."""

    settings: Environment

    def get(self, control: str) -> dict[str, Any]:
        """Ask one of its controls."""
        return self._ask(Request(self._url(control)))

    def post(self, control: str, **values: object) -> dict[str, Any]:
        """Tell one of its controls."""
        body = json.dumps(values).encode()
        return self._ask(Request(self._url(control), data=body, headers={"content-type": "application/json"}))

    def _url(self, control: str) -> str:
        return f"{self.settings['TIKTOK_API_URL']}/_sandbox/{control}"

    @staticmethod
    def _ask(request: Request) -> dict[str, Any]:
        with urlopen(request, timeout=30) as answer:
            found = json.loads(answer.read())
        assert isinstance(found, dict)
        return found


@contextmanager
def sandbox(*options: str) -> Iterator[Sandbox]:
    """Serve a sandbox for as long as the context lasts."""
    command = [*PROGRAM, "sandbox", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, env=bare(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        settings: dict[str, str] = {}
        for line in process.stdout:
            if line.strip() == "ready":
                break
            name, _, value = line.strip().partition("=")
            settings[name] = value
        yield Sandbox(settings=settings)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def bare() -> dict[str, str]:
    """Return an environment without any setting of ours."""
    return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "HOME": "/nonexistent"}


@contextmanager
def database() -> Iterator[str]:
    """Make a PostgreSQL database at the newest revision, and drop it afterwards; yields its URL."""
    name = f"mye_tiktok_bench_{uuid.uuid4().hex[:12]}"
    url = f"{POSTGRES.rsplit('/', 1)[0]}/{name}"
    execute(POSTGRES, f'CREATE DATABASE "{name}"')
    try:
        must(bare() | {"DATABASE_URL": url}, "db", "upgrade")
        yield url
    finally:
        execute(POSTGRES, f'DROP DATABASE "{name}" WITH (FORCE)')


def execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Execute one statement outside of any transaction and return its rows."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@contextmanager
def queues() -> Iterator[dict[str, str]]:
    """Name queues of its own on RabbitMQ, and delete what was made of them; yields the settings."""
    name = f"mye_tiktok_bench_{uuid.uuid4().hex[:12]}"
    names = {"PRODUCT": name} | {
        what: f"{name}.{what.lower()}" for what in ("ORDER", "MESSAGE", "INVENTORY", "INVENTORY_RESULT")
    }
    try:
        yield (
            {"RABBIT_URL": RABBITMQ}
            | {f"{what}_QUEUE_NAME": one for what, one in names.items()}
            | {f"{what}_EXCHANGE_NAME": f"{one}.exchange" for what, one in names.items()}
        )
    finally:
        connection = pika.BlockingConnection(pika.URLParameters(RABBITMQ))
        channel = connection.channel()
        for one in names.values():
            for queue in (one, f"{one}.dead"):
                channel.queue_delete(queue)
            for exchange in (f"{one}.exchange", f"{one}.dlx"):
                channel.exchange_delete(exchange)
        connection.close()


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mye-tiktok-bench-") as path:
        yield Path(path)


@contextmanager
def connected(shop: Sandbox, **settings: str) -> Iterator[dict[str, str]]:
    """Connect the sandbox's shop as channel `bench`; yields the environment of every further command."""
    with folder() as state:
        environment = bare() | dict(shop.settings) | {"XDG_STATE_HOME": str(state)} | settings
        code = environment.pop("AUTH_CODE")
        must(environment, "auth", "integrate", "--code", code, "--channel-uid", CHANNEL)
        shop.post("requests/clear")
        yield environment

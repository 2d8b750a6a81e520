"""No secret leaves the program: canaries in every place that holds one, every command, every kind of failure."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mye_tiktok.db import authorizations
from mye_tiktok.db.cipher import TokenCipher, new_key
from mye_tiktok.db.database import Database
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli

APP_SECRET = "canary-app-secret-0815"
DB_PASS = "canary-db-pass-0815"
RABBITMQ_PASSWORD = "canary-rabbit-pass-0815"
LOUD = [
    pytest.param((), {}, id="quiet"),
    pytest.param(("-v",), {}, id="verbose"),
    pytest.param((), {"LOG_LEVEL": "debug", "LOG_FORMAT": "json"}, id="json-logs"),
]
COMMANDS = [
    "config show",
    "config show --json",
    "auth url",
    "auth channels --json",
    "auth status --json",
    "auth shops --json",
    "auth active-shops",
    "auth refresh --json",
    "products list --json",
    "products list",
    "products fetch-all --json",
    "products fetch-all --full",
    "products fetch-all --dry-run --json",
    "orders fetch --json",
    "orders fetch --days-ago 2",
    "orders list --json",
    "outbox list --json",
    "outbox relay --once --json",
    "queue list --json",
    "queue peek product --limit 99 --json",
    "dlq list product --json",
    "jobs list --json",
    "status --json",
    "doctor --json",
    "doctor",
    "db current",
    "auth rekey --json",
    "auth remove --json",
]


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=3, app_secret=APP_SECRET)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    """The key that encrypts tokens."""
    made = new_key()
    monkeypatch.setenv("TOKEN_KEY", made)
    return made


@pytest.fixture
def tokens(key: str, connected: Sandbox, tmp_path: Path) -> Callable[[], list[str]]:
    """Returns the access and refresh tokens that are stored."""

    def read() -> list[str]:
        path = tmp_path / "state" / "mye-tiktok" / "mye-tiktok.sqlite3"
        database = Database(f"sqlite:///{path}", cipher=TokenCipher([key]))
        with database.transaction() as session:
            grants = [stored.grant for stored in authorizations.list_all(session)]
        database.close()
        return [token for grant in grants for token in (grant.access_token, grant.refresh_token) if token]

    return read


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return str(taken.getsockname()[1])


def found(secrets: list[str], text: str) -> list[str]:
    return [secret for secret in secrets if secret in text]


@pytest.mark.parametrize(("flags", "logging"), LOUD)
def test_no_command_shows_a_secret(
    cli: Cli,
    key: str,
    tokens: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    logging: dict[str, str],
) -> None:
    for name, value in logging.items():
        monkeypatch.setenv(name, value)
    secrets = [APP_SECRET, key, *tokens()]

    printed = ""
    for command in COMMANDS:
        outcome = cli(*flags, *command.split())
        assert outcome.code == 0, outcome.err
        printed += outcome.out + outcome.err

    assert len(secrets) == 4
    assert found(secrets, printed) == []
    assert bool(flags or logging) == ("/product/202502/products/search" in printed)


FAULTS = [
    ("html", "get_product"),
    ("truncated", "get_product"),
    ("drop", "get_product"),
    ("bad_gateway", "token_refresh"),
    ("drop", "token_refresh"),
    ("refresh_refused", "token_refresh"),
    ("expired", "search_products"),
    ("revoked", "search_products"),
    ("scope_missing", "search_products"),
    ("refusal", "search_products"),
]


@pytest.mark.parametrize(("kind", "operation"), FAULTS)
def test_no_failure_shows_a_secret(
    cli: Cli,
    key: str,
    tokens: Callable[[], list[str]],
    connected: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
    operation: str,
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    secrets = [APP_SECRET, key, *tokens()]
    connected.fail(kind, operation=operation, times=1, code=99999999)  # type: ignore[arg-type]

    outcomes = [cli("-v", "auth", "refresh", "--json"), cli("-v", "products", "fetch-all"), cli("auth", "channels")]
    outcomes += [cli("jobs", "list", "--json"), cli("status", "--json")]

    assert found(secrets + tokens(), "".join(outcome.out + outcome.err for outcome in outcomes)) == []


def test_a_bug_shows_no_secret_in_its_traceback(
    cli: Cli, tokens: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [APP_SECRET, *tokens()]

    def bug(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot do it with {' '.join(secrets)}")

    monkeypatch.setattr("mye_tiktok.jobs.fetching.pull_products", bug)
    outcome = cli("-v", "products", "fetch-all")

    assert outcome.code == 70
    assert "Traceback" in outcome.err
    assert found(secrets, outcome.out + outcome.err) == []


@pytest.mark.parametrize(
    "settings",
    [
        {"DB_HOST": "127.0.0.1", "DB_NAME": "mye", "DB_USER": "mye", "DB_PASS": DB_PASS},
        {"DATABASE_URL": f"postgresql://mye:{DB_PASS}@127.0.0.1:PORT/mye"},
        {"DATABASE_URL": f"postgresql://mye:{DB_PASS}@no-such-host.invalid/mye"},
        {"RABBITMQ_HOST": "127.0.0.1", "RABBITMQ_USER": "mye", "RABBITMQ_PASSWORD": RABBITMQ_PASSWORD},
        {"RABBIT_URL": f"amqp://mye:{RABBITMQ_PASSWORD}@127.0.0.1:PORT/%2F"},
    ],
    ids=["db-parts", "db-url", "db-host", "rabbit-parts", "rabbit-url"],
)
def test_no_password_is_shown_when_a_service_is_away(
    cli: Cli, fetched: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    port = closed_port()
    for name, value in settings.items():
        monkeypatch.setenv(name, value.replace("PORT", port))
    for name in ("DB_PORT", "RABBITMQ_PORT"):
        monkeypatch.setenv(name, port)

    outcomes = [
        cli("-v", *command.split())
        for command in ("config show", "doctor", "status", "outbox relay --once --json", "products fetch-all")
    ]

    assert {outcome.code for outcome in outcomes} & {69, 78}
    assert found([DB_PASS, RABBITMQ_PASSWORD], "".join(outcome.out + outcome.err for outcome in outcomes)) == []


@pytest.mark.rabbitmq
def test_no_password_is_shown_when_the_broker_refuses_it(
    cli: Cli, fetched: Sandbox, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RABBIT_URL", rabbitmq_url.replace("guest:guest", f"guest:{RABBITMQ_PASSWORD}"))

    outcomes = [cli("-v", "doctor"), cli("-v", "outbox", "relay", "--once"), cli("status", "--check")]

    assert outcomes[0].code == 78
    assert found([RABBITMQ_PASSWORD], "".join(outcome.out + outcome.err for outcome in outcomes)) == []


def test_tokens_are_neither_in_the_database_file_nor_in_a_message(
    cli: Cli, key: str, tokens: Callable[[], list[str]], tmp_path: Path
) -> None:
    cli("products", "fetch-all")
    cli("auth", "refresh")

    files = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    stored = b"".join(path.read_bytes() for path in files).decode("latin-1")

    assert found([APP_SECRET, key, *tokens()], stored) == []


def test_no_secret_stands_in_the_arguments_of_the_process(
    tokens: Callable[[], list[str]], connected: Sandbox, tmp_path: Path
) -> None:
    """What `ps` shows is the command line that was typed."""
    command = [sys.executable, "-m", "mye_tiktok", "outbox", "relay"]
    environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "APP_SECRET": APP_SECRET}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "ready" in process.stderr.readline()
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode().split("\0")
        process.terminate()

        assert process.wait(timeout=20) == 143
    assert shown[:-1] == command


def test_a_token_key_that_is_wrong_is_not_repeated(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEY", "canary-key-too-short")

    outcome = cli("auth", "channels", "--json")

    assert outcome.code == 78
    assert "canary-key" not in json.dumps(outcome.error())


def test_channels_show_no_token(cli: Cli, tokens: Callable[[], list[str]]) -> None:
    assert CHANNEL in cli("auth", "channels").out
    assert found(tokens(), cli("auth", "channels", "--json").out) == []

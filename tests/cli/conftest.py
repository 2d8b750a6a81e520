"""The command line in this process: an empty environment, a state folder of its own, and a sandbox on a port."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mye_tiktok import logs
from mye_tiktok.cli.main import exit_code
from mye_tiktok.domain.json import Json
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running

CHANNEL = "uk-1"
PRODUCTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one command left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Json:
        """Return the one JSON document on stdout."""
        assert self.code == 0, self.err
        return self.document()

    def document(self) -> Json:
        """Return the one JSON document on stdout, also of a command that failed."""
        assert len(self.out.splitlines()) == 1, self.out
        found: Json = json.loads(self.out)
        return found

    def error(self) -> Json:
        """Return the JSON object on the last line of stderr."""
        found: Json = json.loads(self.err.splitlines()[-1])["error"]
        return found


Cli = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing is set but the state folder; the logs are given back in the end."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(logs, "_hidden", set())
    monkeypatch.chdir(tmp_path)
    root, ours = logging.getLogger(), logging.getLogger("mye_tiktok")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs one command as `run()` does, and returns its exit code and what it printed."""

    def command(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = exit_code(list(arguments))
        printed = capsys.readouterr()
        return Outcome(code=code, out=printed.out, err=printed.err)

    return command


@pytest.fixture
def options() -> SandboxOptions:
    """What the sandbox is like; modules override it."""
    return SandboxOptions(products=PRODUCTS)


@pytest.fixture
def sandbox(options: SandboxOptions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A TikTok on a port, and the environment that leads to it."""
    made = Sandbox(options)
    with running(made) as url:
        for name, value in {
            "TIKTOK_API_URL": url,
            "TIKTOK_AUTH_URL": url,
            "APP_KEY": made.app_key,
            "APP_SECRET": made.app_secret,
            "SERVICE_ID": made.service_id,
            "TIKTOK_MAX_RPS": "1000",
        }.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def connected(sandbox: Sandbox, cli: Cli) -> Sandbox:
    """A sandbox whose shop is connected as channel CHANNEL."""
    assert cli("auth", "integrate", "--code", sandbox.auth_code(), "--channel-uid", CHANNEL).code == 0
    return sandbox


@pytest.fixture
def fetched(connected: Sandbox, cli: Cli) -> Sandbox:
    """A connected sandbox whose catalogue was fetched and relayed."""
    assert cli("products", "fetch-all").code == 0
    return connected

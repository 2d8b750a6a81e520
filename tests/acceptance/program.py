"""The installed program and its sandbox as processes of their own, in an environment that holds next to nothing."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from mye_tiktok.domain.json import Json

COMMAND = (sys.executable, "-m", "mye_tiktok")
PATIENCE = 120.0
CHANNEL = "uk-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a process left behind; `code` is negative when a signal killed it."""

    code: int
    out: str
    err: str

    def json(self) -> Json:
        """Return the one document on stdout."""
        assert len(self.out.splitlines()) == 1, self
        found: Json = json.loads(self.out)
        return found

    def error(self) -> Json:
        """Return the object on the last line of stderr."""
        found: Json = json.loads(self.err.splitlines()[-1])["error"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`mye-tiktok` with an environment; nothing of ours is inherited, not even HOME or PATH."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def having(self, **settings: str) -> "Program":
        """Return the same program with more settings."""
        return Program(folder=self.folder, environment={**self.environment, **settings})

    def start(self, *arguments: str, **streams: int | IO[str]) -> subprocess.Popen[str]:
        """Start a command; its streams are pipes unless others are given."""
        pipes: dict[str, int | IO[str]] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env={"XDG_STATE_HOME": str(self.folder / "state"), **self.environment},
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=pipes["stdout"],
            stderr=pipes["stderr"],
        )

    def run(self, *arguments: str) -> Finished:
        """Run a command to its end."""
        with self.start(*arguments) as process:
            return finished(process)


def finished(process: subprocess.Popen[str]) -> Finished:
    """Wait for the end of a process, however it comes about."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"it did not end within {PATIENCE:.0f} s: {out[-2000:]} {err[-2000:]}") from None
    return Finished(code=process.returncode, out=out, err=err)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxProcess:
    """`mye-tiktok sandbox serve` in a process of its own; `settings` is what it says to export."""

    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where it serves."""
        return self.settings["TIKTOK_API_URL"]

    def control(self, method: str, path: str, **given: object) -> Json:
        """Use one of its controls."""
        answer = httpx.request(method, f"{self.url}/_sandbox/{path}", json=given if method == "POST" else None)
        found: Json = answer.raise_for_status().json()
        return found

    def doing(self, path: str) -> Callable[[], None]:
        """Return what uses a control that needs nothing told."""

        def act() -> None:
            self.control("POST", path)

        return act

    def auth_code(self) -> str:
        """Return a fresh code of the seller."""
        return str(self.control("POST", "codes")["auth_code"])

    def product_ids(self) -> set[str]:
        """Return the ids of every product of the first shop."""
        return set(self.control("GET", "products?limit=100000")["product_ids"])

    def requests(self) -> int:
        """Return how many requests it answered."""
        return int(self.control("GET", "requests?limit=1")["total"])


def connect(program: Program, sandbox: SandboxProcess, *, channel_uid: str = CHANNEL) -> Program:
    """Connect the shop; the embedded database needs no upgrade."""
    if "DATABASE_URL" in program.environment:
        assert program.run("db", "upgrade").code == 0
    done = program.run("auth", "integrate", "--code", sandbox.auth_code(), "--channel-uid", channel_uid)
    assert done.code == 0, done.err
    return program


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[SandboxProcess]:
    """Run a sandbox for as long as the context lasts."""
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "serve", "--port", "0", *options],
        cwd=folder,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "ready\n")
        yield SandboxProcess(settings=dict(line.strip().split("=", 1) for line in lines if "=" in line))
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()

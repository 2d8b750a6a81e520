"""The stage of `mye-tiktok demo`: a sandbox, a runtime in a folder that is thrown away, a listener, and who tells."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import note, say, table
from mye_tiktok.errors import MyeTikTokError

if TYPE_CHECKING:
    from mye_tiktok.domain.message import Message
    from mye_tiktok.runtime import Runtime
    from mye_tiktok.sandbox.sandbox import Sandbox

SHOWN = 3
SECONDS_TO_END = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the demo plays on; `environment` leads any command to it."""

    sandbox: "Sandbox"
    runtime: "Runtime"
    environment: dict[str, str]
    folder: Path


@contextmanager
def scene(products: int) -> Iterator[Scene]:
    """Serve a sandbox and build a runtime beside it; nothing is left behind."""
    from mye_tiktok import config
    from mye_tiktok.runtime import Runtime
    from mye_tiktok.sandbox.options import SandboxOptions
    from mye_tiktok.sandbox.sandbox import Sandbox
    from mye_tiktok.sandbox.server import running

    sandbox = Sandbox(SandboxOptions(products=products))
    with tempfile.TemporaryDirectory(prefix="mye-tiktok-demo-") as folder, running(sandbox) as url:
        environment = {
            "XDG_STATE_HOME": folder,
            "TIKTOK_API_URL": url,
            "TIKTOK_AUTH_URL": url,
            "APP_KEY": sandbox.app_key,
            "APP_SECRET": sandbox.app_secret,
            "SERVICE_ID": sandbox.service_id,
            "TIKTOK_MAX_RPS": "1000",
        }
        runtime = Runtime(config.load(environment, working_dir=Path(folder)))
        try:
            yield Scene(sandbox=sandbox, runtime=runtime, environment=environment, folder=Path(folder))
        finally:
            runtime.close()


@contextmanager
def listener(on: Scene) -> Iterator[str]:
    """Run `serve-webhook` as a process of its own and yield where the sandbox posts its events."""
    command = [sys.executable, "-m", "mye_tiktok", "serve-webhook", "--port", "0"]
    process = subprocess.Popen(command, env=on.environment, cwd=on.folder, stderr=subprocess.PIPE, text=True)
    try:
        yield f"{_address(process)}/webhook/"
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS_TO_END)


def _address(process: "subprocess.Popen[str]") -> str:
    """Return where the listener listens, as its ready line says."""
    said = []
    for line in process.stderr or ():
        said.append(line.strip())
        if line.rstrip().endswith("ready"):
            return line.split(": ", 1)[0]
    raise MyeTikTokError(f"the listener did not start: {' '.join(said)}")


class Teller:
    """Tells the story on stdout."""

    def __init__(self) -> None:
        self._number = 0

    def step(self, title: str, text: str) -> None:
        """Say what happens next and what came of it."""
        self._number += 1
        say(f"\n{self._number}. {title}\n   {text}")

    def rows(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Say what happens next and show what came of it as a table."""
        self._number += 1
        say(f"\n{self._number}. {title}")
        table(columns, rows, empty="nothing")

    def messages(self, queue: str, messages: "Sequence[Message]") -> None:
        """Show the first messages of a queue."""
        note("")
        table(
            (f"MESSAGE ON THE {queue.upper()} QUEUE", "ABOUT", "BYTES"),
            [(message.type, message.subject, f"{len(message.body):,}") for message in messages[:SHOWN]],
            empty="no messages",
        )
        if len(messages) > SHOWN:
            say(f"… and {len(messages) - SHOWN} more")


class Silent(Teller):
    """Tells nothing, for --json."""

    def step(self, title: str, text: str) -> None:
        """Say nothing."""

    def rows(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show nothing."""

    def messages(self, queue: str, messages: "Sequence[Message]") -> None:
        """Show nothing."""

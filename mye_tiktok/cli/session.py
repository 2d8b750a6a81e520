"""What every command shares: its settings, logs, runtime, signals and options."""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, Protocol, Self

import typer

from mye_tiktok import config, logs
from mye_tiktok.config import Settings
from mye_tiktok.errors import StoppedError
from mye_tiktok.runtime import Runtime

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
ChannelOption = Annotated[
    str | None, typer.Option("--channel", metavar="UID", help="The channel; not needed when there is only one.")
]
AllChannels = Annotated[bool, typer.Option("--all-channels", help="Every connected channel, several at once.")]

AT_START, AT_WORK = (50_000, 20, 100), (5_000, 10, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Globals:
    """The options that stand before the command."""

    env_file: Path | None = None
    verbose: int = 0
    quiet: bool = False


def settings_of(ctx: typer.Context) -> Settings:
    """Load the settings and set up the logs; raises WrongSettingsError with all that is wrong."""
    given: Globals = ctx.find_root().obj or Globals()
    settings = config.from_process(given.env_file)
    logs.hide(settings.secrets())
    logs.configure(level=_level(settings, given), form=settings.text("LOG_FORMAT").lower())
    return settings


class Sleeper(Protocol):
    """Whatever can sleep in a way of its own."""

    def sleep(self, seconds: float) -> None:
        """Sleep."""


@contextmanager
def opened(ctx: typer.Context, *, sleep: "Sleeper | None" = None) -> Iterator[Runtime]:
    """Build the runtime of one command and close it in the end."""
    _started()
    runtime = Runtime(settings_of(ctx), sleep=sleep.sleep if sleep else time.sleep)
    try:
        yield runtime
    finally:
        runtime.close()


def starting() -> None:
    """Let the process start in peace: it makes objects by the hundred thousand that all stay.

    To search them for cycles again and again took a sixth of the start.
    """
    gc.set_threshold(*AT_START)


def _started() -> None:
    """Leave what the start made out of every later search, and search once per some hundred products or messages."""
    if gc.get_threshold() == AT_START:
        gc.freeze()
        gc.set_threshold(*AT_WORK)


class Signals:
    """SIGTERM and SIGINT ask the run to stop after the item in hand; a second SIGINT stops it at once."""

    def __init__(self) -> None:
        self._number = 0

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> None:
        """Raise StoppedError when a signal came; this is the `stop` of every job."""
        if self._number:
            name = signal.Signals(self._number).name
            raise StoppedError(f"stopped by {name}; what was done is saved", signal_number=self._number)

    def sleep(self, seconds: float) -> None:
        """Sleep, but not past a signal: raise StoppedError then.

        To return early would let whoever waits for its turn or for a repetition go on at full speed.
        """
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            self()
            time.sleep(min(left, 0.2))
        self()

    def _note(self, number: int, _: FrameType | None) -> None:
        if self._number and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._number = number


@contextmanager
def job_runtime(ctx: typer.Context) -> Iterator[tuple[Runtime, Signals]]:
    """Build the runtime of a job, whose waiting ends when a signal comes."""
    with Signals() as signals, opened(ctx, sleep=signals) as runtime:
        yield runtime, signals


def trigger() -> str:
    """Tell who started this process: a person at a terminal, a systemd timer, or something else such as cron."""
    if sys.stderr.isatty():
        return "terminal"
    return "systemd" if os.environ.get("INVOCATION_ID") else "background"


def _level(settings: Settings, given: Globals) -> str:
    if given.verbose:
        return "debug"
    if given.quiet:
        return "error"
    return settings.text("LOG_LEVEL") or "warning"

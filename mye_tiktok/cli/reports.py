"""How a job looks from outside: its progress bar, its report and its exit."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import end, note, print_json
from mye_tiktok.cli.session import trigger
from mye_tiktok.domain.progress import Progress, Silence, Stop
from mye_tiktok.domain.report import SEVERITY, Report
from mye_tiktok.errors import MyeTikTokError, StoppedError
from mye_tiktok.runtime import Runtime

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.running import Surroundings

FAILURES_SHOWN = 10
PLANNED_SHOWN = 20


def surroundings(runtime: Runtime, stop: Stop) -> "Surroundings":
    """Tell a job who started it, what time it is and how it will be stopped."""
    from mye_tiktok.db.dialects import shared_time
    from mye_tiktok.jobs.running import Surroundings

    return Surroundings(trigger=trigger(), clock=runtime.clock, stop=stop, shared_clock=shared_time)


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show a bar per channel with rate and remaining time on a terminal, and nothing anywhere else."""
    if not sys.stderr.isatty():
        yield Silence()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from mye_tiktok.cli.output import console

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console(stderr=True), transient=True) as bar:
        yield Bars(bar, title)


class Bars:
    """A Progress on a terminal."""

    def __init__(self, bar: "Bar", title: str) -> None:
        self._bar, self._title = bar, title
        self._tasks: dict[str, int] = {}

    def at(self, channel_uid: str, *, done: int, total: int | None) -> None:
        """Move the bar of a channel."""
        if channel_uid not in self._tasks:
            name = f"{self._title} {channel_uid[:8]}"
            self._tasks[channel_uid] = int(self._bar.add_task(name, total=total, rate=""))
        task = next(task for task in self._bar.tasks if task.id == self._tasks[channel_uid])
        rate = f"{task.speed:.0f}/s" if task.speed else ""
        self._bar.update(task.id, completed=done, total=total, rate=rate)


def finish(done: "Done", *, as_json: bool, more: Mapping[str, object] | None = None) -> None:
    """Print the report of a job and exit with its code; a success off the terminal prints nothing.

    `more` stands behind the report in its JSON.
    """
    report = done.report
    if as_json:
        print_json({**job_json(report, done.seconds), **(more or {})})
    elif sys.stderr.isatty() or report.outcome != "ok" or report.warnings:
        word = "stopped" if any(isinstance(error, StoppedError) for error in done.errors) else report.outcome
        _print_report(report, word, done.seconds)
    error = _gravest(done)
    if error is not None:
        raise error
    if report.exit_code:
        end(report.exit_code, _in_short(report), as_json=as_json)


def _in_short(report: Report) -> str:
    """Say why a job is not all well: the first failure and how many there are, then the warnings."""
    first = [f"{len(report.failures)} failed, first {one.item}: {one.message}" for one in report.failures[:1]]
    return "; ".join([f"{report.job} is {report.outcome}", *first, *report.warnings])


def job_json(report: Report, seconds: float) -> dict[str, object]:
    """Return a job's JSON: `run_id` is that of the first channel's run, each channel has its own."""
    shown = dict(report.as_json())
    first = report.channels[0].run_id if report.channels else report.run_id
    head = {"job": shown.pop("job"), "run_id": first, "outcome": shown.pop("outcome"), "seconds": round(seconds, 3)}
    plan = [{"channel_uid": part.channel_uid} | one.as_json() for part in report.channels for one in part.plan]
    return head | shown | ({"plan": plan} if plan else {})


def requests_in_words(number: int) -> str:
    """Return `1 request` or `12 requests`."""
    return f"{number:,} request{'' if number == 1 else 's'}"


def _gravest(done: "Done") -> MyeTikTokError | None:
    """Return the error that decides the exit code when nothing at all was done, or when a signal came."""
    stopped = [error for error in done.errors if isinstance(error, StoppedError)]
    if stopped:
        return stopped[0]
    if done.report.outcome != "failed" or not done.errors:
        return None
    return min(done.errors, key=lambda error: SEVERITY.index(error.exit_code) if error.exit_code in SEVERITY else 99)


def _print_report(report: Report, word: str, seconds: float) -> None:
    idle = "nothing to do" if report.outcome == "ok" else "nothing done"
    counts = (
        ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in report.counts.items() if number) or idle
    )
    requests = f"{requests_in_words(report.requests)}, " if report.requests else ""
    note(f"{report.job}: {word}: {counts} ({requests}{seconds:.1f} s)")
    for part in report.channels:
        for planned in part.plan[:PLANNED_SHOWN]:
            note(f"  would be {planned.change}: {planned.item} {planned.title}")
        if len(part.plan) > PLANNED_SHOWN:
            note(f"  … and {len(part.plan) - PLANNED_SHOWN} more; --json lists them all")
    for remark in report.notes:
        note(f"  {remark}")
    for warning in report.warnings:
        note(f"  warning: {warning}")
    # what failed as a whole on one channel follows as the error itself
    if report.outcome == "partial" or len(report.channels) > 1:
        for failure in report.failures[:FAILURES_SHOWN]:
            note(f"  failed: {failure.item}: {failure.message}" + (f"; {failure.hint}" if failure.hint else ""))
        if len(report.failures) > FAILURES_SHOWN:
            note(f"  … and {len(report.failures) - FAILURES_SHOWN} more; --json lists them all")

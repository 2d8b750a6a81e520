"""`mye-tiktok ship due`: which orders have to be shipped next, and which are late."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import end, show
from mye_tiktok.cli.session import AllChannels, AsJson, Signals, job_runtime

if TYPE_CHECKING:
    from mye_tiktok.jobs.shipping_due import Due


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("due", epilog="Example (cron): mye-tiktok ship due --within 12h --json")(due)


def due(
    ctx: typer.Context,
    within: Annotated[str, typer.Option(help="Show what is due within this time, such as 12h or 2d.")] = "12h",
    channel: Annotated[str | None, typer.Option("--channel", metavar="UID", help="Only this channel.")] = None,
    all_channels: AllChannels = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the most urgent first.")] = 100,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and look again every few seconds.")] = False,
    every: Annotated[str, typer.Option(help="With --watch: how long to wait in between.")] = "10s",
    as_json: AsJson = False,
) -> None:
    """List the orders that have to be shipped, by the earliest of their deadlines; exit 1 when one is late.

    It asks nothing of TikTok: it goes by the orders as they were last fetched, of all channels unless one is named.
    """
    from mye_tiktok.cli.durations import parse_duration
    from mye_tiktok.cli.ship_due_view import due_json, print_due
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.fetching import choose
    from mye_tiktok.jobs.shipping_due import read_due

    ahead, pause = parse_duration(within), parse_duration(every)
    if watch and as_json:
        raise WrongUsageError("--watch and --json exclude each other", hint="run it with --json from cron")
    with job_runtime(ctx) as (runtime, signals):
        chosen = choose(runtime.database, channel, all_channels=all_channels or channel is None)
        uids = [one.channel_uid for one in chosen]

        def look() -> "Due":
            return read_due(runtime.database, now=runtime.clock(), within=ahead, limit=limit, channel_uids=uids)

        if watch:
            _watch(look, signals, pause.total_seconds())
        found = look()
    show(due_json(found), as_json=as_json, plain=lambda: print_due(found))
    if found.counts.late:
        end(1, f"{found.counts.late} order(s) are late to ship", as_json=as_json)


def _watch(look: "Callable[[], Due]", signals: Signals, seconds: float) -> None:
    """Draw what is due again and again until a signal comes; raises WrongUsageError away from a terminal."""
    import sys

    from rich.live import Live

    from mye_tiktok.cli.output import console
    from mye_tiktok.cli.ship_due_view import drawn
    from mye_tiktok.errors import StoppedError, WrongUsageError

    if not sys.stdout.isatty():
        raise WrongUsageError("--watch draws on a terminal", hint="leave --watch out, or use --json")
    screen = console()
    try:
        with Live(console=screen, screen=True, auto_refresh=False) as live:
            while True:
                live.update(drawn(look(), lines=screen.height), refresh=True)
                signals.sleep(seconds)
    except StoppedError as stopped:
        raise typer.Exit(stopped.exit_code) from None

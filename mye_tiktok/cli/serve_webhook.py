"""`mye-tiktok serve-webhook`: take TikTok's webhook events and write them down."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import note, print_json
from mye_tiktok.cli.session import AsJson, opened
from mye_tiktok.errors import UnreachableError

if TYPE_CHECKING:
    from mye_tiktok.jobs.companion import Companion, Halt
    from mye_tiktok.runtime import Runtime

COUNTS = ("received", "refused", "duplicate", "unreadable", "unavailable")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve-webhook", epilog="Example: mye-tiktok serve-webhook --host 0.0.0.0 --port 8787")(serve_webhook)


def serve_webhook(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to bind; else WEBHOOK_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to bind, 0 for a free one; else WEBHOOK_PORT.")
    ] = None,
    process: Annotated[bool, typer.Option("--process", help="Handle the events, too: one process does all.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take TikTok's webhook events: verify, write down, answer; `consume webhooks` handles them, or --process.

    Also serves the redirect after authorizing (/auth/callback), /healthz, /readyz and /metrics. SIGTERM answers what
    is in hand and exits 0.
    """
    from mye_tiktok.jobs.companion import Halt
    from mye_tiktok.listener.endpoint import Endpoint
    from mye_tiktok.listener.server import free_port, serve

    halt = Halt()
    with opened(ctx, sleep=halt if process else None) as runtime:
        endpoint = Endpoint(runtime)
        where = host or runtime.settings.text("WEBHOOK_HOST")
        number = free_port(where, int(runtime.settings.number("WEBHOOK_PORT")) if port is None else port)
        url = f"http://[{where}]:{number}" if ":" in where else f"http://{where}:{number}"
        _look_at_database(runtime)
        with _companion(runtime, halt) if process else nullcontext():
            serve(endpoint, where, number, ready=lambda: note(_introduction(runtime, url)))
        counts = {name: getattr(endpoint.tally, name) for name in COUNTS}
    if as_json:
        print_json({"url": url, "counts": counts})


def _companion(runtime: "Runtime", halt: "Halt") -> "Companion":
    """Return the consumer that runs beside the listener."""
    from mye_tiktok.cli.reports import surroundings
    from mye_tiktok.jobs.companion import Companion
    from mye_tiktok.jobs.fetching import Parts

    parts = Parts(
        database=runtime.database,
        tiktok=runtime.tiktok,
        broker=lambda: runtime.broker,
        queues=runtime.queues,
        sleep=runtime.sleep,
    )
    return Companion(parts, lambda stop: surroundings(runtime, stop), halt)


def _introduction(runtime: "Runtime", url: str) -> str:
    """Say where it listens and what TikTok has to be told; the line that says ready."""
    public = runtime.settings.text("PUBLIC_URL").rstrip("/") or "https://YOUR-HOST"
    return f"{url}: register {public}/webhook/ as webhook and {public}/auth/callback as redirect … ready"


def _look_at_database(runtime: "Runtime") -> None:
    """Say when the database is away, for it may come back; raises WrongSettingsError when it does not fit."""
    try:
        runtime.database.check()
    except UnreachableError as error:
        note(f"warning: {error.message}; until it can be used, events are answered with 503 and TikTok repeats them")

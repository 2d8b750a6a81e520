"""`mye-tiktok outbox`: messages on their way to MYE."""

from datetime import timedelta
from typing import Annotated, Literal

import typer

from mye_tiktok.cli.output import acknowledge, fields, note, say, show, table
from mye_tiktok.cli.session import AsJson, job_runtime, opened

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The outbox: messages on their way to MYE.")
StateOption = Annotated[Literal["pending", "sent", "parked"] | None, typer.Option(help="Only messages in this state.")]
MessageIds = Annotated[list[str] | None, typer.Argument(help="Message ids.")]
IDLE = 1.0


@app.command("relay", epilog="Example (cron): mye-tiktok outbox relay --once")
def relay(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Send what is due now, then exit.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Send at most this many, then exit.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish what waits in the outbox, in order; without --once stay and publish what comes."""
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs import relaying
    from mye_tiktok.jobs.done import Done

    with job_runtime(ctx) as (runtime, signals):
        around = surroundings(runtime, signals)
        started = runtime.clock()
        if once or limit is not None:
            report = relaying.relay_once(runtime.database, lambda: runtime.broker, runtime.queues, around, limit=limit)
        else:
            note("relaying; ready")
            report = relaying.relay_forever(
                runtime.database, lambda: runtime.broker, runtime.queues, around, idle=lambda: signals.sleep(IDLE)
            )
        done = Done(report=report, seconds=(runtime.clock() - started).total_seconds())
    finish(done, as_json=as_json)


@app.command("list", epilog="Example: mye-tiktok outbox list --state pending")
def list_messages(
    ctx: typer.Context,
    state: StateOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List messages with their state and attempts."""
    from mye_tiktok.db import outbox

    with opened(ctx) as runtime, runtime.database.transaction() as session:
        rows = outbox.list_rows(session, state=state, limit=limit, newest_first=True)
    messages = [
        {
            "id": row.message.id,
            "type": row.message.type,
            "subject": row.message.subject,
            "destination": row.destination,
            "state": row.state,
            "attempts": row.attempts,
            "created_at": row.created_at,
            "sent_at": row.sent_at,
            "error": row.error,
        }
        for row in rows
    ]
    show(
        {"messages": messages},
        as_json=as_json,
        plain=lambda: table(
            ("ID", "TYPE", "SUBJECT", "TO", "STATE", "TRIES", "CREATED", "SENT", "ERROR"),
            [tuple(message.values()) for message in messages],
            empty="no messages" + (f" in state {state}" if state else ""),
        ),
    )


@app.command("show", epilog="Example: mye-tiktok outbox show 3f2a…")
def show_message(
    ctx: typer.Context,
    message_id: Annotated[str, typer.Argument(help="The id, as `outbox list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """Show one message with its body."""
    import json

    from mye_tiktok.db import outbox

    with opened(ctx) as runtime, runtime.database.transaction() as session:
        row = outbox.get(session, message_id)
    data = {
        "id": row.message.id,
        "type": row.message.type,
        "subject": row.message.subject,
        "time": row.message.time,
        "destination": row.destination,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": row.created_at,
        "sent_at": row.sent_at,
        "next_attempt_at": row.next_attempt_at,
        "error": row.error,
        "body": json.loads(row.message.body),
    }

    def plain() -> None:
        fields((name, value) for name, value in data.items() if name != "body")
        say(json.dumps(data["body"], ensure_ascii=False, indent=2))

    show(data, as_json=as_json, plain=plain)


@app.command("retry", epilog="Example: mye-tiktok outbox retry --all")
def retry(
    ctx: typer.Context,
    message_ids: MessageIds = None,
    every: Annotated[bool, typer.Option("--all", help="Every parked or waiting message.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make parked or waiting messages due again; `outbox relay` then sends them."""
    from mye_tiktok.db import outbox
    from mye_tiktok.errors import WrongUsageError

    if bool(message_ids) == every:
        raise WrongUsageError("give message ids or --all", hint="`mye-tiktok outbox list --state parked`")
    with opened(ctx) as runtime, runtime.database.transaction() as session:
        count = outbox.retry(session, message_ids or None, now=runtime.clock())
    show({"retried": count}, as_json=as_json, plain=lambda: note(f"{count} message(s) are due again"))


@app.command("purge", epilog="Example: mye-tiktok outbox purge --older-than 30d")
def purge(
    ctx: typer.Context,
    state: Annotated[Literal["sent", "parked"], typer.Option(help="What to delete.")] = "sent",
    older_than: Annotated[str, typer.Option(help="Only what is older: 90m, 24h, 30d.")] = "30d",
    as_json: AsJson = False,
) -> None:
    """Delete messages that were sent (or parked) long ago; pending ones are never deleted."""
    from mye_tiktok.cli.durations import parse_duration
    from mye_tiktok.db import outbox

    age: timedelta = parse_duration(older_than)
    with opened(ctx) as runtime, runtime.database.transaction() as session:
        count = outbox.purge(session, state=state, older_than=runtime.clock() - age)
    show({"purged": count}, as_json=as_json, plain=lambda: acknowledge(f"{count} message(s) deleted"))

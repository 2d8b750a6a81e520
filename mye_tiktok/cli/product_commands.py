"""`mye-tiktok products commands|retry`: what MYE wanted done to products, and what became of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import acknowledge, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.product_command import Command, CommandState


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("commands", epilog="Example: mye-tiktok products commands --status refused")(commands)
    app.command("retry", epilog="Example: mye-tiktok products retry 17")(retry)


def commands(
    ctx: typer.Context,
    status: Annotated[
        str, typer.Option(help="pending, done, unchanged, superseded, refused or failed; none: all.")
    ] = "",
    channel: Annotated[str, typer.Option("--channel", metavar="UID", help="Only for this channel.")] = "",
    product: Annotated[str, typer.Option(help="Only about this product.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what MYE wanted done to products, and what became of it."""
    from mye_tiktok.db.product_commands import CommandFilter, find

    wanted = CommandFilter(state=_state(status), channel_uid=channel, product_id=product)
    with opened(ctx) as runtime, runtime.database.reading() as session:
        found = find(session, wanted, limit=limit)
    show({"commands": [_json(command) for command in found]}, as_json=as_json, plain=lambda: _print(found))


def retry(
    ctx: typer.Context,
    command_ids: Annotated[list[int], typer.Argument(metavar="ID…", help="Ids that `products commands` shows.")],
    as_json: AsJson = False,
) -> None:
    """Let commands that were refused or given up be tried again by `consume products`, which answers them anew."""
    from mye_tiktok.db import product_commands
    from mye_tiktok.errors import RefusedError

    with opened(ctx) as runtime, runtime.database.transaction() as session:
        count = product_commands.retry(session, command_ids, now=runtime.clock())
    if not count:
        raise RefusedError(
            "none of these commands was refused or given up",
            hint="`mye-tiktok products commands --status refused` lists those that were",
            code="no-command",
        )
    show({"retried": count}, as_json=as_json, plain=lambda: acknowledge(f"{count} command(s) are due again"))


def _state(text: str) -> "CommandState | None":
    from mye_tiktok.db.product_commands import STATES
    from mye_tiktok.errors import WrongUsageError

    if text and text not in STATES:
        raise WrongUsageError(f"--status {text!r} is none of {', '.join(STATES)}")
    return STATES[text] if text else None


def _json(command: "Command") -> dict[str, object]:
    return {
        "id": command.command_id,
        "message_id": command.message_id,
        "action": command.action,
        "channel_uid": command.channel_uid,
        "product_id": command.product_id,
        "state": command.state,
        "attempts": command.attempts,
        "code": command.code,
        "message": command.reason,
        "received_at": command.received_at,
        "next_attempt_at": command.next_attempt_at if command.state == "pending" else None,
        "settled_at": command.settled_at,
    }


def _print(found: "list[Command]") -> None:
    table(
        ("ID", "RECEIVED", "ACTION", "PRODUCT", "CHANNEL", "STATE", "TRIES", "CODE", "MESSAGE"),
        [
            (
                one.command_id,
                one.received_at,
                one.action,
                one.product_id,
                one.channel_uid,
                one.state,
                one.attempts,
                one.code,
                one.reason,
            )
            for one in found
        ],
        empty="no command matches",
    )

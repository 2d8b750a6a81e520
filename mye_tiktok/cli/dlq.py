"""`mye-tiktok dlq`: messages that could not be read, and what becomes of them."""

from typing import Annotated

import typer

from mye_tiktok.cli.messages import dead_json, find_queue, print_message, print_messages
from mye_tiktok.cli.output import end, note, show
from mye_tiktok.cli.queue import QueueName
from mye_tiktok.cli.session import AsJson, opened
from mye_tiktok.errors import WrongUsageError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Dead letters: messages that could not be read.")
MessageIds = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Message ids, as `dlq list` shows.")]
Every = Annotated[bool, typer.Option("--all", help="Every dead message of the queue.")]


@app.command("list", epilog="Example: mye-tiktok dlq list inventory")
def list_dead(
    ctx: typer.Context,
    name: QueueName,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the oldest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the dead messages of a queue with the reason of each."""
    with opened(ctx) as runtime:
        messages = runtime.broker.peek(find_queue(runtime, name), limit=limit, dead=True)
    show(
        {"messages": [dead_json(message) for message in messages]},
        as_json=as_json,
        plain=lambda: print_messages(messages, empty=f"{name} has no dead messages", dead=True),
    )


@app.command("show", epilog="Example: mye-tiktok dlq show inventory 3f2a…")
def show_dead(
    ctx: typer.Context,
    name: QueueName,
    message_id: Annotated[str, typer.Argument(metavar="ID", help="The id, as `dlq list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Show one dead message with its headers and body."""
    with opened(ctx) as runtime:
        queue = find_queue(runtime, name)
        count = runtime.broker.depth(queue).dead or 0
        dead = runtime.broker.peek(queue, limit=count, dead=True) if count else ()
    found = next((message for message in dead if message.id == message_id), None)
    if found is None:
        raise WrongUsageError(f"{name} has no dead message {message_id!r}", hint=f"`mye-tiktok dlq list {name}`")
    data = dead_json(found)
    show({"message": data}, as_json=as_json, plain=lambda: print_message(data))


@app.command("requeue", epilog="Example: mye-tiktok dlq requeue inventory --all")
def requeue(
    ctx: typer.Context, name: QueueName, message_ids: MessageIds = None, every: Every = False, as_json: AsJson = False
) -> None:
    """Move dead messages back to their queue, once what was wrong is mended."""
    ids = _chosen(name, message_ids, every=every)
    with opened(ctx) as runtime:
        count = runtime.broker.requeue(find_queue(runtime, name), message_ids=ids)
    _finish("requeued", count, ids, as_json=as_json)


@app.command("purge", epilog="Example: mye-tiktok dlq purge inventory --all --yes")
def purge(
    ctx: typer.Context,
    name: QueueName,
    message_ids: MessageIds = None,
    every: Every = False,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, delete them for good.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete dead messages for good."""
    ids = _chosen(name, message_ids, every=every)
    if not yes:
        raise WrongUsageError("purge deletes messages for good", hint="add --yes when that is what you want")
    with opened(ctx) as runtime:
        count = runtime.broker.purge_dead(find_queue(runtime, name), message_ids=ids)
    _finish("purged", count, ids, as_json=as_json)


def _chosen(name: str, message_ids: list[str] | None, *, every: bool) -> list[str]:
    if bool(message_ids) == every:
        raise WrongUsageError("give message ids or --all", hint=f"`mye-tiktok dlq list {name}` shows the ids")
    return list(dict.fromkeys(message_ids or []))


def _finish(done: str, count: int, ids: list[str], *, as_json: bool) -> None:
    """Say how many; exit 1 when fewer were found than asked for."""
    show({done: count}, as_json=as_json, plain=lambda: note(f"{count} message(s) {done}"))
    if count < len(ids):
        missing = f"{len(ids) - count} of the {len(ids)} ids were not among the dead messages"
        note(missing)
        end(1, missing, as_json=as_json)

"""`mye-tiktok queue`: look into the broker's queues, and put messages into one."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.messages import find_queue, message_json, print_messages
from mye_tiktok.cli.output import note, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mye_tiktok.domain.message import Receipt

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The broker's queues.")
QueueName = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="order, product, inventory, message, shipment, product-command, inventory-result, or a queue's own name.",
    ),
]


@app.command("list", epilog="Example: mye-tiktok queue list")
def list_queues(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the queues with what waits in them and what is dead."""
    with opened(ctx) as runtime:
        depths = [runtime.broker.depth(queue) for queue in runtime.queues.values()]
    rows = [(depth.name, depth.queue, depth.ready, depth.dead) for depth in depths]
    show(
        {"queues": [{"name": name, "queue": queue, "ready": ready, "dead": dead} for name, queue, ready, dead in rows]},
        as_json=as_json,
        plain=lambda: table(
            ("NAME", "READY", "DEAD", "QUEUE"),
            [
                (name, *("-" if count is None else count for count in (ready, dead)), queue)
                for name, queue, ready, dead in rows
            ],
            empty="no queues",
        ),
    )
    if not as_json and any(depth.ready is None for depth in depths):
        note("- : does not exist yet; the first message makes it")


@app.command("peek", epilog="Example: mye-tiktok queue peek product --limit 3 --json")
def peek(
    ctx: typer.Context,
    name: QueueName,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the oldest first.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show the first messages of a queue without taking them.

    On RabbitMQ they are marked as redelivered afterwards, which changes nothing else.
    """
    with opened(ctx) as runtime:
        messages = runtime.broker.peek(find_queue(runtime, name), limit=limit)
    show(
        {"messages": [message_json(message) for message in messages]},
        as_json=as_json,
        plain=lambda: print_messages(messages, empty=f"nothing waits in {name}"),
    )


@app.command("send", epilog="Example: mye-tiktok queue send inventory stock.jsonl")
def send(
    ctx: typer.Context,
    name: QueueName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One JSON object, or one per line; - reads stdin.")],
    strict: Annotated[
        bool, typer.Option("--strict", help="Send nothing when a message does not fit what the queue takes.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put the messages of FILE into a queue, as MYE would; none of them when one is no JSON object.

    A message that does not fit what the queue takes is sent with a warning, to see what its consumer makes of it.
    """
    from mye_tiktok.mye import inbound
    from mye_tiktok.mye.documents import keep_back, problems, split

    with opened(ctx) as runtime:
        queue = find_queue(runtime, name)
        documents = split(_read(file))
        keep_back(problems(documents, inbound.check_object))
        doubts = problems(documents, lambda body: inbound.check(queue.name, body))
        keep_back(doubts if strict else [])
        if queue.name in runtime.queues:
            runtime.broker.declare([queue])
        messages = [inbound.message(queue.name, document.body, now=runtime.clock()) for document in documents]
        _raise_if_refused(queue.queue, runtime.broker.publish(queue, messages))
    show(
        {"sent": len(messages), "queue": queue.queue, "ids": [message.id for message in messages], "warnings": doubts},
        as_json=as_json,
        plain=lambda: note(f"{len(messages)} message(s) sent to {queue.queue}"),
    )
    for doubt in [] if as_json else doubts:
        note(f"warning: {doubt}; sent all the same")


def _read(file: Path) -> bytes:
    from mye_tiktok.errors import RefusedError

    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}") from None


def _raise_if_refused(queue: str, receipts: "Sequence[Receipt]") -> None:
    from mye_tiktok.errors import RefusedError

    refused = [receipt for receipt in receipts if receipt.outcome == "refused"]
    if refused:
        sent = len(receipts) - len(refused)
        raise RefusedError(
            f"{len(refused)} message(s) were not taken by {queue}, {sent} were: {refused[0].reason}",
            hint="`mye-tiktok queue list` shows the queues",
        )

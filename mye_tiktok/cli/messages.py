"""How commands show the messages of a queue, and how they find the queue."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import fields, say, table
from mye_tiktok.domain.message import REASON_HEADER, Message, Queue
from mye_tiktok.errors import WrongUsageError

if TYPE_CHECKING:
    from mye_tiktok.runtime import Runtime

PREVIEW = 60


def find_queue(runtime: "Runtime", name: str) -> Queue:
    """Return the queue of this name: one of ours, or any other that the broker has under its own name.

    Raises WrongUsageError when there is none, so that a misspelt queue does not look like an empty one.
    """
    ours = [queue for queue in runtime.queues.values() if name in (queue.name, queue.queue)]
    if ours:
        return ours[0]
    other = Queue(name=name, queue=name, exchange="")
    if runtime.broker.depth(other).ready is None:
        raise WrongUsageError(f"there is no queue {name!r}", hint="`mye-tiktok queue list` shows the queues")
    return other


def message_json(message: Message) -> dict[str, object]:
    """Return a message as the contract shows it; a body that is not JSON as text."""
    return {
        "id": message.id,
        "type": message.type,
        "subject": message.subject,
        "time": message.time,
        "headers": dict(message.headers),
        "body": _body(message.body),
    }


def dead_json(message: Message) -> dict[str, object]:
    """Return a dead message, with the reason why it is."""
    return {**message_json(message), "reason": message.headers.get(REASON_HEADER, "")}


def print_messages(messages: Sequence[Message], *, empty: str, dead: bool = False) -> None:
    """Print one line per message, with the reason or the beginning of the body."""
    table(
        ("ID", "TYPE", "SUBJECT", "TIME", "REASON" if dead else "BODY"),
        [
            (each.id, each.type, each.subject, each.time, each.headers.get(REASON_HEADER, "") if dead else _start(each))
            for each in messages
        ],
        empty=empty,
    )


def print_message(data: Mapping[str, object]) -> None:
    """Print one message in full."""
    shown = [(name, data[name]) for name in ("id", "type", "subject", "time", "reason") if data.get(name)]
    headers = data["headers"]
    fields([*shown, *(headers.items() if isinstance(headers, dict) else ())])
    say(json.dumps(data["body"], ensure_ascii=False, indent=2))


def _body(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _start(message: Message) -> str:
    text = message.body.decode("utf-8", "replace")
    return text if len(text) <= PREVIEW else text[: PREVIEW - 1] + "…"

"""A message between MYE and the bridge, and the broker that carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

SOURCE = "mye-tiktok"
CONTENT_TYPE = "application/json"
REASON_HEADER = "x-mye-reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue of the topology. `name` is ours ("product"), `queue` and `exchange` are the broker's names."""

    name: str
    queue: str
    exchange: str

    @property
    def dead_queue(self) -> str:
        """Where messages go that cannot be read."""
        return f"{self.queue}.dead"

    @property
    def dead_exchange(self) -> str:
        """What routes to `dead_queue`."""
        return f"{self.queue}.dlx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message with its CloudEvents attributes. `key` (a product id, say) is what keeps its order."""

    id: str
    type: str
    subject: str
    time: datetime
    body: bytes
    key: str = ""
    source: str = SOURCE
    dataschema: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def cloud_events(message: Message) -> dict[str, str]:
    """Return the attributes as CloudEvents' binary mode names them in AMQP headers; empty ones are left out."""
    return {**attributes_of_kind(message.type, message.source, message.dataschema), **attributes_of_one(message)}


def attributes_of_kind(kind: str, source: str, dataschema: str) -> dict[str, str]:
    """Return those of the CloudEvents attributes that all messages of a kind share; empty ones are left out."""
    attributes = {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:source": source,
        "cloudEvents:type": kind,
        "cloudEvents:dataschema": dataschema,
    }
    return {name: text for name, text in attributes.items() if text}


def attributes_of_one(message: Message) -> dict[str, str]:
    """Return those that tell one message from another."""
    attributes = {
        "cloudEvents:time": message.time.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z",
        "cloudEvents:id": message.id,
        "cloudEvents:subject": message.subject,
    }
    return attributes if message.id and message.subject else {name: text for name, text in attributes.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one published message. `final` means that repeating is useless."""

    message_id: str
    outcome: Literal["confirmed", "refused"]
    reason: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message taken from a queue, to be acknowledged or rejected by its `tag`.

    `has_id` and `has_time` tell whether the sender gave the message its id and time, or they were made up here.
    """

    tag: int
    message: Message
    redelivered: bool
    has_id: bool = True
    has_time: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """How many messages wait in a queue and in its dead-letter queue; None: the queue does not exist."""

    name: str
    queue: str
    ready: int | None
    dead: int | None


class Consumer(Protocol):
    """Takes messages from one queue in batches; what is neither acknowledged nor rejected comes back.

    The connection is kept alive however long the caller works between `receive` and `acknowledge`. Every
    method raises UnreachableError once the broker is gone; the deliveries in hand come back to whoever
    consumes next, so handle them again under the same message id.
    """

    def receive(self, *, limit: int, wait: timedelta) -> Sequence[Delivery]:
        """Return up to `limit` messages: at once when there are some, after `wait` with none otherwise."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Take `deliveries` off the queue for good."""

    def reject(self, delivery: Delivery, *, reason: str) -> None:
        """Move a message that cannot be read to the dead-letter queue, with `reason` in its headers."""

    def close(self) -> None:
        """Give back what was received and not settled."""


class Broker(Protocol):
    """RabbitMQ, or the embedded broker in the database: one test suite runs on both.

    Every method raises UnreachableError when the broker cannot be reached, and WrongSettingsError when it
    refuses the user, the virtual host or the access to something. `publish` may be called from several
    threads at once: while one batch waits for its confirms the next one is already on its way, and
    of two batches under way neither is first.
    """

    def declare(self, queues: Sequence[Queue]) -> None:
        """Make what is missing; what exists is used as it is. Raises WrongSettingsError on a clash."""

    def publish(self, queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Publish in the order given and wait for every confirm; one receipt per message, same order.

        A message that no queue took (nobody declared it) or that the broker turned down is "refused" and may
        be repeated later; it is `final` when repeating is useless, such as a message above the broker's limit.
        When the broker goes away in the middle, raises PartlySentError with the ids confirmed until then.
        """

    def consumer(self, queue: Queue, *, prefetch: int = 500) -> Consumer:
        """Return a consumer of `queue`, of which at most `prefetch` messages are unsettled at a time."""

    def depth(self, queue: Queue) -> QueueDepth:
        """Count what is ready and what is dead."""

    def peek(self, queue: Queue, *, limit: int, dead: bool = False) -> Sequence[Message]:
        """Return the first messages without taking them; those of the dead-letter queue with their reason.

        The reason stands under REASON_HEADER. For the moment of the call the messages are hidden from
        consumers, and on RabbitMQ they are marked as redelivered afterwards.
        """

    def requeue(self, queue: Queue, *, message_ids: Sequence[str] = (), limit: int | None = None) -> int:
        """Move dead messages (these, or all) back to the queue; returns how many."""

    def purge_dead(self, queue: Queue, *, message_ids: Sequence[str] = ()) -> int:
        """Delete dead messages (these, or all) for good; returns how many."""

    def close(self) -> None:
        """Let go of the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A message that may leave now, and how often that was tried."""

    position: int
    message: Message
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message on its way out, with the history of its delivery. `destination` is a Queue's `name`."""

    position: int
    message: Message
    destination: str
    state: Literal["pending", "sent", "parked"]
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    next_attempt_at: datetime
    error: str = ""

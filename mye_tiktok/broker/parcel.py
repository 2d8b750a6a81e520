"""A message as AMQP carries it: properties, headers and body, in CloudEvents' binary mode."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from pika import BasicProperties

from mye_tiktok.broker import frames
from mye_tiktok.domain.message import Message

PREFIX = "cloudEvents:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is published: `id` comes back in the receipt, `properties` are encoded."""

    id: str
    properties: bytes
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in a queue, with all the properties that its sender gave it."""

    id: str
    properties: BasicProperties
    body: bytes


class Labelled(Protocol):
    """What of a message's properties says what it is: pika's BasicProperties have it, and ours."""

    @property
    def message_id(self) -> str | None:
        """The id that its sender gave it."""

    @property
    def type(self) -> str | None:
        """What kind of message it is."""

    @property
    def timestamp(self) -> int | None:
        """When it was sent, in seconds since 1970."""

    @property
    def headers(self) -> Mapping[str, Any] | None:
        """Everything else."""


def as_parcel(message: Message) -> Parcel:
    """Return `message` as AMQP carries it; raises ValueError when AMQP cannot."""
    return Parcel(id=message.id, properties=frames.properties(message), body=message.body)


def repacked(found: Found, headers: Mapping[str, Any]) -> Parcel:
    """Return what lay in a queue with other headers."""
    values = {name: value for name, value in vars(found.properties).items() if value is not None}
    properties = BasicProperties(**{**values, "headers": headers})
    return Parcel(id=found.id, properties=b"".join(properties.encode()), body=found.body)


def found(properties: BasicProperties, body: bytes) -> Found:
    """Return what a queue gave us, with the id that it goes by."""
    return Found(id=parse_message(properties, body).id, properties=properties, body=body)


def parse_message(properties: Labelled, body: bytes) -> Message:
    """Return what a queue held as a Message; a stranger's message need not have any property at all.

    Without an id it gets one made from its body, the same at each look. Without a time it gets the present.
    """
    return labelled(properties, body, message_id=given_id(properties), time=given_time(properties))


def labelled(properties: Labelled, body: bytes, *, message_id: str, time: datetime | None) -> Message:
    """Return the Message with this id and time, or made ones where there are none."""
    headers = {str(name): _as_str(value) for name, value in (properties.headers or {}).items()}
    subject = headers.get(PREFIX + "subject", "")
    return Message(
        id=message_id or digest_id(body),
        type=headers.get(PREFIX + "type") or properties.type or "",
        subject=subject,
        time=time or datetime.now(UTC),
        body=body,
        key=subject,
        source=headers.get(PREFIX + "source", ""),
        dataschema=headers.get(PREFIX + "dataschema", ""),
        headers=headers,
    )


def given_id(properties: Labelled) -> str:
    """Return the id that the sender gave a message, or nothing."""
    return properties.message_id or _as_str((properties.headers or {}).get(PREFIX + "id", ""))


def given_time(properties: Labelled) -> datetime | None:
    """Return the sender's time. One that no calendar has (milliseconds, say) is as good as none."""
    text = (properties.headers or {}).get(PREFIX + "time")
    if text:
        with suppress(ValueError, OverflowError):
            parsed = datetime.fromisoformat(_as_str(text))
            return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(properties.timestamp, UTC) if properties.timestamp else None
    return None


def digest_id(body: bytes) -> str:
    """Return an id for a message that came without one."""
    return "sha256-" + hashlib.sha256(body).hexdigest()[:32]


def _as_str(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

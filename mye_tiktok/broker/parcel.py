"""A message as AMQP carries it: properties, headers and body, in CloudEvents' binary mode."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

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


def parse_message(properties: BasicProperties, body: bytes) -> Message:
    """Return what a queue held as a Message; a stranger's message need not have any property at all.

    Without an id it gets one made from its body, the same at each look. Without a time it gets the present.
    """
    headers = {str(name): _as_str(value) for name, value in (properties.headers or {}).items()}
    subject = headers.get(PREFIX + "subject", "")
    return Message(
        id=properties.message_id or headers.get(PREFIX + "id") or digest_id(body),
        type=headers.get(PREFIX + "type") or properties.type or "",
        subject=subject,
        time=_parse_time(headers.get(PREFIX + "time", ""), properties.timestamp),
        body=body,
        key=subject,
        source=headers.get(PREFIX + "source", ""),
        dataschema=headers.get(PREFIX + "dataschema", ""),
        headers=headers,
    )


def digest_id(body: bytes) -> str:
    """Return an id for a message that came without one."""
    return "sha256-" + hashlib.sha256(body).hexdigest()[:32]


def _parse_time(text: str, timestamp: int | None) -> datetime:
    """Read the sender's time. One that no calendar has (milliseconds, say) is as good as none."""
    with suppress(ValueError, OverflowError):
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(timestamp, UTC) if timestamp else datetime.now(UTC)
    return datetime.now(UTC)


def _as_str(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

"""Messages to send in tests."""

import uuid
from datetime import UTC, datetime

from mye_tiktok.domain.message import Message

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def a_message(text: str = "{}", *, message_id: str = "") -> Message:
    """A message whose body is `text`."""
    return Message(
        id=message_id or str(uuid.uuid4()),
        type="mye.tiktok.product.created.v1",
        subject="1729592969712207008",
        time=NOON,
        body=text.encode(),
        dataschema="urn:mye:tiktok:product.created:v1",
    )


def messages(count: int, *, size: int = 10) -> list[Message]:
    """Messages in order; the body ends in the number."""
    return [a_message(f"{number:0>{size}}") for number in range(count)]


def texts(found: "list[Message]") -> list[int]:
    """The numbers of `messages`."""
    return [int(message.body) for message in found]

"""Our own AMQP bytes against pika's decoder."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pika import spec
from pika.frame import decode_frame

from mye_tiktok.broker import frames
from mye_tiktok.domain.message import Message, cloud_events

short = st.text(max_size=60)
names = st.text(min_size=1, max_size=60).filter(lambda name: not name.startswith("cloudEvents:"))
times = st.datetimes(timezones=st.just(UTC))


def decoded(data: bytes) -> Iterator[object]:
    while data:
        used, frame = decode_frame(data)
        assert frame is not None
        yield frame
        data = data[used:]


def a_message(identity: str, kind: str, time: datetime, headers: dict[str, str], body: bytes) -> Message:
    return Message(id=identity, type=kind, subject="1", time=time, body=body, headers=headers)


messages = st.builds(a_message, short, short, times, st.dictionaries(names, st.text()), st.binary(max_size=9_000))


@given(message=messages, exchange=short, routing_key=short)
def test_pika_reads_what_we_write(message: Message, exchange: str, routing_key: str) -> None:
    data = frames.publish_method(1, exchange, routing_key)
    data += frames.content(1, frames.properties(message), message.body, 4_096)

    method, header, *parts = decoded(data)

    assert method.method.exchange == exchange  # type: ignore[attr-defined]
    assert method.method.routing_key == routing_key  # type: ignore[attr-defined]
    assert method.method.mandatory  # type: ignore[attr-defined]
    assert header.body_size == len(message.body)  # type: ignore[attr-defined]
    seen: spec.BasicProperties = header.properties  # type: ignore[attr-defined]
    assert (seen.message_id, seen.type) == (message.id, message.type)
    assert (seen.content_type, seen.delivery_mode) == ("application/json", 2)
    assert seen.headers == {**message.headers, **cloud_events(message)}
    assert b"".join(part.fragment for part in parts) == message.body  # type: ignore[attr-defined]
    assert all(len(part.fragment) <= 4_096 - 8 for part in parts)  # type: ignore[attr-defined]


def test_a_short_string_ends_at_255_bytes() -> None:
    assert frames.short_text("é" * 127)[0] == 254
    with pytest.raises(ValueError, match="255"):
        frames.short_text("é" * 128)

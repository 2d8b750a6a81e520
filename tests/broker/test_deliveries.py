"""What a consumer reads by itself, against pika's decoder."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from pika import BasicProperties, frame, spec

from mye_tiktok.broker import deliveries, frames
from mye_tiktok.broker.deliveries import Arrived, labels, read

short = st.text(max_size=40)
tables = st.dictionaries(
    st.text(min_size=1, max_size=20),
    st.text(max_size=300) | st.integers(-(2**31), 2**31 - 1) | st.booleans() | st.lists(short, max_size=2),
    max_size=4,
)
properties = st.builds(
    BasicProperties,
    content_type=st.none() | short,
    content_encoding=st.none() | short,
    headers=st.none() | tables | st.dictionaries(st.text(min_size=1, max_size=20), short, max_size=4),
    delivery_mode=st.none() | st.sampled_from([1, 2]),
    priority=st.none() | st.integers(0, 9),
    correlation_id=st.none() | short,
    reply_to=st.none() | short,
    expiration=st.none() | short,
    message_id=st.none() | short,
    timestamp=st.none() | st.integers(0, 2**40),
    type=st.none() | short,
    user_id=st.none() | short,
    app_id=st.none() | short,
)
HEARTBEAT = frame.Heartbeat().marshal()


def delivered(tag: int, told: BasicProperties, body: bytes, *, channel: int = 1, frame_max: int = 4_096) -> bytes:
    """A delivery as a broker sends it."""
    method = spec.Basic.Deliver("consumer", tag, tag % 2 == 0, "exchange", "queue")
    encoded = b"".join(told.encode())
    return frame.Method(channel, method).marshal() + frames.content(channel, encoded, body, frame_max)


@given(told=properties)
def test_the_labels_of_a_message_are_those_that_pika_reads(told: BasicProperties) -> None:
    encoded = b"".join(told.encode())
    seen = BasicProperties().decode(encoded)

    assert labels(encoded) == (seen.message_id, seen.type, seen.timestamp, seen.headers or {})


@given(
    told=st.lists(st.tuples(properties, st.binary(min_size=1, max_size=200)), max_size=4),
    rest=st.integers(0, 400),
)
def test_plain_deliveries_are_read_as_far_as_they_are_whole(
    told: list[tuple[BasicProperties, bytes]], rest: int
) -> None:
    pieces = [delivered(tag, one, body) for tag, (one, body) in enumerate(told)]
    data = b"".join(pieces)
    cut = data[: max(0, len(data) - rest)]

    reading = read(cut, 1)

    whole = next((n for n in range(len(pieces), -1, -1) if len(b"".join(pieces[:n])) <= len(cut)), 0)
    assert reading.end == len(b"".join(pieces[:whole]))
    assert reading.cut_off == (reading.end < len(cut))
    assert list(reading.arrived) == [
        Arrived(tag, tag % 2 == 0, b"".join(one.encode()), body) for tag, (one, body) in enumerate(told[:whole])
    ]


def test_what_is_not_plain_is_left_to_pika() -> None:
    plain = delivered(1, BasicProperties(), b"x")
    others = [
        HEARTBEAT,
        delivered(2, BasicProperties(), b""),
        delivered(2, BasicProperties(), b"x" * 10_000),
        delivered(2, BasicProperties(), b"x", channel=2),
        frame.Method(1, spec.Basic.Cancel("consumer")).marshal(),
        delivered(2, BasicProperties(), b"x")[:-1] + b"\x00",
    ]

    for other in others:
        reading = read(plain + other + plain, 1)
        assert (len(reading.arrived), reading.end, reading.cut_off) == (1, len(plain), False), other


@given(data=st.binary(max_size=60))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    start = frame.Method(1, spec.Basic.Deliver("c", 1, False, "e", "q")).marshal()

    for bytes_ in (data, start[: len(data)] + data, start + data):
        assert read(bytes_, 1).end <= len(bytes_)


def test_a_time_that_is_text_is_found_in_the_headers() -> None:
    told = BasicProperties(headers={"cloudEvents:time": datetime(2026, 10, 1, tzinfo=UTC).isoformat()})

    assert deliveries.labels(b"".join(told.encode())).headers == told.headers

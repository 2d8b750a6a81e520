"""Deliveries out of the bytes of a socket, for the thousands a consumer reads: pika's own way takes six times as long.

Only what is plain is read here: a message whose body is one frame, with nothing in between. Everything else is left to
pika. Source: AMQP 0-9-1 specification, 2.3.5 "Frame Details" and 4.2.6 "Content Framing"; class 60 is basic, method 60
deliver. The tests hold what is read against pika's decoder.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from struct import Struct, error
from typing import NamedTuple

from pika.spec import BasicProperties

from mye_tiktok.broker.frames import BODY, END, FRAME, HEADER, LONG, METHOD

DELIVER = b"\x00\x3c\x00\x3c"
FRAME_HEAD, FRAME_END = 7, 1
TAG = Struct(">QB")
BODY_SIZE = Struct(">Q")
SHORT = Struct(">H")
TIMESTAMP = Struct(">Q")
# the flags of what stands before and behind the headers, each a short string, but for the two one-byte numbers
CONTENT_TYPE, ENCODING, HEADERS, MODE, PRIORITY = 1 << 15, 1 << 14, 1 << 13, 1 << 12, 1 << 11
BEFORE_ID = (1 << 10, 1 << 9, 1 << 8)
MESSAGE_ID, TIME, TYPE, MORE_FLAGS = 1 << 7, 1 << 6, 1 << 5, 1


class Arrived(NamedTuple):
    """A message as it came: `properties` are the bytes of its content header, from the flags on."""

    tag: int
    redelivered: bool
    properties: bytes
    body: bytes


class Labels(NamedTuple):
    """What of a message's properties says what it is."""

    message_id: str | None
    type: str | None
    timestamp: int | None
    headers: dict[str, object]


class Reading(NamedTuple):
    """What stands at the start of some bytes, where it ends, and whether a plain delivery follows that is cut off."""

    arrived: Sequence[Arrived]
    end: int
    cut_off: bool


OnArrived = Callable[[Sequence[Arrived]], None]


def read(data: bytes, channel: int) -> Reading:
    """Return the plain deliveries that `data` begins with."""
    arrived: list[Arrived] = []
    end = 0
    with suppress(error, IndexError):
        while end < len(data):
            kind, number, length = FRAME.unpack_from(data, end)
            method = end + FRAME_HEAD
            if kind != METHOD or number != channel or data[method : method + 4] != DELIVER[: len(data) - method]:
                return Reading(arrived, end, False)
            tag, bits = TAG.unpack_from(data, method + 5 + data[method + 4])
            header = method + length + FRAME_END
            kind, number, length = FRAME.unpack_from(data, header)
            (size,) = BODY_SIZE.unpack_from(data, header + FRAME_HEAD + 4)
            body = header + FRAME_HEAD + length + FRAME_END
            if kind != HEADER or number != channel or not size:
                return Reading(arrived, end, False)
            properties = data[header + FRAME_HEAD + 12 : body - FRAME_END]
            kind, number, length = FRAME.unpack_from(data, body)
            if kind != BODY or number != channel or length != size:
                return Reading(arrived, end, False)
            start = body + FRAME_HEAD
            if start + size >= len(data):
                break
            if data[start + size] != END[0]:
                return Reading(arrived, end, False)
            arrived.append(Arrived(tag, bool(bits & 1), properties, data[start : start + size]))
            end = start + size + FRAME_END
    return Reading(arrived, end, end < len(data))


def labels(encoded: bytes) -> Labels:
    """Return what a message's properties say; what is unusual is left to pika."""
    with suppress(error, IndexError, UnicodeDecodeError):
        found = _labels(encoded)
        if found is not None:
            return found
    properties = BasicProperties().decode(encoded)
    return Labels(properties.message_id, properties.type, properties.timestamp, dict(properties.headers or {}))


def _labels(encoded: bytes) -> Labels | None:
    (flags,) = SHORT.unpack_from(encoded)
    if flags & MORE_FLAGS:
        return None
    at = 2
    if flags & CONTENT_TYPE:
        at += 1 + encoded[at]
    if flags & ENCODING:
        at += 1 + encoded[at]
    headers: dict[str, object] | None = {}
    if flags & HEADERS:
        (length,) = LONG.unpack_from(encoded, at)
        headers = _texts(encoded, at + 4, at + 4 + length)
        at += 4 + length
    if headers is None:
        return None
    at += bool(flags & MODE) + bool(flags & PRIORITY)
    for one in BEFORE_ID:
        if flags & one:
            at += 1 + encoded[at]
    message_id = kind = timestamp = None
    if flags & MESSAGE_ID:
        end = at + 1 + encoded[at]
        message_id, at = encoded[at + 1 : end].decode(), end
    if flags & TIME:
        (timestamp,) = TIMESTAMP.unpack_from(encoded, at)
        at += 8
    if flags & TYPE:
        kind = encoded[at + 1 : at + 1 + encoded[at]].decode()
    return Labels(message_id, kind, timestamp, headers)


def _texts(encoded: bytes, at: int, end: int) -> dict[str, object] | None:
    """Return a field table of long strings, and None when there is something else in it."""
    found: dict[str, object] = {}
    while at < end:
        value = at + 1 + encoded[at]
        if encoded[value] != 83:  # S
            return None
        (length,) = LONG.unpack_from(encoded, value + 1)
        found[encoded[at + 1 : value].decode()] = encoded[value + 5 : value + 5 + length].decode()
        at = value + 5 + length
    return found

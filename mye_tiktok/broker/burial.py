"""How a message dies and comes back: the reason goes into its headers, and out of them again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pika import BasicProperties

from mye_tiktok.broker.parcel import Parcel, parse_message
from mye_tiktok.domain.message import REASON_HEADER, Message

FIRST_DEATH = "x-first-death-reason"


def buried(properties: BasicProperties, body: bytes, reason: str) -> Parcel:
    """Return a message with the reason why it cannot be read."""
    headers = {**(properties.headers or {}), REASON_HEADER: reason}
    message_id = parse_message(properties, body).id
    return Parcel(id=message_id, properties=_with_headers(properties, headers), body=body)


def revived(parcel: Parcel) -> Parcel:
    """Return a dead message as it was before it died."""
    headers = {name: value for name, value in (parcel.properties.headers or {}).items() if not _is_of_death(name)}
    return Parcel(id=parcel.id, properties=_with_headers(parcel.properties, headers), body=parcel.body)


def read(parcel: Parcel) -> Message:
    """Return what lies in a queue; where the broker itself buried it, the reason is the broker's word."""
    message = parse_message(parcel.properties, parcel.body)
    if REASON_HEADER in message.headers or FIRST_DEATH not in message.headers:
        return message
    reason = f"moved here by the broker: {message.headers[FIRST_DEATH]}"
    return replace(message, headers={**message.headers, REASON_HEADER: reason})


def _is_of_death(name: str) -> bool:
    return name in {REASON_HEADER, "x-death", "x-delivery-count"} or name.startswith(("x-first-death", "x-last-death"))


def _with_headers(properties: BasicProperties, headers: Mapping[str, Any]) -> BasicProperties:
    values = {name: value for name, value in vars(properties).items() if value is not None}
    return BasicProperties(**{**values, "headers": headers})

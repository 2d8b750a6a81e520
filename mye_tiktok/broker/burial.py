"""How a message dies and comes back: the reason goes into its headers, and out of them again."""

from dataclasses import replace

from mye_tiktok.broker.parcel import Found, Parcel, parse_message, repacked
from mye_tiktok.domain.message import REASON_HEADER, Message

FIRST_DEATH = "x-first-death-reason"


def buried(found: Found, reason: str) -> Parcel:
    """Return a message with the reason why it cannot be read."""
    return repacked(found, {**(found.properties.headers or {}), REASON_HEADER: reason})


def revived(found: Found) -> Parcel:
    """Return a dead message as it was before it died."""
    headers = found.properties.headers or {}
    return repacked(found, {name: value for name, value in headers.items() if not _is_of_death(name)})


def read(found: Found) -> Message:
    """Return what lies in a queue; where the broker itself buried it, the reason is the broker's word."""
    message = parse_message(found.properties, found.body)
    if REASON_HEADER in message.headers or FIRST_DEATH not in message.headers:
        return message
    reason = f"moved here by the broker: {message.headers[FIRST_DEATH]}"
    return replace(message, headers={**message.headers, REASON_HEADER: reason})


def _is_of_death(name: str) -> bool:
    return name in {REASON_HEADER, "x-death", "x-delivery-count"} or name.startswith(("x-first-death", "x-last-death"))

"""The documented webhooks: what each of them carries, and how one is built and put into bytes."""

import copy
import functools
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

import msgspec

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.occasion import Occasion, new_id, new_uuid

Owner = Literal["shop_id", "seller_open_id", "creator_open_id"]
PLACEHOLDER = re.compile(r"\$(\w+)")
FRESH = {"id": new_id, "uuid": new_uuid}


class Event(msgspec.Struct, frozen=True):
    """One kind of webhook.

    subscribable: whether a shop may set an address of its own for it; the others are ticked in Partner Center.
    owner: the key of the envelope that tells whose it is. numbered: whether it carries tts_notification_id.
    data: a template; "$name" stands for a value of the occasion, "$id" and "$uuid" for a new one each time.
    """

    type: int
    name: str
    subscribable: bool
    data: dict[str, Any]
    owner: Owner = "shop_id"
    numbered: bool = True


@functools.cache
def table() -> tuple[Event, ...]:
    """Return every documented event, by its number."""
    raw = resources.files(__package__).joinpath("events.json").read_bytes()
    return msgspec.json.decode(raw, type=tuple[Event, ...])


def find(event: str) -> Event:
    """Return an event by its name or number; raises ValueError that lists them all."""
    found = _by_word().get(event.upper())
    if found is None:
        known = ", ".join(f"{each.type} {each.name}" for each in table())
        raise ValueError(f"{event!r} is not one of the documented events: {known}")
    return found


@functools.cache
def _by_word() -> Mapping[str, Event]:
    return {word: event for event in table() for word in (event.name, str(event.type))}


def build(
    event: str, occasion: Occasion, *, data: Json | None = None, overrides: Mapping[str, object] | None = None
) -> Json:
    """Return the payload of an event, its ids as numbers or strings exactly as documented.

    `data` takes the place of the template's; `overrides` sets values at paths such as data.package_list.0.package_id.
    Raises ValueError for an unknown event and for a path that leads nowhere.
    """
    found = find(event)
    facts = occasion.facts()
    envelope: Json = {"type": found.type}
    if found.numbered:
        envelope["tts_notification_id"] = new_id()
    envelope[found.owner] = facts[found.owner]
    envelope["timestamp"] = facts["now"]
    envelope["data"] = _filled(found.data, facts) if data is None else copy.deepcopy(data)
    for path, value in (overrides or {}).items():
        put(envelope, path, value)
    return envelope


def encode(envelope: Json) -> bytes:
    """Return the bytes that are signed and sent: no spaces, and whole numbers of any size exact."""
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def put(document: Json, path: str, value: object) -> None:
    """Set a value at a dotted path, whose numbers are places in a list; objects that are missing are made."""
    *parents, last = path.split(".")
    here: Any = document
    for part in parents:
        here = here.setdefault(part, {}) if isinstance(here, dict) else _item(here, part, path)
    if isinstance(here, dict):
        here[last] = value
    elif isinstance(here, list) and last == str(len(here)):
        here.append(value)
    else:
        _item(here, last, path)
        here[int(last)] = value


def at(document: Json, path: str) -> object:
    """Return the value at a path, or None."""
    here: Any = document
    for part in path.split("."):
        if isinstance(here, dict):
            here = here.get(part)
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here


def _item(here: Any, part: str, path: str) -> Any:
    if not (isinstance(here, list) and part.isdecimal() and int(part) < len(here)):
        raise ValueError(f"there is nothing at {part!r} of the path {path!r}")
    return here[int(part)]


def _filled(value: Any, facts: Mapping[str, object]) -> Any:
    """Return a template with the facts in place; a text that is one placeholder takes the fact's own type."""
    if isinstance(value, dict):
        return {key: _filled(each, facts) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, facts) for each in value]
    if not isinstance(value, str):
        return value
    if whole := PLACEHOLDER.fullmatch(value):
        name = whole.group(1)
        return FRESH[name]() if name in FRESH else facts[name]
    return PLACEHOLDER.sub(lambda found: str(facts[found.group(1)]), value)

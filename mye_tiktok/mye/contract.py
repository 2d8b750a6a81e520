"""The message contract with MYE: which messages there are, their JSON Schemas, and an AsyncAPI document of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from mye_tiktok import __version__
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import CONTENT_TYPE, Queue

SHARED = ("product.v1", "order.v1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message. `queue` is a Queue's `name`; "out" is what we send to MYE."""

    name: str
    queue: str
    direction: Literal["in", "out"]

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        return f"mye.tiktok.{self.name}"

    @property
    def dataschema(self) -> str:
        """The URN under which the schema is known, also its `$id`."""
        return "urn:mye:tiktok:" + ":".join(self.name.rsplit(".", 1))


KINDS = (
    Kind(name="product.created.v1", queue="product", direction="out"),
    Kind(name="product.updated.v1", queue="product", direction="out"),
    Kind(name="product.removed.v1", queue="product", direction="out"),
    Kind(name="product.settled.v1", queue="product", direction="out"),
    Kind(name="message.received.v1", queue="message", direction="out"),
    Kind(name="order.created.v1", queue="order", direction="out"),
    Kind(name="order.updated.v1", queue="order", direction="out"),
    Kind(name="inventory.settled.v1", queue="inventory-result", direction="out"),
    Kind(name="inventory.requested.v1", queue="inventory", direction="in"),
    Kind(name="product.commanded.v1", queue="product-command", direction="in"),
    Kind(name="shipment.requested.v1", queue="shipment", direction="in"),
)


def schema(kind: Kind) -> Json:
    """Return the JSON Schema (2020-12) of one kind, complete in itself: what it refers to is bundled in."""
    found = _read(kind.name)
    shared = {name: _read(name) for name in SHARED}
    used = {name: each for name, each in shared.items() if each["$id"] == found.get("$ref")}
    return {**found, "$defs": used} if used else found


def schemas() -> dict[str, Json]:
    """Return every schema by the kind's name."""
    return {kind.name: schema(kind) for kind in KINDS}


def miams_schema() -> Json:
    """Return the JSON Schema of what MIAMS answers to `inventory pull`."""
    return _read("miams.inventory.v1")


def asyncapi(queues: Mapping[str, Queue]) -> Json:
    """Return the AsyncAPI 3 document of all messages, with the queues as they are configured."""
    used = sorted({kind.queue for kind in KINDS} & set(queues))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "mye-tiktok",
            "version": __version__,
            "description": "What MYE and the bridge to TikTok Shop tell one another. Delivery is at least once: "
            "`message_id` stays the same when a message is repeated.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {name: _channel(queues[name]) for name in used},
        "operations": {kind.name: _operation(kind) for kind in KINDS if kind.queue in used},
        "components": {"messages": {kind.name: _message(kind) for kind in KINDS}},
    }


def _read(name: str) -> Json:
    text = (files("mye_tiktok.mye") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def _channel(queue: Queue) -> Json:
    return {
        "address": queue.queue,
        "messages": {
            kind.name: {"$ref": f"#/components/messages/{kind.name}"} for kind in KINDS if kind.queue == queue.name
        },
        "bindings": {"amqp": {"is": "queue", "queue": {"name": queue.queue, "durable": True}}},
    }


def _operation(kind: Kind) -> Json:
    return {
        "action": "send" if kind.direction == "out" else "receive",
        "channel": {"$ref": f"#/channels/{kind.queue}"},
        "messages": [{"$ref": f"#/channels/{kind.queue}/messages/{kind.name}"}],
    }


def _message(kind: Kind) -> Json:
    document = schema(kind)
    return {
        "name": kind.type,
        "title": document["title"],
        "summary": document["description"],
        "contentType": CONTENT_TYPE,
        "headers": _headers(kind),
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": document},
    }


def _headers(kind: Kind) -> Json:
    """Return the CloudEvents attributes; what MYE sends need not have any."""
    attributes: dict[str, Json] = {
        "cloudEvents:specversion": {"const": "1.0"},
        "cloudEvents:id": {"type": "string"},
        "cloudEvents:source": {"type": "string"},
        "cloudEvents:type": {"const": kind.type},
        "cloudEvents:time": {"type": "string", "format": "date-time"},
        "cloudEvents:subject": {"type": "string"},
        "cloudEvents:dataschema": {"const": kind.dataschema},
    }
    required = {"required": list(attributes)} if kind.direction == "out" else {}
    return {"type": "object", "properties": attributes, **required}

"""The message contract: every message fits its schema, and the documents are sound."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.chat import Conversation, Note
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Queue
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Change, Product, ProductChange, Sku, Stock
from mye_tiktok.errors import RefusedError
from mye_tiktok.mye import contract, inbound
from mye_tiktok.mye.messages import conversation_message
from mye_tiktok.mye.products import product_message

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
CHANNEL = Channel(
    channel_uid="channel-1",
    shop_id="7494000000000000001",
    shop_name="Shop",
    region="GB",
    seller_type="CROSS_BORDER",
    shop_cipher="GCP_secret",
    authorization_id=1,
)
BY_NAME = {kind.name: kind for kind in contract.KINDS}
VALIDATORS = {
    name: Draft202012Validator(contract.schema(kind), format_checker=FormatChecker()) for name, kind in BY_NAME.items()
}

ids = st.from_regex(r"[0-9]{1,21}", fullmatch=True)
zones = st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-5))])
times = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=zones)  # noqa: DTZ001
amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e9"), max_value=Decimal("1e9"))
money = st.builds(Money, amount=amounts, currency=st.sampled_from(["GBP", "VND", "IDR"]))
skus = st.builds(
    Sku,
    sku_id=ids,
    seller_sku=st.text(max_size=20),
    price=st.none() | money,
    list_price=st.none() | money,
    status=st.sampled_from(["NORMAL", "DEACTIVATED", ""]),
    attributes=st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=2).map(tuple),
    stock=st.lists(st.builds(Stock, warehouse_id=ids, quantity=st.integers(0, 10**6)), max_size=2).map(tuple),
)
raws = st.dictionaries(st.text(), st.none() | st.text() | st.integers(), max_size=3).map(json.dumps)
products = st.builds(
    Product,
    product_id=ids,
    title=st.text(),
    status=st.sampled_from(["ACTIVATE", "DELETED", "SOMETHING_NEW"]),
    created_at=times,
    updated_at=times,
    skus=st.lists(skus, max_size=3).map(tuple),
    digest=st.just("d"),
    raw=st.just("") | raws,
)
changes = st.builds(
    ProductChange,
    change=st.sampled_from(["created", "updated", "removed"]),
    product=products,
    version=st.integers(1, 10**9),
)


@given(change=changes)
def test_every_product_message_fits_its_schema(change: ProductChange) -> None:
    message = product_message(change, CHANNEL, now=NOON, message_id="outbox-1")

    kind = BY_NAME[f"product.{change.change}.v1"]
    assert (message.type, message.dataschema) == (kind.type, kind.dataschema)
    VALIDATORS[kind.name].validate(json.loads(message.body))


contents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2)
)
notes = st.builds(
    Note,
    message_id=st.text(max_size=5),
    kind=st.sampled_from(["TEXT", "SOMETHING_NEW", ""]),
    content=contents | st.dictionaries(st.text(max_size=5), contents, max_size=2),
    index=st.text(max_size=5),
    sent_at=times,
    visible=st.none() | st.booleans(),
    sender_id=ids,
    sender_role=st.sampled_from(["BUYER", ""]),
)
conversations = st.builds(
    Conversation,
    event=st.sampled_from(["NEW_CONVERSATION", "NEW_MESSAGE", "NEW_MESSAGE_LISTENER"]),
    conversation_id=st.text(max_size=5),
    occurred_at=times,
    note=st.none() | notes,
    raw=st.dictionaries(st.text(max_size=5), contents, max_size=3).map(json.dumps),
)


@given(conversation=conversations)
def test_every_message_about_a_conversation_fits_its_schema(conversation: Conversation) -> None:
    message = conversation_message(conversation, CHANNEL, now=NOON, message_id="outbox-1")

    kind = BY_NAME["message.received.v1"]
    assert (message.type, message.dataschema) == (kind.type, kind.dataschema)
    told: Json = json.loads(message.body)
    VALIDATORS[kind.name].validate(told)
    assert told["tiktok"] == json.loads(conversation.raw)
    assert conversation.note is None or told["message"]["content"] == conversation.note.content


@given(change=changes)
def test_a_product_message_tells_what_the_product_is(change: ProductChange) -> None:
    message = product_message(change, CHANNEL, now=NOON, message_id="outbox-1")

    body: Json = json.loads(message.body)
    product = change.product
    assert (body["channel_uid"], body["shop_id"]) == ("channel-1", "7494000000000000001")
    assert (body["product_id"], body["version"]) == (product.product_id, change.version)
    assert body["product"]["title"] == product.title
    assert body["tiktok"] == (json.loads(product.raw) if product.raw else None)
    for sku, told in zip(product.skus, body["product"]["skus"], strict=True):
        assert told["stock"] == [{"warehouse_id": s.warehouse_id, "quantity": s.quantity} for s in sku.stock]
        assert Decimal(told["price"]["amount"]) == sku.price.amount if sku.price else told["price"] is None
    assert product.updated_at == (datetime.fromisoformat(body["updated_at"]) if body["updated_at"] else None)
    assert "GCP_secret" not in repr(message)


def test_tiktoks_object_is_passed_on_as_the_text_it_came_in() -> None:
    raw = '{"id": "1729592969712207008", "b": 1.50, "a": "Áo thun \\u2014", "id2":12345678901234567890}'
    product = Product(
        product_id="1", title="t", status="", created_at=None, updated_at=NOON, skus=(), digest="", raw=raw
    )

    message = product_message(
        ProductChange(change="created", product=product, version=1), CHANNEL, now=NOON, message_id="1"
    )

    assert raw.encode() in message.body
    assert b'"updated_at":"2026-10-01T12:00:00Z"' in message.body


@pytest.mark.parametrize("change", ["created", "updated", "removed"])
def test_messages_of_one_product_share_a_key_and_those_of_another_channel_do_not(change: Change) -> None:
    product = Product(
        product_id="17", title="", status="", created_at=None, updated_at=None, skus=(), digest="", raw=""
    )

    message = product_message(
        ProductChange(change=change, product=product, version=2), CHANNEL, now=NOON, message_id="9"
    )

    assert (message.id, message.subject, message.key, message.time) == ("9", "17", "channel-1/17", NOON)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_schema_is_a_sound_2020_12_schema_under_its_urn(name: str) -> None:
    schema = contract.schema(BY_NAME[name])

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == BY_NAME[name].dataschema
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize(
    ("queue", "body"),
    [
        ("inventory", {"items": [{"seller_sku": "A-1", "quantity": 0}]}),
        ("inventory", {"items": [{"product_id": "1", "sku_id": "2", "quantity": 3, "warehouse_id": "4"}]}),
        (
            "inventory",
            {
                "request_id": "r",
                "occurred_at": "2026-10-01T12:00:00+07:00",
                "channel_uid": "c",
                "items": [{"seller_sku": "A", "quantity": 1}],
                "unknown": 1,
            },
        ),
        ("product-command", {"action": "refresh", "channel_uid": "c", "product_id": "1"}),
        ("product-command", {"action": "create", "channel_uid": "c", "payload": {"title": "t"}}),
        ("shipment", {"channel_uid": "c", "order_id": "1", "tracking_number": "T1", "provider_id": "9"}),
        (
            "shipment",
            {
                "channel_uid": "c",
                "package_id": "1",
                "tracking_number": "T1",
                "provider_name": "J&T",
                "line_item_ids": ["1", "2"],
            },
        ),
    ],
)
def test_what_the_schema_allows_is_read(queue: str, body: Json) -> None:
    _validator(queue).validate(body)
    inbound.check(queue, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("queue", "body"),
    [
        ("inventory", {}),
        ("inventory", {"items": []}),
        ("inventory", {"items": [{"quantity": 1}]}),
        ("inventory", {"items": [{"sku_id": "1", "quantity": 1}]}),
        ("inventory", {"items": [{"seller_sku": "", "quantity": 1}]}),
        ("inventory", {"items": [{"seller_sku": "A", "quantity": -1}]}),
        ("inventory", {"items": [{"seller_sku": "A", "quantity": 1.5}]}),
        ("inventory", {"items": [{"seller_sku": "A", "quantity": "1"}]}),
        ("inventory", {"items": {"seller_sku": "A", "quantity": 1}}),
        ("product-command", {"action": "destroy", "channel_uid": "c"}),
        ("product-command", {"action": "refresh"}),
        ("shipment", {"channel_uid": "c", "tracking_number": "T1", "provider_id": "9"}),
        ("shipment", {"channel_uid": "c", "order_id": "1", "tracking_number": "T1"}),
        ("shipment", {"channel_uid": "c", "order_id": "1", "provider_id": "9"}),
    ],
)
def test_what_the_schema_forbids_is_refused(queue: str, body: Json) -> None:
    with pytest.raises(ValidationError):
        _validator(queue).validate(body)
    with pytest.raises(RefusedError):
        inbound.check(queue, json.dumps(body).encode())


def _validator(queue: str) -> Draft202012Validator:
    [kind] = [kind for kind in contract.KINDS if kind.queue == queue and kind.direction == "in"]
    return VALIDATORS[kind.name]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(RefusedError, match="occurred_at"):
        inbound.check("inventory", b'{"occurred_at":"2026-10-01T12:00:00","items":[{"seller_sku":"A","quantity":1}]}')


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff", b'{"a":', b'"text"', b"null"])
def test_a_body_that_is_no_json_object_is_refused_everywhere(body: bytes) -> None:
    for queue in ("inventory", "product-command", "shipment", "some_queue_of_the_broker"):
        with pytest.raises(RefusedError):
            inbound.check(queue, body)


def test_the_asyncapi_document_refers_only_to_what_it_holds() -> None:
    queues = {
        name: Queue(name=name, queue=f"{name}_queue", exchange=f"{name}_exchange")
        for name in {kind.queue for kind in contract.KINDS}
    }

    document = contract.asyncapi(queues)

    assert document["asyncapi"] == "3.0.0"
    assert set(document["operations"]) == set(document["components"]["messages"]) == set(BY_NAME)
    references = _references({name: document[name] for name in ("channels", "operations")})
    assert references
    for reference in references:
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [each for value in node.values() for each in _references(value)]
    return [each for value in node for each in _references(value)] if isinstance(node, list) else []

"""How an event is verified and read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.webhook import UNREADABLE
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.webhooks import TOPICS, is_authentic, order_ids, product_id, read_envelope, read_event
from tests.unit.tiktok.reference import reference

APP = App(app_key="abcdef", app_secret="123")
BODY = (
    b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,'
    b'"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID",'
    b'"update_time":1718305585}}'
)
SIGN = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"


def event(type_: int, data: dict[str, Any], **more: Any) -> bytes:
    head = {"type": type_, "tts_notification_id": "71", "shop_id": "7494", "timestamp": 1_718_305_585}
    return json.dumps({**head, **more, "data": data}).encode()


def test_the_documented_signature_is_authentic() -> None:
    assert is_authentic(APP, BODY, SIGN)


@pytest.mark.parametrize("authorization", ["", SIGN.upper(), SIGN[:-1], "0" * 64, "\N{SNOWMAN}", "\udc80"])
def test_any_other_signature_is_not(authorization: str) -> None:
    assert not is_authentic(APP, BODY, authorization)


@given(st.binary(max_size=60), st.integers(0, 7))
def test_a_body_with_one_bit_changed_is_not_authentic(tail: bytes, bit: int) -> None:
    assert not is_authentic(APP, BODY[:-1] + bytes([BODY[-1] ^ (1 << bit)]) + tail, SIGN)


def test_the_reference_vectors_are_authentic() -> None:
    for vector in reference("signing-vectors.json")["webhook"]:
        app = App(app_key=vector["app_key"], app_secret=vector["app_secret"])

        assert is_authentic(app, vector["raw_body"].encode(), vector["authorization"])


def test_an_event_tells_what_it_is_about_and_when_it_happened() -> None:
    found = read_event(BODY)

    assert (found.type, found.shop_id, found.subject) == (1, "7495540735365777507", "576653688135258178")
    assert found.fingerprint == found.notification_id == "7380066284010030890"
    assert found.occurred_at is not None
    assert found.occurred_at.timestamp() == 1_718_305_585


def test_a_body_that_is_nested_without_end_is_unreadable() -> None:
    assert read_event(b'{"type":1,"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}").type == UNREADABLE


def test_an_event_without_a_notification_id_is_known_by_its_body() -> None:
    body = b'{"type":3,"shop_id":"7494","timestamp":1644412885,"data":{"order_id":"5764"}}'

    assert read_event(body).fingerprint == read_event(body).fingerprint != read_event(body + b" ").fingerprint
    assert read_event(body).notification_id == ""


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"{", b"\xff", b'{"type":"x"}', b'{"type":-1}', b'{"type":9e99}']
)
def test_a_body_that_is_no_envelope_is_unreadable_and_kept(body: bytes) -> None:
    found = read_event(body)

    assert (found.type, found.readable, found.body) == (UNREADABLE, False, body)


def test_an_id_that_no_index_can_hold_makes_an_event_unreadable() -> None:
    assert not read_event(event(1, {"order_id": "5" * 5_000})).readable
    assert not read_event(event(1, {}, tts_notification_id="7" * 5_000)).readable


@given(st.binary())
def test_reading_never_raises(body: bytes) -> None:
    assert read_event(body).body == body


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (
            event(5, {"product_id": 1729592969712207008123, "status": "PRODUCT_STATUS_CHANGED"}),
            "1729592969712207008123",
        ),
        (event(71, {"product_id": 1729592969712207008, "sku_id": 1, "shop_id": 7494}), "1729592969712207008"),
        (event(4, {"package_list": [{"package_id": "1", "order_id_list": ["52", "53"]}]}), "52"),
        (event(36, {"package_id": "9", "order_ids": ["61", "62"]}), "61"),
        (
            event(67, {"aftersales_request_id": "8", "line_items": [{"main_order_id": "77"}, {"main_order_id": "77"}]}),
            "77",
        ),
        (event(64, {"aftersales_request_id": "8"}), "8"),
        (event(14, {"conversation_id": "c", "message_id": "m"}), "c"),
        (event(6, {"message": "deauthorized"}), "7494"),
        (event(999, {"what": 1}), ""),
    ],
)
def test_the_subject_is_the_id_of_what_changed(body: bytes, subject: str) -> None:
    assert read_event(body).subject == subject


def test_an_event_names_every_order_once() -> None:
    body = event(4, {"package_list": [{"order_id_list": ["52", "53"]}, {"order_id_list": ["53", "54"]}]})
    envelope = read_envelope(body)

    assert envelope is not None
    assert order_ids(envelope) == ("52", "53", "54")


def test_ids_that_come_as_large_numbers_stay_exact() -> None:
    envelope = read_envelope(event(16, {"product_id": 1729592969712207009}))

    assert envelope is not None
    assert product_id(envelope) == "1729592969712207009"


def test_a_time_with_nanoseconds_is_read_to_the_microsecond() -> None:
    found = read_event(event(71, {"occurred_at": "2026-05-01T08:30:00.123456789Z"}))

    assert found.occurred_at is not None
    assert found.occurred_at.isoformat() == "2026-05-01T08:30:00.123456+00:00"


def test_a_cancellation_changed_when_the_event_was_made_and_not_when_it_was_created() -> None:
    found = read_event(event(11, {"order_id": "1", "create_time": 1_600_000_000}))

    assert found.occurred_at is not None
    assert found.occurred_at.timestamp() == 1_718_305_585


def test_a_message_happened_when_it_was_created() -> None:
    found = read_event(event(33, {"conversation_id": "c", "create_time": "1600000000"}))

    assert found.occurred_at is not None
    assert found.occurred_at.timestamp() == 1_600_000_000


def test_a_seller_stands_in_place_of_the_shop() -> None:
    found = read_event(b'{"type":68,"tts_notification_id":"a","seller_open_id":"open-1","timestamp":1,"data":{}}')

    assert (found.shop_id, found.open_id) == ("", "open-1")


def test_every_documented_event_is_known_by_its_number_and_name() -> None:
    documented = {event["type"]: event for event in reference("webhooks/INDEX.json")["events"] if event["file"]}

    assert {type_: topic.name for type_, topic in TOPICS.items()} == {t: e["event"] for t, e in documented.items()}
    assert {t for t, topic in TOPICS.items() if topic.subscribable} == {
        t for t, event in documented.items() if event["subscribable_event_type"]
    }


@pytest.mark.parametrize(
    "path", sorted(Path("../shared/tiktok-api/samples/webhooks").glob("*.json")), ids=lambda path: path.name
)
def test_the_sample_events_are_read(path: Path) -> None:
    found = read_event(path.read_bytes())

    assert found.readable
    assert found.shop_id == "7494049642642441621"
    assert found.subject

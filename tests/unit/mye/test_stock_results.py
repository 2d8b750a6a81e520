"""What MYE is told about a wish that is settled."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from mye_tiktok.domain.stock import UNREADABLE, Request, SettledWarehouse
from mye_tiktok.mye import contract
from mye_tiktok.mye.stock_results import settled_message

KIND = next(kind for kind in contract.KINDS if kind.name == "inventory.settled.v1")
VALIDATOR = Draft202012Validator(contract.schema(KIND), format_checker=FormatChecker())
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
REQUEST = Request(
    wish_id=7,
    request_id="erp-1",
    channel_uid="uk-1",
    seller_sku="SHIRT-1",
    product_id="1",
    sku_id="11",
    warehouse_id="Hall 3",
    quantity=9,
    occurred_at=NOON.astimezone(timezone(timedelta(hours=7))),
    received_at=NOON,
    origin="queue",
    state="applied",
    code="",
    message="",
    settled_at=NOON,
)

ids = st.text(max_size=10)
amounts = st.none() | st.integers(0, 99_999)
requests = st.builds(
    Request,
    wish_id=st.integers(1),
    request_id=st.text(min_size=1, max_size=10),
    channel_uid=ids,
    seller_sku=ids,
    product_id=ids,
    sku_id=ids,
    warehouse_id=ids,
    quantity=st.integers(-(2**63), 2**63 - 1),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    received_at=st.just(NOON),
    origin=st.sampled_from(["queue", "file", "miams", "hand"]),
    state=st.sampled_from(["applied", "unchanged", "superseded", "rejected", "failed"]),
    code=ids,
    message=ids,
    settled_at=st.datetimes(timezones=st.just(UTC)),
)
warehouses = st.lists(st.builds(SettledWarehouse, warehouse_id=ids, sent=amounts, before=amounts), max_size=2)


@given(request=requests, sent=amounts, given=warehouses)
def test_every_answer_fits_its_schema(request: Request, sent: int | None, given: list[SettledWarehouse]) -> None:
    message = settled_message(request, sent=sent, warehouses=given)

    assert (message.type, message.dataschema) == (KIND.type, KIND.dataschema)
    VALIDATOR.validate(json.loads(message.body))


def test_an_answer_tells_what_was_asked_and_sent_and_what_tiktok_showed() -> None:
    message = settled_message(REQUEST, sent=8, warehouses=[SettledWarehouse(warehouse_id="w-1", sent=8, before=3)])

    assert json.loads(message.body) == {
        "request_id": "erp-1",
        "channel_uid": "uk-1",
        "seller_sku": "SHIRT-1",
        "product_id": "1",
        "sku_id": "11",
        "warehouse_id": "Hall 3",
        "asked": 9,
        "sent": 8,
        "outcome": "applied",
        "code": "",
        "message": "",
        "occurred_at": "2026-10-01T12:00:00Z",
        "settled_at": "2026-10-01T12:00:00Z",
        "warehouses": [{"warehouse_id": "w-1", "sent": 8, "tiktok_before": 3}],
    }
    assert (message.subject, message.key) == ("SHIRT-1", "uk-1/1/11")


def test_a_wish_whose_sku_was_not_found_keeps_the_order_of_its_seller_sku() -> None:
    unknown = replace(REQUEST, product_id="", sku_id="", state="superseded")

    assert settled_message(unknown).key == "uk-1/SHIRT-1"


def test_a_quantity_that_could_not_be_read_is_null() -> None:
    assert json.loads(settled_message(replace(REQUEST, quantity=UNREADABLE)).body)["asked"] is None


@pytest.mark.parametrize("other", [{"wish_id": 8}, {"received_at": NOON + timedelta(seconds=1)}])
def test_the_same_wish_has_the_same_answer_and_another_one_has_another(other: dict[str, object]) -> None:
    first = settled_message(REQUEST)

    assert settled_message(replace(REQUEST, state="failed")).id == first.id
    assert settled_message(replace(REQUEST, **other)).id != first.id  # type: ignore[arg-type]


def test_a_wish_that_waits_has_no_answer_to_tell() -> None:
    with pytest.raises(ValueError, match="wish 7"):
        settled_message(replace(REQUEST, state="pending", settled_at=None))

"""The payloads of all documented webhooks, against their schemas and the recorded samples."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.occasion import Occasion, usual
from mye_tiktok.sandbox.occasion import occasion as of_a_shop
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.signing import webhook_signature

NOW = 1_790_000_000.25
ABOVE_2_53 = 2**53
NAMES = [event.name for event in events.table()]


@pytest.fixture(scope="session")
def occasion() -> Occasion:
    return usual(NOW)


def documented(reference: Path, name: str) -> Any:
    return json.loads((reference / "webhooks" / f"{name}.json").read_text(encoding="utf-8"))


def strict(schema: Any) -> Any:
    """Allow no field that is not documented, and none of the words that the documentation does not list."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {("enum" if key == "x-enum" else key): strict(value) for key, value in schema.items()}
    if "properties" in schema:
        changed["additionalProperties"] = False
    return changed


def shape(value: object) -> object:
    """Return the types of a payload by key, those of a list from its first entry."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else type(value)


def built(event: str, occasion: Occasion, **given: Any) -> Json:
    """Build an event and read it back from its bytes."""
    payload: Json = json.loads(events.encode(events.build(event, occasion, **given)))
    return payload


def test_the_documented_events_are_there_and_no_others(reference: Path) -> None:
    index = json.loads((reference / "webhooks" / "INDEX.json").read_text(encoding="utf-8"))["events"]
    expected = {(it["type"], it["event"], it["subscribable_event_type"] is not None) for it in index if it["file"]}

    assert {(event.type, event.name, event.subscribable) for event in events.table()} == expected
    assert len(events.table()) == 28


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_is_as_documented(name: str, occasion: Occasion, reference: Path) -> None:
    payload = built(name, occasion)

    jsonschema.Draft202012Validator(strict(documented(reference, name)["payload"])).validate(payload)


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_carries_every_documented_field_of_its_envelope(
    name: str, occasion: Occasion, reference: Path
) -> None:
    properties = documented(reference, name)["payload"]["properties"]

    assert set(built(name, occasion)) == set(properties)


@pytest.mark.parametrize("name", ["ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE", "PRODUCT_STATUS_CHANGE"])
def test_a_payload_has_the_shape_of_the_recorded_sample(name: str, occasion: Occasion, reference: Path) -> None:
    number = events.find(name).type
    for path in (reference / "samples" / "webhooks").glob(f"{number:02d}_*.json"):
        sample = json.loads(path.read_text(encoding="utf-8"))
        assert shape(built(name, occasion)) == shape(sample), path.name


def test_every_recorded_sample_has_keys_and_types_that_are_built(occasion: Occasion, reference: Path) -> None:
    for path in (reference / "samples" / "webhooks").glob("*.json"):
        sample = json.loads(path.read_text(encoding="utf-8"))
        payload = built(str(sample["type"]), occasion)
        assert set(payload) == set(sample), path.name
        for key in payload["data"].keys() & sample["data"].keys():
            assert type(payload["data"][key]) is type(sample["data"][key]), f"{path.name}: {key}"


@pytest.mark.parametrize("event", ["5", "16", "37"])
def test_a_product_id_is_a_number_that_no_float_holds(event: str, occasion: Occasion) -> None:
    body = events.encode(events.build(event, occasion))

    assert f'"product_id":{occasion.product_id}'.encode() in body
    assert int(occasion.product_id) > ABOVE_2_53


def test_all_ids_in_a_stock_change_of_a_shop_are_numbers(occasion: Occasion) -> None:
    data = built("INVENTORY_CHANGED_BY_SHOP", occasion)["data"]

    assert [data[name] for name in ("shop_id", "product_id", "sku_id")] == [
        *(int(occasion.shop_id), int(occasion.product_id), int(occasion.sku_id))
    ]
    assert data["occurred_at"].endswith(".250000007Z")
    assert datetime.fromisoformat(data["occurred_at"]).timestamp() == pytest.approx(NOW)


def test_numbers_beyond_64_bits_are_exact(occasion: Occasion) -> None:
    body = events.encode(events.build("5", occasion, overrides={"data.product_id": 732357708734418520388}))

    assert b'"product_id":732357708734418520388,' in body


@pytest.mark.parametrize(
    ("event", "owner"),
    [("24", "seller_open_id"), ("58", "seller_open_id"), ("68", "seller_open_id"), ("20", "creator_open_id")],
)
def test_some_events_belong_to_a_person_in_place_of_a_shop(event: str, owner: str, occasion: Occasion) -> None:
    payload = built(event, occasion)

    assert payload[owner]
    assert "shop_id" not in payload


def test_times_are_texts_where_they_are_documented_as_texts(occasion: Occasion) -> None:
    assert built("7", occasion)["data"]["expiration_time"] == str(int(NOW) + 30 * 86_400)
    assert built("33", occasion)["data"]["create_time"] == str(int(NOW))
    assert "ends in 30 days" in built("7", occasion)["data"]["message"]


def test_no_two_notifications_have_the_same_id(occasion: Occasion) -> None:
    ids = {built("1", occasion)["tts_notification_id"] for _ in range(200)}

    assert len(ids) == 200
    assert {len(each) for each in ids} == {19}


def test_data_that_is_given_takes_the_place_of_the_template(occasion: Occasion) -> None:
    given = {"order_id": "17"}

    payload = built("1", occasion, data=given, overrides={"data.order_status": "CANCEL"})

    assert payload["data"] == {"order_id": "17", "order_status": "CANCEL"}
    assert given == {"order_id": "17"}


def test_values_are_set_at_paths_into_objects_and_lists(occasion: Occasion) -> None:
    overrides = {
        "timestamp": 5,
        "data.package_list.0.order_id_list.0": "17",
        "data.package_list.1.order_id_list.1": "18",
        "data.more.deep": True,
    }
    payload = built("PACKAGE_UPDATE", occasion, overrides=overrides)

    assert payload["timestamp"] == 5
    assert [each["order_id_list"] for each in payload["data"]["package_list"]] == [["17"], [occasion.order_id, "18"]]
    assert payload["data"]["more"] == {"deep": True}


@pytest.mark.parametrize("path", ["data.package_list.7.package_id", "data.package_list.x", "timestamp.second"])
def test_a_path_that_leads_nowhere_is_refused(path: str, occasion: Occasion) -> None:
    with pytest.raises(ValueError, match="nothing at"):
        events.build("PACKAGE_UPDATE", occasion, overrides={path: 1})


def test_an_event_nobody_documented_is_refused_with_the_list(occasion: Occasion) -> None:
    with pytest.raises(ValueError, match="'99' is not one of the documented events: 1 ORDER_STATUS_CHANGE, 2"):
        events.build("99", occasion)


def test_a_shop_without_options_is_that_of_the_trigger(sandbox: Sandbox, occasion: Occasion) -> None:
    shop = sandbox.shop()

    assert (occasion.shop_id, occasion.product_id) == (shop.shop_id, shop.catalogue.product_id(0))
    assert occasion.sku_id == shop.catalogue.detail(0)["skus"][0]["id"]
    assert occasion.seller_open_id == sandbox.sellers[0].open_id


def test_an_event_of_a_shop_is_about_its_latest_order(sandbox: Sandbox) -> None:
    order_id = sandbox.place_order()

    moment = of_a_shop(sandbox.sellers[0], sandbox.shop(), NOW)

    assert built("1", moment)["data"]["order_id"] == order_id


def test_the_documented_vector_is_signed_as_printed(reference: Path) -> None:
    body = (reference / "samples" / "webhooks" / "01_signed_vector.body.txt").read_bytes()

    digest = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"
    assert webhook_signature("abcdef", "123", body) == digest

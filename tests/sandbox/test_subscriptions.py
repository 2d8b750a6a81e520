"""The webhooks that a shop sets for itself, and what Partner Center has."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mye_tiktok.sandbox import events, operations
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.signing import signature
from tests.sandbox.caller import Caller, Clock, read

WEBHOOKS = "/event/202309/webhooks"
EVENT, URL = "ORDER_STATUS_CHANGE", "https://shop.example.com/webhook/"


def ask(caller: Caller, method: str, expected: int = 0, **body: object) -> Any:
    envelope = read(caller.send(method, WEBHOOKS, {"shop_cipher": caller.cipher}, msgspec.json.encode(body)))
    assert envelope["code"] == expected, envelope
    return envelope["data"]


def listed(caller: Caller) -> Any:
    return caller.get(WEBHOOKS)["data"]


def test_a_shop_sets_lists_changes_and_removes_an_address(caller: Caller) -> None:
    assert listed(caller) == {"webhooks": [], "total_count": 0}

    assert ask(caller, "PUT", address=URL, event_type=EVENT) == {}
    made = int(caller.clock.now) * 1000
    caller.clock.now += 60
    ask(caller, "PUT", address=URL + "2", event_type=EVENT)
    ask(caller, "PUT", address=URL, event_type="NEW_MESSAGE")

    assert listed(caller) == {
        "webhooks": [
            {"event_type": EVENT, "address": URL + "2", "create_time": made, "update_time": made + 60_000},
            {"event_type": "NEW_MESSAGE", "address": URL, "create_time": made + 60_000, "update_time": made + 60_000},
        ],
        "total_count": 2,
    }

    assert ask(caller, "DELETE", event_type=EVENT) == {}
    assert [each["event_type"] for each in listed(caller)["webhooks"]] == ["NEW_MESSAGE"]


def test_to_remove_what_was_never_set_succeeds(caller: Caller) -> None:
    assert ask(caller, "DELETE", event_type=EVENT) == {}


def test_times_are_in_seconds_when_asked(clock: Clock) -> None:
    caller = Caller.of(Sandbox(SandboxOptions(products=1, webhook_times_in_ms=False), clock=clock), clock)
    ask(caller, "PUT", address=URL, event_type=EVENT)

    assert listed(caller)["webhooks"][0]["create_time"] == int(clock.now)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_body_of_a_put_and_of_a_delete_takes_part_in_the_signature(caller: Caller, method: str) -> None:
    body = msgspec.json.encode({"address": URL, "event_type": EVENT})
    query = {"app_key": caller.sandbox.app_key, "timestamp": str(int(caller.clock())), "shop_cipher": caller.cipher}
    wrong = signature(caller.sandbox.app_secret, WEBHOOKS, query.items())

    assert read(caller.send(method, WEBHOOKS, {**query, "sign": wrong}, body))["code"] == 106001
    assert read(caller.send(method, WEBHOOKS, query, body))["code"] == 0


@pytest.mark.parametrize(
    ("address", "event_type", "code"),
    [
        ("https://shop.example.com/" + "x" * 230, EVENT, 0),
        ("https://shop.example.com/" + "x" * 231, EVENT, 98001004),
        ("ftp://shop.example.com", EVENT, 98001004),
        ("https://[", EVENT, 98001004),
        ("nowhere", EVENT, 98001004),
        (URL, "INVENTORY_CHANGED", 98001004),
        (URL, "SOMETHING_NEW", 98001004),
        (URL, None, 36009004),
        (None, EVENT, 36009004),
    ],
)
def test_what_cannot_be_set_is_refused(caller: Caller, address: str | None, event_type: str | None, code: int) -> None:
    ask(caller, "PUT", code, address=address, event_type=event_type)

    assert listed(caller)["total_count"] == (0 if code else 1)


def test_shops_take_the_events_that_are_subscribable_and_no_others() -> None:
    subscribable = {event.name for event in events.table() if event.subscribable}

    for operation in operations.table():
        if operation.method in {"PUT", "DELETE"} and operation.path == WEBHOOKS:
            assert operation.body is not None
            assert set(operation.body["event_type"].enum) == subscribable


def test_a_call_without_the_scope_is_refused(caller: Caller) -> None:
    caller.sandbox.withdraw_scope("seller.authorization.info")

    assert caller.get(WEBHOOKS)["code"] == 105005


@pytest.mark.parametrize(
    "make",
    [
        lambda: SandboxOptions(webhook_url="ftp://example.com"),
        lambda: SandboxOptions(webhook_topics=("NO_SUCH_EVENT",)),
    ],
)
def test_an_option_that_cannot_be_is_refused(make: Callable[[], SandboxOptions]) -> None:
    with pytest.raises(ValueError, match="is not"):
        Sandbox(make())


def test_a_shops_own_address_comes_before_that_of_the_app(clock: Clock) -> None:
    options = SandboxOptions(products=1, webhook_url="http://app.example.com/", webhook_topics=(EVENT, "27"))
    caller = Caller.of(Sandbox(options, clock=clock), clock)
    ask(caller, "PUT", address=URL, event_type=EVENT)
    ask(caller, "PUT", address=URL, event_type="NEW_MESSAGE")
    subscriptions, shop_id = caller.sandbox.world.subscriptions, caller.sandbox.shop().shop_id

    assert subscriptions.address(shop_id, EVENT) == URL
    assert subscriptions.address("17", EVENT) == "http://app.example.com/"
    assert subscriptions.address(shop_id, "NEW_MESSAGE") == URL
    assert subscriptions.address("17", "NEW_MESSAGE") == ""
    assert subscriptions.address(shop_id, "INVENTORY_STATUS_CHANGE") == "http://app.example.com/"

    ask(caller, "DELETE", event_type=EVENT)
    assert subscriptions.address(shop_id, EVENT) == "http://app.example.com/"

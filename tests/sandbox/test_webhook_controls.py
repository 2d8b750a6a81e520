"""The webhooks' controls over HTTP."""

from typing import Any

import httpx
import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Clock
from tests.sandbox.receiver import Receiver
from tests.sandbox.test_controls import control


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def sandbox(clock: Clock, receiver: Receiver) -> Sandbox:
    return Sandbox(SandboxOptions(products=3), clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))


def test_an_address_is_set_an_event_announced_and_delivered(sandbox: Sandbox, receiver: Receiver) -> None:
    control(sandbox, "POST", "webhooks/url", url="http://receiver/", topics=["1", "PACKAGE_UPDATE"])
    control(sandbox, "POST", "webhooks/announce", event="1", set={"data.order_status": "CANCEL"})
    control(sandbox, "POST", "webhooks/announce", event="2", data={"a": 1})
    before = control(sandbox, "GET", "webhooks")
    delivered = control(sandbox, "POST", "webhooks/deliver")
    after = control(sandbox, "GET", "webhooks?limit=1")

    assert receiver.events[0]["data"]["order_status"] == "CANCEL"
    assert (before["url"], before["topics"]) == ("http://receiver/", ["ORDER_STATUS_CHANGE", "PACKAGE_UPDATE"])
    assert [(each["event"], each["attempt"]) for each in before["pending"]] == [("ORDER_STATUS_CHANGE", 1)]
    assert delivered["settled"]
    assert delivered["log"] == after["log"]
    assert after["pending"] == []
    assert after["counts"] == {"ORDER_STATUS_CHANGE": {"answered": 1}, "REVERSE_STATUS_UPDATE": {"unwanted": 1}}

    control(sandbox, "POST", "webhooks/clear")
    assert control(sandbox, "GET", "webhooks")["counts"] == {}


@pytest.mark.parametrize(
    ("trick", "given"),
    [
        ("lose", {"next": 2, "event": "1"}),
        ("lose", {"probability": 0.5, "seed": 3}),
        ("duplicate", {"copies": 2}),
        ("reorder", {"window": 3, "next": 6}),
        ("delay", {"seconds": 60}),
        ("forge", {}),
    ],
)
def test_a_trick_is_played_until_everything_is_healed(sandbox: Sandbox, trick: str, given: dict[str, Any]) -> None:
    control(sandbox, "POST", f"webhooks/{trick}", **given)

    (rule,) = control(sandbox, "GET", "webhooks")["tricks"]
    assert rule["trick"] == trick
    assert rule["times"] == given.get("next", None if "probability" in given else 1)

    control(sandbox, "POST", "heal")
    assert control(sandbox, "GET", "webhooks")["tricks"] == []


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        ("url", {}, "url"),
        ("url", {"url": "nowhere"}, "nowhere"),
        ("url", {"url": "", "topics": ["99"]}, "99"),
        ("announce", {}, "event"),
        ("announce", {"event": "99"}, "99"),
        ("announce", {"event": "1", "shop_id": "17"}, "17"),
        ("lose", {"next": 0}, "1 or more"),
        ("lose", {"next": "two"}, "times"),
        ("lose", {"event": "99"}, "99"),
        ("lose", {"wings": 2}, "wings"),
        ("delay", {}, "seconds"),
        ("delay", {"seconds": "long"}, "seconds"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(sandbox: Sandbox, path: str, given: dict[str, Any], words: str) -> None:
    assert words in control(sandbox, "POST", f"webhooks/{path}", expected=400, **given)["error"]

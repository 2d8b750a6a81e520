"""`sandbox trigger`: one signed event, sent to an endpoint on a port."""

import hashlib
import hmac
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import Cli
from tests.sandbox.conftest import REFERENCE
from tests.sandbox.receiver import Receiver, listening

KEY, SECRET = "app-key-1", "app-secret-1"
VECTOR = (
    b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507",'
    b'"timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178",'
    b'"order_status":"UNPAID","update_time":1718305585}}'
)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An endpoint at WEBHOOK_PORT that knows the app of the environment."""
    with listening(Receiver(app=(KEY, SECRET))) as made:
        monkeypatch.setenv("APP_KEY", KEY)
        monkeypatch.setenv("APP_SECRET", SECRET)
        monkeypatch.setenv("WEBHOOK_PORT", made.url.split(":")[2].split("/")[0])
        yield made


def test_one_signed_event_arrives_at_the_listener_of_the_environment(cli: Cli, receiver: Receiver) -> None:
    shown = cli("sandbox", "trigger", "ORDER_STATUS_CHANGE", "--set", "data.order_status=CANCEL", "--json").json()

    (body,) = receiver.bodies
    assert receiver.headers == [
        {
            "HTTP_AUTHORIZATION": hmac.new(SECRET.encode(), KEY.encode() + body, hashlib.sha256).hexdigest(),
            "CONTENT_TYPE": "application/json",
            "PATH_INFO": "/webhook/",
            "REQUEST_METHOD": "POST",
        }
    ]
    assert json.loads(body) == shown["event"]
    assert shown["event"]["data"]["order_status"] == "CANCEL"
    assert (shown["status"], shown["url"], shown["forged"]) == (200, receiver.url, False)


@pytest.mark.parametrize("event", events.table(), ids=lambda event: event.name)
def test_each_documented_event_can_be_sent(cli: Cli, receiver: Receiver, event: events.Event) -> None:
    assert cli("sandbox", "trigger", event.name).code == 0
    assert cli("sandbox", "trigger", str(event.type)).code == 0

    assert [payload["type"] for payload in receiver.events] == [event.type, event.type]


def test_a_value_keeps_the_type_of_the_event_unless_it_is_given_exactly(cli: Cli, receiver: Receiver) -> None:
    number = "data.order_id=576486316948490001"
    cli(
        "sandbox", "trigger", "1", "--set", number, "--set", "data.is_on_hold_order=true", "--set", "data.update_time=5"
    )
    cli("sandbox", "trigger", "1", "--set", number.replace("=", ":="), "--set", 'data.more={"a": [1]}')
    cli("sandbox", "trigger", "5", "--set", "data.product_id=732357708734418520388")

    first, second, third = receiver.events
    assert first["data"] == {"order_id": "576486316948490001", "order_status": "UNPAID"} | {
        "is_on_hold_order": True,
        "update_time": 5,
    }
    assert (second["data"]["order_id"], second["data"]["more"]) == (576486316948490001, {"a": [1]})
    assert third["data"]["product_id"] == 732357708734418520388


def test_a_forged_event_is_meant_to_be_refused(cli: Cli, receiver: Receiver) -> None:
    assert cli("sandbox", "trigger", "1", "--forge", "--json").json()["status"] == 401
    receiver.app = None

    outcome = cli("sandbox", "trigger", "1", "--forge", "--json")

    assert outcome.code == 1
    assert outcome.error()["message"] == f"{receiver.url} answered 200, not 401"


def test_a_duplicate_is_the_same_bytes_once_more(cli: Cli, receiver: Receiver) -> None:
    shown = cli("sandbox", "trigger", "1", "--duplicate", "2", "--json").json()

    assert len(receiver.bodies) == 3
    assert len(set(receiver.bodies)) == 1
    assert [each["status"] for each in shown["deliveries"]] == [200, 200, 200]


def test_another_answer_than_200_is_told_and_ends_with_1(cli: Cli, receiver: Receiver) -> None:
    receiver.statuses = [503]

    outcome = cli("sandbox", "trigger", "ORDER_STATUS_CHANGE")

    assert outcome.code == 1
    event, columns, delivery = outcome.out.splitlines()
    assert json.loads(event)["type"] == 1
    assert columns.split("\t")[:2] == ["DELIVERY", "STATUS"]
    assert delivery.split("\t")[:2] == ["1", "503"]


def test_nobody_at_the_address_is_unreachable(cli: Cli, receiver: Receiver) -> None:
    outcome = cli("sandbox", "trigger", "1", "--to", "http://127.0.0.1:9/webhook/", "--json")

    assert (outcome.code, outcome.error()["code"]) == (69, "unreachable")
    assert receiver.bodies == []


def test_the_bytes_of_a_file_are_sent_unchanged(cli: Cli, receiver: Receiver, tmp_path: Path) -> None:
    odd = b'{ "type" : 1,\r\n "data":{"order_id":576486316948490001} }\n'
    (tmp_path / "odd.json").write_bytes(odd)
    (tmp_path / "no.json").write_bytes(b"\xff no JSON")

    assert cli("sandbox", "trigger", "--file", "odd.json").code == 0
    assert cli("sandbox", "trigger", "--file", "no.json", "--json").json()["event"] == "\ufffd no JSON"

    assert receiver.bodies == [odd, b"\xff no JSON"]


def test_the_bytes_of_stdin_are_sent_unchanged(cli: Cli, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(VECTOR)))

    assert cli("sandbox", "trigger", "--file", "-").code == 0

    assert receiver.bodies == [VECTOR]


def test_the_documented_vector_is_signed_as_printed(
    cli: Cli, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_KEY", "abcdef")
    monkeypatch.setenv("APP_SECRET", "123")
    receiver.app = None
    (tmp_path / "vector.txt").write_bytes(VECTOR)

    cli("sandbox", "trigger", "--file", "vector.txt", "--to", receiver.url)

    digest = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"
    assert receiver.headers[0]["HTTP_AUTHORIZATION"] == digest


def test_shop_and_product_are_those_of_a_running_sandbox(cli: Cli, receiver: Receiver, sandbox: Sandbox) -> None:
    receiver.app = None
    url, shop = os.environ["TIKTOK_API_URL"], sandbox.shop()

    cli("sandbox", "trigger", "5", "--sandbox", url, "--shop-id", shop.shop_id)
    outcome = cli("sandbox", "trigger", "5", "--sandbox", url, "--shop-id", "17")

    order_id = sandbox.place_order()
    cli("sandbox", "trigger", "1", "--sandbox", url)

    product, order = receiver.events
    assert (product["shop_id"], order["shop_id"]) == (shop.shop_id, shop.shop_id)
    assert product["data"]["product_id"] == int(shop.catalogue.product_id(0))
    assert order["data"]["order_id"] == order_id
    assert outcome.code == 2
    assert "has no shop 17" in outcome.err


@pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"the reference pack is not at {REFERENCE}")
def test_the_recorded_samples_are_sent_unchanged(cli: Cli, receiver: Receiver) -> None:
    files = sorted((REFERENCE / "samples" / "webhooks").iterdir())
    for file in files:
        assert cli("sandbox", "trigger", "--file", str(file)).code == 0

    assert receiver.bodies == [file.read_bytes() for file in files]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ORDER_STATUS",), "71 INVENTORY_CHANGED_BY_SHOP"),
        ((), "name one EVENT"),
        (("1", "--file", "x.json"), "name one EVENT"),
        (("--file", "x.json", "--set", "a=1"), "sent unchanged"),
        (("1", "--set", "nonsense"), "is not path=value"),
        (("1", "--set", "data.order_id:=nonsense"), "is not JSON"),
        (("1", "--set", "data.order_status.0=1"), "there is nothing at"),
        (("1", "--to", "nowhere"), "is not a URL"),
        (("1", "--sandbox", "http://127.0.0.1:9"), "no sandbox answers at"),
    ],
)
def test_wrong_usage_says_what_is_wrong(
    cli: Cli, receiver: Receiver, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "x.json").write_bytes(b"{}")

    outcome = cli("sandbox", "trigger", *arguments)

    assert outcome.code == 2
    assert words in outcome.err
    assert receiver.bodies == []


def test_a_file_that_cannot_be_read_is_refused(cli: Cli, receiver: Receiver, tmp_path: Path) -> None:
    for name in ("missing.json", str(tmp_path)):
        outcome = cli("sandbox", "trigger", "--file", name)
        assert (outcome.code, "cannot be read" in outcome.err) == (65, True)
    assert receiver.bodies == []


def test_an_app_that_is_not_set_is_a_wrong_setting_that_shows_no_secret(cli: Cli) -> None:
    outcome = cli("sandbox", "trigger", "1")

    assert outcome.code == 78
    assert "APP_SECRET is not set" in outcome.err


def test_the_help_lists_every_event(cli: Cli) -> None:
    lines = [line.split() for line in cli("sandbox", "trigger", "--help").out.splitlines()]

    for event in events.table():
        assert [str(event.type), event.name] in lines

"""`mye-tiktok webhooks` and `consume webhooks`: what arrived, what became of it, and what TikTok shall tell us of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from mye_tiktok import config
from mye_tiktok.db import webhook_history, webhooks
from mye_tiktok.db.database import Database, Session
from mye_tiktok.jobs import webhook_replaying
from mye_tiktok.runtime import Runtime
from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.occasion import occasion
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.webhooks import read_event
from tests.cli.conftest import CHANNEL, Cli

EVENT_KEYS = {
    "id",
    "notification_id",
    "type",
    "event",
    "shop_id",
    "subject",
    "state",
    "attempts",
    "received_at",
    "handled_at",
}
STRANGER = "7490000000000000099"
Arrive = Callable[..., None]


class Counting(Database):
    """Counts the transactions."""

    transactions = 0

    @contextmanager
    def transaction(self, *, forgettable: bool = False) -> Iterator[Session]:
        """Count, and do as always."""
        self.transactions += 1
        with super().transaction(forgettable=forgettable) as session:
            yield session


@pytest.fixture
def arrive(connected: Sandbox) -> Arrive:
    """Lets events arrive as the listener writes them down; `raw` is a body of any kind."""

    def write(event: str = "", *, raw: bytes = b"", **sets: object) -> None:
        seller = connected.sellers[0]
        overrides = {name.replace("__", "."): value for name, value in sets.items()}
        runtime = Runtime(config.from_process())
        moment = occasion(seller, seller.shops[0], runtime.clock().timestamp())
        body = raw or events.encode(events.build(event, moment, overrides=overrides))
        with runtime.database.transaction() as session:
            webhooks.record(session, [read_event(body)], now=runtime.clock())
        runtime.close()

    return write


def test_an_event_is_consumed_and_listed_as_handled(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION")

    report = cli("consume", "webhooks", "--once", "--json").json()
    listed = cli("webhooks", "list", "--json").json()

    assert (report["job"], report["outcome"]) == ("consume webhooks", "ok")
    assert (report["counts"]["handled"], report["counts"]["sent"]) == (1, 1)
    assert (len(listed["events"]), listed["refused"]) == (1, 0)
    event = listed["events"][0]
    assert set(event) >= EVENT_KEYS
    assert (event["type"], event["event"], event["state"]) == (16, "PRODUCT_CREATION", "handled")
    assert [one["type"] for one in cli("queue", "peek", "product", "--json").json()["messages"]] == [
        "mye.tiktok.product.created.v1"
    ]


def test_consuming_what_is_due_is_silent_under_cron(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION")

    outcome = cli("consume", "webhooks", "--once")

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_a_parked_event_ends_with_1_and_is_worth_a_look(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION", shop_id=STRANGER)

    outcome = cli("consume", "webhooks", "--once")
    check = cli("status", "--check")

    assert outcome.code == 1
    assert STRANGER in outcome.err
    assert (check.code, check.out) == (1, "1 webhook(s) are parked (`mye-tiktok webhooks list --state parked`)\n")


def test_status_counts_what_was_not_handled(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION")
    arrive(raw=b"hello")

    backlog = cli("status", "--json").json()["backlog"]

    assert (backlog["webhooks"], backlog["webhooks_parked"], backlog["webhooks_unreadable"]) == (1, 0, 1)


def test_events_are_found_by_state_type_shop_channel_order_and_time(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION")
    arrive("ORDER_STATUS_CHANGE", data__order_id="111")
    arrive("PACKAGE_UPDATE", data__package_list=[{"order_id_list": ["222", "111"]}])
    arrive("NEW_MESSAGE", shop_id=STRANGER)
    arrive(raw=b"hello")

    def found(*options: str) -> list[str]:
        return [event["event"] for event in cli("webhooks", "list", "--json", *options).json()["events"]]

    assert found() == ["", "NEW_MESSAGE", "PACKAGE_UPDATE", "ORDER_STATUS_CHANGE", "PRODUCT_CREATION"]
    assert found("--state", "unreadable") == [""]
    assert found("--type", "16", "--type", "new_message") == ["NEW_MESSAGE", "PRODUCT_CREATION"]
    assert found("--order", "111") == ["PACKAGE_UPDATE", "ORDER_STATUS_CHANGE"]
    assert found("--shop", STRANGER) == ["NEW_MESSAGE"]
    assert found("--channel", CHANNEL) == ["PACKAGE_UPDATE", "ORDER_STATUS_CHANGE", "PRODUCT_CREATION"]
    assert found("--since", "2100-01-01") == []
    assert len(found("--until", "2100-01-01")) == 5
    assert found("--limit", "1") == [""]


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--type", "NO_SUCH_EVENT"),
        ("list", "--channel", "nobody"),
        ("list", "--since", "yesterday"),
        ("list", "--shop", "1", "--channel", CHANNEL),
        ("show", "4711"),
        ("replay",),
        ("replay", "1", "--state", "parked"),
        ("subscriptions", "--fix", "--remove"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(cli: Cli, connected: Sandbox, arguments: tuple[str, ...]) -> None:
    assert cli("webhooks", *arguments).code == 2


def test_an_event_is_shown_with_its_body_and_its_state_in_the_apis_words(cli: Cli, arrive: Arrive) -> None:
    arrive("ORDER_STATUS_CHANGE", data__order_id="111", data__order_status="CANCEL")
    (event,) = cli("webhooks", "list", "--json").json()["events"]

    shown = cli("webhooks", "show", str(event["id"]), "--json").json()

    assert shown["body"]["data"]["order_id"] == "111"
    assert shown["status"] == "CANCELLED"
    assert '"order_id": "111"' in cli("webhooks", "show", str(event["id"])).out


@pytest.mark.parametrize("raw", [b'{"type":14,"data":{"content":"\\ud83d"}}', b'\xef\xbb\xbf{"type":14,"data":{}}'])
def test_an_odd_event_is_shown_too(cli: Cli, arrive: Arrive, raw: bytes) -> None:
    arrive(raw=raw)

    shown = cli("webhooks", "show", "1", "--json")

    assert shown.json()["body"]["type"] == 14
    assert cli("webhooks", "show", "1").code == 0


def test_events_are_looked_at_while_others_write(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION")
    event_id = str(cli("webhooks", "list", "--json").json()["events"][0]["id"])
    runtime = Runtime(config.from_process())
    others: list[int] = []

    with runtime.database.transaction() as session:
        webhooks.count(session, "duplicate", 1, now=runtime.clock())
        thread = Thread(target=lambda: others.append(cli("webhooks", "list", "--channel", CHANNEL).code))
        thread.start()
        thread.join(10)
        before = list(others)
    thread.join()
    runtime.close()

    assert (before, cli("webhooks", "show", event_id).code) == ([0], 0)


def test_many_events_are_replayed_a_few_at_a_time(cli: Cli, arrive: Arrive) -> None:
    for number in range(5):
        arrive("PRODUCT_CREATION", shop_id=STRANGER, data__product_id=str(number))
    cli("consume", "webhooks", "--once")
    runtime = Runtime(config.from_process())
    database = Counting(runtime.settings.database_url)
    with database.reading() as session:
        parked = webhook_history.find(session, webhook_history.Filter(state="parked"), limit=10)

    replayed = webhook_replaying.replay(database, parked, now=runtime.clock(), at_once=2)
    database.close()
    runtime.close()

    assert (replayed.due, len(replayed.event_ids), database.transactions) == (5, 5, 3)
    events = [event for event in cli("webhooks", "list", "--json").json()["events"] if event["replay_of"]]
    assert [event["subject"] for event in events] == ["4", "3", "2", "1", "0"]


def test_a_parked_event_is_replayed_as_a_new_one_that_names_it(cli: Cli, arrive: Arrive, connected: Sandbox) -> None:
    arrive("PRODUCT_CREATION", shop_id=STRANGER)
    cli("consume", "webhooks", "--once")

    replayed = cli("webhooks", "replay", "--state", "parked", "--json").json()

    assert replayed["replayed"] == 1
    again, original = cli("webhooks", "list", "--json").json()["events"]
    assert (again["id"], again["replay_of"], again["state"]) == (replayed["events"][0], original["id"], "pending")
    assert (original["state"], original["outcome"]) == ("handled", "replayed")
    assert cli("webhooks", "replay", "--state", "parked", "--json").json()["replayed"] == 0


def test_a_handled_event_is_replayed_and_tells_mye_nothing_new(cli: Cli, arrive: Arrive) -> None:
    arrive("PRODUCT_CREATION")
    cli("consume", "webhooks", "--once")
    (event,) = cli("webhooks", "list", "--json").json()["events"]

    assert cli("webhooks", "replay", str(event["id"]), "--json").json()["replayed"] == 1
    report = cli("consume", "webhooks", "--once", "--json").json()

    assert (report["counts"]["handled"], report["counts"].get("queued", 0)) == (1, 0)
    assert [one["outcome"] for one in cli("webhooks", "list", "--json").json()["events"]] == ["unchanged", "changed"]


def test_a_customers_message_is_sent_once_more_on_a_replay(cli: Cli, arrive: Arrive) -> None:
    arrive("NEW_MESSAGE")
    cli("consume", "webhooks", "--once")

    cli("webhooks", "replay", "--type", "NEW_MESSAGE", "--json")
    cli("consume", "webhooks", "--once")

    first, second = cli("queue", "peek", "message", "--json").json()["messages"]
    assert first["body"] == second["body"]
    assert second["id"].startswith(first["id"])
    assert second["headers"]["x-mye-replay"] == "true"


def test_what_cannot_be_read_cannot_be_replayed(cli: Cli, arrive: Arrive) -> None:
    arrive(raw=b"hello")

    replayed = cli("webhooks", "replay", "--state", "unreadable", "--json").json()

    assert (replayed["replayed"], replayed["skipped"]) == (0, 1)


def test_subscriptions_that_are_missing_are_named_then_fixed(cli: Cli, connected: Sandbox) -> None:
    url = "http://127.0.0.1:8787"

    before = cli("webhooks", "subscriptions", "--url", url, "--json")
    fixed = cli("webhooks", "subscriptions", "--url", url, "--fix", "--json")
    after = cli("webhooks", "subscriptions", "--url", url, "--json")

    assert (before.code, before.document()["missing"]) == (1, 17)
    assert (fixed.code, {one["state"] for one in fixed.document()["subscriptions"]}) == (0, {"fixed"})
    assert (after.code, {one["state"] for one in after.document()["subscriptions"]}) == (0, {"ok"})
    assert after.document()["subscriptions"][0]["registered"] == f"{url}/webhook/"
    assert after.document()["partner_center"] == [
        "AFTERSALES_REQUEST_STATUS_UPDATE",
        "RMA_STATUS_UPDATE",
        "REFUND_SUCCESS",
        "SKU_STATUS_CHANGE",
        "INVENTORY_STATUS_CHANGE",
        "INVENTORY_CHANGED",
        "INVENTORY_CHANGED_BY_SHOP",
    ]


def test_a_subscription_that_goes_elsewhere_differs_until_it_is_fixed(cli: Cli, connected: Sandbox) -> None:
    cli("webhooks", "subscriptions", "--url", "http://127.0.0.1:1", "--fix")

    outcome = cli("webhooks", "subscriptions", "--url", "http://127.0.0.1:2", "--json")

    assert (outcome.code, {one["state"] for one in outcome.document()["subscriptions"]}) == (1, {"differs"})


def test_subscriptions_are_taken_away_again(cli: Cli, connected: Sandbox) -> None:
    url = "http://127.0.0.1:8787"
    cli("webhooks", "subscriptions", "--url", url, "--fix")

    removed = cli("webhooks", "subscriptions", "--url", url, "--remove", "--json")
    after = cli("webhooks", "subscriptions", "--url", url, "--json")

    assert {one["state"] for one in removed.json()["subscriptions"]} == {"removed"}
    assert {one["state"] for one in after.document()["subscriptions"]} == {"missing"}


def test_an_address_that_tiktok_would_not_take_is_a_wrong_setting(
    cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("webhooks", "subscriptions").code == 78
    monkeypatch.setenv("TIKTOK_API_URL", "https://open-api.tiktokglobalshop.com")
    monkeypatch.setenv("PUBLIC_URL", "http://10.0.0.1:8787")

    outcome = cli("webhooks", "subscriptions")

    assert outcome.code == 78
    for problem in ("https://", "port 8787", "10.0.0.1 is no domain name"):
        assert problem in outcome.err


def test_a_shop_that_cannot_be_asked_is_named(cli: Cli, connected: Sandbox) -> None:
    connected.deactivate_shop()

    outcome = cli("webhooks", "subscriptions", "--url", "http://127.0.0.1:8787", "--json")

    assert outcome.code == 77
    assert CHANNEL in outcome.document()["problems"][0]


def test_connecting_a_shop_again_names_its_parked_events_and_how_to_handle_them(
    cli: Cli, connected: Sandbox, arrive: Arrive
) -> None:
    connected.revoke()
    assert cli("orders", "fetch").code == 77
    arrive("ORDER_STATUS_CHANGE", data__order_id=connected.place_order())
    cli("consume", "webhooks", "--once")

    again = cli("auth", "integrate", "--code", connected.auth_code())

    assert "1 webhook event(s) of this shop are parked" in again.err
    assert "mye-tiktok webhooks replay --state parked --channel" in again.err

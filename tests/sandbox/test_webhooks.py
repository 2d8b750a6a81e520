"""Webhooks on their way: what arrives, what is repeated when, and what goes wrong on demand."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from tests.sandbox.caller import Caller, Clock
from tests.sandbox.receiver import Receiver, listening

ORDER = "ORDER_STATUS_CHANGE"
MINUTE, HOUR = 60, 3600


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=3, webhook_url="http://receiver/webhook/")


@pytest.fixture
def sandbox(options: SandboxOptions, clock: Clock, receiver: Receiver) -> Sandbox:
    """A sandbox whose webhooks reach the receiver in this process."""
    return Sandbox(options, clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))


@pytest.fixture
def port() -> Iterator[Receiver]:
    with listening(Receiver()) as receiver:
        yield receiver


def placed(sandbox: Sandbox, number: int) -> list[str]:
    """Announce some orders; returns their ids."""
    ids = [str(576461413038785000 + at) for at in range(number)]
    for order_id in ids:
        sandbox.world.announce(sandbox.shop(), ORDER, {"order_id": order_id})
    return ids


def arrived(receiver: Receiver) -> list[str]:
    return [event["data"]["order_id"] for event in receiver.events]


def test_what_is_announced_arrives_signed_over_a_port(port: Receiver, clock: Clock) -> None:
    sandbox = Sandbox(SandboxOptions(products=1, webhook_url=port.url), clock=clock)

    sandbox.world.announce(sandbox.shop(), ORDER, {"order_id": "17", "update_time": 5})
    (record,) = sandbox.deliver_due()
    sandbox.webhooks.close()

    (body,), (event,) = port.bodies, port.events
    signature = hmac.new(sandbox.app_secret.encode(), sandbox.app_key.encode() + body, hashlib.sha256).hexdigest()
    assert port.headers[0]["HTTP_AUTHORIZATION"] == signature
    assert event == {
        "type": 1,
        "tts_notification_id": record.notification_id,
        "shop_id": sandbox.shop().shop_id,
        "timestamp": int(clock.now),
        "data": {"order_id": "17", "update_time": 5},
    }
    assert (record.attempt, record.status, record.outcome, record.url) == (1, 200, "answered", port.url)


def test_a_large_number_is_exact_on_the_wire(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.announce("INVENTORY_CHANGED_BY_SHOP", overrides={"data.sku_id": 732357708734418520388})
    sandbox.deliver_due()

    assert (
        f'"product_id":{sandbox.shop().catalogue.product_id(0)},"sku_id":732357708734418520388,'.encode()
        in (receiver.bodies[0])
    )


def test_what_is_not_answered_is_repeated_four_times_each_after_the_failure_before(
    sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500, 404, 302, 503, 400]
    sandbox.announce(ORDER)
    assert [record.status for record in sandbox.deliver_due()] == [500]

    for wait in (2 * MINUTE, 30 * MINUTE, 3 * HOUR, 12 * HOUR):
        clock.now += wait - 1
        assert sandbox.deliver_due() == []
        clock.now += 1
        assert len(sandbox.deliver_due()) == 1

    clock.now += 1000 * HOUR
    assert sandbox.deliver_due() == []
    assert [(record.attempt, record.status, record.outcome) for record in sandbox.webhooks.log.records()] == [
        (1, 500, "failed"),
        (2, 404, "failed"),
        (3, 302, "failed"),
        (4, 503, "failed"),
        (5, 400, "dropped"),
    ]
    assert len(set(receiver.bodies)) == 1
    assert sandbox.webhooks.pending() == []


def test_a_repetition_waits_from_the_failure_not_from_the_beginning(
    sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500, 500]
    sandbox.announce(ORDER)
    sandbox.deliver_due()
    clock.now += 50 * MINUTE
    sandbox.deliver_due()

    (waiting,) = sandbox.webhooks.pending()

    assert (waiting.attempt, waiting.due) == (3, clock.now + 30 * MINUTE)


@pytest.mark.parametrize("status", [200, 401])
def test_an_answer_ends_it(sandbox: Sandbox, receiver: Receiver, clock: Clock, status: int) -> None:
    receiver.statuses = [status]
    sandbox.announce(ORDER)
    (record,) = sandbox.deliver_due()
    clock.now += 100 * HOUR

    assert (record.status, record.outcome) == (status, "answered")
    assert sandbox.deliver_due() == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://exa\x7fmple.com/"])
def test_nobody_at_the_address_is_a_failure(clock: Clock, url: str) -> None:
    sandbox = Sandbox(SandboxOptions(products=1, webhook_url=url), clock=clock)
    sandbox.announce(ORDER)

    assert [(record.status, record.outcome) for record in sandbox.deliver_due()] == [(0, "failed")]
    sandbox.webhooks.close()


def test_a_repetition_gets_a_new_id_when_asked(clock: Clock, receiver: Receiver) -> None:
    options = SandboxOptions(products=1, webhook_url="http://receiver/", webhook_retry_keeps_id=False)
    sandbox = Sandbox(options, clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))
    receiver.statuses = [500, 500]
    sandbox.announce(ORDER)
    sandbox.announce("RECIPIENT_ADDRESS_UPDATE")
    sandbox.deliver_due()
    clock.now += 2 * MINUTE
    sandbox.deliver_due()

    first, address, again, address_again = receiver.events
    assert first["tts_notification_id"] != again["tts_notification_id"]
    assert first["data"] == again["data"]
    assert address == address_again


def test_a_shops_own_address_takes_the_event_from_the_apps(
    sandbox: Sandbox, clock: Clock, receiver: Receiver, port: Receiver
) -> None:
    sandbox = Sandbox(SandboxOptions(products=1, shops=2, webhook_url=port.url), clock=clock)
    caller = Caller.of(sandbox, clock)
    with listening(Receiver()) as own:
        body = json.dumps({"address": own.url, "event_type": ORDER}).encode()
        caller.send("PUT", "/event/202309/webhooks", {"shop_cipher": caller.cipher}, body)
        for shop in sandbox.shops:
            sandbox.announce(ORDER, shop_id=shop.shop_id)
        sandbox.announce("PACKAGE_UPDATE")
        sandbox.deliver_due()
        body = json.dumps({"event_type": ORDER}).encode()
        caller.send("DELETE", "/event/202309/webhooks", {"shop_cipher": caller.cipher}, body)
        sandbox.announce(ORDER)
        sandbox.deliver_due()
        sandbox.webhooks.close()

    first, second = (shop.shop_id for shop in sandbox.shops)
    assert [(event["type"], event["shop_id"]) for event in own.events] == [(1, first)]
    assert [(event["type"], event["shop_id"]) for event in port.events] == [(1, second), (4, first), (1, first)]


def test_what_nobody_wants_is_noted_and_not_sent(clock: Clock, receiver: Receiver) -> None:
    options = SandboxOptions(products=1, webhook_url="http://receiver/", webhook_topics=("PACKAGE_UPDATE",))
    sandbox = Sandbox(options, clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))
    sandbox.announce(ORDER)
    sandbox.announce("PACKAGE_UPDATE")
    sandbox.webhooks.set_url("")
    sandbox.deliver_due()

    assert receiver.bodies == []
    assert sandbox.webhooks.log.counts() == {ORDER: {"unwanted": 1}, "PACKAGE_UPDATE": {"unwanted": 1}}


def test_a_change_that_nobody_documented_cannot_be_announced(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="NO_SUCH_EVENT"):
        sandbox.announce("NO_SUCH_EVENT")


class TestTricks:
    def test_a_lost_webhook_never_arrives(self, sandbox: Sandbox, receiver: Receiver, clock: Clock) -> None:
        sandbox.webhooks.lose(next=2)
        ids = placed(sandbox, 3)
        sandbox.deliver_due()
        clock.now += 100 * HOUR
        sandbox.deliver_due()

        assert arrived(receiver) == ids[2:]
        assert sandbox.webhooks.log.count("lost", event=ORDER) == 2

    def test_a_duplicate_has_the_same_notification_id(self, sandbox: Sandbox, receiver: Receiver) -> None:
        sandbox.webhooks.duplicate(2)
        ids = placed(sandbox, 2)
        sandbox.deliver_due()

        assert arrived(receiver) == [ids[0], ids[0], ids[0], ids[1]]
        assert len(set(receiver.bodies)) == 2

    def test_a_delayed_webhook_arrives_late(self, sandbox: Sandbox, receiver: Receiver, clock: Clock) -> None:
        sandbox.webhooks.delay(30)
        ids = placed(sandbox, 2)
        sandbox.deliver_due()
        clock.now += 30
        sandbox.deliver_due()

        assert arrived(receiver) == [ids[1], ids[0]]

    def test_a_window_leaves_in_reverse(self, sandbox: Sandbox, receiver: Receiver) -> None:
        sandbox.webhooks.reorder(3)
        ids = placed(sandbox, 4)
        sandbox.deliver_due()

        assert arrived(receiver) == [ids[2], ids[1], ids[0], ids[3]]

    def test_a_window_that_never_fills_leaves_after_a_while(
        self, sandbox: Sandbox, receiver: Receiver, clock: Clock
    ) -> None:
        sandbox.webhooks.reorder(3)
        ids = placed(sandbox, 2)
        assert sandbox.deliver_due() == []
        assert len(sandbox.webhooks.pending()) == 2
        clock.now += 5
        sandbox.deliver_due()

        assert arrived(receiver) == [ids[1], ids[0]]

    def test_a_forged_webhook_has_a_wrong_signature_and_401_ends_it(
        self, sandbox: Sandbox, receiver: Receiver, clock: Clock
    ) -> None:
        receiver.app = (sandbox.app_key, sandbox.app_secret)
        sandbox.webhooks.forge()
        placed(sandbox, 2)

        assert [(record.status, record.outcome) for record in sandbox.deliver_due()] == [
            (401, "answered"),
            (200, "answered"),
        ]

    def test_a_share_is_drawn_from_the_seed(self, clock: Clock, options: SandboxOptions) -> None:
        def lost(seed: int) -> list[str]:
            receiver = Receiver()
            sandbox = Sandbox(options, clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))
            sandbox.webhooks.lose(probability=0.2, seed=seed)
            ids = placed(sandbox, 200)
            sandbox.deliver_due()
            return sorted(set(ids) - set(arrived(receiver)))

        assert lost(1) == lost(1) != lost(2)
        assert 20 <= len(lost(1)) <= 60

    def test_a_probability_of_one_is_everything_until_healed(self, sandbox: Sandbox, receiver: Receiver) -> None:
        sandbox.webhooks.lose(probability=1.0)
        placed(sandbox, 20)
        sandbox.heal()
        (last,) = placed(sandbox, 1)
        sandbox.deliver_due()

        assert arrived(receiver) == [last]
        assert sandbox.webhooks.log.count("lost") == 20

    def test_a_trick_can_be_kept_to_one_event(self, sandbox: Sandbox, receiver: Receiver) -> None:
        sandbox.webhooks.lose(event="4", next=1)
        sandbox.announce(ORDER)
        sandbox.announce("PACKAGE_UPDATE")
        sandbox.announce("PACKAGE_UPDATE")
        sandbox.deliver_due()

        assert [event["type"] for event in receiver.events] == [1, 4]

    def test_to_heal_ends_the_tricks_and_sends_what_they_held(
        self, sandbox: Sandbox, receiver: Receiver, clock: Clock
    ) -> None:
        receiver.statuses = [500]
        (failed,) = placed(sandbox, 1)
        sandbox.deliver_due()
        sandbox.webhooks.delay(HOUR)
        sandbox.announce(ORDER, {"order_id": "delayed"})
        sandbox.webhooks.reorder(9)
        sandbox.announce(ORDER, {"order_id": "held"})
        sandbox.webhooks.lose(probability=0.999)
        sandbox.heal()
        sandbox.announce(ORDER, {"order_id": "after"})
        sandbox.deliver_due()

        assert set(arrived(receiver)) == {failed, "delayed", "held", "after"}
        assert len(receiver.bodies) == 4
        assert [each.due for each in sandbox.webhooks.pending()] == [clock.now + 2 * MINUTE]

    @pytest.mark.parametrize(("trick", "argument"), [("lose", 0), ("duplicate", 0), ("reorder", 1), ("delay", -1)])
    def test_a_trick_that_makes_no_sense_is_refused(self, sandbox: Sandbox, trick: str, argument: int) -> None:
        with pytest.raises(ValueError, match="or more"):
            getattr(sandbox.webhooks, trick)(argument)


def test_everything_arrives_at_least_once_whatever_happens_on_the_way(
    sandbox: Sandbox, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500] * 40
    sandbox.webhooks.duplicate(probability=0.3, seed=1)
    sandbox.webhooks.reorder(4, probability=0.3, seed=2)
    sandbox.webhooks.delay(70, probability=0.3, seed=3)
    ids = placed(sandbox, 60)
    while sandbox.webhooks.pending():
        sandbox.deliver_due()
        clock.now += MINUTE

    assert set(arrived(receiver)) == set(ids)
    assert sandbox.webhooks.log.count("failed") == 40
    notifications = {(event["tts_notification_id"], event["data"]["order_id"]) for event in receiver.events}
    assert len(notifications) == 60


class TestLifeOfAnAuthorization:
    def test_a_seller_who_removes_the_app_is_told_of_once_per_shop(
        self, clock: Clock, receiver: Receiver, options: SandboxOptions
    ) -> None:
        options = SandboxOptions(products=1, shops=2, sellers=2, webhook_url="http://receiver/")
        sandbox = Sandbox(options, clock=clock, webhook_transport=httpx.WSGITransport(app=receiver))
        caller = Caller.of(sandbox, clock)
        caller.token("get", auth_code=sandbox.auth_code(), grant_type="authorized_code")

        assert sandbox.revoke() == 2
        assert sandbox.revoke() == 0
        sandbox.deliver_due()

        assert [(event["type"], event["shop_id"]) for event in receiver.events] == [
            (6, shop.shop_id) for shop in sandbox.sellers[0].shops
        ]

    def test_the_end_is_announced_thirty_days_ahead_and_then_at_every_midnight(
        self, sandbox: Sandbox, clock: Clock, receiver: Receiver
    ) -> None:
        caller = Caller.of(sandbox, clock)
        ends_at = caller.grant["refresh_token_expire_in"]
        clock.now = ends_at - 30 * 24 * HOUR - 1
        assert sandbox.deliver_due() == []
        clock.now += 1
        assert len(sandbox.deliver_due()) == 1
        assert sandbox.deliver_due() == []
        while clock.now < ends_at + 100 * HOUR:
            clock.now += 6 * HOUR
            sandbox.deliver_due()

        first, *later = receiver.events
        assert first["timestamp"] == ends_at - 30 * 24 * HOUR
        assert "in 30 days" in first["data"]["message"]
        assert [event["timestamp"] % (24 * HOUR) for event in later] == [0] * 30
        assert "in 1 days" in later[-1]["data"]["message"]
        assert {event["data"]["expiration_time"] for event in receiver.events} == {str(ends_at)}

    def test_days_that_a_clock_jumped_over_are_made_up_for(
        self, sandbox: Sandbox, clock: Clock, receiver: Receiver
    ) -> None:
        caller = Caller.of(sandbox, clock)
        clock.now = caller.grant["refresh_token_expire_in"] + 24 * HOUR
        sandbox.deliver_due()

        assert len({event["timestamp"] for event in receiver.events}) == 31

    def test_a_renewed_or_revoked_authorization_is_not_about_to_end(
        self, sandbox: Sandbox, clock: Clock, receiver: Receiver
    ) -> None:
        caller = Caller.of(sandbox, clock)
        clock.now = caller.grant["refresh_token_expire_in"] - 10 * 24 * HOUR
        caller.token("get", auth_code=sandbox.auth_code(), grant_type="authorized_code")
        sandbox.deliver_due()
        assert receiver.bodies == []

        sandbox.world.tokens.revoke()
        clock.now += 340 * 24 * HOUR
        sandbox.deliver_due()
        assert receiver.bodies == []


class TestProducts:
    def test_a_new_product_is_told_of(self, sandbox: Sandbox, receiver: Receiver, clock: Clock) -> None:
        (product_id,) = sandbox.add_products(1)
        sandbox.deliver_due()

        assert [(event["type"], event["data"]) for event in receiver.events] == [
            (16, {"product_id": int(product_id), "product_types": [], "update_time": int(clock.now)})
        ]

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"title": "New", "brand": {}, "is_cod_allowed": True}, {15: ["title", "others"]}),
            ({"status": "FREEZE"}, {5: "PRODUCT_STATUS_CHANGED"}),
            (
                {"status": "FAILED", "audit": {"status": "FAILED"}},
                {5: "PRODUCT_AUDIT_FAILURE", 37: {"status": "FAILED"}},
            ),
            ({"status": "SELLER_DEACTIVATED"}, {}),
            ({"skus": [], "update_time": 5}, {}),
        ],
    )
    def test_an_edited_product_is_told_of_in_the_event_of_what_changed(
        self, sandbox: Sandbox, receiver: Receiver, fields: dict[str, Any], told: dict[int, object]
    ) -> None:
        sandbox.edit_product(sandbox.shop().catalogue.product_id(0), **fields)
        sandbox.deliver_due()

        key = {15: "changed_fields", 5: "status", 37: "audit"}
        assert {event["type"]: event["data"][key[event["type"]]] for event in receiver.events} == told


class TestServed:
    def test_a_served_sandbox_delivers_by_itself(self, port: Receiver) -> None:
        sandbox = Sandbox(SandboxOptions(products=1, webhook_url=port.url))
        with running(sandbox):
            ids = placed(sandbox, 50)
            assert sandbox.webhooks.settle()

        assert sorted(arrived(port)) == ids
        assert sandbox.webhooks.log.count("answered") == 50

    def test_a_repetition_leaves_once_its_time_has_come(self, port: Receiver, clock: Clock) -> None:
        port.statuses = [500]
        sandbox = Sandbox(SandboxOptions(products=1, webhook_url=port.url), clock=clock)
        with running(sandbox):
            placed(sandbox, 1)
            assert sandbox.webhooks.settle()
            assert len(port.bodies) == 1
            clock.now += 2 * MINUTE
            assert sandbox.webhooks.settle()

        assert [record.status for record in sandbox.webhooks.log.records()] == [500, 200]

    def test_a_sandbox_that_is_not_served_does_not_settle(self, sandbox: Sandbox) -> None:
        sandbox.announce(ORDER)

        assert not sandbox.webhooks.settle(0.01)

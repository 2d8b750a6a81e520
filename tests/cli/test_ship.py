"""`mye-tiktok ship`: what TikTok knows of carriers, packages, warehouses and tracking."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse

import pytest

from mye_tiktok.domain.json import Json
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.server import running
from tests.cli.conftest import CHANNEL, Cli

STRANGER = "577999999999999999"
SLOT = {"start_time": 1764000000, "end_time": 1764010000, "avaliable": True}
PACKAGE = {
    "package_status": "TO_FULFILL",
    "orders": [{"id": "1"}, {"id": "2"}],
    "order_line_item_ids": ["11", "12"],
    "shipping_provider_name": "Royal Mail",
    "shipping_provider_id": "71",
    "create_time": 1764000000,
    "pickup_slot": SLOT,
    "recipient_address": {"full_address": "1 Canary Street"},
}
EVENTS = [{"description": "Collected", "update_time_millis": 1764000000000, "action_code": 7}]


class Answering(Sandbox):
    """A sandbox that gives prepared answers under some paths; `asked` are their requests."""

    def __init__(self, options: SandboxOptions) -> None:
        super().__init__(options)
        self.prepared: dict[str, Json] = {}
        self.asked: list[tuple[str, str]] = []

    def wsgi(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        answer = self.prepared.get(path)
        if answer is None:
            return super().wsgi(environ, start_response)
        size = int(environ.get("CONTENT_LENGTH") or 0)
        self.asked.append((path, environ["wsgi.input"].read(size).decode()))
        code = answer.get("code", 0)
        envelope = {"code": code, "message": "No." if code else "Success", "request_id": "1", "data": answer}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(envelope).encode()]


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=6)


@pytest.fixture
def sandbox(options: SandboxOptions, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    made = Answering(options)
    with running(made) as url:
        for name, value in {
            "TIKTOK_API_URL": url,
            "TIKTOK_AUTH_URL": url,
            "APP_KEY": made.app_key,
            "APP_SECRET": made.app_secret,
            "SERVICE_ID": made.service_id,
            "TIKTOK_MAX_RPS": "1000",
        }.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def tiktok(connected: Sandbox) -> Answering:
    """The sandbox, once its shop is connected."""
    assert isinstance(connected, Answering)
    return connected


def providers_at(option: str) -> str:
    return f"/logistics/202309/delivery_options/{option}/shipping_providers"


def package_at(package_id: str) -> str:
    return f"/fulfillment/202309/packages/{package_id}"


def test_the_providers_of_an_option_are_listed(cli: Cli, tiktok: Answering) -> None:
    tiktok.prepared[providers_at("12")] = {"shipping_providers": [{"id": "71", "name": "USPS"}]}

    found = cli("ship", "providers", "--delivery-option-id", "12", "--json").json()

    assert found["providers"] == [{"id": "71", "name": "USPS"}]
    assert cli("ship", "providers", "--delivery-option-id", "12").out == "PROVIDER\tNAME\n71\tUSPS\n"


def test_the_providers_of_an_order_are_those_of_its_option(cli: Cli, tiktok: Answering) -> None:
    order_id = tiktok.place_order(status="AWAITING_SHIPMENT", shipping_type="SELLER")

    found = cli("ship", "providers", "--order", order_id, "--channel", CHANNEL, "--json").json()

    option = tiktok.order(order_id)["delivery_option_id"]
    assert found["delivery_option_id"] == option
    assert len(found["providers"]) > 1
    assert cli("ship", "providers", "--delivery-option-id", option, "--json").json() == found


@pytest.mark.parametrize("given", [(), ("--order", "5", "--delivery-option-id", "12")])
def test_providers_need_one_option_or_one_order(cli: Cli, tiktok: Answering, given: tuple[str, ...]) -> None:
    assert cli("ship", "providers", *given).code == 2


@pytest.mark.parametrize("command", ["providers", "packages"])
def test_an_order_that_tiktok_does_not_know_is_named(cli: Cli, tiktok: Answering, command: str) -> None:
    outcome = cli("ship", command, "--order", STRANGER, "--json")

    assert (outcome.code, outcome.error()["code"]) == (65, "no-order")
    assert STRANGER in outcome.error()["message"]


def test_an_order_without_a_delivery_option_says_what_to_type(cli: Cli, tiktok: Answering) -> None:
    order_id = tiktok.place_order(status="AWAITING_SHIPMENT", delivery_option_id="")

    error = cli("ship", "providers", "--order", order_id, "--json").error()

    assert error["code"] == "no-delivery-option"
    assert "ship warehouses --delivery-options" in error["hint"]


def test_a_package_is_tiktoks_object(cli: Cli, tiktok: Answering) -> None:
    tiktok.prepared[package_at("66")] = PACKAGE

    assert cli("ship", "package", "66", "--json").json() == {"package": {"package_id": "66", **PACKAGE}}


def test_the_packages_of_the_shop_lead_to_the_one_of_an_order(cli: Cli, tiktok: Answering) -> None:
    order_id = tiktok.place_order(status="AWAITING_COLLECTION", shipping_type="SELLER")

    (of_order,) = cli("ship", "packages", "--order", order_id, "--json").json()["packages"]
    listed = cli("ship", "packages", "--status", of_order["package_status"], "--json").json()["packages"]
    alone = cli("ship", "package", of_order["package_id"], "--json").json()["package"]

    assert alone == of_order
    assert [one["tracking_number"] for one in listed if one["id"] == of_order["package_id"]] == [
        of_order["tracking_number"]
    ]
    assert alone["orders"][0]["id"] == order_id
    assert order_id in cli("ship", "package", of_order["package_id"]).out


def test_a_package_shows_that_several_orders_go_together(cli: Cli, tiktok: Answering) -> None:
    tiktok.prepared[package_at("66")] = PACKAGE

    shown = cli("ship", "package", "66").out

    assert "holds\t2 orders together\n" in shown
    assert "provider\tRoyal Mail (71)\n" in shown
    assert "picked up\t2025-11-24 16:00 UTC to 2025-11-24 18:46 UTC\n" in shown
    assert "Canary" not in shown


@pytest.mark.parametrize("prepared", [{}, {"code": 10006402}])
def test_a_package_that_tiktok_does_not_know_is_named(cli: Cli, tiktok: Answering, prepared: Json) -> None:
    tiktok.prepared[package_at("66")] = prepared

    outcome = cli("ship", "package", "66", "--json")

    assert (outcome.code, outcome.error()["code"]) == (65, "no-package")


def test_a_page_of_packages_is_searched(cli: Cli, tiktok: Answering) -> None:
    search = "/fulfillment/202309/packages/search"
    tiktok.prepared[search] = {"packages": [{"id": "66", **PACKAGE}], "next_page_token": "t+", "total_count": 7}

    given = ("ship", "packages", "--status", "TO_FULFILL", "--since", "2025-11-01", "--updated", "--limit", "5")
    found = cli(*given, "--json").json()

    assert ([one["id"] for one in found["packages"]], found["next_page_token"]) == (["66"], "t+")
    assert found["total_count"] == 7
    assert json.loads(tiktok.asked[0][1]) == {"update_time_ge": 1761955200, "package_status": "TO_FULFILL"}
    shown = cli(*given)
    assert "66\tTO_FULFILL\t1, 2\t2\t" in shown.out
    assert "1 of 7 packages" in shown.err
    assert "--page-token 't+'" in shown.err


def test_the_packages_of_an_order_are_shown_in_full(cli: Cli, tiktok: Answering) -> None:
    lines = [{"id": "11", "package_id": "66"}, {"id": "12", "package_id": "67"}]
    order_id = tiktok.place_order(status="AWAITING_SHIPMENT")
    tiktok.edit_order(order_id, line_items=lines, packages=[{"id": "66"}, {"id": "67"}])
    for package_id in ("66", "67"):
        tiktok.prepared[package_at(package_id)] = PACKAGE

    found = cli("ship", "packages", "--order", order_id, "--json").json()

    assert [one["package_id"] for one in found["packages"]] == ["66", "67"]
    assert cli("ship", "packages", "--order", order_id, "--status", "TO_FULFILL").code == 2


def test_warehouses_are_listed_with_the_options_of_those_that_sell(cli: Cli, tiktok: Answering) -> None:
    warehouses: list[Json] = [
        {"id": "7", "name": "North", "type": "SALES_WAREHOUSE", "effect_status": "ENABLED", "is_default": True},
        {"id": "8", "name": "Returns", "type": "RETURN_WAREHOUSE"},
    ]
    tiktok.prepared["/logistics/202309/warehouses"] = {"warehouses": warehouses}
    option = {"id": "12", "name": "Standard", "type": "STANDARD"}
    tiktok.prepared["/logistics/202309/warehouses/7/delivery_options"] = {"delivery_options": [option]}

    alone = cli("ship", "warehouses", "--json").json()["warehouses"]
    both = cli("ship", "warehouses", "--delivery-options", "--json").json()["warehouses"]

    assert alone == warehouses
    assert both == [{**warehouses[0], "delivery_options": [option]}, warehouses[1]]
    shown = cli("ship", "warehouses", "--delivery-options").out
    assert "7\tENABLED\tSALES_WAREHOUSE\tyes\t\t\tNorth\n" in shown
    assert "7\t12\tSTANDARD\tStandard\n" in shown


def test_slots_tell_how_and_when_a_package_is_handed_over(cli: Cli, tiktok: Answering) -> None:
    tiktok.prepared[f"{package_at('66')}/handover_time_slots"] = {"can_pickup": True, "pickup_slots": [SLOT]}

    found = cli("ship", "slots", "66", "--json").json()
    shown = cli("ship", "slots", "66")

    assert (found["package_id"], found["can_pickup"], found["can_drop_off"]) == ("66", True, False)
    assert found["slots"] == [{"start": "2025-11-24T16:00:00Z", "end": "2025-11-24T18:46:40Z", "available": True}]
    assert "by pick-up" in shown.err
    assert "2025-11-24 16:00:00\t2025-11-24 18:46:40\tyes\n" in shown.out


def test_an_order_is_tracked(cli: Cli, tiktok: Answering) -> None:
    tiktok.prepared["/fulfillment/202309/orders/5/tracking"] = {"tracking": EVENTS}

    found = cli("ship", "track", "5", "--json").json()

    event = {"at": "2025-11-24T16:00:00Z", "description": "Collected", "action": "7", "tracking_number": ""}
    assert found == {"order_id": "5", "tracking": [event], "parcels": []}
    assert "2025-11-24 16:00:00\t7\tCollected\n" in cli("ship", "track", "5").out


class TestCrossBorder:
    """Shops that sell across borders are told parcel by parcel."""

    PARCELS = "/logistics/202604/orders/5/tracking"

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(products=6, shops=2)

    @pytest.fixture
    def connected(self, sandbox: Answering, cli: Cli) -> Answering:
        shop_id = sandbox.shop().shop_id
        given = ("--channel-uid", CHANNEL, "--shop-id", shop_id)
        assert cli("auth", "integrate", "--code", sandbox.auth_code(), *given).code == 0
        return sandbox

    def test_each_parcel_is_tracked(self, cli: Cli, tiktok: Answering) -> None:
        tiktok.prepared["/fulfillment/202309/orders/5/tracking"] = {"tracking": []}
        parcel = {"newest_tracking_no": "T1", "carrier_name": "Carrier", "track_list": EVENTS}
        tiktok.prepared[self.PARCELS] = {"logistics_details": [parcel]}

        found = cli("ship", "track", "5", "--channel", CHANNEL, "--json").json()["parcels"]

        assert [(one["tracking_number"], len(one["tracking"])) for one in found] == [("T1", 1)]
        assert "T1  Carrier\n" in cli("ship", "track", "5", "--channel", CHANNEL).out

    def test_the_order_is_tracked_also_when_its_parcels_are_not(self, cli: Cli, tiktok: Answering) -> None:
        tiktok.prepared["/fulfillment/202309/orders/5/tracking"] = {"tracking": EVENTS}
        tiktok.prepared[self.PARCELS] = {"code": 98001004}

        outcome = cli("ship", "track", "5", "--channel", CHANNEL)

        assert (outcome.code, "Collected" in outcome.out) == (0, True)
        assert "parcel by parcel" in outcome.err

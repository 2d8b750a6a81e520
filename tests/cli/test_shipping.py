"""`ship mark-shipped`, `update`, `arrange`, `create`: what a person ships by hand, as operators see it."""

from typing import Any

import pytest

from mye_tiktok.sandbox.delivery_options import carriers
from mye_tiktok.sandbox.faults import Fault
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import Cli

REGION = "GB"
NUMBER = "TRACK-0001"


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=4, regions=(REGION,))


def place(sandbox: Sandbox, status: str = "AWAITING_SHIPMENT", shipping: str = "SELLER", count: int = 1) -> str:
    return sandbox.place_order(count=count, status=status, shipping_type=shipping)


def carrier(region: str = REGION) -> tuple[str, str]:
    """Return the id and the name of the last carrier of a market."""
    return list(carriers(region).items())[-1]


def mark(cli: Cli, order_id: str, *more: str, number: str = NUMBER, provider: str = "") -> Any:
    named = provider or carrier()[0]
    return cli("ship", "mark-shipped", order_id, "--tracking", number, "--provider", named, *more)


def calls(sandbox: Sandbox, operation: str = "mark_package_as_shipped") -> int:
    return sandbox.requests.count(operation)


def told(cli: Cli, order_id: str) -> list[Any]:
    """Return what MYE was told of shipments of an order."""
    messages = cli("queue", "peek", "order", "--limit", "100", "--json").json()["messages"]
    mine = [one for one in messages if one["subject"] == order_id]
    return [each for one in mine for each in one["body"].get("shipments", [])]


def test_an_order_is_marked_as_shipped_and_mye_is_told(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    assert cli("orders", "fetch").code == 0

    shipped = mark(cli, order_id, "--json").json()

    [one] = shipped["shipments"]
    assert (one["order_id"], one["tracking_number"], one["state"]) == (order_id, NUMBER, "shipped")
    order = connected.order(order_id)
    assert order["status"] == "AWAITING_COLLECTION"
    assert one["package_id"] == order["packages"][0]["id"]
    [news] = told(cli, order_id)
    assert (news["state"], news["tracking_number"], news["package_ids"]) == ("shipped", NUMBER, [one["package_id"]])


def test_the_carrier_may_go_by_its_name(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)

    assert mark(cli, order_id, provider=carrier()[1].upper()).code == 0

    assert connected.order(order_id)["packages"]


def test_the_same_again_is_done_already_and_sends_nothing(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    mark(cli, order_id)

    again = mark(cli, order_id, "--json").json()

    [one] = again["shipments"]
    assert (one["state"], one["code"]) == ("shipped", "already-shipped")
    assert calls(connected) == 1


def test_another_number_for_a_shipped_order_is_refused_with_the_command_that_corrects(
    connected: Sandbox, cli: Cli
) -> None:
    order_id = place(connected)
    mark(cli, order_id)

    other = mark(cli, order_id, "--json", number="TRACK-0002")

    assert other.code == 65
    assert other.error()["code"] == "already-shipped"
    assert "ship update" in other.error()["hint"]
    assert calls(connected) == 1


@pytest.mark.parametrize("forgotten", [False, True], ids=["shipped by us", "shipped elsewhere"])
def test_a_number_that_went_out_with_another_carrier_is_refused_with_the_command_that_corrects(
    connected: Sandbox, cli: Cli, forgotten: bool
) -> None:
    order_id, (first, second) = place(connected), list(carriers(REGION).items())[:2]
    mark(cli, order_id, provider=first[0], number=NUMBER)
    more = ("--line-item", connected.order(order_id)["line_items"][0]["id"]) if forgotten else ()

    other = mark(cli, order_id, "--json", *more, provider=second[1])

    assert (other.code, other.error()["code"]) == (65, "other-carrier")
    assert f"by {first[1]}, not {second[1]}" in other.error()["message"]
    package_id = connected.order(order_id)["packages"][0]["id"]
    assert f"ship update {package_id} --tracking {NUMBER} --provider" in other.error()["hint"]
    assert calls(connected) == 1
    assert cli("ship", "list", "--state", "shipped", "--json").json()["shipments"][-1]["provider"] == first[0]


def test_what_shipped_stays_shipped_when_it_is_given_again_after_a_correction(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    mark(cli, order_id)
    package_id = connected.order(order_id)["packages"][0]["id"]
    assert cli("ship", "update", package_id, "--tracking", "TRACK-0002", "--provider", carrier()[0]).code == 0
    news = told(cli, order_id)

    again = mark(cli, order_id, "--json")

    assert again.code == 0
    [one] = again.json()["shipments"]
    assert (one["state"], one["code"]) == ("shipped", "already-shipped")
    assert "TRACK-0002" in one["message"]
    assert cli("ship", "list", "--state", "refused", "--json").json()["shipments"] == []
    assert told(cli, order_id) == news


def test_an_order_on_hold_that_tiktok_ships_is_refused_at_once(connected: Sandbox, cli: Cli) -> None:
    held = mark(cli, place(connected, "ON_HOLD", "TIKTOK"), "--json")

    assert (held.code, held.error()["code"]) == (65, "wrong-call")


def test_what_tiktok_warns_of_is_told_as_its_warning(connected: Sandbox, cli: Cli) -> None:
    [one] = mark(cli, place(connected), "--json", number="123456789012").json()["shipments"]

    assert (one["state"], one["message"]) == ("shipped", "TikTok warns: match more than one provider")


def test_no_number_of_tiktoks_own_is_advised_to_be_corrected(connected: Sandbox, cli: Cli) -> None:
    refused = mark(cli, place(connected, "AWAITING_COLLECTION", "TIKTOK"), "--json")

    assert (refused.code, refused.error()["code"]) == (65, "already-shipped")
    assert "ship update" not in refused.error()["hint"]


def test_an_order_on_hold_waits_and_is_not_sent(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected, "ON_HOLD")

    held = mark(cli, order_id, "--json")

    assert held.code == 75
    assert held.error()["code"] == "on-hold"
    assert held.document()["shipments"][0]["state"] == "pending"
    assert calls(connected) == 0


@pytest.mark.parametrize(
    ("status", "shipping", "code", "hint"),
    [
        ("CANCELLED", "SELLER", "cancelled", "keep the parcel back"),
        ("AWAITING_SHIPMENT", "TIKTOK", "wrong-call", "ship "),
        ("UNPAID", "SELLER", "unpaid", "AWAITING_SHIPMENT"),
    ],
)
def test_what_must_not_be_marked_is_refused_before_the_call(
    connected: Sandbox, cli: Cli, status: str, shipping: str, code: str, hint: str
) -> None:
    order_id = place(connected, status, shipping)

    refused = mark(cli, order_id, "--json")

    assert (refused.code, refused.error()["code"]) == (65, code)
    assert hint in refused.error()["hint"]
    assert calls(connected) == 0


def test_a_dry_run_shows_the_call_and_writes_nothing(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)

    [planned] = mark(cli, order_id, "--dry-run", "--json").json()["plan"]

    assert (planned["operation"], planned["order_id"]) == ("mark_package_as_shipped", order_id)
    assert (planned["tracking_number"], planned["provider_id"]) == (NUMBER, carrier()[0])
    assert calls(connected) == 0
    assert connected.order(order_id)["status"] == "AWAITING_SHIPMENT"
    assert cli("ship", "mark-shipped", order_id, "--tracking", NUMBER, "--provider", carrier()[0]).code == 0


def test_a_number_that_none_is_and_a_carrier_that_none_is_are_refused(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)

    assert mark(cli, order_id, "--json", number="no number").error()["code"] == "tracking-number"
    unknown = mark(cli, order_id, "--json", provider="Nobody")

    assert (unknown.code, unknown.error()["code"]) == (65, "provider")
    assert carrier()[1] in unknown.error()["hint"]
    assert calls(connected) == 0


def test_an_answer_that_is_lost_is_found_by_reading_the_order(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    connected.faults.add(Fault(kind="lost", operation="mark_package_as_shipped", times=1))

    assert mark(cli, order_id).code == 0

    assert connected.order(order_id)["status"] == "AWAITING_COLLECTION"
    assert calls(connected) == 1


def test_a_call_that_got_no_answer_and_did_nothing_is_not_repeated_at_once(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    connected.faults.add(Fault(kind="bad_gateway", operation="mark_package_as_shipped", times=1))

    unclear = mark(cli, order_id, "--json")

    assert unclear.code == 75
    assert unclear.document()["shipments"][0]["state"] == "sent"
    assert mark(cli, order_id).code == 75
    assert calls(connected) == 1


def test_a_correction_is_taken_once_and_then_refused_with_the_rule(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    package_id = mark(cli, order_id, "--json").json()["shipments"][0]["package_id"]

    corrected = cli("ship", "update", package_id, "--tracking", "TRACK-0002", "--json").json()
    again = cli("ship", "update", package_id, "--tracking", "TRACK-0003", "--json")

    assert corrected["shipments"][0]["state"] == "shipped"
    assert connected.order(order_id)["line_items"][0]["tracking_number"] == "TRACK-0002"
    assert again.code == 65
    assert "72 hours" in again.error()["hint"]


@pytest.mark.parametrize("options", [SandboxOptions(products=4, regions=("ID",))])
def test_packages_are_arranged_in_one_call_and_what_is_refused_is_named(connected: Sandbox, cli: Cli) -> None:
    orders = [place(connected, shipping="TIKTOK") for _ in range(3)]
    packages = [connected.order(one)["packages"][0]["id"] for one in orders]
    connected.request_cancel(orders[1])

    mixed = cli("ship", "arrange", *packages, "--json")

    assert mixed.code == 1
    states = {one["package_id"]: one["state"] for one in mixed.document()["shipments"]}
    assert [states[one] for one in packages] == ["shipped", "refused", "shipped"]
    assert calls(connected, "batch_ship_packages") == 1


@pytest.mark.parametrize("options", [SandboxOptions(products=4, regions=("ID",))])
def test_a_seller_in_south_east_asia_arranges_with_a_number(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    package_id = connected.order(order_id)["packages"][0]["id"]
    wrong = mark(cli, order_id, "--json", provider=carrier("ID")[0])

    arranged = cli("ship", "arrange", package_id, "--tracking", NUMBER, "--provider", carrier("ID")[1], "--json")

    assert (wrong.code, wrong.error()["code"]) == (65, "wrong-call")
    assert f"ship arrange {package_id}" in wrong.error()["hint"]
    assert arranged.json()["shipments"][0]["state"] == "shipped"


def test_a_label_is_bought_once(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected, shipping="TIKTOK")

    first = cli("ship", "create", order_id, "--json").json()
    again = cli("ship", "create", order_id, "--json").json()

    assert first["shipments"][0]["package_id"] == again["shipments"][0]["package_id"]
    assert again["shipments"][0]["code"] == "already-shipped"
    assert calls(connected, "create_packages") == 1


def test_what_waits_is_listed_and_gone_on_with(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected, "ON_HOLD")
    mark(cli, order_id)
    [waiting] = cli("ship", "list", "--json").json()["shipments"]

    assert (waiting["state"], waiting["order_id"], waiting["attempts"]) == ("pending", order_id, 1)
    assert cli("ship", "retry", "--json").json()["counts"] == {}
    connected.advance(order_id, "AWAITING_SHIPMENT")

    assert cli("ship", "retry", str(waiting["id"]), "--json").json()["counts"]["shipped"] == 1
    [shipped] = cli("ship", "list", "--state", "shipped", "--json").json()["shipments"]
    assert shipped["id"] == waiting["id"]
    assert cli("ship", "list", "--state", "nonsense").code == 2


def test_going_on_with_a_shipment_that_is_none_says_so(connected: Sandbox, cli: Cli) -> None:
    refused = cli("ship", "retry", "7", "--json")

    assert (refused.code, refused.error()["code"]) == (65, "no-shipment")
    assert "ship list" in refused.error()["hint"]
    assert cli("ship", "retry", str(2**63)).code == 2


def test_a_refusal_is_told_to_mye_with_the_order(connected: Sandbox, cli: Cli) -> None:
    order_id = place(connected)
    assert cli("orders", "fetch").code == 0

    assert mark(cli, order_id, provider="Nobody").code == 65

    [news] = told(cli, order_id)
    assert (news["state"], news["code"], news["tracking_number"]) == ("refused", "provider", NUMBER)

"""`mye-tiktok orders verify`, `cancellations`, `returns` and `cancellation`: what they print and how they end."""

import time

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import PRODUCTS, Cli


@pytest.fixture
def options() -> SandboxOptions:
    """A Vietnamese shop, where a buyer's wish to cancel waits for the seller's answer."""
    return SandboxOptions(products=PRODUCTS, regions=("VN",))


@pytest.fixture
def cancel_id(cli: Cli, connected: Sandbox) -> str:
    """What a buyer asks for."""
    order_id = connected.place_order(status="AWAITING_SHIPMENT")
    assert cli("orders", "fetch").code == 0
    return connected.request_cancel(order_id)


def test_verify_counts_names_and_repairs_in_one_document(cli: Cli, connected: Sandbox) -> None:
    order_id = connected.place_order()

    found = cli("orders", "verify", "--json").json()

    assert (found["job"], found["outcome"]) == ("orders verify", "ok")
    assert [(gap["order_id"], gap["lack"], gap["repaired"]) for gap in found["gaps"]] == [(order_id, "missing", True)]
    assert [(hour["tiktok"], hour["ours"], hour["missing"]) for hour in found["hours"]] == [(1, 0, 1)]
    assert [(topic["topic"], topic["by_verify"], topic["miss_rate"]) for topic in found["topics"]] == [
        ("ORDER_STATUS_CHANGE", 1, 1.0)
    ]


def test_verify_without_repair_ends_with_1_while_a_gap_is_open(cli: Cli, connected: Sandbox) -> None:
    order_id = connected.place_order(at=time.time() - 120)

    outcome = cli("orders", "verify", "--no-repair")

    assert outcome.code == 1
    assert f"missing\t{order_id}\tUNPAID" in outcome.out
    assert cli("orders", "verify", "--no-repair", "--json").document()["counts"]["missing"] == 1


def test_verify_prints_hours_gaps_and_topics_as_lines_in_a_pipe(cli: Cli, connected: Sandbox) -> None:
    connected.place_order()

    lines = cli("orders", "verify").out.splitlines()

    heads = [line.split("\t")[0] for line in lines]
    assert heads[0] == "CREATED (UTC)"
    assert {"GAP", "missing", "CHANGES TOLD BY", "ORDER_STATUS_CHANGE"} < set(heads)


def test_under_cron_a_verification_that_finds_nothing_to_do_says_nothing_on_stderr(
    cli: Cli, connected: Sandbox
) -> None:
    assert cli("orders", "verify").err == ""
    connected.place_order()
    cli("orders", "fetch")

    assert cli("orders", "verify").err == ""


def test_verify_of_a_time_to_come_is_wrong_usage(cli: Cli, connected: Sandbox) -> None:
    assert cli("orders", "verify", "--since", "2999-01-01").code == 2


def test_pending_cancellations_are_listed_as_tiktok_sent_them(cli: Cli, cancel_id: str) -> None:
    found = cli("orders", "cancellations", "list", "--pending", "--json").json()

    assert [case["cancel_id"] for case in found["cancellations"]] == [cancel_id]
    assert found["more"] is False
    assert cancel_id in cli("orders", "cancellations", "list").out


def test_returns_are_listed(cli: Cli, connected: Sandbox) -> None:
    order_id = connected.place_order(status="DELIVERED")
    return_id = connected.request_return(order_id)

    found = cli("orders", "returns", "list", "--order", order_id, "--json").json()

    assert [(case["return_id"], case["order_id"]) for case in found["returns"]] == [(return_id, order_id)]
    assert cli("orders", "returns", "list", "--limit", "1").code == 0


def test_an_approval_prints_how_the_request_stands(cli: Cli, cancel_id: str) -> None:
    found = cli("orders", "cancellation", "approve", cancel_id, "--json").json()

    assert found["cancellation"]["cancel_status"] == "CANCELLATION_REQUEST_SUCCESS"
    assert cli("orders", "cancellation", "approve", cancel_id).code == 0


def test_a_rejection_without_a_reason_lists_those_there_are(cli: Cli, cancel_id: str) -> None:
    reasons = cli("orders", "cancellation", "reasons", cancel_id, "--json").json()["reasons"]

    outcome = cli("orders", "cancellation", "reject", cancel_id)

    assert outcome.code == 2
    assert all(reason["name"] in outcome.err for reason in reasons)
    assert cli("orders", "cancellation", "reject", cancel_id, "--reason", reasons[0]["name"]).code == 0


def test_a_cancellation_that_nobody_asked_for_is_refused(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("orders", "cancellation", "approve", "4035318504086604100", "--json")

    assert (outcome.code, outcome.error()["code"]) == (65, "no-cancellation")

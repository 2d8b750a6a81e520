"""`mye-tiktok inventory verify` and `inventory history` on the command line."""

import pytest

from mye_tiktok.cli.inventory_audit import chart
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import Cli

PRODUCT, SKU = "1729000000000005000", "1729000000000005001"


def test_the_history_of_a_sku_is_a_table_and_for_people_a_chart(
    cli: Cli, fetched: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pieces in (10, 0, 20):
        assert cli("inventory", "update", PRODUCT, "--set", f"{SKU}={pieces}").code == 0

    lines = cli("inventory", "history", "SKU-5-0", "--json").json()["history"]
    assert [(line["sent"], line["outcome"], line["cause"]) for line in lines] == [
        (10, "applied", "hand"),
        (0, "applied", "hand"),
        (20, "applied", "hand"),
    ]
    assert all(line["request_id"] for line in lines)

    assert "0 to 20" not in cli("inventory", "history", SKU).out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert "▅▁█  0 to 20" in cli("inventory", "history", SKU).out


def test_a_sku_without_a_history_says_where_to_look(cli: Cli, fetched: Sandbox) -> None:
    outcome = cli("inventory", "history", "SKU-9")

    assert (outcome.code, outcome.out) == (0, "")
    assert "inventory requests --sku SKU-9" in outcome.err


def test_a_chart_of_nothing_is_flat() -> None:
    assert chart([0, 0]) == "▁▁"


def test_a_shop_that_mye_said_nothing_of_has_nothing_to_verify(cli: Cli, fetched: Sandbox) -> None:
    report = cli("inventory", "verify", "--json").json()

    assert (report["drift"], report["outcome"]) == ([], "ok")

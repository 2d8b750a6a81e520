"""`consume inventory` and `inventory requests` at the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

SAID = [
    {"request_id": "erp-1", "occurred_at": "2026-10-01T12:00:00Z", "items": [{"seller_sku": "A", "quantity": 5}]},
    {"request_id": "erp-2", "channel_uid": "nobody", "items": [{"product_id": "1", "sku_id": "11", "quantity": 0}]},
]


@pytest.fixture
def consumed(cli: Cli, tmp_path: Path) -> None:
    """Two messages that were taken in, the second for a channel that is not there."""
    file = tmp_path / "stock.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in SAID), encoding="utf-8")
    assert cli("queue", "send", "inventory", str(file)).code == 0
    assert cli("consume", "inventory", "--once").code == 1


def test_consuming_needs_no_tiktok_and_is_silent_when_all_is_well(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "stock.jsonl"
    file.write_text(json.dumps(SAID[0]), encoding="utf-8")
    assert cli("queue", "send", "inventory", str(file)).code == 0

    outcome = cli("consume", "inventory", "--once")

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    done = cli("consume", "inventory", "--once", "--json").json()
    assert (done["job"], done["outcome"], done["counts"]) == ("consume inventory", "ok", {})


@pytest.mark.usefixtures("consumed")
def test_requests_are_listed_with_what_became_of_them(cli: Cli) -> None:
    found = {one["request_id"]: one for one in cli("inventory", "requests", "--json").json()["requests"]}

    assert set(found) == {"erp-1", "erp-2"}
    first, second = found["erp-1"], found["erp-2"]
    assert (first["seller_sku"], first["quantity"], first["state"], first["code"]) == ("A", 5, "pending", "")
    assert first["occurred_at"] == "2026-10-01T12:00:00Z"
    assert (second["product_id"], second["sku_id"], second["quantity"], second["state"]) == ("1", "11", 0, "rejected")
    assert (second["code"], second["channel_uid"]) == ("unknown-channel", "nobody")
    assert "nobody" in second["message"]


@pytest.mark.usefixtures("consumed")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--status", "pending"), ["erp-1"]),
        (("--status", "rejected"), ["erp-2"]),
        (("--status", "applied"), []),
        (("--channel", "nobody"), ["erp-2"]),
        (("--sku", "A"), ["erp-1"]),
        (("--sku", "11"), ["erp-2"]),
        (("--request-id", "erp-1"), ["erp-1"]),
        (("--request-id", "erp-1", "--sku", "11"), []),
    ],
)
def test_requests_are_filtered(cli: Cli, options: tuple[str, ...], found: list[str]) -> None:
    listed = cli("inventory", "requests", "--json", *options).json()["requests"]

    assert [one["request_id"] for one in listed] == found


@pytest.mark.usefixtures("consumed")
def test_requests_are_a_table_in_a_pipe(cli: Cli) -> None:
    lines = cli("inventory", "requests", "--limit", "5").out.splitlines()

    assert lines[0].split("\t") == ["REQUEST", "CHANNEL", "SKU", "WAREHOUSE", "QUANTITY", "OCCURRED", "STATE", "WHY"]
    assert sorted(line.split("\t")[:3] for line in lines[1:]) == [["erp-1", "every", "A"], ["erp-2", "nobody", "1/11"]]


def test_a_status_that_is_none_is_wrong_usage_and_names_those_there_are(cli: Cli) -> None:
    outcome = cli("inventory", "requests", "--status", "new")

    assert outcome.code == 2
    assert "pending, applied, unchanged, superseded, rejected, failed" in outcome.err

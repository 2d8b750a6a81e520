"""`mye-tiktok inventory rules` and `inventory unmapped`."""

from pathlib import Path

import pytest

from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("buffer", "3", ("buffer", 3, "pieces", "")),
        ("buffer", "10%", ("buffer", 10, "percent", "")),
        ("threshold", "2", ("threshold", 2, "pieces", "")),
        ("cap", "50", ("cap", 50, "pieces", "")),
        ("map", "main=7068517275539719942", ("map", None, "", "main")),
        ("map", "=7068517275539719942", ("map", None, "", "")),
    ],
)
def test_a_rule_is_set_listed_and_removed(
    cli: Cli, connected: Sandbox, kind: str, value: str, shown: tuple[object, ...]
) -> None:
    scope = ("--channel", CHANNEL, "--sku", "SHIRT-*")
    assert cli("inventory", "rules", "set", kind, value, *scope, "--json").json()["due"] == 0

    (rule,) = cli("inventory", "rules", "list", "--json").json()["rules"]

    assert (rule["kind"], rule["value"], rule["unit"], rule["place"]) == shown
    assert (rule["channel_uid"], rule["sku"]) == (CHANNEL, "SHIRT-*")
    place = (value.partition("=")[0],) if kind == "map" else ()
    assert cli("inventory", "rules", "remove", kind, *place, *scope).code == 0
    assert cli("inventory", "rules", "list", "--json").json() == {"rules": []}


@pytest.mark.parametrize(
    "typed",
    [("buffer", "101%"), ("buffer", "-1"), ("cap", "many"), ("threshold", "2%"), ("map", "main"), ("discount", "3")],
)
def test_what_is_no_rule_is_refused_with_what_there_may_be(
    cli: Cli, connected: Sandbox, typed: tuple[str, str]
) -> None:
    outcome = cli("inventory", "rules", "set", "--json", "--", *typed)

    assert outcome.code == 2
    assert "threshold 2" in outcome.error()["hint"]


def test_a_bad_value_is_told_the_limits_without_a_double_dash(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("inventory", "rules", "set", "buffer", "-1")

    assert (outcome.code, "buffer -1 is no rule: 0 to 99999 pieces, or 0% to 100%" in outcome.err) == (2, True)


def test_a_rule_that_points_into_the_void_is_set_with_a_warning(cli: Cli, fetched: Sandbox) -> None:
    outcome = cli("inventory", "rules", "set", "map", "=999")
    assert (outcome.code, outcome.out) == (0, "")
    assert (
        "warning: no SKU is kept in warehouse 999; there are: 7540540950799107000, 7540540950799107001" in outcome.err
    )

    assert "no SKU of the catalogue fits HAT-*" in cli("inventory", "rules", "set", "cap", "3", "--sku", "HAT-*").err
    assert cli("inventory", "rules", "set", "cap", "3", "--sku", "SKU-5-*").err == ""


def test_a_rule_that_is_not_there_or_for_a_channel_that_is_not_there_is_wrong_usage(
    cli: Cli, connected: Sandbox
) -> None:
    assert cli("inventory", "rules", "remove", "cap").code == 2
    assert cli("inventory", "rules", "set", "cap", "3", "--channel", "nobody").code == 2


def test_rules_are_a_table_for_people(cli: Cli, connected: Sandbox) -> None:
    cli("inventory", "rules", "set", "buffer", "10%", "--warehouse", "7068517275539719942")
    cli("inventory", "rules", "set", "map", "main=7068517275539719942")

    head, *rows = cli("inventory", "rules", "list").out.splitlines()

    assert head.split("\t")[:5] == ["KIND", "VALUE", "SKU", "WAREHOUSE", "CHANNEL"]
    assert [row.split("\t")[:5] for row in rows] == [
        ["buffer", "10%", "*", "7068517275539719942", "all"],
        ["map", "main=7068517275539719942", "*", "", "all"],
    ]


def test_what_no_shop_lists_and_what_can_not_be_matched_is_reported(cli: Cli, fetched: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("seller_sku,quantity\nNOBODY-HAS-IT,3\n", encoding="utf-8")
    assert cli("inventory", "import", str(file)).code == 0
    cli("inventory", "push")

    found = cli("inventory", "unmapped", "--catalogue", "--json").json()

    (wish,) = found["unmapped"]
    assert (wish["code"], wish["seller_sku"], wish["quantity"]) == ("unmapped", "NOBODY-HAS-IT", 3)
    assert {sku["problem"] for sku in found["catalogue"]} <= {"empty", "duplicate"}
    assert "NOBODY-HAS-IT" in cli("inventory", "unmapped", "--channel", CHANNEL).out

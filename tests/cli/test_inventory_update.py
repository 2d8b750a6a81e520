"""`mye-tiktok inventory update`: single figures set by hand."""

import pytest

from mye_tiktok.domain.json import Json
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import Cli

# product 5 of the sandbox's catalogue: SKU-5-0 lies in one warehouse, SKU-5-1 in two
PRODUCT, ONE, TWO = "1729000000000005000", "1729000000000005001", "1729000000000005002"
FIRST, SECOND = "7540540950799107000", "7540540950799107001"


def shown(sandbox: Sandbox, sku_id: str) -> list[int]:
    return list(sandbox.stock.levels(sandbox.shops[0], sku_id).values())


def update(cli: Cli, *arguments: str, code: int = 0) -> Json:
    outcome = cli("inventory", "update", PRODUCT, *arguments, "--json")
    assert outcome.code == code, outcome.err
    return outcome.document()


def test_a_figure_is_set_and_other_warehouses_keep_theirs(cli: Cli, fetched: Sandbox) -> None:
    before = shown(fetched, TWO)

    report = update(cli, "--set", f"{ONE}=5", "--set", f"SKU-5-1=7@{SECOND}")

    assert (shown(fetched, ONE), shown(fetched, TWO)) == ([5], [before[0], 7])
    assert fetched.requests.count("update_inventory") == 1
    assert [(one["sku_id"], one["warehouse_id"], one["to"], one["outcome"]) for one in report["updates"]] == [
        (ONE, FIRST, 5, "applied"),
        (TWO, FIRST, before[0], "applied"),
        (TWO, SECOND, 7, "applied"),
    ]


def test_a_dry_run_sends_nothing(cli: Cli, fetched: Sandbox) -> None:
    before = shown(fetched, ONE)

    (row,) = update(cli, "--set", f"{ONE}=5", "--dry-run")["plan"]

    assert (row["product_id"], row["sku_id"], row["from"], row["to"], row["rule"]) == (
        PRODUCT,
        ONE,
        before[0],
        5,
        "by hand",
    )
    assert fetched.requests.count("update_inventory") == 0


@pytest.mark.parametrize(
    ("product_id", "setting", "code", "words"),
    [
        (PRODUCT, f"{ONE}=x", 2, "not like SKU=QTY"),
        (PRODUCT, f"{ONE}=100000", 2, "0 to 99999"),
        (PRODUCT, "NOPE=5", 65, "has no SKU 'NOPE'"),
        (PRODUCT, f"{TWO}=5", 65, "has several warehouses"),
        (PRODUCT, f"{ONE}=5@{SECOND}", 65, "is not kept in warehouse"),
        ("1729999999999999999", f"{ONE}=5", 65, "shows no stock of a product"),
    ],
)
def test_what_can_not_be_meant_is_refused_before_anything_is_sent(
    cli: Cli, fetched: Sandbox, product_id: str, setting: str, code: int, words: str
) -> None:
    outcome = cli("inventory", "update", product_id, "--set", setting)

    assert (outcome.code, words in outcome.err, "next: " in outcome.err) == (code, True, True)
    assert fetched.requests.count("update_inventory") == 0


def test_what_tiktok_refuses_is_65_and_in_part_1_and_what_may_pass_is_75(cli: Cli, fetched: Sandbox) -> None:
    room = fetched.stock.room(fetched.shops[0])
    room.locked.add(ONE)
    all_of_it = cli("inventory", "update", PRODUCT, "--set", f"{ONE}=1", "--json")
    assert (all_of_it.code, all_of_it.error()["code"]) == (75, "12052393")

    report = update(cli, "--set", f"{ONE}=1", "--set", "SKU-5-2=3", code=1)
    assert [(one["sku_id"], one["outcome"]) for one in report["updates"]] == [
        (ONE, "failed"),
        ("1729000000000005003", "applied"),
    ]

    fetched.stock.disabled.add(FIRST)
    refused = cli("inventory", "update", PRODUCT, "--set", "SKU-5-2=4", "--json")
    assert (refused.code, refused.error()["code"]) == (65, "12052531")
    assert refused.error()["request_id"]


def test_the_guard_holds_for_the_hand_too(cli: Cli, fetched: Sandbox) -> None:
    sets = [word for number in (0, 2, 3, 4) for word in ("--set", f"SKU-5-{number}=0")]

    stopped = cli("inventory", "update", PRODUCT, *sets)
    assert (stopped.code, "nothing was sent" in stopped.err, "--force" in stopped.err) == (65, True, True)
    assert fetched.requests.count("update_inventory") == 0

    run_id = update(cli, *sets, "--force", "--why", "the shelf is empty")["run_id"]
    assert shown(fetched, ONE) == [0]
    (approved,) = cli("jobs", "show", run_id, "--json").json()["approved"]
    assert (approved["why"], "@" in approved["who"]) == ("the shelf is empty", True)
    assert f"by {approved['who']}: the shelf is empty" in cli("jobs", "show", run_id).out
    (line,) = cli("inventory", "history", ONE, "--json").json()["history"]
    assert line["approved"] == {"who": approved["who"], "why": "the shelf is empty"}
    assert "\thand --force\t" in cli("inventory", "history", ONE).out


def test_a_reason_without_force_is_wrong_usage(cli: Cli, fetched: Sandbox) -> None:
    assert cli("inventory", "update", PRODUCT, "--set", f"{ONE}=5", "--why", "so").code == 2
    assert cli("inventory", "push", "--why", "so").code == 2
    assert fetched.requests.count("update_inventory") == 0

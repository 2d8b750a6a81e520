"""`mye-tiktok inventory push`, with and without --dry-run."""

import json
from collections import Counter
from pathlib import Path

import pytest

from mye_tiktok.cli.output import print_json
from mye_tiktok.cli.spool import Spool
from mye_tiktok.domain.json import Json
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli


@pytest.fixture
def skus(cli: Cli, fetched: Sandbox) -> list[Json]:
    """Every SKU of the shop with its one warehouse and what it shows."""
    listed = cli("products", "list", "--page-size", "100", "--json").json()["products"]
    products = [cli("products", "get", one["id"], "--json").json()["product"] for one in listed]
    found = [{"product_id": product["id"], **sku} for product in products for sku in product["skus"]]
    unique = Counter(sku.get("seller_sku") for sku in found)
    return [
        sku for sku in found if unique[sku.get("seller_sku")] == 1 and sku["seller_sku"] and len(sku["inventory"]) == 1
    ]


def wish(cli: Cli, file: Path, figures: dict[str, int], *, place: str = "") -> None:
    """Let MYE say what there is."""
    lines = [f"{sku},{quantity},{place}" for sku, quantity in figures.items()]
    file.write_text("\n".join(["seller_sku,quantity,warehouse_id", *lines]), encoding="utf-8")
    assert cli("inventory", "import", str(file)).code == 0


def rehearse(cli: Cli) -> Json:
    return cli("inventory", "push", "--dry-run", "--json").json()


def test_a_dry_run_with_nothing_due_has_an_empty_plan(cli: Cli, fetched: Sandbox) -> None:
    found = rehearse(cli)

    assert (found["plan"], found["rejected"]) == ([], [])
    assert found["channels"][0]["channel_uid"] == CHANNEL


def test_a_dry_run_that_failed_does_not_say_that_nothing_is_to_send(
    cli: Cli, fetched: Sandbox, skus: list[Json], tmp_path: Path
) -> None:
    wish(cli, tmp_path / "stock.csv", {skus[0]["seller_sku"]: 3})
    fetched.revoke()

    outcome = cli("inventory", "push", "--dry-run")

    assert outcome.code != 0
    assert "nothing to send" not in outcome.err


def test_a_dry_run_shows_what_would_be_sent_and_by_which_rule_and_changes_nothing(
    cli: Cli, skus: list[Json], fetched: Sandbox, tmp_path: Path
) -> None:
    first, same = skus[:2]
    now, other = (sku["inventory"][0]["quantity"] for sku in (first, same))
    cli("inventory", "rules", "set", "buffer", "2", "--sku", first["seller_sku"])
    wish(cli, tmp_path / "stock.csv", {first["seller_sku"]: now + 5, same["seller_sku"]: other})
    before = cli("inventory", "requests", "--json").json()
    fetched.requests.clear()

    found = rehearse(cli)

    assert found["plan"] == [
        {
            "channel_uid": CHANNEL,
            "product_id": first["product_id"],
            "sku_id": first["id"],
            "warehouse_id": first["inventory"][0]["warehouse_id"],
            "from": now,
            "to": now + 3,
            "rule": f"MYE {now + 5}, buffer 2",
        }
    ]
    assert found["counts"] == {"planned": 2, "send": 1, "raised": 1, "unchanged": 1}
    assert [fetched.requests.count(name) for name in ("inventory_search", "update_inventory")] == [1, 0]
    assert cli("inventory", "requests", "--json").json() == before
    assert rehearse(cli)["plan"] == found["plan"]


def test_a_dry_run_tells_what_would_be_refused(cli: Cli, skus: list[Json], tmp_path: Path) -> None:
    wish(cli, tmp_path / "stock.csv", {skus[0]["seller_sku"]: 5}, place="attic")

    (refused,) = rehearse(cli)["rejected"]

    assert (refused["code"], refused["sku_id"]) == ("warehouse-unknown", skus[0]["id"])
    assert "attic" in refused["message"]


def test_a_dry_run_tells_that_the_guard_would_stop_the_push(cli: Cli, skus: list[Json], tmp_path: Path) -> None:
    full = [sku for sku in skus if sku["inventory"][0]["quantity"] > 0]
    wish(cli, tmp_path / "stock.csv", {sku["seller_sku"]: 0 for sku in full})

    outcome = cli("inventory", "push", "--dry-run", "--json")

    (warning,) = outcome.document()["warnings"]
    assert f"{len(full)} SKUs would be set to zero" in warning
    assert outcome.code == 0


def test_a_plan_is_a_table_for_people(cli: Cli, skus: list[Json], tmp_path: Path) -> None:
    wish(cli, tmp_path / "stock.csv", {skus[0]["seller_sku"]: skus[0]["inventory"][0]["quantity"] + 1})

    head, row = cli("inventory", "push", "--dry-run").out.splitlines()

    assert head.split("\t") == ["CHANNEL UID", "PRODUCT ID", "SKU ID", "WAREHOUSE ID", "FROM", "TO", "RULE"]
    assert row.split("\t")[2] == skus[0]["id"]


def test_a_long_list_is_written_out_as_a_part_of_the_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"number": number, "text": 'a "ü"'} for number in range(3)]
    with Spool() as some, Spool() as none:
        some.add(rows[:2])
        some.add(rows[2:])
        print_json({"a": 1, "some": some, "none": none, "b": None})

    assert json.loads(capsys.readouterr().out) == {"a": 1, "some": rows, "none": [], "b": None}


def shown(sandbox: Sandbox, sku: Json) -> list[int]:
    return list(sandbox.stock.levels(sandbox.shops[0], sku["id"]).values())


def test_a_push_sends_what_is_due_and_says_what_it_came_to(
    cli: Cli, fetched: Sandbox, skus: list[Json], tmp_path: Path
) -> None:
    first, second = skus[:2]
    wish(cli, tmp_path / "wishes.csv", {first["seller_sku"]: 900, second["seller_sku"]: 901})

    report = cli("inventory", "push", "--json").json()

    assert (report["job"], report["outcome"]) == ("inventory push", "ok")
    assert {name: report["counts"][name] for name in ("seen", "applied", "queued", "sent")} == {
        "seen": 2,
        "applied": 2,
        "queued": 2,
        "sent": 2,
    }
    assert (shown(fetched, first), shown(fetched, second)) == ([900], [901])
    again = cli("inventory", "push")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_a_guard_stops_a_push_with_65_and_force_lets_it_through(
    cli: Cli, fetched: Sandbox, skus: list[Json], tmp_path: Path
) -> None:
    many = [sku for sku in skus if sku["inventory"][0]["quantity"]][:8]
    wish(cli, tmp_path / "wishes.csv", {sku["seller_sku"]: 0 for sku in many})

    stopped = cli("inventory", "push", "--json")
    assert (stopped.code, stopped.error()["code"], "--force" in stopped.error()["hint"]) == (65, "guard", True)
    assert fetched.requests.count("update_inventory") == 0

    assert cli("inventory", "push", "--force", "--why", "the hall burnt down").code == 0
    assert shown(fetched, many[0]) == [0]


def test_one_command_takes_in_and_pushes(cli: Cli, fetched: Sandbox, skus: list[Json], tmp_path: Path) -> None:
    message = tmp_path / "message.json"
    message.write_text(json.dumps({"items": [{"seller_sku": skus[0]["seller_sku"], "quantity": 900}]}), "utf-8")
    assert cli("queue", "send", "inventory", str(message)).code == 0

    report = cli("consume", "inventory", "--once", "--push", "--json").json()

    assert (report["outcome"], report["counts"]["applied"]) == ("ok", 1)
    assert shown(fetched, skus[0]) == [900]

"""`consume products` and what people see of its commands."""

import json
from pathlib import Path

import pytest

from mye_tiktok.domain.json import Json
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli


@pytest.fixture
def product_id(cli: Cli, fetched: Sandbox) -> str:
    found: str = cli("products", "list", "--json").json()["products"][0]["id"]
    return found


def send(cli: Cli, tmp_path: Path, *bodies: Json) -> None:
    path = tmp_path / "commands.jsonl"
    path.write_text("\n".join(map(json.dumps, bodies)))
    assert cli("queue", "send", "product-command", str(path)).code == 0


def test_a_command_is_done_and_answered(cli: Cli, product_id: str, tmp_path: Path) -> None:
    send(cli, tmp_path, {"action": "deactivate", "channel_uid": CHANNEL, "product_id": product_id})

    report = cli("consume", "products", "--once", "--json").json()

    assert (report["job"], report["counts"]["done"], report["counts"]["sent"]) == ("consume products", 1, 2)
    types = [
        message["type"] for message in cli("queue", "peek", "product", "--limit", "100", "--json").json()["messages"]
    ]
    assert types[-2:] == ["mye.tiktok.product.updated.v1", "mye.tiktok.product.settled.v1"]
    [command] = cli("products", "commands", "--json").json()["commands"]
    assert (command["action"], command["product_id"], command["state"]) == ("deactivate", product_id, "done")


def test_a_command_that_is_refused_makes_the_run_partial_and_can_be_tried_again(
    cli: Cli, fetched: Sandbox, product_id: str, tmp_path: Path
) -> None:
    fetched.freeze_product(product_id)
    send(cli, tmp_path, {"action": "deactivate", "channel_uid": CHANNEL, "product_id": product_id})

    outcome = cli("consume", "products", "--once")

    assert (outcome.code, outcome.out) == (1, "")
    assert product_id in outcome.err
    [command] = cli("products", "commands", "--status", "refused", "--json").json()["commands"]
    fetched.freeze_product(product_id, thaw=True)
    assert cli("products", "retry", str(command["id"]), "--json").json() == {"retried": 1}
    assert cli("consume", "products", "--once").code == 0
    assert cli("products", "retry", str(command["id"])).code == 65


def test_what_is_not_supported_is_dead_with_the_reason(cli: Cli, connected: Sandbox, tmp_path: Path) -> None:
    send(cli, tmp_path, {"action": "create", "channel_uid": CHANNEL, "payload": {"title": "New"}})

    assert cli("consume", "products", "--once").code == 1

    [dead] = cli("dlq", "list", "product-command", "--json").json()["messages"]
    assert "not supported" in dead["reason"]


def test_commands_are_listed_in_a_pipe(cli: Cli, product_id: str, tmp_path: Path) -> None:
    send(cli, tmp_path, {"action": "refresh", "channel_uid": CHANNEL, "product_id": product_id})
    cli("consume", "products", "--limit", "1")

    head, line = cli("products", "commands", "--product", product_id).out.splitlines()

    assert head.split("\t")[:6] == ["ID", "RECEIVED", "ACTION", "PRODUCT", "CHANNEL", "STATE"]
    assert line.split("\t")[2:6] == ["refresh", product_id, CHANNEL, "done"]


def test_a_status_that_does_not_exist_is_wrong_usage(cli: Cli, connected: Sandbox) -> None:
    assert cli("products", "commands", "--status", "odd").code == 2

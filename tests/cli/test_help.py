"""What `--help` promises: every command of the contract, each with an example."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from mye_tiktok.cli.main import program
from tests.cli.conftest import Cli

# the commands and options that CONTRACT promises for products, authorizations and everything they stand on
PROMISED = {
    "auth url": {"--region"},
    "auth integrate": {"--code", "--state", "--channel-uid", "--shop-id"},
    "auth login": {"--region"},
    "auth shops": {"--channel"},
    "auth active-shops": {"--channel"},
    "auth channels": set(),
    "auth refresh": {"--channel", "--all-channels", "--within"},
    "auth status": {"--check"},
    "auth remove": {"--channel"},
    "auth rekey": set(),
    "products fetch-all": {"--channel", "--all-channels", "--full", "--dry-run", "--force", "--limit"},
    "products list": {"--channel", "--page-size", "--page-token"},
    "products get": {"--channel"},
    "ship providers": {"--channel", "--delivery-option-id", "--order"},
    "ship package": {"--channel"},
    "ship label": {"--out", "--type", "--size", "--merge", "--force", "--channel"},
    "ship mark-shipped": {"--channel", "--tracking", "--provider", "--line-item", "--dry-run"},
    "ship update": {"--channel", "--tracking", "--provider", "--dry-run"},
    "ship arrange": {"--pickup", "--drop-off", "--slot", "--tracking", "--provider", "--dry-run"},
    "ship create": {"--service", "--line-item", "--dry-run"},
    "ship bulk": {"--dry-run", "--out", "--strict", "--channel"},
    "ship list": {"--state", "--channel", "--order", "--limit"},
    "ship retry": {"--all"},
    "ship combine": {"--dry-run", "--channel"},
    "ship uncombine": {"--order", "--dry-run", "--channel"},
    "ship split": {"--group", "--dry-run", "--channel"},
    "ship due": {"--within", "--channel", "--all-channels", "--watch"},
    "outbox relay": {"--once"},
    "outbox list": {"--state"},
    "outbox show": set(),
    "outbox retry": set(),
    "outbox purge": set(),
    "status": {"--check"},
    "doctor": set(),
    "explain": set(),
    "jobs list": set(),
    "jobs show": set(),
    "db upgrade": set(),
    "db current": set(),
    "db check": set(),
    "config show": set(),
    "queue list": set(),
    "queue peek": {"--limit"},
    "queue send": set(),
    "dlq list": set(),
    "dlq show": set(),
    "dlq requeue": set(),
    "dlq purge": set(),
    "schema": {"--out"},
    "serve-webhook": {"--host", "--port"},
    "sandbox serve": {"--port", "--products", "--seed", "--load", "--latency-ms", "--rate-limit"},
    "sandbox trigger": {"--set", "--to", "--forge", "--duplicate", "--shop-id", "--sandbox", "--file"},
    "demo": set(),
}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every command that is not a group."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path
        return
    for name, inner in below.items():
        yield from leaves(inner, (*path, name))


COMMANDS = sorted(" ".join(path) for path in leaves(typer.main.get_command(program())))


def groups() -> list[str]:
    return sorted({"", *(command.rpartition(" ")[0] for command in COMMANDS)})


def test_every_command_of_the_contract_exists() -> None:
    assert set(PROMISED) <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_in_its_help(cli: Cli, command: str) -> None:
    outcome = cli(*command.split(), "--help")

    assert outcome.code == 0
    assert any(line.strip().startswith("Example") and command in line for line in outcome.out.splitlines())
    assert outcome.err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_json(cli: Cli, command: str) -> None:
    assert "--json" in cli(*command.split(), "--help").out


@pytest.mark.parametrize("command", sorted(PROMISED))
def test_every_command_takes_the_options_of_the_contract(cli: Cli, command: str) -> None:
    shown = cli(*command.split(), "--help").out

    assert {option for option in PROMISED[command] if option not in shown} == set()


@pytest.mark.parametrize("group", groups())
def test_a_group_without_a_command_shows_what_there_is(cli: Cli, group: str) -> None:
    outcome = cli(*group.split())

    assert "Commands:" in outcome.out + outcome.err
    assert "error:" not in outcome.err
    assert outcome.code == 2


def test_a_port_that_is_none_is_wrong_usage(cli: Cli) -> None:
    assert cli("sandbox", "serve", "--port", "65536").code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_wrong_usage_and_names_the_help(cli: Cli, command: str) -> None:
    outcome = cli(*command.split(), "--no-such-option")

    assert outcome.code == 2
    assert outcome.out == ""
    assert "--no-such-option" in outcome.err
    assert f"mye-tiktok {command} --help" in outcome.err


def test_an_unknown_command_is_wrong_usage(cli: Cli) -> None:
    outcome = cli("prodcuts", "--json")

    assert (outcome.code, outcome.error()["exit_code"]) == (2, 2)
    assert "prodcuts" in outcome.error()["message"]


def test_the_version_is_one_line(cli: Cli) -> None:
    outcome = cli("--version")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("mye-tiktok 0.")

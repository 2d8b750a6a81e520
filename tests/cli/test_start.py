"""What a command pays for its start: help loads none of the heavy libraries."""

import subprocess
import sys
from typing import Any

import pytest
import typer

from mye_tiktok.cli.main import program
from mye_tiktok.cli.tree import GROUPS, SINGLES

HEAVY = (
    "httpx",
    "sqlalchemy",
    "alembic",
    "pika",
    "cryptography",
    "msgspec",
    "rich",
    "psycopg2",
    "pypdf",
    "werkzeug",
    "waitress",
)
PROBE = """
import sys
from mye_tiktok.cli.main import exit_code
code = exit_code(sys.argv[1:])
print(code, *sorted(set(sys.modules) & set({heavy!r})))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("products", "fetch-all", "--help"),
        ("auth", "login", "--help"),
        ("sandbox", "trigger", "--help"),
        ("config", "show"),
    ],
    ids=" ".join,
)
def test_no_heavy_library_is_loaded(arguments: tuple[str, ...]) -> None:
    program = PROBE.format(heavy=HEAVY)

    printed = subprocess.run(
        [sys.executable, "-c", program, *arguments], env={}, capture_output=True, text=True, check=True
    ).stdout

    assert printed.splitlines()[-1] == "0"


def test_a_command_loads_no_other_branch_than_its_own() -> None:
    program = PROBE.format(heavy=("mye_tiktok.cli.outbox", "mye_tiktok.cli.webhooks", "mye_tiktok.cli.ship"))

    printed = subprocess.run(
        [sys.executable, "-c", program, "-v", "--env-file", "none", "outbox", "relay", "--help"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.splitlines()[-1] == "0 mye_tiktok.cli.outbox"


def commands(arguments: list[str]) -> dict[str, Any]:
    root: Any = typer.main.get_command(program(arguments))
    found: dict[str, Any] = root.commands
    return found


def test_every_branch_is_the_same_alone_as_in_the_whole_tree() -> None:
    whole = commands([])

    for name, command in whole.items():
        alone = commands(["-q", name])
        assert list(alone) == [name]
        assert sorted(getattr(alone[name], "commands", {})) == sorted(getattr(command, "commands", {}))
    assert len(whole) == len(GROUPS) + len(SINGLES)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["nonsense"], ["--nonsense", "orders"], ["--env-file"]])
def test_where_no_command_is_certain_the_whole_tree_is_there(arguments: list[str]) -> None:
    found = commands(arguments)

    assert {"orders", "ship", "demo"} <= set(found)

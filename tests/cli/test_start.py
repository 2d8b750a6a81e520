"""What a command pays for its start: help loads none of the heavy libraries."""

import subprocess
import sys

import pytest

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

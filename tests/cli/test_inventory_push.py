"""`mye-tiktok inventory push --dry-run`."""

import json

import pytest

from mye_tiktok.cli.output import print_json
from mye_tiktok.cli.spool import Spool
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli


def test_a_dry_run_with_nothing_due_has_an_empty_plan(cli: Cli, fetched: Sandbox) -> None:
    found = cli("inventory", "push", "--dry-run", "--json").json()

    assert (found["plan"], found["rejected"]) == ([], [])
    assert found["channels"][0]["channel_uid"] == CHANNEL


def test_a_long_list_is_written_out_as_a_part_of_the_one_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"number": number, "text": 'a "ü"'} for number in range(3)]
    with Spool() as some, Spool() as none:
        some.add(rows[:2])
        some.add(rows[2:])
        print_json({"a": 1, "some": some, "none": none, "b": None})

    assert json.loads(capsys.readouterr().out) == {"a": 1, "some": rows, "none": [], "b": None}

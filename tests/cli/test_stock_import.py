"""`inventory import` at the command line: files that are fine, half fine and not fine at all."""

import io
import json
import os
from pathlib import Path

import pytest

from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli

HEADER = "seller_sku,quantity,warehouse_id,request_id,occurred_at,channel_uid\n"
MARCH = 1_772_000_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the stock stands."""
    return tmp_path / "stock.csv"


def write(file: Path, text: str | bytes, *, at: int = MARCH) -> Path:
    """Write a file at a moment of our choice."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(file, (at, at))
    return file


def wishes(cli: Cli) -> list[tuple[object, ...]]:
    """What is written down, in the order it came."""
    found = cli("inventory", "requests", "--limit", "1000", "--json").json()["requests"]
    return [(one["seller_sku"] or one["sku_id"], one["quantity"], one["state"]) for one in reversed(found)]


def test_the_lines_of_a_csv_file_become_wishes(cli: Cli, file: Path) -> None:
    write(file, HEADER + 'A,5,Hall 3,erp-1,2026-10-01T12:00:00+02:00,\n"B, ""the blue""",0,,,,\n\n')

    outcome = cli("inventory", "import", str(file))

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    second, first = cli("inventory", "requests", "--json").json()["requests"]
    assert (first["request_id"], first["seller_sku"], first["quantity"], first["warehouse_id"]) == (
        ("erp-1", "A", 5, "Hall 3")
    )
    assert (first["occurred_at"], first["origin"], first["state"]) == ("2026-10-01T10:00:00Z", "file", "pending")
    assert (second["seller_sku"], second["quantity"]) == ('B, "the blue"', 0)
    assert second["occurred_at"].startswith("2026-02-25T06:13:20")
    assert second["request_id"].startswith("file-")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffseller_sku;quantity\r\nA;5\r\n",
        "Quantity\tNote\tSeller_SKU \n5\tmany\tA\n",
        '{"seller_sku": "A", "quantity": 5}\n',
        '\n{"items": [{"seller_sku": "A", "quantity": 5}]}',
        "seller_sku,quantity,warehouse_id\nA,5\n",
    ],
)
def test_files_are_read_as_programs_write_them(cli: Cli, file: Path, text: str) -> None:
    assert cli("inventory", "import", str(write(file, text))).code == 0

    assert wishes(cli) == [("A", 5, "pending")]


def test_a_file_that_is_imported_twice_changes_nothing(cli: Cli, file: Path) -> None:
    lines = [
        {"seller_sku": "A", "quantity": 5},
        {"seller_sku": "A", "quantity": 4},
        {"seller_sku": "A", "quantity": 5},
        {"request_id": "erp-1", "seller_sku": "B", "quantity": 1},
        {"occurred_at": "2026-03-01T12:00:00Z", "product_id": "1", "sku_id": "11", "quantity": 2},
        {"items": [{"seller_sku": "C", "quantity": 3}, {"seller_sku": "D", "quantity": 3}]},
    ]
    write(file, "\n".join(map(json.dumps, lines)))
    first = cli("inventory", "import", str(file), "--json").json()
    before = wishes(cli)

    again = cli("inventory", "import", str(file), "--json").json()

    assert (first["counts"], again["counts"]) == ({"seen": 6, "created": 7}, {"seen": 6, "unchanged": 7})
    assert wishes(cli) == before
    assert [quantity for sku, quantity, _ in before if sku == "A"] == [5, 4, 5]


def test_a_file_that_was_written_anew_is_news(cli: Cli, file: Path) -> None:
    for at, quantity in enumerate((5, 4, 5)):
        write(file, f"seller_sku,quantity\nA,{quantity}\n", at=MARCH + at)
        assert cli("inventory", "import", str(file)).code == 0

    assert wishes(cli) == [("A", 5, "pending"), ("A", 4, "pending"), ("A", 5, "pending")]


def test_bad_lines_are_named_and_the_others_kept(cli: Cli, file: Path) -> None:
    text = HEADER + "A,5\nB,many\n,5\n\nC,-1\nD,1,,,yesterday\nE,1,,,,nobody\nF,1,,,,,more\nG,7\n"
    write(file, text.encode() + b"\xff\xfe,3\n")

    outcome = cli("inventory", "import", str(file), "--json")

    report = outcome.document()
    assert outcome.code == 1
    assert report["counts"] == {"seen": 9, "created": 2, "failed": 7}
    named = [(one["item"], one["code"]) for one in report["failures"]]
    assert named == [
        ("line 3", "invalid-item"),
        ("line 4", "invalid-item"),
        ("line 6", "invalid-item"),
        ("line 7", "unreadable"),
        ("line 8", "unknown-channel"),
        ("line 9", "unreadable"),
        ("line 11", "unreadable"),
    ]
    assert wishes(cli) == [("A", 5, "pending"), ("G", 7, "pending")]
    assert [one["message"] for one in report["failures"][:4]] == [
        "quantity 'many' is no whole number",
        "needs `seller_sku`, or `product_id` and `sku_id`",
        "quantity -1 is less than 0",
        "occurred_at 'yesterday' is no time such as 2026-10-01T12:00:00Z or 2026-10-01T12:00:00+02:00",
    ]


def test_bad_lines_of_json_are_named_too(cli: Cli, file: Path) -> None:
    lines = ['{"seller_sku": "A", "quantity": 5}', "{", "[]", '{"seller_sku": "B", "quantity": "5"}', '{"items": []}']
    mixed = '{"items": [{"seller_sku": "C", "quantity": 5}, 7]}'

    outcome = cli("inventory", "import", str(write(file, "\n".join([*lines, mixed]))))

    assert outcome.code == 1
    assert [f"line {number}" in outcome.err for number in range(1, 7)] == [False, True, True, True, True, True]
    assert wishes(cli) == [("A", 5, "pending"), ("C", 5, "pending")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no line"),
        ("\n \n", "holds no line"),
        ("seller_sku,quantity\n", "holds no line"),
        ("sku,qty\nA,5\n", "no column quantity and no seller_sku: sku, qty"),
        (
            "seller_sku,quantity\nA,x\nB,1e2\n",
            "2 failed; line 2: quantity 'x' is no whole number; line 3: quantity '1e2'",
        ),
        ("seller_sku,quantity\n" + "A,x\n" * 11, "line 11: quantity 'x' is no whole number; …"),
        ("{\n{\n", "2 failed; line 1"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused(cli: Cli, file: Path, text: str, reason: str) -> None:
    outcome = cli("inventory", "import", str(write(file, text)))

    assert outcome.code == 65
    assert reason in outcome.err
    assert wishes(cli) == []


def test_a_file_that_is_not_there_is_refused(cli: Cli, file: Path) -> None:
    outcome = cli("inventory", "import", str(file), "--json")

    assert (outcome.code, outcome.error()["exit_code"]) == (65, 65)
    assert "No such file" in outcome.error()["message"]


def test_the_channel_is_for_lines_that_name_none(connected: Sandbox, cli: Cli, file: Path) -> None:
    write(file, f"seller_sku,quantity,channel_uid\nA,5,\nB,6,{CHANNEL}\n")
    assert cli("inventory", "import", str(file)).code == 0

    assert cli("inventory", "import", str(file), "--channel", CHANNEL).code == 0

    found = cli("inventory", "requests", "--json").json()["requests"]
    assert sorted((one["seller_sku"], one["channel_uid"]) for one in found) == [
        ("A", ""),
        ("A", CHANNEL),
        ("B", CHANNEL),
    ]
    assert cli("inventory", "import", str(file), "--channel", "nobody").code == 2


def test_stdin_tells_what_is_so_now(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        monkeypatch.setattr(
            "sys.stdin", io.TextIOWrapper(io.BytesIO(b"seller_sku,quantity,request_id\nA,5,\nB,5,erp-1\n"))
        )
        assert cli("inventory", "import", "-").code == 0

    assert wishes(cli) == [("A", 5, "pending"), ("B", 5, "pending"), ("A", 5, "pending")]


def test_an_import_is_a_run_on_the_record(cli: Cli, file: Path) -> None:
    cli("inventory", "import", str(write(file, "seller_sku,quantity\nA,5\n")))

    [run] = cli("jobs", "list", "--job", "inventory import", "--json").json()["runs"]
    assert (run["outcome"], run["counts"]) == ("ok", {"seen": 1, "created": 1})


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("seller_sku,quantity\nA,5\n".encode("utf-16"), "UTF-16"),
        ("seller_sku,quantity\nA,5\n".encode("utf-16-le"), "UTF-16"),
        ('{"seller_sku": "A", "quantity": 5}\n'.encode("utf-16"), "UTF-16"),
        ("seller_sku,quantity,größe\nA,5,3\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_refused_and_on_the_record(cli: Cli, file: Path, raw: bytes, what: str) -> None:
    outcome = cli("inventory", "import", str(write(file, raw)))

    assert outcome.code == 65
    assert f"{file}: it is {what}; save it as UTF-8 CSV" in outcome.err
    [run] = cli("jobs", "list", "--job", "inventory import", "--json").json()["runs"]
    assert (run["outcome"], run["exit_code"]) == ("failed", 65)

"""`ship bulk`: a file of parcels, as operators see it."""

import csv
from pathlib import Path

import pytest

from mye_tiktok.sandbox.faults import Fault
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli
from tests.cli.test_shipping import calls, carrier, place, told

HEAD = "order_id,tracking,provider"


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=4, regions=("GB",))


def written(path: Path, *lines: str, head: str = HEAD) -> str:
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return str(path)


def results(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_good_lines_are_shipped_and_the_bad_one_is_named(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    one, two = place(connected), place(connected)
    file = written(
        tmp_path / "a.csv", f"{one},TRACK-1,{carrier()[1]}", "x,TRACK-2,Any", f"{two},TRACK-3,{carrier()[0]}"
    )
    out = tmp_path / "result.csv"

    done = cli("ship", "bulk", file, "--out", str(out), "--json")

    assert done.code == 1
    assert done.document()["counts"] == {"seen": 3, "failed": 1, "queued": 2, "shipped": 2, "sent": 2}
    assert [one["item"] for one in done.document()["failures"]] == ["line 3 (x)"]
    assert [(one["line"], one["state"]) for one in results(out)] == [("2", "shipped"), ("3", "bad"), ("4", "shipped")]
    assert connected.order(one)["status"] == connected.order(two)["status"] == "AWAITING_COLLECTION"


def test_the_same_file_again_ships_nothing_twice(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", *(f"{place(connected)},TRACK-{at}000,{carrier()[0]}" for at in range(5)))

    assert [cli("ship", "bulk", file).code for _ in range(2)] == [0, 0]

    assert calls(connected) == 5


def test_a_strict_file_with_a_bad_line_sends_nothing(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", f"{place(connected)},TRACK-1,{carrier()[0]}", "x,TRACK-2,Any")

    refused = cli("ship", "bulk", file, "--strict", "--json")

    assert (refused.code, refused.error()["code"]) == (65, "file")
    assert "line 3" in refused.error()["message"]
    assert calls(connected) == 0


def test_a_dry_run_says_what_would_be_sent_and_what_not(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    good, cancelled = place(connected), place(connected, "CANCELLED")
    file = written(tmp_path / "a.csv", f"{good},TRACK-1,{carrier()[0]}", f"{cancelled},TRACK-2,{carrier()[0]}")
    out = tmp_path / "result.csv"

    assert cli("ship", "bulk", file, "--dry-run", "--out", str(out)).code == 1

    assert [(one["state"], one["code"]) for one in results(out)] == [("would be sent", ""), ("refused", "cancelled")]
    assert calls(connected) == 0
    assert cli("ship", "list", "--json").json() == {"shipments": []}


def test_a_dry_run_counts_what_would_be_sent_and_what_waits(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    rows = [
        f"{place(connected, status)},TRACK-{status[:3]},{carrier()[0]}" for status in ("AWAITING_SHIPMENT", "ON_HOLD")
    ]

    shown = cli("ship", "bulk", written(tmp_path / "a.csv", *rows), "--dry-run")

    assert shown.code == 1
    assert "1 would be sent, 1 waiting" in shown.err
    assert "waits: " in shown.err
    assert "failed: " not in shown.err


def test_the_same_file_again_counts_what_shipped_before_and_tells_no_refusal_twice(
    connected: Sandbox, cli: Cli, tmp_path: Path
) -> None:
    good, unpaid = place(connected), place(connected, "UNPAID")
    file = written(tmp_path / "a.csv", f"{good},TRACK-1,{carrier()[0]}", f"{unpaid},TRACK-2,{carrier()[0]}")
    cli("ship", "bulk", file)
    news = told(cli, unpaid)

    again = cli("ship", "bulk", file, "--json").document()

    assert (again["counts"]["shipped_before"], again["counts"]["refused"]) == (1, 1)
    assert len(news) == 1
    assert told(cli, unpaid) == news


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,NO NUMBER,9", "letters, digits"),
        (",TRACK-1,9", "needs order_id or package_id"),
        ("5.77E+17,TRACK-1,9", "spreadsheets round them"),
        ("1,TRACK-1,", "needs provider"),
        ("1,TRACK-1,9,7", "4 fields"),
    ],
)
def test_each_kind_of_bad_line_says_what_is_wrong(
    connected: Sandbox, cli: Cli, tmp_path: Path, line: str, said: str
) -> None:
    refused = cli("ship", "bulk", written(tmp_path / "a.csv", line), "--json")

    assert refused.code == 65
    assert said in refused.error()["message"]


def test_an_order_with_two_numbers_is_bad_at_its_second_line(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    order_id = place(connected)
    lines = [f"{order_id},{number},{carrier()[0]}" for number in ("TRACK-1", "TRACK-2")]

    done = cli("ship", "bulk", written(tmp_path / "a.csv", *lines), "--json")

    assert "line 2 ships" in done.document()["failures"][0]["message"]
    assert connected.order(order_id)["line_items"][0]["tracking_number"] == "TRACK-1"


@pytest.mark.parametrize("again", ["{one}", "{one}|{two}", ""])
def test_a_line_item_with_two_numbers_is_bad_at_its_second_line(
    connected: Sandbox, cli: Cli, tmp_path: Path, again: str
) -> None:
    order_id = place(connected, count=2)
    one, two, *_ = (line["id"] for line in connected.order(order_id)["line_items"])
    lines = [f"{order_id},TRACK-1,{carrier()[0]},{one}", f"{order_id},TRACK-2,{carrier()[0]},{again}"]
    file = written(tmp_path / "a.csv", *(line.format(one=one, two=two) for line in lines), head=f"{HEAD},line_item_ids")

    done = cli("ship", "bulk", file, "--json")

    assert done.code == 1
    assert [failure["item"] for failure in done.document()["failures"]] == [f"line 3 ({order_id})"]
    assert "line 2 ships" in done.document()["failures"][0]["message"]
    assert calls(connected) == 1


def test_an_order_in_two_parcels_is_shipped_line_by_line(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    order_id = place(connected, count=2)
    ids = [line["id"] for line in connected.order(order_id)["line_items"]]
    lines = [f"{order_id},TRACK-{at},{carrier()[0]},{one}|{one}" for at, one in enumerate(ids)]
    file = written(tmp_path / "a.csv", *lines, head=f"{HEAD},line_item_ids")

    assert cli("ship", "bulk", file).code == 0

    numbers = [line["tracking_number"] for line in connected.order(order_id)["line_items"]]
    assert numbers == [f"TRACK-{at}" for at in range(len(ids))]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_of_a_spreadsheet_is_read_with_its_mark_and_line_ends(
    connected: Sandbox, cli: Cli, tmp_path: Path, ends: str
) -> None:
    order_id, file = place(connected), tmp_path / "a.csv"
    text = ends.join([HEAD.replace(",", ";"), f"{order_id};TRACK-1;{carrier()[1]}", ""])
    file.write_bytes(text.encode("utf-8-sig"))

    assert cli("ship", "bulk", str(file)).code == 0

    assert connected.order(order_id)["line_items"][0]["tracking_number"] == "TRACK-1"


@pytest.mark.parametrize(("encoding", "ends"), [("utf-16", "\n"), ("utf-16-le", "\r\n"), ("utf-8", "\r")])
def test_a_file_in_another_encoding_is_refused_with_what_to_do(
    connected: Sandbox, cli: Cli, tmp_path: Path, encoding: str, ends: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(ends.join([HEAD, "1,TRACK-1,9", ""]).encode(encoding))

    refused = cli("ship", "bulk", str(file), "--out", str(tmp_path / "result.csv"), "--json")

    assert (refused.code, refused.error()["code"]) == (65, "header")
    assert "UTF-8" in refused.error()["hint"]
    assert list(tmp_path.glob("result*")) == []


def test_a_column_that_is_named_twice_is_refused(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    refused = cli("ship", "bulk", written(tmp_path / "a.csv", "1,T,9,8", head=f"{HEAD},provider_name"), "--json")

    assert (refused.code, refused.error()["code"]) == (65, "header")
    assert "provider_name" in refused.error()["message"]


def test_a_header_that_lacks_something_is_refused_with_the_columns(
    connected: Sandbox, cli: Cli, tmp_path: Path
) -> None:
    refused = cli("ship", "bulk", written(tmp_path / "a.csv", "1,2", head="order_id,tracking"), "--json")

    assert (refused.code, refused.error()["code"]) == (65, "header")
    assert "provider_id" in refused.error()["hint"]


def test_semicolons_packages_line_items_and_channels_are_read(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    order_id = place(connected, count=2)
    lines = [one["id"] for one in connected.order(order_id)["line_items"]]
    head = "ORDER_ID;package_id;tracking_number;provider_id;line_item_ids;channel_uid"
    file = written(tmp_path / "a.csv", f"{order_id};;TRACK-1;{carrier()[0]};{'|'.join(lines)};{CHANNEL}", head=head)

    assert cli("ship", "bulk", file).code == 0

    assert connected.order(order_id)["status"] == "AWAITING_COLLECTION"


def test_lost_answers_are_looked_up_within_the_run(connected: Sandbox, cli: Cli, tmp_path: Path) -> None:
    orders = [place(connected) for _ in range(4)]
    connected.faults.add(Fault(kind="lost", operation="mark_package_as_shipped", times=3))
    lines = [f"{order_id},TRACK-{order_id[-6:]},{carrier()[0]}" for order_id in orders]

    assert cli("ship", "bulk", written(tmp_path / "a.csv", *lines)).code == 0

    assert calls(connected) == 4

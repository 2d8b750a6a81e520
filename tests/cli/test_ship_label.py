"""`mye-tiktok ship label|combine|uncombine|split` from the command line."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import Cli


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions(products=6, late_documents=False)


def package(sandbox: Sandbox, status: str = "AWAITING_COLLECTION", **fields: object) -> str:
    order_id = sandbox.place_order(**{"status": status, "shipping_type": "TIKTOK", **fields})  # type: ignore[arg-type]
    return str(sandbox.order(order_id)["packages"][0]["id"])


def test_labels_are_fetched_into_a_folder_and_joined(cli: Cli, connected: Sandbox, tmp_path: Path) -> None:
    packages = [package(connected) for _ in range(2)]

    found = cli("ship", "label", *packages, "--out", "out/labels", "--merge", "all.pdf", "--json").json()

    assert [(one["package_id"], one["state"]) for one in found["labels"]] == [(one, "fetched") for one in packages]
    files = [tmp_path / one["file"] for one in found["labels"]]
    assert [len(PdfReader(path).pages) for path in files] == [1, 1]
    assert all(one["file"].startswith("out/labels/") for one in found["labels"])
    assert (found["merged"], len(PdfReader(tmp_path / "all.pdf").pages)) == ("all.pdf", 2)
    piped = cli("ship", "label", *packages, "--out", "out/labels", "--merge", "all.pdf")
    paths = [one["file"] for one in found["labels"]]
    listed = "".join(f"kept\t{path}\n" for path in paths)
    assert (piped.code, piped.out, piped.err) == (0, f"STATE\tLABEL\n{listed}", "")


def test_a_label_that_is_not_ready_asks_to_be_run_again(cli: Cli, connected: Sandbox) -> None:
    package_id = package(connected)
    connected.slow_document(package_id, 1, how="empty")
    given = ("ship", "label", package_id, "--out", "labels", "--wait", "0s")

    first = cli(*given, "--json")
    second = cli(*given, "--json")

    assert (first.code, first.error()["code"]) == (75, "not-ready")
    assert package_id in first.error()["message"]
    assert first.document()["labels"][0]["file"] is None
    assert (second.code, second.json()["labels"][0]["state"]) == (0, "fetched")


def test_a_part_of_the_labels_is_told_with_the_rest(cli: Cli, connected: Sandbox) -> None:
    good, early = package(connected), package(connected, "AWAITING_SHIPMENT")

    outcome = cli("ship", "label", good, early, "--out", "labels")

    assert outcome.code == 1
    assert outcome.out.startswith("STATE\tLABEL\nfetched\tlabels/")
    assert f"-{good}-SHIPPING_LABEL.pdf\nfailed\tpackage {early} (21023035)\n" in outcome.out
    assert f"ship arrange {early}" in outcome.err


@pytest.mark.parametrize(
    "given",
    [
        ("--type", "RECEIPT"),
        ("--size", "A3"),
        ("--format", "DOC"),
        ("--wait", "soon"),
        ("--type", "shipping_label_picture", "--merge", "all.pdf"),
    ],
    ids=" ".join,
)
def test_what_tiktok_does_not_have_is_wrong_usage(cli: Cli, connected: Sandbox, given: tuple[str, ...]) -> None:
    assert cli("ship", "label", "66", "--out", "labels", *given).code == 2


def test_a_folder_that_cannot_be_made_is_named(cli: Cli, connected: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    outcome = cli("ship", "label", package(connected), "--out", "taken", "--json")

    assert (outcome.code, outcome.error()["code"]) == (65, "file")
    assert "taken" in outcome.error()["message"]


def test_packages_are_combined_and_taken_apart(cli: Cli, connected: Sandbox) -> None:
    orders = [connected.place_order(status="AWAITING_SHIPMENT", shipping_type="TIKTOK") for _ in range(2)]
    connected.make_combinable(*orders)
    packages = [str(connected.order(one)["packages"][0]["id"]) for one in orders]

    rehearsed = cli("ship", "combine", *packages, "--dry-run")
    found = cli("ship", "combine", *packages, "--json").json()
    [kept] = [one["package_id"] for one in found["after"]]
    shown = cli("ship", "uncombine", kept)

    assert rehearsed.code == 0
    assert 'would be sent: {"channel_uid": "uk-1", "operation": "combine_package"' in rehearsed.err
    assert ([one["combined"] for one in found["before"]], found["after"][0]["combined"]) == ([False, False], True)
    assert (found["counts"]["changed"], found["counts"]["queued"]) == (2, 2)
    assert shown.code == 0
    assert shown.out.count("\nafter\t") == 2
    subjects = [one["subject"] for one in cli("outbox", "list", "--json").json()["messages"]]
    assert set(subjects) == set(orders)


def test_a_package_that_is_not_combined_is_told_to_be_so(cli: Cli, connected: Sandbox) -> None:
    alone = package(connected, "AWAITING_SHIPMENT")

    outcome = cli("ship", "uncombine", alone)

    assert outcome.code == 0
    assert outcome.err == f"package {alone} is not combined, it holds one order only: there is nothing to do\n"


def test_an_order_is_split_into_the_groups_that_were_named(cli: Cli, connected: Sandbox) -> None:
    order_id = connected.place_order(status="AWAITING_SHIPMENT", shipping_type="TIKTOK", count=3)
    lines = [str(line["id"]) for line in connected.order(order_id)["line_items"]]
    groups = ("--group", f"{lines[0]}, {lines[1]}", "--group", ",".join(lines[2:]))

    offered = cli("ship", "split", order_id, "--json").json()["line_items"]
    assert {one["line_item_id"] for one in offered} == set(lines)
    assert cli("ship", "split", order_id).out.startswith("LINE ITEM\tPACKAGE\tSKU\n")
    found = cli("ship", "split", order_id, *groups, "--json").json()
    refused = cli("ship", "split", order_id, "--group", lines[0], "--json")

    made = {frozenset(one["line_item_ids"]) for one in found["after"]}
    assert made == {frozenset(lines[:2]), frozenset(lines[2:])}
    assert (refused.code, refused.error()["code"]) == (65, "too-few")

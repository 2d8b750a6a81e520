"""`mye-tiktok queue`, `dlq` and `schema`, as an operator types them on the embedded broker."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from mye_tiktok.cli import dlq, queue, schema
from mye_tiktok.config import from_process
from mye_tiktok.domain.json import Json
from mye_tiktok.errors import RefusedError, UnfinishedError, WrongUsageError
from mye_tiktok.runtime import Runtime

Run = Callable[..., Json]
GOOD = '{"items": [{"seller_sku": "A-1", "quantity": 3}]}\n{"items": [{"seller_sku": "A-2", "quantity": 0}]}\n'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json and returns its one document."""
    app = typer.Typer()
    app.add_typer(queue.app, name="queue")
    app.add_typer(dlq.app, name="dlq")
    schema.register(app)

    def command(*arguments: str, code: int = 0) -> Json:
        capsys.readouterr()
        try:
            result = typer.main.get_command(app).main([*arguments, "--json"], standalone_mode=False)
        except UnfinishedError as error:
            result = error.exit_code
        assert (result or 0) == code
        document: Json = json.loads(capsys.readouterr().out)
        return document

    return command


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """What another process of ours would use."""
    made = Runtime(from_process())
    yield made
    made.close()


@pytest.fixture
def stock(tmp_path: Path) -> str:
    """A file with two inventory messages."""
    path = tmp_path / "stock.jsonl"
    path.write_text(GOOD)
    return str(path)


def bury_all(runtime: Runtime) -> None:
    consumer = runtime.broker.consumer(runtime.queues["inventory"])
    for delivery in consumer.receive(limit=10, wait=runtime.clock() - runtime.clock()):
        consumer.reject(delivery, reason="SKU unknown")
    consumer.close()


def ids_of(document: Json) -> list[str]:
    return [message["id"] for message in document["messages"]]


def test_before_the_first_message_every_queue_is_listed_without_a_count(run: Run) -> None:
    rows = run("queue", "list")["queues"]

    assert {row["name"] for row in rows} == {
        *("order", "product", "inventory", "message", "shipment", "product-command", "inventory-result")
    }
    assert {(row["ready"], row["dead"]) for row in rows} == {(None, None)}


def test_what_is_sent_can_be_seen_under_our_name_and_the_brokers(run: Run, stock: str) -> None:
    sent = run("queue", "send", "inventory", stock)

    assert sent["sent"] == 2
    seen = run("queue", "peek", "inventory", "--limit", "1")
    assert ids_of(seen) == sent["ids"][:1]
    [message] = seen["messages"]
    assert message["body"] == {"items": [{"seller_sku": "A-1", "quantity": 3}]}
    assert message["type"] == "mye.tiktok.inventory.requested.v1"
    assert message["time"].endswith("Z")
    assert ids_of(run("queue", "peek", "inventory_queue")) == sent["ids"]
    [row] = [row for row in run("queue", "list")["queues"] if row["name"] == "inventory"]
    assert (row["queue"], row["ready"], row["dead"]) == ("inventory_queue", 2, 0)


def test_messages_are_read_from_stdin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))

    assert run("queue", "send", "inventory", "-")["sent"] == 2


@pytest.mark.parametrize(("line", "options"), [("{}", ["--strict"]), ("no JSON", []), ("[1]", [])])
def test_one_bad_line_keeps_the_whole_file_back(run: Run, tmp_path: Path, line: str, options: list[str]) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{GOOD}{line}\n")

    with pytest.raises(RefusedError, match="line 3"):
        run("queue", "send", "inventory", str(path), *options)

    assert run("queue", "peek", "inventory") == {"messages": []}


def test_a_message_that_does_not_fit_its_queue_is_sent_with_a_warning(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(GOOD + "{}\n")

    sent = run("queue", "send", "inventory", str(path))

    assert (sent["sent"], [warning[:8] for warning in sent["warnings"]]) == (3, ["line 3: "])
    assert ids_of(run("queue", "peek", "inventory")) == sent["ids"]


def test_a_file_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot be read"):
        run("queue", "send", "inventory", str(tmp_path / "missing"))


@pytest.mark.parametrize(
    "command",
    [
        ("queue", "peek", "typo_queue"),
        ("dlq", "list", "typo_queue"),
        ("dlq", "show", "typo_queue", "1"),
        ("dlq", "requeue", "typo_queue", "--all"),
        ("dlq", "purge", "typo_queue", "--all", "--yes"),
    ],
)
def test_a_misspelt_queue_does_not_look_like_an_empty_one(run: Run, command: tuple[str, ...]) -> None:
    with pytest.raises(WrongUsageError, match="typo_queue"):
        run(*command)


def test_a_queue_that_nobody_made_takes_nothing(run: Run, stock: str) -> None:
    with pytest.raises(WrongUsageError, match="typo_queue"):
        run("queue", "send", "typo_queue", stock)


def test_dead_messages_are_listed_shown_and_put_back(run: Run, runtime: Runtime, stock: str) -> None:
    ids = run("queue", "send", "inventory", stock)["ids"]
    bury_all(runtime)

    dead = run("dlq", "list", "inventory")["messages"]
    assert [(message["id"], message["reason"]) for message in dead] == [(each, "SKU unknown") for each in ids]
    assert run("dlq", "show", "inventory", ids[1])["message"]["body"]["items"][0]["seller_sku"] == "A-2"
    assert run("dlq", "requeue", "inventory", ids[1]) == {"requeued": 1}
    assert ids_of(run("queue", "peek", "inventory")) == [ids[1]]
    assert run("dlq", "requeue", "inventory", "--all") == {"requeued": 1}
    assert run("dlq", "list", "inventory") == {"messages": []}


def test_ids_that_are_not_dead_make_the_command_partial(run: Run, runtime: Runtime, stock: str) -> None:
    ids = run("queue", "send", "inventory", stock)["ids"]
    bury_all(runtime)

    assert run("dlq", "requeue", "inventory", ids[0], "unknown", code=1) == {"requeued": 1}
    with pytest.raises(WrongUsageError, match="unknown"):
        run("dlq", "show", "inventory", "unknown")


def test_purging_wants_to_be_told_twice(run: Run, runtime: Runtime, stock: str) -> None:
    run("queue", "send", "inventory", stock)
    bury_all(runtime)

    with pytest.raises(WrongUsageError) as caught:
        run("dlq", "purge", "inventory", "--all")
    assert "--yes" in caught.value.hint
    with pytest.raises(WrongUsageError):
        run("dlq", "purge", "inventory", "--yes")
    assert run("dlq", "purge", "inventory", "--all", "--yes") == {"purged": 2}


def test_the_schemas_are_printed_and_written(run: Run, tmp_path: Path) -> None:
    printed = run("schema")
    written = run("schema", "--out", str(tmp_path / "contract"))["files"]

    assert "product.created.v1" in printed["schemas"]
    assert printed["asyncapi"]["channels"]["product"]["address"] == "product_queue"
    names = {Path(path).name for path in written}
    assert names == {f"{name}.json" for name in (*printed["schemas"], "asyncapi")}
    assert json.loads((tmp_path / "contract" / "asyncapi.json").read_text()) == printed["asyncapi"]


def test_people_get_tables(run: Run, runtime: Runtime, stock: str, capsys: pytest.CaptureFixture[str]) -> None:
    ids = run("queue", "send", "inventory", stock)["ids"]
    bury_all(runtime)
    app = typer.Typer()
    app.add_typer(queue.app, name="queue")
    app.add_typer(dlq.app, name="dlq")

    for arguments in (["queue", "list"], ["dlq", "list", "inventory"], ["dlq", "show", "inventory", ids[0]]):
        typer.main.get_command(app).main(arguments, standalone_mode=False)

    printed = capsys.readouterr().out
    assert "inventory\t0\t2\tinventory_queue" in printed
    assert f"{ids[0]}\tmye.tiktok.inventory.requested.v1" in printed
    assert "reason\tSKU unknown" in printed

"""Exit codes, the block that a failure leaves, and its JSON."""

import os
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mye_tiktok import locks
from mye_tiktok.db import leases
from mye_tiktok.db.database import Database
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.requests import Record
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli, Outcome

FETCH = ("products", "fetch-all", "--json")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def assert_failed(outcome: Outcome, code: int) -> None:
    """A failure is one JSON object on the last line of stderr, and nothing or one document on stdout."""
    assert outcome.code == code, outcome.err
    assert set(outcome.error()) == {"code", "message", "hint", "request_id", "exit_code"}
    assert outcome.error()["exit_code"] == code
    assert outcome.error()["message"]
    assert outcome.out == "" or outcome.document()["outcome"] == "failed"


@pytest.fixture
def hold(tmp_path: Path) -> Database:
    """The embedded database, seen by another process of this host."""
    return Database(f"sqlite:///{tmp_path / 'state' / 'mye-tiktok' / 'mye-tiktok.sqlite3'}")


class TestNotAllIsWell:
    """A command that did what it could and exits with something else than 0 still ends with its JSON error."""

    def test_1_for_a_job_in_which_an_item_failed(self, cli: Cli, connected: Sandbox) -> None:
        connected.fail("refusal", operation="get_product", code=12052048, status=200, times=1)

        outcome = cli(*FETCH)

        assert (outcome.code, outcome.document()["outcome"], outcome.error()["exit_code"]) == (1, "partial", 1)
        assert outcome.document()["failures"][0]["item"] in outcome.error()["message"]

    def test_1_for_a_job_that_stopped_at_its_limit(self, cli: Cli, connected: Sandbox) -> None:
        outcome = cli(*FETCH, "--limit", "2")

        assert (outcome.code, outcome.error()["exit_code"]) == (1, 1)
        assert "--limit" in outcome.error()["message"]

    def test_1_for_a_status_that_needs_a_look(self, cli: Cli, connected: Sandbox) -> None:
        connected.revoke()
        cli(*FETCH)

        outcome = cli("status", "--check", "--json")

        assert (outcome.code, outcome.error()["exit_code"]) == (1, 1)
        assert CHANNEL in outcome.error()["message"]

    def test_1_for_a_dead_letter_that_is_not_there(self, cli: Cli) -> None:
        outcome = cli("dlq", "requeue", "inventory", "unknown", "--json")

        assert (outcome.code, outcome.document(), outcome.error()["exit_code"]) == (1, {"requeued": 0}, 1)

    def test_the_worst_finding_of_doctor(self, cli: Cli, connected: Sandbox) -> None:
        connected.skew_clock(600)

        outcome = cli("doctor", "--json")

        assert (outcome.code, outcome.error()["exit_code"]) == (78, 78)
        assert outcome.error()["message"].endswith("checks failed")

    def test_130_for_an_interrupted_look(self, cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("mye_tiktok.db.runs.list_all", interrupted)

        assert_failed(cli("jobs", "list", "--json"), 130)


def test_65_for_what_tiktok_calls_invalid(cli: Cli, connected: Sandbox) -> None:
    connected.fail("refusal", operation="search_products", code=98001004, status=200)

    assert_failed(cli(*FETCH), 65)


def test_69_for_a_database_that_cannot_be_reached(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://mye:canary-database@127.0.0.1:{closed_port()}/mye")

    outcome = cli("auth", "channels", "--json")

    assert_failed(outcome, 69)
    assert "canary-database" not in outcome.err


def test_69_for_a_broker_that_cannot_be_reached(cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("products", "fetch-all")
    cli("outbox", "retry", "--all")
    connected.change_products(1)
    monkeypatch.setenv("RABBIT_URL", f"amqp://mye:canary-broker@127.0.0.1:{closed_port()}/%2F")

    fetched = cli("products", "fetch-all", "--json")
    assert (fetched.json()["outcome"], len(fetched.json()["warnings"])) == ("ok", 1)

    relayed = cli("outbox", "relay", "--once", "--json")
    assert_failed(relayed, 69)
    assert "canary-broker" not in fetched.out + fetched.err + relayed.err


def test_70_for_a_bug_with_the_traceback_in_the_log(
    cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mye_tiktok.db.runs.list_all", lambda *_, **__: 1 / 0)

    outcome = cli("jobs", "list", "--json")

    assert_failed(outcome, 70)
    assert "Traceback" in outcome.err
    assert "ZeroDivisionError" in outcome.error()["message"]


def test_75_names_who_holds_the_job_since_when(cli: Cli, connected: Sandbox, hold: Database) -> None:
    now = datetime.now(UTC)
    with hold.transaction() as session:
        leases.take(
            session,
            job="products fetch-all",
            channel_uid=CHANNEL,
            run_id="4711",
            holder=locks.holder(),
            now=now,
            stale_after=timedelta(minutes=1),
            is_gone=locks.is_gone,
        )
    hold.close()

    outcome = cli(*FETCH)

    assert_failed(outcome, 75)
    assert f"process {os.getpid()}" in outcome.error()["message"]
    assert f"{now:%Y-%m-%dT%H:%M}" in outcome.error()["message"]
    assert "4711" in outcome.error()["hint"]


def test_75_for_the_hourly_cap_of_a_development_shop(cli: Cli, connected: Sandbox) -> None:
    connected.fail("hourly_cap", operation="search_products")

    outcome = cli(*FETCH)

    assert_failed(outcome, 75)
    assert outcome.error()["code"] == "36009037"


def test_76_for_an_answer_nobody_understands(cli: Cli, connected: Sandbox) -> None:
    connected.fail("refusal", operation="search_products", code=77777777, status=200)

    outcome = cli(*FETCH)

    assert_failed(outcome, 76)
    assert outcome.error()["code"] == "77777777"
    assert outcome.error()["request_id"]


@pytest.mark.parametrize("kind", ["revoked", "scope_missing", "shop_inactive"])
def test_77_when_a_person_must_act_with_the_command_to_type(cli: Cli, connected: Sandbox, kind: str) -> None:
    connected.fail(kind, operation="search_products")  # type: ignore[arg-type]

    outcome = cli(*FETCH)

    assert_failed(outcome, 77)
    assert outcome.error()["hint"]


def test_a_parked_channel_stops_at_once_without_a_request(cli: Cli, connected: Sandbox) -> None:
    connected.revoke()
    cli(*FETCH)
    connected.requests.clear()

    again, live = cli(*FETCH), cli("products", "list", "--json")

    assert_failed(again, 77)
    assert_failed(live, 77)
    assert "auth url" in again.error()["hint"]
    assert connected.requests.count() == 0


class TestSignals:
    """A catalogue of several pages, so that a signal finds work in hand and work to come."""

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(products=320)

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
    def test_a_signal_ends_a_job_after_the_item_in_hand_and_the_next_run_goes_on(
        self, cli: Cli, connected: Sandbox, number: signal.Signals, code: int
    ) -> None:
        def at_the_third_page(record: Record) -> None:
            if connected.requests.count("search_products") == 3:
                connected.requests.listener = None
                os.kill(os.getpid(), number)

        connected.requests.listener = at_the_third_page
        stopped = cli(*FETCH)

        assert_failed(stopped, code)
        assert "saved" in stopped.error()["message"]
        run = cli("jobs", "list", "--job", "products fetch-all", "--json").json()["runs"][0]
        assert (run["outcome"], run["exit_code"]) == ("stopped", code)

        connected.requests.clear()
        again = cli(*FETCH)

        assert again.json()["counts"]["seen"] == 320
        assert connected.requests.count("get_product") < 320
        subjects = [one["subject"] for one in cli("outbox", "list", "--limit", "999", "--json").json()["messages"]]
        assert len(subjects) == len(set(subjects)) == 320

    def test_a_signal_ends_a_wait_for_tiktok(self, cli: Cli, connected: Sandbox) -> None:
        connected.fail("unavailable", operation="search_products", seconds=50)
        connected.requests.listener = lambda _: os.kill(os.getpid(), signal.SIGTERM)

        assert_failed(cli(*FETCH), 143)
        assert connected.requests.count("search_products") == 1


def test_a_failure_under_cron_is_one_block_that_says_each_thing_once(cli: Cli, connected: Sandbox) -> None:
    connected.deactivate_shop()

    outcome = cli("products", "fetch-all")

    lines = outcome.err.splitlines()
    reason = next(line for line in lines if line.startswith("error: ")).removeprefix("error: ")
    assert outcome.out == ""
    assert outcome.err.count(reason) == 1
    assert len(lines) <= 4


class TestSeveralChannels:
    """Two channels that fail for different reasons."""

    @pytest.fixture
    def options(self) -> SandboxOptions:
        return SandboxOptions(products=1, shops=2)

    def test_each_channel_that_failed_is_named_with_its_reason(self, cli: Cli, sandbox: Sandbox) -> None:
        channels = cli("auth", "integrate", "--code", sandbox.auth_code(), "--json").json()["channels"]
        for shop in sandbox.shops:
            sandbox.deactivate_shop(shop.shop_id)

        outcome = cli("products", "fetch-all", "--all-channels")

        assert (outcome.code, outcome.out) == (77, "")
        assert [outcome.err.count(f"failed: {one['channel_uid']}: ") for one in channels] == [1, 1]
        assert outcome.err.count("error: ") == 1


def test_no_colour_is_written_into_a_pipe(cli: Cli, connected: Sandbox) -> None:
    connected.deactivate_shop()

    assert "\033" not in cli("products", "fetch-all").err + cli("auth", "channels").out

"""`jobs`, `status`, `doctor`, `db`: what ran, how things are, and what is ill."""

import json
import re
import socket
from pathlib import Path

import pytest

from mye_tiktok.db.revision import HEAD
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.cli.conftest import CHANNEL, Cli


def test_runs_are_listed_newest_first_with_counts_and_trigger(cli: Cli, fetched: Sandbox) -> None:
    runs = cli("jobs", "list", "--json").json()["runs"]

    assert [run["job"] for run in runs] == ["outbox relay", "products fetch-all"]
    assert (runs[1]["channel_uid"], runs[1]["outcome"], runs[1]["exit_code"]) == (CHANNEL, "ok", 0)
    assert runs[1]["trigger"] == "background"
    assert runs[1]["finished_at"] >= runs[1]["started_at"]


def test_one_run_is_shown_by_how_its_id_begins(cli: Cli, fetched: Sandbox) -> None:
    run = cli("jobs", "list", "--job", "products fetch-all", "--json").json()["runs"][0]

    assert cli("jobs", "show", run["run_id"][:8], "--json").json() == run | {"approved": []}
    assert run["run_id"] in cli("jobs", "show", run["run_id"]).out


def test_a_run_that_does_not_exist_is_wrong_usage(cli: Cli, fetched: Sandbox) -> None:
    assert cli("jobs", "show", "ffffffffffff").code == 2


def test_a_failed_run_is_recorded_with_its_error(cli: Cli, connected: Sandbox) -> None:
    connected.deactivate_shop()
    failed = cli("products", "fetch-all", "--json")

    run = cli("jobs", "list", "--job", "products fetch-all", "--json").json()["runs"][0]

    assert (run["outcome"], run["exit_code"]) == ("failed", failed.code)
    assert run["error"] == failed.error()["message"]


def test_status_shows_channels_backlog_and_jobs(cli: Cli, fetched: Sandbox) -> None:
    seen = cli("status", "--json").json()

    assert [channel["channel_uid"] for channel in seen["channels"]] == [CHANNEL]
    assert (seen["backlog"]["outbox"], seen["backlog"]["dead_letters"]) == (0, 0)
    assert {run["job"] for run in seen["jobs"]} == {"products fetch-all", "outbox relay"}


def test_status_counts_what_mye_sent_and_nobody_took(cli: Cli, connected: Sandbox, tmp_path: Path) -> None:
    stock = tmp_path / "stock.json"
    stock.write_text(json.dumps({"items": [{"seller_sku": "A-1", "quantity": 3}]}))
    cli("queue", "send", "inventory", str(stock))

    backlog = cli("status", "--json").json()["backlog"]

    assert (backlog["inventory"], backlog["shipments"]) == (1, 0)


def test_status_counts_shipments_and_raises_no_alarm_for_one_that_was_refused_to_a_person(
    cli: Cli, connected: Sandbox
) -> None:
    unpaid = connected.place_order(status="UNPAID", shipping_type="SELLER")
    held = connected.place_order(status="ON_HOLD", shipping_type="SELLER")
    typed = ("--tracking", "TRACK-0001", "--provider", "9")
    assert [cli("ship", "mark-shipped", one, *typed).code for one in (held, unpaid)] == [75, 65]

    words = "shipments: 1 waiting, 0 answer unknown, 1 refused (`mye-tiktok ship list --state refused`)\n"
    assert words in cli("status").out
    assert cli("status", "--json").json()["backlog"]["shipments_refused"] == 1
    assert cli("status", "--check").out == "all is well\n"


def test_a_status_check_is_one_line(cli: Cli, fetched: Sandbox) -> None:
    outcome = cli("status", "--check")

    assert (outcome.code, outcome.out, outcome.err) == (0, "all is well\n", "")


def test_a_status_check_fails_with_the_reason_when_a_channel_rests(cli: Cli, connected: Sandbox) -> None:
    connected.revoke()
    cli("products", "fetch-all")

    outcome = cli("status", "--check")

    assert outcome.code == 1
    assert f"channel {CHANNEL} is parked" in outcome.out


def test_status_says_why_a_channel_rests_and_what_to_type(cli: Cli, connected: Sandbox) -> None:
    connected.revoke()
    cli("products", "fetch-all")

    outcome = cli("status")

    assert f"{CHANNEL} is parked: TikTok refused" in outcome.err
    assert "mye-tiktok auth url" in outcome.err


def test_the_revisions_of_database_and_program_are_told_apart(cli: Cli, connected: Sandbox) -> None:
    assert cli("db", "current").out == f"DATABASE\tPROGRAM\n{HEAD}\t{HEAD}\n"


def test_doctor_finds_everything_in_order(cli: Cli, connected: Sandbox) -> None:
    checks = cli("doctor", "--json").json()["checks"]

    assert all(set(check) >= {"name", "ok", "message", "hint"} for check in checks)
    assert [check["name"] for check in checks if not check["ok"]] == []
    assert {"configuration", "database", "broker", "clock"} <= {check["name"] for check in checks}


def test_doctor_exits_with_the_code_of_the_worst_finding(
    cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    monkeypatch.setenv("RABBIT_URL", f"amqp://mye:canary-broker@127.0.0.1:{closed}/%2F")

    outcome = cli("doctor", "--json")

    ill = [check for check in outcome.document()["checks"] if not check["ok"]]
    assert outcome.code == 69
    assert [check["name"] for check in ill] == ["broker"]
    assert "canary-broker" not in outcome.out + outcome.err


def test_doctor_names_a_clock_that_is_off(cli: Cli, connected: Sandbox) -> None:
    connected.skew_clock(600)

    outcome = cli("doctor")

    assert outcome.code == 78
    assert re.search(r"FAIL  clock: .* (599|600) s behind TikTok's", outcome.out)


def test_doctor_without_any_setting_says_what_is_missing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    monkeypatch.setenv("TIKTOK_API_URL", f"http://127.0.0.1:{closed}")
    monkeypatch.setenv("TIKTOK_AUTH_URL", f"http://127.0.0.1:{closed}")

    outcome = cli("doctor")

    assert outcome.code == 78
    assert "APP_KEY" in outcome.out


def test_the_embedded_database_migrates_itself(cli: Cli) -> None:
    assert cli("auth", "channels").code == 0

    data = cli("db", "current", "--json").json()
    assert data["revision"] == data["program"]
    assert cli("db", "check").code == 0


@pytest.mark.postgres
def test_a_postgresql_that_is_behind_stops_every_command_and_names_the_upgrade(
    cli: Cli, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DATABASE_URL": postgres_url, "APP_KEY": "key", "APP_SECRET": "canary-secret"}.items():
        monkeypatch.setenv(name, value)
    stopped = ["auth channels", "products fetch-all", "outbox relay --once", "jobs list", "status", "db check"]

    outcomes = {command: cli(*command.split(), "--json") for command in stopped}

    assert {outcome.code for outcome in outcomes.values()} == {78}
    assert all(
        "mye-tiktok db upgrade" in json.dumps(outcome.error(), ensure_ascii=False) for outcome in outcomes.values()
    )
    assert cli("db", "upgrade").code == 0
    assert cli("auth", "channels").code == 0


def test_a_channel_that_rests_is_a_problem_of_its_authorization(cli: Cli, connected: Sandbox) -> None:
    connected.deactivate_shop()
    assert cli("orders", "fetch").code == 77

    status, doctor = cli("auth", "status", "--check"), cli("doctor", "--json")

    assert status.code == 77
    assert f"channel {CHANNEL} is parked" in status.out
    assert "mye-tiktok auth integrate --authorization 1" in cli("orders", "fetch").err
    assert doctor.code == 77
    connected.heal()
    assert cli("auth", "integrate", "--authorization", "1").code == 0
    assert cli("auth", "status", "--check").code == 0


def test_doctor_finds_a_secret_that_is_not_the_apps(
    cli: Cli, connected: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_SECRET", "canary-secret")

    outcome = cli("doctor", "--json")

    ill = {check["name"]: check["message"] for check in outcome.document()["checks"] if not check["ok"]}
    assert outcome.code == 78
    assert list(ill) == ["authorization 1"]
    assert "106001" in ill["authorization 1"]


def test_without_an_app_a_job_says_what_is_not_set_before_it_looks_for_channels(cli: Cli) -> None:
    outcome = cli("orders", "fetch")

    assert outcome.code == 78
    assert "APP_KEY is not set" in outcome.err


def test_explain_says_what_a_code_means(cli: Cli) -> None:
    assert cli("explain", "105002", "--json").json()["code"] == 105002
    assert cli("explain", "77").code == 0

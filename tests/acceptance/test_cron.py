"""Jobs as cron starts them: no terminal, no HOME, no locale, and nobody who reads along."""

import json
import signal

import pytest

from tests.acceptance.program import CHANNEL, Program, SandboxProcess, finished


def test_jobs_that_succeed_print_nothing(connected: Program) -> None:
    jobs = ["products fetch-all", "products fetch-all --all-channels --full", "auth refresh --within 24h"]
    jobs += ["outbox relay --once", "products fetch-all"]

    done = [connected.run(*job.split()) for job in jobs]

    assert [(one.code, one.out, one.err) for one in done] == [(0, "", "")] * len(jobs)


def test_a_job_that_fails_leaves_one_clear_block(connected: Program, sandbox: SandboxProcess) -> None:
    sandbox.control("POST", "tokens/revoke")

    done = connected.run("products", "fetch-all")

    assert (done.code, done.out) == (77, "")
    assert [line.split()[0] for line in done.err.splitlines()] == ["products", "error:", "TikTok's", "next:"]


def test_without_any_setting_the_failure_says_what_is_missing(program: Program) -> None:
    done = program.having(APP_KEY="", APP_SECRET="").run("products", "fetch-all")

    assert done.code == 78
    assert "APP_KEY is not set" in done.err
    assert "mye-tiktok config show" in done.err


@pytest.mark.products(300)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stopped_fetch_saves_what_it_has_and_the_next_one_completes(
    connected: Program, sandbox: SandboxProcess, number: signal.Signals, code: int
) -> None:
    with connected.start("products", "fetch-all", "--json") as process:
        while sandbox.requests() < 40:
            assert process.poll() is None
        process.send_signal(number)
        stopped = finished(process)

    assert (stopped.code, stopped.error()["exit_code"]) == (code, code)
    assert "saved" in stopped.error()["message"]

    again = connected.run("products", "fetch-all", "--json")

    assert (again.code, again.json()["outcome"]) == (0, "ok")
    messages = connected.run("outbox", "list", "--limit", "10000", "--json").json()["messages"]
    assert {message["subject"] for message in messages} == sandbox.product_ids()
    assert len(messages) == 300
    assert {message["state"] for message in messages} == {"sent"}


@pytest.mark.products(300)
def test_a_stopped_fetch_says_so_and_not_that_it_failed(connected: Program, sandbox: SandboxProcess) -> None:
    with connected.start("products", "fetch-all") as process:
        while sandbox.requests() < 40:
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        stopped = finished(process)

    assert "products fetch-all: stopped: " in stopped.err
    assert "failed" not in stopped.err


@pytest.mark.products(300)
def test_a_killed_run_is_shown_as_abandoned_at_once(connected: Program, sandbox: SandboxProcess) -> None:
    with connected.start("products", "fetch-all") as process:
        while sandbox.requests() < 10:
            assert process.poll() is None
        process.kill()
        finished(process)

    runs = connected.run("jobs", "list", "--json").json()["runs"]
    checked = connected.run("status", "--check")

    assert [run["outcome"] for run in runs] == ["abandoned"]
    assert (checked.code, "abandoned: ended without a word" in checked.out) == (1, True)


def test_a_second_run_is_kept_out_and_told_who_holds_the_job(connected: Program, sandbox: SandboxProcess) -> None:
    sandbox.control("POST", "faults", kind="hang", operation="search_products", seconds=20, times=1)
    with connected.start("products", "fetch-all", "--json") as first:
        while not json.loads(connected.run("status", "--json").out)["jobs"]:
            assert first.poll() is None
        second = connected.run("products", "fetch-all", "--json")
        first.send_signal(signal.SIGTERM)
        first.kill()
        finished(first)

    assert second.code == 75
    assert f"process {first.pid}" in second.error()["message"]
    assert f"channel {CHANNEL}" in second.error()["message"]

    third = connected.run("products", "fetch-all", "--json")
    assert (third.code, third.json()["outcome"]) == (0, "ok")

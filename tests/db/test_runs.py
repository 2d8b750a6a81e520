"""The records of runs."""

from datetime import datetime

import pytest

from mye_tiktok.db import runs
from mye_tiktok.db.database import Database
from mye_tiktok.domain.run import Run
from mye_tiktok.errors import WrongUsageError
from tests.db.samples import DAY, MINUTE, NOON


def a_run(run_id: str, *, job: str = "products fetch-all", channel_uid: str = "uid-1", at: datetime = NOON) -> Run:
    return Run(
        run_id=run_id,
        job=job,
        channel_uid=channel_uid,
        trigger="cron",
        holder="host:1:2",
        started_at=at,
        heartbeat_at=at,
    )


def test_a_run_is_recorded_from_start_to_end(database: Database) -> None:
    with database.transaction() as session:
        runs.start(session, a_run("run-1"))
        runs.heartbeat(session, "run-1", now=NOON + MINUTE)
        beating = runs.get(session, "run-1")
        runs.finish(
            session,
            "run-1",
            now=NOON + 2 * MINUTE,
            outcome="partial",
            exit_code=1,
            requests=7,
            counts={"seen": 3, "failed": 1},
            error="product 1: refused",
        )
        ended = runs.get(session, "run-1")

    assert (beating.outcome, beating.heartbeat_at, beating.finished_at) == ("running", NOON + MINUTE, None)
    assert (ended.outcome, ended.exit_code, ended.finished_at) == ("partial", 1, NOON + 2 * MINUTE)
    assert (ended.requests, ended.counts, ended.error) == (7, {"seen": 3, "failed": 1}, "product 1: refused")


def test_what_was_left_running_is_marked_abandoned(database: Database) -> None:
    with database.transaction() as session:
        runs.start(session, a_run("run-1"))
        runs.start(session, a_run("run-2", channel_uid="uid-2"))
        runs.start(session, a_run("run-3", job="orders fetch"))

        assert runs.abandon(session, job="products fetch-all", channel_uid="uid-1", now=NOON + DAY) == 1

        outcomes = {run.run_id: run.outcome for run in runs.list_all(session)}
        assert outcomes == {"run-1": "abandoned", "run-2": "running", "run-3": "running"}


def test_runs_are_listed_newest_first_and_by_job_or_channel(database: Database) -> None:
    with database.transaction() as session:
        for number in range(4):
            channel_uid = f"uid-{number % 2}"
            runs.start(session, a_run(f"run-{number}", channel_uid=channel_uid, at=NOON + number * MINUTE))
        runs.start(session, a_run("run-9", job="orders fetch", at=NOON))

        assert [run.run_id for run in runs.list_all(session, job="products fetch-all", limit=2)] == ["run-3", "run-2"]
        assert [run.run_id for run in runs.list_all(session, channel_uid="uid-0")] == ["run-2", "run-0"]


def test_a_run_is_found_by_the_beginning_of_its_id_when_that_is_unique(database: Database) -> None:
    with database.transaction() as session:
        runs.start(session, a_run("abc1"))
        runs.start(session, a_run("abd2"))

        assert runs.get(session, "abc").run_id == "abc1"
        with pytest.raises(WrongUsageError, match="several"):
            runs.get(session, "ab")
        with pytest.raises(WrongUsageError, match="no run"):
            runs.get(session, "%")


def test_the_latest_run_of_each_job_and_channel_is_found_among_however_many_others(database: Database) -> None:
    with database.transaction() as session:
        runs.start(session, a_run("old", at=NOON - DAY))
        runs.start(session, a_run("latest", at=NOON - DAY + MINUTE))
        runs.start(session, a_run("elsewhere", channel_uid="uid-2", at=NOON - 2 * DAY))
        for number in range(600):
            runs.start(session, a_run(f"relay-{number}", job="outbox relay", channel_uid="", at=NOON + number * MINUTE))

        latest = [run.run_id for run in runs.latest_of_each(session)]

    assert latest == ["relay-599", "latest", "elsewhere"]


def test_old_records_are_deleted_but_never_a_run_that_goes_on(database: Database) -> None:
    with database.transaction() as session:
        for run_id in ("run-1", "run-2"):
            runs.start(session, a_run(run_id))
        runs.finish(session, "run-1", now=NOON, outcome="ok", exit_code=0, requests=0, counts={}, error="")

        assert runs.purge(session, older_than=NOON) == 0
        assert runs.purge(session, older_than=NOON + DAY) == 1
        assert [run.run_id for run in runs.list_all(session)] == ["run-2"]


def test_an_error_that_no_database_takes_as_it_is_is_recorded_all_the_same(database: Database) -> None:
    with database.transaction() as session:
        runs.start(session, a_run("run-1"))
        runs.finish(
            session,
            "run-1",
            now=NOON,
            outcome="failed",
            exit_code=65,
            requests=0,
            counts={},
            error="no column \udcff\x00sku",
        )
        assert runs.get(session, "run-1").error == "no column ?sku"


def test_what_a_process_is_busy_with_is_known_by_its_holder(database: Database) -> None:
    with database.transaction() as session:
        runs.start(session, a_run("run-1", job="consume inventory"))
        assert (runs.jobs_of(session, "host:1:2"), runs.jobs_of(session, "host:1:3")) == (["consume inventory"], [])

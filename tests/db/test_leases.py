"""Leases: one run per job and channel, and a dead one does not block for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from mye_tiktok.db import leases
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.run import Lease
from tests.db.samples import MINUTE, NOON

JOB = "products fetch-all"


def take(
    session: Session,
    run_id: str,
    *,
    now: datetime = NOON,
    channel_uid: str = "uid-1",
    is_gone: Callable[[str], bool] = lambda _: False,
) -> Lease | None:
    return leases.take(
        session,
        job=JOB,
        channel_uid=channel_uid,
        run_id=run_id,
        holder=f"host:{run_id}",
        now=now,
        stale_after=MINUTE,
        is_gone=is_gone,
    )


def test_a_second_run_learns_who_holds_the_job_since_when(database: Database) -> None:
    with database.transaction() as session:
        assert take(session, "run-1") is None
        leases.heartbeat(session, job=JOB, channel_uid="uid-1", run_id="run-1", now=NOON + MINUTE)

        other = take(session, "run-2", now=NOON + 2 * MINUTE)

    assert other is not None
    assert (other.run_id, other.holder, other.since) == ("run-1", "host:run-1", NOON)
    assert other.heartbeat_at == NOON + MINUTE


def test_other_channels_and_a_released_lease_are_free(database: Database) -> None:
    with database.transaction() as session:
        assert take(session, "run-1") is None
        assert take(session, "run-2", channel_uid="uid-2") is None
        leases.release(session, job=JOB, channel_uid="uid-1", run_id="run-2")
        assert take(session, "run-3") is not None

        leases.release(session, job=JOB, channel_uid="uid-1", run_id="run-1")

        assert take(session, "run-3") is None


def test_a_silent_run_is_taken_over_and_notices(database: Database) -> None:
    with database.transaction() as session:
        take(session, "run-1")

        assert take(session, "run-2", now=NOON + 2 * MINUTE) is None

        later = NOON + 3 * MINUTE
        assert not leases.heartbeat(session, job=JOB, channel_uid="uid-1", run_id="run-1", now=later)
        assert leases.heartbeat(session, job=JOB, channel_uid="uid-1", run_id="run-2", now=later)


def test_a_run_whose_process_is_gone_is_taken_over_at_once(database: Database) -> None:
    with database.transaction() as session:
        take(session, "run-1")

        assert take(session, "run-2", is_gone=lambda holder: holder == "host:run-1") is None

        held = leases.get(session, job=JOB, channel_uid="uid-1")
        assert held is not None
        assert held.run_id == "run-2"


def test_of_many_that_take_at_once_one_gets_it(database: Database) -> None:
    def attempt(run_id: int) -> bool:
        with database.transaction() as session:
            return take(session, f"run-{run_id}") is None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(12))) == 1


def test_of_many_that_take_over_at_once_one_gets_it(database: Database) -> None:
    with database.transaction() as session:
        take(session, "run-dead")

    def attempt(run_id: int) -> bool:
        with database.transaction() as session:
            return take(session, f"run-{run_id}", now=NOON + 2 * MINUTE) is None

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(12))) == 1

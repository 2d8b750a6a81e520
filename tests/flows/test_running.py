"""A job runs once at a time per channel, and its record tells how it went."""

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mye_tiktok import locks, logs
from mye_tiktok.db import leases, runs
from mye_tiktok.db.dialects import shared_time
from mye_tiktok.db.engine import parse_url
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.run import Run
from mye_tiktok.errors import RefusedError, StoppedError, TryLaterError, UnreachableError
from mye_tiktok.jobs.relaying import RELAY
from mye_tiktok.jobs.running import RECORDS_KEPT, STALE_AFTER, Surroundings, holding, running
from tests.flows.clock import NOON
from tests.flows.world import World

JOB = "orders fetch"
SECOND = timedelta(seconds=1)
PATIENCE = 20.0


def eventually(happened: Callable[[], bool]) -> None:
    """Wait until another thread made it happen."""
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends
        threading.Event().wait(0.002)


def begun_elsewhere(world: World, *, holder: str = "elsewhere:1:1") -> str:
    """Let a process that is not ours hold the job; returns its run."""
    run = Run(
        run_id="a" * 32, job=JOB, channel_uid="uk-1", trigger="cron", holder=holder, started_at=NOON, heartbeat_at=NOON
    )
    with world.database.transaction() as session:
        runs.start(session, run)
        leases.take(
            session,
            job=JOB,
            channel_uid="uk-1",
            run_id=run.run_id,
            holder=holder,
            now=world.clock(),
            stale_after=STALE_AFTER,
            is_gone=locks.is_gone,
        )
    return run.run_id


def record(world: World, run_id: str) -> Run:
    with world.database.transaction() as session:
        return runs.get(session, run_id)


def test_a_second_run_leaves_and_names_who_holds_the_job_since_when(world: World) -> None:
    with running(world.database, JOB, "uk-1", world.around()) as first:
        world.clock.advance(SECOND)
        with pytest.raises(TryLaterError) as caught, running(world.database, JOB, "uk-1", world.around()):
            pytest.fail("two at once")

    assert first.run_id in caught.value.message
    assert f"process {os.getpid()} on {socket.gethostname()}" in caught.value.message
    assert NOON.isoformat() in caught.value.message
    assert caught.value.exit_code == 75
    assert f"jobs show {first.run_id}" in caught.value.hint
    assert len(world.runs(JOB)) == 1


def test_the_same_job_runs_on_another_channel_and_another_job_on_this_one(world: World) -> None:
    with (
        running(world.database, JOB, "uk-1", world.around()),
        running(world.database, JOB, "uk-2", world.around()),
        running(world.database, "products fetch-all", "uk-1", world.around()),
    ):
        pass

    assert len(world.runs(JOB)) == 2


def test_the_job_is_free_again_after_a_run_however_it_ended(world: World) -> None:
    for error in (RefusedError("no"), StoppedError("stop", signal_number=15), KeyError("a bug")):
        with pytest.raises(type(error)), running(world.database, JOB, "uk-1", world.around()):
            raise error

    with running(world.database, JOB, "uk-1", world.around()):
        pass

    assert world.lease("uk-1", JOB) is None


def test_a_holder_that_fell_silent_is_taken_over_and_its_run_is_abandoned(world: World) -> None:
    silent = begun_elsewhere(world)
    world.clock.advance(STALE_AFTER)
    with pytest.raises(TryLaterError), running(world.database, JOB, "uk-1", world.around()):
        pytest.fail("not silent for long enough")
    world.clock.advance(SECOND)

    with running(world.database, JOB, "uk-1", world.around()) as run:
        lease = world.lease("uk-1", JOB)
        assert lease is not None
        assert lease.run_id == run.run_id

    abandoned = record(world, silent)
    assert (abandoned.outcome, abandoned.finished_at) == ("abandoned", world.clock())
    assert abandoned.error
    assert record(world, run.run_id).outcome == "ok"


def test_a_holder_of_this_host_that_is_gone_is_taken_over_at_once(world: World) -> None:
    killed = begun_elsewhere(world, holder=f"{locks.holder().rsplit(':', 2)[0]}:999999999:1")

    with running(world.database, JOB, "uk-1", world.around()):
        pass

    assert record(world, killed).outcome == "abandoned"


def test_a_host_whose_clock_is_an_hour_ahead_takes_no_live_lease(world: World) -> None:
    here = replace(world.around(), shared_clock=shared_time)
    ahead = replace(here, clock=lambda: world.clock() + timedelta(hours=1))

    with running(world.database, JOB, "uk-1", here) as run:
        with pytest.raises(TryLaterError), running(world.database, JOB, "uk-1", ahead):
            pytest.fail("the lease is held")
        run.stop()


def test_a_run_shows_that_it_is_alive(world: World) -> None:
    around = Surroundings(trigger="test", clock=world.clock, stop=lambda: None, heartbeat=timedelta(milliseconds=5))

    with running(world.database, JOB, "uk-1", around) as run:
        world.clock.advance(SECOND)
        eventually(lambda: record(world, run.run_id).heartbeat_at == NOON + SECOND)
        lease = world.lease("uk-1", JOB)

    assert lease is not None
    assert lease.heartbeat_at == NOON + SECOND


def test_a_run_whose_lease_was_taken_over_stops_before_its_next_item(world: World) -> None:
    around = Surroundings(trigger="test", clock=world.clock, stop=lambda: None, heartbeat=timedelta(milliseconds=5))
    caught: list[TryLaterError] = []

    def stops(check: Callable[[], None]) -> bool:
        try:
            check()
        except TryLaterError as error:
            caught.append(error)
        return bool(caught)

    with running(world.database, JOB, "uk-1", around) as run:
        with world.database.transaction() as session:
            leases.release(session, job=JOB, channel_uid="uk-1", run_id=run.run_id)
        other = begun_elsewhere(world)
        eventually(lambda: stops(run.stop))

    assert "taken over" in caught[0].message
    lease = world.lease("uk-1", JOB)
    assert lease is not None
    assert lease.run_id == other  # what is somebody else's is not given back


def test_the_record_of_a_good_run_holds_its_account(world: World) -> None:
    with running(world.database, JOB, "uk-1", world.around()) as run:
        run.report.add(seen=3, created=2)
        run.report.requests = 4
        world.clock.advance(SECOND)

    kept = record(world, run.run_id)
    assert (kept.job, kept.channel_uid, kept.trigger, kept.holder) == (JOB, "uk-1", "test", locks.holder())
    assert (kept.started_at, kept.finished_at) == (NOON, NOON + SECOND)
    assert (kept.outcome, kept.exit_code, kept.error) == ("ok", 0, "")
    assert (kept.requests, kept.counts) == (4, {"seen": 3, "created": 2})


def test_the_record_of_a_partial_run_tells_its_first_failure(world: World) -> None:
    with running(world.database, JOB, "uk-1", world.around()) as run:
        run.report.fail(Failure(item="1", code="65", message="order 1 was refused"))
        run.report.fail(Failure(item="2", code="65", message="order 2 was refused"))

    kept = record(world, run.run_id)
    assert (kept.outcome, kept.exit_code, kept.error) == ("partial", 1, "order 1 was refused")
    assert kept.counts == {"failed": 2}


@pytest.mark.parametrize(
    ("error", "outcome", "exit_code", "text"),
    [
        (RefusedError("order 1 was refused"), "failed", 65, "order 1 was refused"),
        (UnreachableError("no answer"), "failed", 69, "no answer"),
        (StoppedError("stopped by SIGTERM", signal_number=15), "stopped", 143, "stopped by SIGTERM"),
        (KeyboardInterrupt(), "stopped", 130, "KeyboardInterrupt"),
        (ValueError("holds a buyer's name"), "failed", 70, "ValueError"),
    ],
)
def test_the_record_of_a_run_that_failed_tells_why(
    world: World, error: BaseException, outcome: str, exit_code: int, text: str
) -> None:
    with pytest.raises(type(error)), running(world.database, JOB, "uk-1", world.around()):
        raise error

    kept = world.runs(JOB)[0]
    assert (kept.outcome, kept.exit_code, kept.error) == (outcome, exit_code, text)
    assert kept.finished_at == NOON


def test_no_secret_gets_into_a_record(world: World) -> None:
    logs.hide(["a-token-of-a-seller"])

    with pytest.raises(RefusedError), running(world.database, JOB, "uk-1", world.around()):
        raise RefusedError("refused a-token-of-a-seller")

    assert world.runs(JOB)[0].error == "refused ***"


def test_a_database_that_is_gone_does_not_hide_the_first_failure(world: World) -> None:
    good = world.database.url

    def fail_without_a_database() -> None:
        world.database.close()
        world.database.url = parse_url("postgresql://127.0.0.1:1/nobody_listens")
        raise RefusedError("order 1 was refused")

    with pytest.raises(RefusedError), running(world.database, JOB, "uk-1", world.around()):
        fail_without_a_database()

    world.database.close()
    world.database.url = good
    assert world.runs(JOB)[0].outcome == "running"


def test_records_are_forgotten_after_a_while(world: World) -> None:
    for _ in range(2):
        with running(world.database, JOB, "uk-1", world.around()):
            pass
        world.clock.advance(RECORDS_KEPT - SECOND)
    with running(world.database, JOB, "uk-1", world.around()) as run:
        kept = [one.run_id for one in world.runs(JOB)]

    assert len(kept) == 2
    assert run.run_id in kept


def test_a_job_that_is_not_exclusive_runs_beside_itself(world: World) -> None:
    with (
        running(world.database, "consume webhooks", "", world.around(), exclusive=False),
        running(world.database, "consume webhooks", "", world.around(), exclusive=False),
    ):
        assert [run.outcome for run in world.runs("consume webhooks")] == ["running", "running"]
        assert world.lease("", "consume webhooks") is None

    assert [run.outcome for run in world.runs("consume webhooks")] == ["ok", "ok"]


def test_a_sibling_that_has_been_silent_for_a_minute_is_abandoned(world: World) -> None:
    with running(world.database, "consume webhooks", "", world.around(), exclusive=False):
        world.clock.advance(STALE_AFTER + timedelta(seconds=1))
        with running(world.database, "consume webhooks", "", world.around(), exclusive=False):
            assert sorted(run.outcome for run in world.runs("consume webhooks")) == ["abandoned", "running"]


def test_a_lease_held_within_a_run_has_no_record_and_is_given_back(world: World) -> None:
    with holding(world.database, RELAY, "", world.around(), run_id="run-1"):
        lease = world.lease("", RELAY)
        assert lease is not None
        assert lease.run_id == "run-1"
        with (
            pytest.raises(TryLaterError, match="run-1"),
            holding(world.database, RELAY, "", world.around(), run_id="run-2"),
        ):
            pass

    assert world.lease("", RELAY) is None
    assert world.runs(RELAY) == []

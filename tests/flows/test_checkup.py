"""`doctor`: each finding, and the exit code that follows from it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.db.cipher import TokenCipher, new_key
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import WrongSettingsError
from mye_tiktok.jobs.checkup import Check, Patient, examine, worst
from mye_tiktok.sandbox.server import running
from tests.flows.world import World

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def database_kind() -> str:
    """One database is enough here, but for the finding that only the other can have."""
    return "sqlite"


@pytest.fixture
def patient(world: World, channel: Channel) -> Iterator[Patient]:
    """A healthy installation with one channel, in front of a sandbox on a port."""
    with running(world.sandbox) as url:
        yield Patient(
            database=lambda: world.database,
            broker=lambda: world.broker,
            queue=world.queue,
            broker_name="the embedded broker",
            api_url=url,
            auth_url=url,
            app=lambda: "complete",
        )


def ill(world: World, patient: Patient) -> dict[str, int]:
    """Return what is wrong, each with its exit code."""
    return {one.name: one.exit_code for one in examine(patient, world.around()) if not one.ok}


def finding(world: World, patient: Patient, name: str) -> Check:
    return next(one for one in examine(patient, world.around()) if one.name == name)


def test_a_healthy_installation_has_no_findings(world: World, patient: Patient) -> None:
    checks = examine(patient, world.around())

    assert [one.name for one in checks] == [
        "configuration",
        "database",
        "broker",
        "tiktok api",
        "tiktok tokens",
        "clock",
        "authorization 1",
    ]
    assert all(one.ok and one.message and one.exit_code == 0 for one in checks)
    assert worst(checks) == 0


def test_a_missing_setting_is_found(world: World, patient: Patient) -> None:
    def incomplete() -> object:
        raise WrongSettingsError("APP_KEY is not set", hint="set it")

    assert ill(world, replace(patient, app=incomplete)) == {"configuration": 78}


def test_a_database_that_is_away_is_found_and_the_rest_is_still_looked_at(world: World, patient: Patient) -> None:
    away = Database("postgresql://127.0.0.1:1/nobody_listens")

    checks = examine(replace(patient, database=lambda: away), world.around())

    assert {one.name: one.exit_code for one in checks if not one.ok} == {"database": 69}
    assert "authorization 1" not in {one.name for one in checks}
    assert worst(checks) == 69


@pytest.mark.postgres
def test_a_database_that_is_behind_is_found(world: World, patient: Patient, postgres_url: str) -> None:
    behind = Database(postgres_url)

    found = finding(world, replace(patient, database=lambda: behind), "database")
    behind.close()

    assert (found.ok, found.exit_code) == (False, 78)
    assert "mye-tiktok db upgrade" in found.hint


def test_a_broker_that_is_away_is_found(world: World, patient: Patient) -> None:
    away = RabbitBroker("amqp://guest:guest@127.0.0.1:1/%2F")

    assert ill(world, replace(patient, broker=lambda: away)) == {"broker": 69}


def test_a_queue_that_is_not_there_yet_is_no_illness(world: World, patient: Patient) -> None:
    found = finding(world, patient, "broker")

    assert found.ok
    assert "not there yet" in found.message


def test_a_tiktok_that_does_not_answer_is_found(world: World, patient: Patient) -> None:
    assert ill(world, replace(patient, api_url=NOBODY)) == {"tiktok api": 69, "clock": 69}
    assert ill(world, replace(patient, auth_url=NOBODY)) == {"tiktok tokens": 69}


@pytest.mark.parametrize(
    ("ahead", "ok", "words"),
    [(0, True, "within 0 s"), (200, True, "within"), (301, False, "behind"), (-31, False, "ahead of")],
)
def test_a_clock_that_tiktok_would_not_accept_is_found(
    world: World, patient: Patient, ahead: int, ok: bool, words: str
) -> None:
    world.sandbox.skew_clock(ahead)

    found = finding(world, patient, "clock")

    assert (found.ok, found.exit_code) == (ok, 0 if ok else 78)
    assert words in found.message


def test_an_authorization_that_ends_within_two_weeks_is_found(world: World, channel: Channel, patient: Patient) -> None:
    left = world.authorization(channel).ends_at - world.clock()
    world.clock.advance(left - timedelta(days=13))

    found = finding(world, patient, "authorization 1")

    assert (found.ok, found.exit_code) == (False, 77)
    assert "ends in 13 days" in found.message
    assert "mye-tiktok auth url" in found.hint


def test_a_parked_authorization_is_found_with_its_reason(world: World, channel: Channel, patient: Patient) -> None:
    world.sandbox.revoke()
    world.fetch(channel)

    found = finding(world, patient, "authorization 1")

    assert (found.ok, found.exit_code) == (False, 77)
    assert "105001" in found.message


def test_tokens_that_no_key_opens_are_found(world: World, patient: Patient, tmp_path: Path) -> None:
    stranger = Database(f"sqlite:///{tmp_path / 'mye.sqlite3'}", cipher=TokenCipher([new_key()]))

    assert ill(world, replace(patient, database=lambda: stranger)) == {"authorizations": 78}
    stranger.close()


def test_the_gravest_finding_decides_the_exit_code(world: World, channel: Channel, patient: Patient) -> None:
    world.sandbox.revoke()
    world.fetch(channel)

    checks = examine(replace(patient, auth_url=NOBODY), world.around())

    assert sorted({one.exit_code for one in checks}) == [0, 69, 77]
    assert worst(checks) == 77

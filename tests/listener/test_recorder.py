"""The thread that writes events down by the group."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mye_tiktok.db.database import Database
from mye_tiktok.domain.tally import Histogram, Tally
from mye_tiktok.jobs.receiving import Recorder
from mye_tiktok.runtime import utc_now
from mye_tiktok.tiktok.webhooks import read_event
from tests.db.conftest import database
from tests.listener.events import counted, order_event, stored

__all__ = ["database"]
FAR = float("inf")
Told = dict[str, bool]


class Desk:
    """A recorder and what it told."""

    def __init__(self, database: Database, *, capacity: int = 100) -> None:
        self.told: Told = {}
        self.tally = Tally()
        self.recorder = Recorder[str](database, self._tell, self.tally, clock=utc_now, capacity=capacity)

    def _tell(self, tokens: Sequence[str], safe: bool) -> None:
        self.told |= dict.fromkeys(tokens, safe)

    def finish(self) -> Told:
        """Write what waits, and return what was told."""
        self.recorder.start()
        assert self.recorder.close(patience=30)
        return self.told


@pytest.fixture
def desk(database: Database) -> Desk:
    """A recorder that was not started yet, so that what is handed in makes one group."""
    return Desk(database)


def test_a_group_is_told_after_it_was_written(desk: Desk, database: Database) -> None:
    for number in range(5):
        desk.recorder.put(read_event(order_event(number)), str(number), deadline=FAR)

    assert desk.finish() == dict.fromkeys("01234", True)
    assert len(stored(database)) == 5
    assert (desk.tally.received, sum(desk.tally.sizes.counts)) == (5, 1)


def test_more_than_it_can_hold_is_turned_away(database: Database) -> None:
    desk = Desk(database, capacity=3)

    taken = [desk.recorder.put(read_event(order_event(number)), str(number), deadline=FAR) for number in range(5)]

    assert taken == [True, True, True, False, False]
    assert desk.finish() == dict.fromkeys("012", True)


def test_nothing_is_taken_once_it_is_closed(desk: Desk) -> None:
    desk.finish()

    assert not desk.recorder.put(read_event(order_event(1)), "1", deadline=FAR)
    assert not desk.recorder.alive


def test_what_was_given_up_on_is_not_written(desk: Desk, database: Database) -> None:
    desk.recorder.put(read_event(order_event(1)), "late", deadline=time.monotonic() - 1)
    desk.recorder.put(read_event(order_event(2)), "in time", deadline=FAR)

    assert desk.finish() == {"in time": True}
    assert set(stored(database)) == {order_event(2)}


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_one_event_that_the_database_refuses_does_not_take_the_others_with_it(desk: Desk, database: Database) -> None:
    for number in range(9):
        event = read_event(order_event(number))
        # no number of this kind comes out of read_event; PostgreSQL has no room for it
        desk.recorder.put(replace(event, type=2**40) if number == 4 else event, str(number), deadline=FAR)

    assert desk.finish() == {str(number): number != 4 for number in range(9)}
    assert len(stored(database)) == 8


def test_bad_signatures_are_counted_however_many_and_told_in_one_line(
    desk: Desk, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(1_000):
        desk.recorder.refuse()
    desk.finish()

    assert counted(database) == {"refused": 1_000}
    [line] = [record.getMessage() for record in caplog.records if "bad signature" in record.getMessage()]
    assert line.startswith("1000 request(s)")
    assert "APP_SECRET" in line


def test_a_database_that_is_away_is_told_for_every_event(tmp_path: Path) -> None:
    desk = Desk(Database("postgresql://nobody@127.0.0.1:1/nothing"))
    desk.recorder.refuse()
    for number in range(3):
        desk.recorder.put(read_event(order_event(number)), str(number), deadline=FAR)

    assert desk.finish() == dict.fromkeys("012", False)
    assert (desk.tally.received, desk.tally.refused) == (0, 1)


def test_a_histogram_counts_each_value_below_its_bound() -> None:
    histogram = Histogram((1, 2, 4))
    for value in (0.5, 1, 1.5, 4, 5):
        histogram.add(value)

    assert (histogram.counts, histogram.total) == ([2, 1, 1, 1], 12)

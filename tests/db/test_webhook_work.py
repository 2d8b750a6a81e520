"""Webhook events in the hands of readers: claimed once at a time, settled by who holds them, found by people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from mye_tiktok.db import webhook_history, webhook_work, webhooks
from mye_tiktok.db.database import Database
from mye_tiktok.db.webhook_history import Filter
from mye_tiktok.domain.webhook import StoredEvent
from mye_tiktok.domain.webhook_patience import lease
from mye_tiktok.errors import WrongUsageError
from mye_tiktok.tiktok.webhooks import read_event
from tests.db.samples import MINUTE, NOON


def arrive(database: Database, number: int, *, at: datetime = NOON, first: int = 0) -> None:
    bodies = [
        f'{{"type": 1, "tts_notification_id": "n{n}", "shop_id": "1", "data": {{"order_id": "{n}"}}}}'.encode()
        for n in range(first, first + number)
    ]
    with database.transaction() as session:
        webhooks.record(session, [read_event(body) for body in bodies], now=at)


def claim(database: Database, reader: str, *, now: datetime = NOON, limit: int = 100) -> list[int]:
    with database.transaction() as session:
        return [
            event.event_id for event in webhook_work.claim(session, claimed_by=reader, now=now, due_by=now, limit=limit)
        ]


def everything(database: Database) -> dict[int, StoredEvent]:
    with database.transaction() as session:
        return {event.event_id: event for event in webhook_history.find(session, Filter(), limit=1000)}


def test_the_oldest_due_events_are_claimed_first(database: Database) -> None:
    arrive(database, 3, at=NOON + MINUTE, first=10)
    arrive(database, 3)

    assert claim(database, "a", now=NOON + 2 * MINUTE, limit=4) == [1, 4, 5, 6]
    assert claim(database, "a", now=NOON + 2 * MINUTE) == [2, 3]


def test_what_one_reader_holds_no_other_claims_until_its_lease_ends(database: Database) -> None:
    arrive(database, 2)

    assert claim(database, "a") == [1, 2]
    assert claim(database, "b", now=NOON + lease(0) - timedelta(seconds=1)) == []
    assert claim(database, "b", now=NOON + lease(0)) == [1, 2]
    assert claim(database, "c", now=NOON + lease(0) + lease(1) - timedelta(seconds=1)) == []
    assert {(event.attempts, event.outcome) for event in everything(database).values()} == {(2, "orphaned")}


@pytest.mark.postgres
def test_readers_never_wait_for_one_another(postgres_database: Database) -> None:
    arrive(postgres_database, 4)
    other = Database(postgres_database.url.render_as_string(hide_password=False))

    with postgres_database.transaction() as session:
        mine = webhook_work.claim(session, claimed_by="a", now=NOON, due_by=NOON, limit=2)
        theirs = claim(other, "b")

    other.close()
    assert ([event.event_id for event in mine], theirs) == ([1, 2], [3, 4])


def test_only_who_holds_an_event_settles_it(database: Database) -> None:
    arrive(database, 3)
    claim(database, "a")
    later = NOON + lease(0)
    claim(database, "b", now=later, limit=2)

    with database.transaction() as session:
        assert webhook_work.hold(session, [1, 2, 3], claimed_by="a", until=later + MINUTE) == {3}
        assert webhook_work.settle(session, {1: "changed", 2: "x", 3: "changed"}, claimed_by="a", now=later) == 1
        assert webhook_work.park(session, [1], claimed_by="a", error="no") == 0
        assert webhook_work.settle(session, {1: "unchanged"}, claimed_by="b", now=later) == 1
        assert webhook_work.settle(session, {1: "changed"}, claimed_by="b", now=later) == 0

    events = everything(database)
    assert {one: (event.state, event.outcome) for one, event in events.items()} == {
        1: ("handled", "unchanged"),
        2: ("pending", "orphaned"),
        3: ("handled", "changed"),
    }
    assert events[1].handled_at == later


def test_what_is_put_off_is_due_then_and_no_orphan(database: Database) -> None:
    arrive(database, 1)
    claim(database, "a")
    with database.transaction() as session:
        webhook_work.postpone(session, [1], claimed_by="a", error="away", next_attempt_at=NOON + 5 * MINUTE)

    assert claim(database, "b", now=NOON + 4 * MINUTE) == []
    assert claim(database, "b", now=NOON + 5 * MINUTE) == [1]
    assert (everything(database)[1].outcome, everything(database)[1].attempts) == ("in hand", 2)


def test_what_is_given_back_is_due_at_once_as_if_it_had_not_been_claimed(database: Database) -> None:
    arrive(database, 1)
    claim(database, "a")
    with database.transaction() as session:
        webhook_work.release(session, [1], claimed_by="a", now=NOON)

    event = everything(database)[1]
    assert (event.attempts, event.outcome, event.next_attempt_at) == (0, "", NOON)


def test_the_backlog_counts_what_was_not_handled(database: Database) -> None:
    arrive(database, 4)
    claim(database, "a", limit=3)
    with database.transaction() as session:
        webhooks.record(session, [read_event(b"junk")], now=NOON)
        webhook_work.park(session, [1, 2], claimed_by="a", error="no")
        found = webhooks.backlog(session)

    assert (found.pending, found.parked, found.unreadable, found.oldest_at) == (2, 2, 1, NOON)


def test_a_replay_is_a_new_row_and_the_original_stays(database: Database) -> None:
    arrive(database, 3)
    claim(database, "a", limit=2)
    with database.transaction() as session:
        webhook_work.settle(session, {1: "changed"}, claimed_by="a", now=NOON)
        webhook_work.park(session, [2], claimed_by="a", error="no")

    with database.transaction() as session:
        before = webhook_history.find(session, Filter(), limit=10)
        replayed = webhook_history.replay(session, before, now=NOON + MINUTE)
        again = webhook_history.replay(session, before, now=NOON + MINUTE)

    # the parked one is repeated once however often it is asked for at the same time; the pending one is hurried
    assert (replayed.due, replayed.event_ids, again.event_ids) == (3, (4, 5), (6,))
    events = everything(database)
    assert (events[1].state, events[1].outcome) == ("handled", "changed")
    assert (events[2].state, events[2].outcome, events[2].error) == ("handled", "replayed", "no")
    assert [(events[one].replay_of, events[one].state) for one in (4, 5)] == [(1, "pending"), (2, "pending")]
    assert events[4].event.body == events[1].event.body
    assert claim(database, "b", now=NOON + MINUTE) == [3, 4, 5, 6]


def test_an_event_that_does_not_exist_is_wrong_usage(database: Database) -> None:
    with database.transaction() as session, pytest.raises(WrongUsageError):
        webhook_history.get(session, 4711)


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of its own on PostgreSQL, where two transactions write at once."""
    with _upgraded(request.getfixturevalue("postgres_url")) as database:
        yield database


@contextmanager
def _upgraded(url: str) -> Iterator[Database]:
    from mye_tiktok.db.migration import upgrade

    upgrade(url)
    database = Database(url)
    yield database
    database.close()

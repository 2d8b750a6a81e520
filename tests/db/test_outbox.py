"""The outbox: in order per key, ticked off after the confirm, nothing lost."""

import pytest

from mye_tiktok.db import outbox
from mye_tiktok.db.database import Database, Session
from mye_tiktok.errors import WrongUsageError
from tests.db.samples import DAY, MINUTE, NOON, a_message


def add(session: Session, *ids: str, destination: str = "product") -> None:
    """Queue messages; the letter in front of an id is its key."""
    outbox.add(session, [(destination, a_message(name, key=name[0])) for name in ids], now=NOON)


def due(session: Session, *, limit: int = 100, destination: str = "product") -> list[str]:
    return [row.message.id for row in outbox.due(session, destination, now=NOON, limit=limit)]


def test_a_message_comes_out_as_it_went_in(database: Database) -> None:
    message = a_message("a1", key="a")
    with database.transaction() as session:
        assert outbox.add(session, [("product", message)], now=NOON) == 1

        (leaving,) = outbox.due(session, "product", now=NOON, limit=10)
        row = outbox.get(session, "a1")

    assert (leaving.message, leaving.attempts) == (message, 0)
    assert (row.message, row.position) == (message, leaving.position)
    assert (row.destination, row.state, row.attempts) == ("product", "pending", 0)
    assert (row.created_at, row.next_attempt_at, row.sent_at, row.error) == (NOON, NOON, None, "")


def test_messages_leave_in_the_order_they_were_written(database: Database) -> None:
    ids = [f"{key}{number}" for number in range(200) for key in "ba"]
    with database.transaction() as session:
        add(session, *ids)
        add(session, "a-last")
        add(session, "o1", destination="order")

        assert due(session, limit=1000) == [*ids, "a-last"]
        assert due(session, limit=3) == ids[:3]
        assert due(session, destination="order") == ["o1"]


def test_a_message_written_twice_is_there_once(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1")

        assert outbox.add(session, [("product", a_message("a1")), ("product", a_message("b1"))], now=NOON) == 1
        assert outbox.add(session, [], now=NOON) == 0
        assert due(session) == ["a1", "b1"]


def test_what_was_sent_is_not_due_any_more(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1", "b1", "a2")

        assert outbox.mark_sent(session, ["a1", "b1"], now=NOON + MINUTE) == 2

        assert due(session) == ["a2"]
        sent = outbox.get(session, "a1")
        assert (sent.state, sent.sent_at, sent.attempts) == ("sent", NOON + MINUTE, 1)


def test_later_messages_of_a_key_wait_behind_one_that_waits(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1", "b1", "a2", "b2")
        outbox.postpone(session, ["a1"], error="the broker said no", next_attempt_at=NOON + MINUTE)

        assert due(session) == ["b1", "b2"]
        later = outbox.due(session, "product", now=NOON + MINUTE, limit=10)
        put_off = outbox.get(session, "a1")

    assert [row.message.id for row in later] == ["a1", "b1", "a2", "b2"]
    assert (later[0].attempts, put_off.error) == (1, "the broker said no")


def test_messages_that_wait_do_not_hide_those_behind_them(database: Database) -> None:
    ids = [f"a{number}" for number in range(20)]
    with database.transaction() as session:
        add(session, *ids, "b1")
        outbox.postpone(session, ["a0"], error="no", next_attempt_at=NOON + MINUTE)

        assert due(session, limit=3) == ["b1"]


def test_the_clocks_of_two_hosts_do_not_change_the_order_of_a_key(database: Database) -> None:
    with database.transaction() as session:
        outbox.add(session, [("product", a_message("a1", key="a"))], now=NOON + MINUTE)
        add(session, "a2")

        assert due(session) == ["a1", "a2"]


def test_messages_without_a_key_wait_for_nobody(database: Database) -> None:
    with database.transaction() as session:
        outbox.add(session, [("product", a_message("1")), ("product", a_message("2"))], now=NOON)
        outbox.postpone(session, ["1"], error="no", next_attempt_at=NOON + MINUTE)

        assert due(session) == ["2"]


def test_the_same_key_elsewhere_does_not_wait(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1")
        add(session, "a2", destination="order")
        outbox.postpone(session, ["a1"], error="no", next_attempt_at=NOON + MINUTE)

        assert due(session, destination="order") == ["a2"]


def test_a_parked_message_lets_the_others_pass_and_returns_on_request(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1", "a2", "b1")
        outbox.park(session, ["a1", "b1"], error="too big")
        assert due(session) == ["a2"]

        assert outbox.retry(session, ["a1", "unknown"], now=NOON) == 1
        assert due(session) == ["a1", "a2"]
        assert outbox.retry(session, now=NOON) == 1
        assert due(session) == ["a1", "a2", "b1"]


def test_all_that_wait_are_due_again_on_request(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1", "b1", "c1")
        outbox.postpone(session, ["a1"], error="no route", next_attempt_at=NOON + MINUTE)
        outbox.park(session, ["b1"], error="too large")

        assert outbox.retry(session, now=NOON) == 2
        assert due(session) == ["a1", "b1", "c1"]


def test_a_sent_message_is_never_sent_again_by_a_retry(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1")
        outbox.mark_sent(session, ["a1"], now=NOON)

        assert outbox.retry(session, ["a1"], now=NOON) == 0
        assert outbox.retry(session, now=NOON) == 0


def test_the_backlog_counts_what_has_not_left(database: Database) -> None:
    with database.transaction() as session:
        assert outbox.backlog(session) == outbox.Backlog(pending=0, parked=0, oldest_at=None)
        add(session, "a1", "a2", "b1", "c1")
        outbox.mark_sent(session, ["a1"], now=NOON)
        outbox.park(session, ["b1"], error="no")

        assert outbox.backlog(session) == outbox.Backlog(pending=2, parked=1, oldest_at=NOON)


def test_purging_deletes_old_messages_of_one_state(database: Database) -> None:
    with database.transaction() as session:
        add(session, "a1", "a2", "b1")
        outbox.mark_sent(session, ["a1"], now=NOON)
        outbox.mark_sent(session, ["a2"], now=NOON + DAY)
        outbox.park(session, ["b1"], error="no")

        assert outbox.purge(session, state="sent", older_than=NOON + MINUTE) == 1
        assert [row.message.id for row in outbox.list_rows(session)] == ["a2", "b1"]
        assert outbox.purge(session, state="parked", older_than=NOON + MINUTE) == 1
        assert [row.message.id for row in outbox.list_rows(session, state="sent")] == ["a2"]
        assert outbox.list_rows(session, state="parked") == []


def test_a_message_that_is_not_there_says_how_to_look(database: Database) -> None:
    with database.reading() as session, pytest.raises(WrongUsageError, match="no message 'x'"):
        outbox.get(session, "x")


def test_thousands_of_ids_fit_in_one_call(database: Database) -> None:
    ids = [f"k{number}" for number in range(40_000)]
    with database.transaction() as session:
        for start in range(0, len(ids), 10_000):
            add(session, *ids[start : start + 10_000])

        assert outbox.mark_sent(session, ids, now=NOON) == len(ids)

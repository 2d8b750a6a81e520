"""Shipments that were written down: each claimed by one, and free again when its holder is gone."""

from datetime import UTC, datetime, timedelta

from mye_tiktok import locks
from mye_tiktok.db import shipments
from mye_tiktok.db.database import Database
from mye_tiktok.domain.shipment import Outcome, Shipment

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
GONE = locks.holder().rsplit(":", 2)[0] + ":1:0"
"""A process of this host that is gone: there is a process 1, but it started at another time."""


def some(number: int, *, origin: str = "queue", source: str = "m1") -> Shipment:
    return Shipment(
        channel_uid="uk",
        kind="ship",
        order_id=str(number),
        line_item_ids=("2", "1"),
        tracking_number="TRACK-1",
        provider="Royal Mail",
        slot=(1, 2),
        origin="hand" if origin == "hand" else "queue",
        source=source,
    )


def written(database: Database, *wanted: Shipment) -> list[int]:
    with database.transaction() as session:
        shipments.add(session, wanted, now=NOON)
        return shipments.ids_of(session, wanted)


def taken(database: Database, ids: list[int], by: str, *, now: datetime = NOON) -> list[int]:
    with database.transaction() as session:
        return [one.shipment_id for one in shipments.claim(session, ids, claimed_by=by, now=now, lease=LEASE)]


def settled(database: Database, shipment_id: int, by: str, outcome: Outcome) -> bool:
    with database.transaction() as session:
        return shipments.settle(session, shipment_id, outcome, claimed_by=by, now=NOON)


def test_what_is_written_down_is_read_as_it_was_given(database: Database) -> None:
    [key] = written(database, some(1))

    with database.reading() as session:
        found = shipments.by_ids(session, [key])[key]

    assert (found.line_item_ids, found.provider, found.slot) == (("2", "1"), "Royal Mail", (1, 2))
    assert (found.state, found.source, found.fingerprint) == ("pending", "m1", some(1).fingerprint)


def test_of_two_only_one_takes_and_only_he_sends_and_settles(database: Database) -> None:
    ids = written(database, some(1), some(2))

    assert taken(database, ids, "first") == ids
    assert taken(database, ids, "second") == []
    with database.transaction() as session:
        assert shipments.mark_sent(session, ids, claimed_by="second", now=NOON) == set()
        assert shipments.mark_sent(session, ids[:1], claimed_by="first", now=NOON) == set(ids[:1])
        assert shipments.mark_sent(session, ids, claimed_by="first", now=NOON + LEASE) == set()
    assert not settled(database, ids[0], "second", Outcome(state="shipped"))
    assert settled(database, ids[0], "first", Outcome(state="shipped", package_ids=("9",)))
    assert not settled(database, ids[0], "first", Outcome(state="failed"))
    assert taken(database, ids, "second", now=NOON + LEASE) == ids[1:]


def test_what_a_process_that_is_gone_holds_is_free_at_once(database: Database) -> None:
    ids = written(database, some(1), some(2))
    taken(database, ids[:1], f"run {GONE}")
    taken(database, ids[1:], f"run {locks.holder()}")

    with database.transaction() as session:
        assert shipments.free_dead(session, locks.is_gone) == 1

    assert taken(database, ids, "other") == ids[:1]


def test_a_refusal_stands_for_the_same_message_and_not_for_a_new_one_or_a_person(database: Database) -> None:
    [key] = written(database, some(1))
    states = []
    for wanted in (some(1), some(1, source="m2"), some(1, origin="hand")):
        taken(database, [key], "me")
        settled(database, key, "me", Outcome(state="refused", code="cancelled"))
        assert written(database, wanted) == [key]
        with database.reading() as session:
            states.append(shipments.by_ids(session, [key])[key].state)

    assert states == ["refused", "pending", "pending"]


def test_what_is_due_comes_in_the_order_in_which_it_is_due(database: Database) -> None:
    ids = written(database, some(1), some(2), some(3))
    taken(database, ids[:1], "me")
    settled(database, ids[0], "me", Outcome(state="pending", retry_at=NOON + timedelta(minutes=5)))

    def due(now: datetime) -> list[int]:
        with database.reading() as session:
            return shipments.due_ids(session, due_by=now, now=now, limit=10)

    assert due(NOON) == ids[1:]
    assert due(NOON + timedelta(minutes=5)) == [*ids[1:], ids[0]]

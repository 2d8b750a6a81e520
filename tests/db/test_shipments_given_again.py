"""Intentions that are given more than once."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, event

from mye_tiktok.db import shipments
from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Database
from mye_tiktok.db.shipments import ShipmentFilter
from mye_tiktok.domain.shipment import Outcome, Shipment, ShipmentState
from tests.db.conftest import KEY
from tests.db.samples import NOON

LEASE = timedelta(minutes=10)
WANTED = Shipment(
    channel_uid="a", kind="ship", order_id="5", tracking_number="TRACK-1", provider="9", origin="file", source="f:2"
)


def given(database: Database, one: Shipment = WANTED) -> Shipment:
    with database.transaction() as session:
        shipments.add(session, [one], now=NOON)
        return shipments.find(session, ShipmentFilter(), limit=1)[0]


def sent(database: Database, by: str = "host") -> None:
    with database.transaction() as session:
        [one] = shipments.claim(session, [1], claimed_by=by, now=NOON, lease=LEASE)
        assert shipments.mark_sent(session, [one.shipment_id], claimed_by=by, now=NOON)


def settled(database: Database, state: ShipmentState) -> None:
    sent(database)
    with database.transaction() as session:
        assert shipments.settle(session, 1, Outcome(state=state), claimed_by="host", now=NOON)


@pytest.mark.parametrize("origin", ["hand", "file", "queue"])
def test_one_that_waits_takes_over_the_carrier_it_is_given_again_with(database: Database, origin: str) -> None:
    given(database)

    again = given(database, replace(WANTED, provider="Royal Mail", origin=origin, source="m1"))  # type: ignore[arg-type]

    assert (again.shipment_id, again.provider, again.origin, again.state) == (1, "Royal Mail", origin, "pending")


def test_one_that_is_on_its_way_keeps_the_carrier_it_was_sent_with(database: Database) -> None:
    given(database)
    sent(database)

    again = given(database, replace(WANTED, provider="Royal Mail"))

    assert (again.provider, again.state) == ("9", "sent")


def test_one_that_somebody_is_looking_at_keeps_its_carrier(database: Database) -> None:
    given(database)
    with database.transaction() as session:
        assert shipments.claim(session, [1], claimed_by="host", now=NOON, lease=LEASE)

    assert given(database, replace(WANTED, provider="Royal Mail")).provider == "9"


@pytest.mark.parametrize(("state", "then"), [("refused", "pending"), ("failed", "pending"), ("shipped", "shipped")])
def test_a_file_given_again_tries_again_what_did_not_ship(
    database: Database, state: ShipmentState, then: ShipmentState
) -> None:
    given(database)
    settled(database, state)

    assert given(database).state == then


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_another_host_sent_meanwhile_stays_sent_when_it_is_given_again(
    database: Database, database_url: str
) -> None:
    given(database)
    settled(database, "refused")
    other = Database(database_url, cipher=TokenCipher([KEY]))
    hosts: list[Thread] = []

    def go() -> None:
        given(other)
        sent(other, by="other")

    def before(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE shipments") and not hosts:
            hosts.append(Thread(target=go))
            hosts[0].start()
            hosts[0].join()

    event.listen(Engine, "before_cursor_execute", before)
    try:
        again = given(database)
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        other.close()

    assert hosts
    assert (again.state, again.sent_at) == ("sent", NOON)

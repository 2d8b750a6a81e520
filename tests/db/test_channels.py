"""Channels: a shop is connected once, under one name."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mye_tiktok.db import channels
from mye_tiktok.db.database import Database
from mye_tiktok.errors import WrongUsageError
from tests.db.samples import DAY, NOON, a_channel, a_shop, an_authorization


def test_integrating_a_shop_again_renews_its_channel_and_keeps_its_name(database: Database) -> None:
    stored = an_authorization(database)
    first = a_channel(database, stored, uid="uid-1", shop_id="1")
    with database.transaction() as session:
        channels.park(session, "uid-1", reason="cipher refused", now=NOON)

    with database.transaction() as session:
        again = channels.connect(session, stored, a_shop("1"), channel_uid="uid-9", now=NOON + DAY)

        assert again == first
        assert channels.list_all(session) == [first]


def test_a_name_that_is_taken_by_another_shop_is_refused(database: Database) -> None:
    stored = an_authorization(database)
    a_channel(database, stored, uid="uid-1", shop_id="1")

    with pytest.raises(WrongUsageError, match="shop 1"), database.transaction() as session:
        channels.connect(session, stored, a_shop("2"), channel_uid="uid-1", now=NOON)


def test_an_unknown_channel_names_those_we_know(database: Database) -> None:
    stored = an_authorization(database)
    a_channel(database, stored, uid="uid-1", shop_id="1")
    a_channel(database, stored, uid="uid-2", shop_id="2")

    with pytest.raises(WrongUsageError, match="uid-1, uid-2"), database.reading() as session:
        channels.get(session, "uid-3")


def test_channels_are_listed_by_state(database: Database) -> None:
    stored = an_authorization(database)
    for number in "123":
        a_channel(database, stored, uid=f"uid-{number}", shop_id=number)
    with database.transaction() as session:
        channels.park(session, "uid-2", reason="resting", now=NOON)
        channels.remove(session, "uid-3", now=NOON)
        channels.park(session, "uid-3", reason="gone already", now=NOON)

    with database.reading() as session:
        names = [channel.channel_uid for channel in channels.list_all(session, states=("active", "parked"))]
        resting = channels.get(session, "uid-2")
        covered = channels.of_authorization(session, stored.authorization_id)

        assert names == ["uid-1", "uid-2"]
        assert (resting.state, resting.reason) == ("parked", "resting")
        assert [channel.channel_uid for channel in covered] == ["uid-1", "uid-2"]
        assert channels.get(session, "uid-3").state == "removed"


def test_a_removed_channel_comes_back_under_its_name(database: Database) -> None:
    stored = an_authorization(database)
    first = a_channel(database, stored)
    with database.transaction() as session:
        channels.remove(session, first.channel_uid, now=NOON)

    assert a_channel(database, stored, uid="another") == first


def test_two_hosts_may_connect_one_new_shop_in_the_same_instant(database: Database) -> None:
    stored = an_authorization(database)
    barrier = threading.Barrier(2, timeout=10)

    def connect(uid: str) -> str:
        barrier.wait()
        with database.transaction() as session:
            return channels.connect(session, stored, a_shop("1"), channel_uid=uid, now=NOON).channel_uid

    with ThreadPoolExecutor(max_workers=2) as hosts:
        names = list(hosts.map(connect, ("uid-1", "uid-2")))

    with database.reading() as session:
        assert {*names} == {channel.channel_uid for channel in channels.list_all(session)}
    assert names[0] == names[1]


def test_two_hosts_may_store_one_new_seller_in_the_same_instant(database: Database) -> None:
    barrier = threading.Barrier(2, timeout=10)

    def store(_: int) -> int:
        barrier.wait()
        return an_authorization(database).authorization_id

    with ThreadPoolExecutor(max_workers=2) as hosts:
        ids = set(hosts.map(store, range(2)))

    assert len(ids) == 1

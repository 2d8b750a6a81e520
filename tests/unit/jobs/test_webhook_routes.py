"""Which channels an event is for."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from mye_tiktok.domain.authorization import State
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.webhook import StoredEvent
from mye_tiktok.jobs.webhook_routes import Directory, Letter, Routed, route, unwrap
from mye_tiktok.tiktok.webhooks import read_event

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
STOCK = b'{"type": 68, "seller_open_id": "seller-1", "data": {"product_id": "17", "sku_id": "18"}}'


def channel(uid: str, shop_id: str, state: State = "active") -> Channel:
    return Channel(
        channel_uid=uid,
        shop_id=shop_id,
        shop_name="Shop",
        region="GB",
        seller_type="LOCAL",
        shop_cipher="",
        authorization_id=1,
        state=state,
        reason="why",
    )


def letter(body: bytes, attempts: int = 1) -> Letter:
    event = StoredEvent(
        event_id=1,
        event=read_event(body),
        state="pending",
        attempts=attempts,
        received_at=NOON,
        next_attempt_at=NOON,
        handled_at=None,
    )
    return unwrap(event)


def routed(body: bytes, *channels: Channel, listed: Mapping[str, frozenset[str]] | None = None) -> Routed:
    directory = Directory(
        channels={one.channel_uid: one for one in channels},
        shops={one.shop_id: one for one in channels},
        sellers={"seller-1": channels},
        listed=listed or {},
    )
    return route([letter(body)], directory)


def test_stock_of_a_seller_is_looked_at_where_the_product_is_listed() -> None:
    both = channel("a", "1"), channel("b", "2")

    known = routed(STOCK, *both, listed={"17": frozenset({"b"})})
    unknown = routed(STOCK, *both)

    assert [hint.targets for hint in known.hints] == [(("b", "17"),)]
    assert [hint.targets for hint in unknown.hints] == [(("a", "17"), ("b", "17"))]


def test_stock_of_a_seller_we_do_not_know_is_parked() -> None:
    assert "seller-2" in routed(STOCK.replace(b"seller-1", b"seller-2"), channel("a", "1")).parked[1]


@pytest.mark.parametrize("number", ["1", "7494049642642441621"])
def test_ids_that_come_as_numbers_stay_exact(number: str) -> None:
    body = f'{{"type": 71, "shop_id": {number}, "data": {{"product_id": 1729592969712207008}}}}'.encode()

    assert [hint.targets for hint in routed(body, channel("a", number)).hints] == [(("a", "1729592969712207008"),)]


def test_a_shop_that_was_disconnected_is_no_matter_for_anybody() -> None:
    found = routed(b'{"type": 1, "shop_id": "1", "data": {"order_id": "5"}}', channel("a", "1", "removed"))

    assert (found.kept, found.parked, found.hints) == ([1], {}, [])


def test_a_channel_that_rests_takes_its_events_along_but_not_those_about_its_authorization() -> None:
    resting = channel("a", "1", "parked")

    assert routed(b'{"type": 1, "shop_id": "1", "data": {"order_id": "5"}}', resting).parked
    assert routed(b'{"type": 7, "shop_id": "1", "data": {}}', resting).hints


@pytest.mark.parametrize("body", [b'{"type": 1, "shop_id": "1", "data": {}}', b'{"type": 5, "shop_id": "1"}', b"junk"])
def test_an_event_that_names_nothing_is_kept(body: bytes) -> None:
    assert routed(body, channel("a", "1")).kept == [1]

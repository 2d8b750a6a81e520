"""`ship bulk` cut short anywhere: the same file again ships what is left, and nothing twice."""

from collections.abc import Iterator

import pytest

from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Silence, Stop, never
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import StoppedError
from mye_tiktok.jobs import shipping_bulk
from mye_tiktok.jobs.shipping_bulk import Bulk, LineResult, ship_bulk
from mye_tiktok.mye.shipment_files import Checker, Line, read_lines
from mye_tiktok.sandbox.faults import Fault
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.shipment_desk import REGION, ShipmentDesk, number_of
from tests.flows.test_consuming_kills import Killed, MortalDatabase
from tests.flows.world import World, stop_after

HEAD = b"order_id,tracking_number,provider_id"
ORDERS = 7


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few orders be several chunks, one after the other."""
    monkeypatch.setattr(shipping_bulk, "AT_ONCE", 3)
    monkeypatch.setattr(shipping_bulk, "PARALLEL", 1)


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """A shop in a market where sellers mark their orders."""
    return make_world(SandboxOptions(products=6, regions=(REGION,)))


@pytest.fixture
def desk(world: World, channel: Channel) -> ShipmentDesk:
    """The orders to ship."""
    return ShipmentDesk(world=world)


def run(
    desk: ShipmentDesk, orders: list[str], *, database: Database | None = None, stop: Stop = never
) -> tuple[Report, list[LineResult]]:
    """Run `ship bulk` on a file with these orders."""
    channel, told = desk.world.channels()[0], list[LineResult]()
    rows = [HEAD, *(f"{one},{number_of(one)},{desk.carrier}".encode() for one in orders)]

    def lines() -> Iterator[Line]:
        known = {channel.channel_uid}
        return read_lines(rows, Checker(known=known, channel_uid=channel.channel_uid, source="parcels.csv"))

    bulk = Bulk(
        lines=lines, name="parcels.csv", channels={channel.channel_uid: channel}, progress=Silence(), tell=told.append
    )
    return ship_bulk(desk.parts(database), bulk, desk.world.around(stop)), told


@pytest.mark.parametrize("dies_at", range(0, 26, 3))
def test_a_kill_anywhere_and_the_same_file_again_ship_each_order_once(
    desk: ShipmentDesk, database_url: str, cipher: TokenCipher, dies_at: int
) -> None:
    orders = [desk.order() for _ in range(ORDERS)]
    mortal = MortalDatabase(database_url, cipher, dies_at=dies_at)
    try:
        run(desk, orders, database=mortal)
    except Killed:
        pass
    finally:
        mortal.close()
    desk.world.later()
    desk.world.sandbox.requests.clear()

    report, told = run(desk, orders)

    assert (report.outcome, [one.state for one in told]) == ("ok", ["shipped"] * ORDERS)
    assert all(desk.shipped(order_id) for order_id in orders)
    assert set(desk.calls()) <= {0}
    assert [(one.number, one.subject) for one in told] == list(enumerate(orders, start=2))


@pytest.mark.parametrize("looks", range(1, 12, 2))
def test_a_signal_saves_what_was_done(desk: ShipmentDesk, looks: int) -> None:
    orders = [desk.order() for _ in range(ORDERS)]
    with pytest.raises(StoppedError):
        run(desk, orders, stop=stop_after(looks))

    report, _ = run(desk, orders)

    assert report.counts.get("shipped", 0) + report.counts.get("shipped_before", 0) == ORDERS
    assert desk.calls() == [0] * ORDERS


def test_what_got_no_answer_is_looked_at_and_sent_within_the_run(desk: ShipmentDesk, world: World) -> None:
    orders = [desk.order() for _ in range(ORDERS)]
    world.sandbox.faults.add(Fault(kind="bad_gateway", operation="mark_package_as_shipped", times=2))
    world.sandbox.faults.add(Fault(kind="lost", operation="mark_package_as_shipped", after=1, times=2))

    report, _ = run(desk, orders)

    assert report.outcome == "ok"
    assert all(desk.shipped(order_id) for order_id in orders)
    assert desk.calls().count(0) + 2 == ORDERS

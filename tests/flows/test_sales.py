"""What was sold is noted down with the order that sold it, whatever way the order comes in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from mye_tiktok.db.sold_units import sales_since, sold_since
from mye_tiktok.db.tables.inventory import SoldUnitsRow, StockTargetRow
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.stock import HOT, ORDINARY, Sale
from mye_tiktok.jobs.order_keeping import keep_orders
from mye_tiktok.tiktok.order_parser import parse_order
from tests.flows.postbox import Postbox
from tests.flows.world import World

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_line(number: int, sku_id: str = "11", status: str = "UNPAID") -> Json:
    return {
        "id": str(number),
        "product_id": "1",
        "sku_id": sku_id,
        "seller_sku": f"S-{sku_id}",
        "display_status": status,
    }


def an_order(*lines: Json, order_id: str = "577", status: str = "UNPAID", at: datetime = NOON, age: int = 0) -> Order:
    created = int(at.timestamp())
    body = {"id": order_id, "status": status, "create_time": created, "update_time": created + age}
    return parse_order({**body, "line_items": list(lines)})


def keep(world: World, channel: Channel, *orders: Order, read_at: datetime = NOON) -> None:
    with world.database.transaction() as session:
        keep_orders(session, channel, orders, [], source="webhook", read_at=read_at, now=world.clock())


def held(world: World) -> dict[tuple[str, str], int]:
    with world.database.reading() as session:
        rows = session.execute(select(SoldUnitsRow.order_id, SoldUnitsRow.sku_id, SoldUnitsRow.quantity))
        return {(order_id, sku_id): quantity for order_id, sku_id, quantity in rows}


def test_an_unpaid_order_holds_its_pieces(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(a_line(1), a_line(2), a_line(3, "12")), an_order(a_line(4), order_id="578"))

    assert held(world) == {("577", "11"): 2, ("577", "12"): 1, ("578", "11"): 1}


def test_an_order_that_goes_its_way_holds_the_same(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(a_line(1), a_line(2)))
    keep(world, channel, an_order(a_line(1), a_line(2), status="IN_TRANSIT", age=60), read_at=NOON + SECOND)
    keep(world, channel, an_order(a_line(1), a_line(2), status="IN_TRANSIT", age=60), read_at=NOON + 2 * SECOND)

    assert held(world) == {("577", "11"): 2}


def test_what_is_cancelled_is_held_no_longer(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(a_line(1), a_line(2), a_line(3, "12")), an_order(a_line(4), order_id="578"))

    cancelled = an_order(a_line(1), a_line(2, status="CANCELLED"), a_line(3, "12", "CANCELLED"), age=60)
    keep(world, channel, cancelled, read_at=NOON + SECOND)
    assert held(world) == {("577", "11"): 1, ("578", "11"): 1}

    keep(world, channel, an_order(a_line(1), status="CANCELLED", age=90), read_at=NOON + 2 * SECOND)
    assert held(world) == {("578", "11"): 1}


def test_an_order_that_was_kept_before_sales_were_noted_down_does_no_harm(world: World, channel: Channel) -> None:
    keep(world, channel, an_order(a_line(1)))
    with world.database.transaction() as session:
        session.execute(SoldUnitsRow.__table__.delete())  # type: ignore[attr-defined]

    keep(world, channel, an_order(a_line(1), a_line(2), age=60), read_at=NOON + SECOND)

    assert held(world) == {("577", "11"): 2}


def test_sales_are_counted_since_a_time_of_each_sku_own(world: World, channel: Channel) -> None:
    hour = timedelta(hours=1)
    early = an_order(a_line(1), a_line(2, "12"), order_id="1", at=NOON)
    late = an_order(a_line(1), a_line(2), a_line(3, "12"), order_id="2", at=NOON + hour)
    keep(world, channel, early, late)

    with world.database.reading() as session:
        since = {"11": NOON, "12": NOON - SECOND, "13": NOON}
        assert sold_since(session, channel.channel_uid, since) == {"11": 2, "12": 2}
        assert sales_since(session, channel.channel_uid, since)["12"] == (
            Sale(quantity=1, ordered_at=NOON),
            Sale(quantity=1, ordered_at=NOON + hour),
        )
        assert sold_since(session, channel.channel_uid, {}) == {}
        assert sold_since(session, "another", since) == {}


def test_nothing_is_noted_down_of_an_order_that_was_not_kept(world: World, channel: Channel) -> None:
    def fail() -> None:
        with world.database.transaction() as session:
            keep_orders(session, channel, [an_order(a_line(1))], [], source="pull", read_at=NOON, now=world.clock())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert held(world) == {}


def test_a_pull_notes_down_what_was_sold(world: World, channel: Channel) -> None:
    placed = world.sandbox.place_order(channel.shop_id)
    world.later(timedelta(minutes=1))

    world.fetch_orders()

    assert {order_id for order_id, _ in held(world)} == {placed}


def keep_stock_of(world: World, channel_uid: str, sku_id: str, seller_sku: str, *, product_id: str = "1") -> None:
    """Let there be a SKU whose stock we keep, with nothing to do."""
    row = StockTargetRow(
        channel_uid=channel_uid,
        product_id=product_id,
        sku_id=sku_id,
        seller_sku=seller_sku,
        lane=ORDINARY,
        revision=1,
        attempts=0,
        claimed_by="",
        figures={},
        sent={},
        code="",
        message="",
    )
    with world.database.transaction() as session:
        session.add(row)


def hot(world: World) -> dict[tuple[str, str], bool]:
    """Return the SKUs that go first, and whether they are due at once."""
    with world.database.reading() as session:
        rows = session.scalars(select(StockTargetRow).where(StockTargetRow.lane == HOT)).all()
        return {(row.channel_uid, row.sku_id): row.due_at is not None for row in rows}


class TestWhatSoldGoesFirst:
    """Everywhere, for a quarter of an hour."""

    @pytest.fixture
    def placed(self, world: World, channel: Channel) -> Order:
        keep_stock_of(world, channel.channel_uid, "11", "S-11")
        keep_stock_of(world, channel.channel_uid, "12", "S-12")
        keep_stock_of(world, "another", "91", "S-11")
        return an_order(a_line(1), a_line(2), at=world.clock() - timedelta(minutes=1))

    def test_a_new_order_lets_its_skus_go_first_in_every_channel(
        self, world: World, channel: Channel, placed: Order
    ) -> None:
        keep(world, channel, placed)

        assert hot(world) == {(channel.channel_uid, "11"): True, ("another", "91"): False}

    def test_an_order_that_only_moves_on_makes_no_haste(self, world: World, channel: Channel, placed: Order) -> None:
        keep(world, channel, placed)
        with world.database.transaction() as session:
            for row in session.scalars(select(StockTargetRow)):
                row.lane = ORDINARY

        keep(
            world,
            channel,
            an_order(a_line(1), a_line(2), status="AWAITING_SHIPMENT", at=world.clock() - timedelta(minutes=1), age=9),
            read_at=NOON + SECOND,
        )

        assert hot(world) == {}

    def test_a_backfill_of_old_orders_makes_no_haste(self, world: World, channel: Channel, placed: Order) -> None:
        keep(world, channel, an_order(a_line(1), at=world.clock() - timedelta(minutes=16)))

        assert hot(world) == {}

    def test_a_cancellation_of_a_new_order_makes_haste_too(self, world: World, channel: Channel, placed: Order) -> None:
        at = world.clock() - timedelta(minutes=1)
        keep(world, channel, an_order(a_line(1), at=at))
        keep(world, channel, an_order(status="CANCELLED", at=at, age=9), read_at=NOON + SECOND)

        assert hot(world)[channel.channel_uid, "11"]


class TestEventsAboutStock:
    """They name a SKU; whether an order was the cause, they tell, too."""

    @pytest.fixture
    def listed(self, world: World, channel: Channel) -> tuple[str, str]:
        """A product and one of its SKUs, whose stock we keep."""
        world.fetch()
        ids = [world.sandbox.shop().catalogue.product_id(number) for number in range(12)]
        products = [product for product_id in ids if (product := world.product(channel, product_id))]
        product, sku = next((product, sku) for product in products for sku in product.skus if sku.seller_sku)
        keep_stock_of(world, channel.channel_uid, sku.sku_id, sku.seller_sku, product_id=product.product_id)
        return product.product_id, sku.sku_id

    def tell(self, world: World, event: str, listed: tuple[str, str], **sets: object) -> None:
        postbox = Postbox(world=world)
        product_id, sku_id = listed
        named = {"data__product_id": product_id, "data__sku_id": sku_id, **sets}
        postbox.arrive(postbox.body(event, **named))  # type: ignore[arg-type]
        postbox.consume()

    @pytest.mark.parametrize(
        ("event", "sets"),
        [
            ("INVENTORY_STATUS_CHANGE", {}),
            ("INVENTORY_CHANGED_BY_SHOP", {"data__change_detail": [{"committed_quantity_delta": 1}]}),
            ("INVENTORY_CHANGED", {"data__change_detail": [{"committed_quantity_delta": -1}]}),
        ],
    )
    def test_a_sku_that_an_order_touched_goes_first(
        self, world: World, channel: Channel, listed: tuple[str, str], event: str, sets: dict[str, object]
    ) -> None:
        self.tell(world, event, listed, **sets)

        assert hot(world) == {(channel.channel_uid, listed[1]): True}

    def test_a_figure_that_somebody_set_makes_no_haste(self, world: World, listed: tuple[str, str]) -> None:
        changes = [{"committed_quantity_delta": 0, "total_quantity_delta": 5}]
        self.tell(world, "INVENTORY_CHANGED_BY_SHOP", listed, data__change_detail=changes)

        assert hot(world) == {}

    def test_an_old_event_makes_no_haste(self, world: World, listed: tuple[str, str]) -> None:
        then = int((world.clock() - timedelta(minutes=20)).timestamp())
        self.tell(world, "INVENTORY_STATUS_CHANGE", listed, data__update_time=then)

        assert hot(world) == {}

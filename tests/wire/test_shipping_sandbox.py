"""Our calls that ship, and what we say stands against them, held against a TikTok that read the rules for itself."""

import httpx
import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.shipping import SelfShipment, pick_provider
from mye_tiktok.domain.shipping_choice import wrong_call
from mye_tiktok.domain.shipping_obstacles import lines_needed, obstacle, shipped_with
from mye_tiktok.errors import RefusedError
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.corrections import TOO_LATE_OR_OFTEN, update_package
from mye_tiktok.tiktok.orders import get_orders
from mye_tiktok.tiktok.packages import PackageFilter, get_package, search_packages
from mye_tiktok.tiktok.providers import get_providers
from mye_tiktok.tiktok.shipping import ALREADY_SHIPPED, mark_shipped
from mye_tiktok.tiktok.warehouses import get_delivery_options, get_warehouses
from tests.unit.tiktok.world import START, FakeTime

REGIONS = ("US", "GB", "DE", "JP", "ID", "BR")


@pytest.fixture(params=["GB"])
def sandbox(time: FakeTime, request: pytest.FixtureRequest) -> Sandbox:
    options = SandboxOptions(products=5, regions=(request.param,))
    return Sandbox(options, clock=lambda: START.timestamp() + time.seconds)


@pytest.fixture
def transport(sandbox: Sandbox) -> httpx.WSGITransport:
    return httpx.WSGITransport(app=sandbox.wsgi)


def place(sandbox: Sandbox, status: str = "AWAITING_SHIPMENT", shipping_type: str = "SELLER") -> str:
    return sandbox.place_order(status=status, count=2, shipping_type=shipping_type)


def read(tiktok: TikTokClient, access: Access, order_id: str) -> Order:
    return get_orders(tiktok, access, [order_id]).orders[0]


def parcel(tiktok: TikTokClient, access: Access, order: Order, number: str = "TRACK-1") -> SelfShipment:
    providers = get_providers(tiktok, access, order.delivery_option_id)
    return SelfShipment(tracking_number=number, provider_id=pick_provider(providers, providers[-1].name).provider_id)


def test_an_order_is_shipped_corrected_once_and_found_with_its_number(
    sandbox: Sandbox, tiktok: TikTokClient, access: Access
) -> None:
    order = read(tiktok, access, place(sandbox))
    sent = parcel(tiktok, access, order)

    shipped = mark_shipped(tiktok, access, order.order_id, sent)
    package = get_package(tiktok, access, shipped.package_id)
    again = read(tiktok, access, order.order_id)

    assert package is not None
    assert (package.tracking_number, package.order_ids, package.waits) == ("TRACK-1", (order.order_id,), False)
    assert set(shipped.line_item_ids) == {unit.line_item_id for unit in order.units}
    assert [one.package_id for one in shipped_with(again, "TRACK-1")] == [shipped.package_id]
    found = [one.package_id for page in search_packages(tiktok, access, wanted=PackageFilter()) for one in page]
    assert shipped.package_id in found
    update_package(tiktok, access, shipped.package_id, parcel(tiktok, access, order, "TRACK-2"))
    with pytest.raises(RefusedError) as caught:
        update_package(tiktok, access, shipped.package_id, parcel(tiktok, access, order, "TRACK-3"))
    assert caught.value.code in TOO_LATE_OR_OFTEN


def test_shipping_twice_is_refused_with_a_code_that_says_so(
    sandbox: Sandbox, tiktok: TikTokClient, access: Access
) -> None:
    order = read(tiktok, access, place(sandbox))
    sent = parcel(tiktok, access, order)
    mark_shipped(tiktok, access, order.order_id, sent)

    with pytest.raises(RefusedError) as caught:
        mark_shipped(tiktok, access, order.order_id, sent)

    assert caught.value.code in ALREADY_SHIPPED
    standing = obstacle(read(tiktok, access, order.order_id), "GB")
    assert standing is not None
    assert standing.is_done


def test_each_warehouse_that_sells_offers_ways_of_delivery(tiktok: TikTokClient, access: Access) -> None:
    selling = [one for one in get_warehouses(tiktok, access) if one.sells]

    assert selling
    assert all(get_delivery_options(tiktok, access, one.warehouse_id) for one in selling)


@pytest.mark.parametrize("sandbox", REGIONS, indirect=True)
@pytest.mark.parametrize("shipping_type", ["SELLER", "TIKTOK"])
def test_what_we_refuse_to_mark_as_shipped_tiktok_refuses_and_nothing_else(
    sandbox: Sandbox, tiktok: TikTokClient, access: Access, shipping_type: str
) -> None:
    region = sandbox.shop().region
    providers: dict[str, SelfShipment] = {}
    placed = {}
    for status in ("UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "IN_TRANSIT", "CANCELLED"):
        if status != "ON_HOLD" or region in {"US", "GB"}:
            placed[status] = place(sandbox, status, shipping_type)
    placed["asked to cancel"] = place(sandbox, "AWAITING_SHIPMENT", shipping_type)
    sandbox.request_cancel(placed["asked to cancel"])

    for name, order_id in placed.items():
        order = read(tiktok, access, order_id)
        sent = providers.setdefault(order.delivery_option_id, parcel(tiktok, access, order, f"TRACK-{len(providers)}"))
        against = wrong_call("mark_shipped", order, region) or obstacle(order, region) or lines_needed(order)
        refused = ""
        try:
            mark_shipped(tiktok, access, order_id, sent)
        except RefusedError as refusal:
            refused = refusal.message

        assert bool(against) == bool(refused), (name, against, refused)

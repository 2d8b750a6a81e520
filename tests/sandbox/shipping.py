"""Orders that are to be shipped, and the calls that ship them."""

from typing import Any

import msgspec

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.delivery_options import carriers
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Caller, Clock, read

PACKAGES = "/fulfillment/202309/packages"
NUMBER = "TRACK-0001"


def shop_in(region: str, clock: Clock | None = None, **options: object) -> Caller:
    """Return a caller of a sandbox whose one shop stands in a market."""
    clock = clock or Clock()
    known = SandboxOptions(products=10, regions=(region,), **options)  # type: ignore[arg-type]
    return Caller.of(Sandbox(known, clock=clock), clock)


def paid(caller: Caller, shipping: str = "SELLER", count: int = 1, **fields: Any) -> str:
    """Place an order that waits to be shipped."""
    return caller.sandbox.place_order(count=count, status="AWAITING_SHIPMENT", shipping_type=shipping, **fields)


def provider(caller: Caller) -> str:
    """Return the last carrier of the market."""
    return list(carriers(caller.sandbox.shop().stall.region))[-1]


def parcel(caller: Caller, number: str = NUMBER) -> Json:
    """Return a tracking number with its carrier as calls spell them."""
    return {"tracking_number": number, "shipping_provider_id": provider(caller)}


def mark(caller: Caller, order_id: str, *lines: str, number: str = NUMBER) -> Json:
    """Mark an order, or units of it, as shipped."""
    body: Json = {"shipping_info_list": [parcel(caller, number)]}
    if lines:
        body["order_line_list"] = [{"order_line_id": line} for line in lines]
    return caller.post(f"/fulfillment/202610/orders/{order_id}/packages", **body)


def correct(caller: Caller, package_id: str, number: str = "TRACK-0002") -> Json:
    """Correct the tracking number of a package."""
    path = f"/fulfillment/202610/packages/{package_id}/shipping_info/update"
    return caller.post(path, shipping_info_list=[parcel(caller, number)])


def package(caller: Caller, package_id: str) -> Json:
    """Read a package."""
    found: Json = caller.get(f"{PACKAGES}/{package_id}")["data"]
    return found


def line_ids(caller: Caller, order_id: str) -> list[str]:
    """Return the units of an order."""
    return [line["id"] for line in caller.sandbox.order(order_id)["line_items"]]


def search(caller: Caller, size: int = 50, token: str = "", sort: str = "", **body: object) -> Json:
    """Search one page of packages."""
    query: dict[str, str | None] = {"shop_cipher": caller.cipher, "page_size": str(size), "page_token": token or None}
    if sort:
        query["sort_field"], query["sort_order"] = sort.split()
    return read(caller.send("POST", f"{PACKAGES}/search", query, msgspec.json.encode(body)))


def package_of(caller: Caller, order_id: str) -> str:
    """Return the one package of an order."""
    [found] = caller.sandbox.order(order_id)["packages"]
    return str(found["id"])


def ship(caller: Caller, package_id: str, **body: Any) -> Json:
    """Arrange the shipment of a package."""
    return caller.post(f"{PACKAGES}/{package_id}/ship", **body)


def combine(caller: Caller, package_id: str, *order_ids: str) -> Json:
    """Put orders into a package."""
    return caller.post(f"{PACKAGES}/combine", combinable_packages=[{"id": package_id, "order_ids": list(order_ids)}])


def split(caller: Caller, order_id: str, *groups: list[str]) -> Json:
    """Split an order into groups of units that are called 1, 2 …"""
    wanted = [{"id": str(at), "order_line_item_ids": group} for at, group in enumerate(groups, 1)]
    return caller.post(f"/fulfillment/202309/orders/{order_id}/split", splittable_groups=wanted)

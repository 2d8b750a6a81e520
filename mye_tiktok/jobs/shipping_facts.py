"""Read what TikTok says of shipments just before, and just after, they are sent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.domain.shipment_decision import Facts
from mye_tiktok.jobs.order_refetch import refetch_orders
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.ids import require_id
from mye_tiktok.tiktok.packages import get_package


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read for some shipments; `facts` go by the place of the shipment."""

    facts: tuple[Facts, ...]
    orders: tuple[Order, ...]
    read_at: datetime


def read_facts(
    tiktok: TikTokClient, channel: Channel, shipments: Sequence[Shipment], *, clock: Callable[[], datetime]
) -> Reading:
    """Ask for the packages that are named, then for all orders, then for the one package that an order waits in."""
    read_at = clock()
    named = {one: get_package(tiktok, channel.access, one) for one in _unique(one.package_id for one in shipments)}
    ids = _unique(order_id for one in shipments for order_id in _order_ids(one, named.get(one.package_id)))
    for order_id in ids:
        require_id(order_id, "order", hint="`mye-tiktok orders list` shows the orders there are")
    found = refetch_orders(tiktok, channel, ids, after_sales=False, clock=clock).orders if ids else ()
    known = {order.order_id: order for order in found}
    packages: dict[str, Package | None] = dict(named)
    facts = []
    for one in shipments:
        package = named.get(one.package_id)
        orders = tuple(known[each] for each in _order_ids(one, package) if each in known)
        if not one.package_id and orders:
            package = _waiting_package(tiktok, channel, orders[0], packages)
        facts.append(Facts(orders=orders, package=package))
    return Reading(facts=tuple(facts), orders=found, read_at=read_at)


def _waiting_package(
    tiktok: TikTokClient, channel: Channel, order: Order, known: dict[str, Package | None]
) -> Package | None:
    """Return the only package that an order waits in, for it may hold other orders as well."""
    waiting = [one.package_id for one in order.packages if not one.tracking_number.strip()]
    if len(waiting) != 1:
        return None
    if waiting[0] not in known:
        known[waiting[0]] = get_package(tiktok, channel.access, waiting[0])
    return known[waiting[0]]


def _order_ids(shipment: Shipment, package: Package | None) -> tuple[str, ...]:
    if package is None:
        return (shipment.order_id,) if shipment.order_id else ()
    return tuple(dict.fromkeys([shipment.order_id, *package.order_ids] if shipment.order_id else package.order_ids))


def _unique(ids: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(ids) if one]

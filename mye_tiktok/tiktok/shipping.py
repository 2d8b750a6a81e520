"""The calls that ship. None is sent twice: after UnreachableError or TryLaterError read before another try."""

from collections.abc import Sequence

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.package import Slot
from mye_tiktok.domain.shipping import Arrangement, ItemRefusal, SelfShipment, Shipped
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import mapping, text, texts
from mye_tiktok.tiktok.operations import BATCH_SHIP_PACKAGES, MARK_PACKAGE_AS_SHIPPED, SHIP_PACKAGE
from mye_tiktok.tiktok.partial import refusals

ALREADY_SHIPPED = frozenset({"11006021", "21008099", "21011040", "21011006", "21011020"})
"""Shipped before: done, once reading shows the same tracking number ("Error codes": already shipped)."""
ON_HOLD = "21011044"
OPEN_AFTER_SALE = frozenset({"21011007", "21008044"})
CANCELLED = frozenset({"21011041", "21011042"})
BAD_NUMBER = frozenset({"21011022", "11028006", "21004012", "21004015", "21011025", "21034012"})
LINES_NEEDED = "21011048"
"""Several packages are possible: the call has to name the line items."""
PACKAGES_PER_CALL = 20
"""Our own limit for a batch, since none is documented."""


def mark_shipped(
    client: TikTokClient, access: Access, order_id: str, parcel: SelfShipment, *, line_item_ids: Sequence[str] = ()
) -> Shipped:
    """Tell TikTok that the seller shipped an order, or some line items of it, with a tracking number.

    Without line items all that are open are meant. The package comes to exist by this ("Mark Package As Shipped",
    202610; US, UK, ES, IE, IT, DE, FR, JP).
    """
    body: Json = {"shipping_info_list": [parcel_body(parcel)]}
    if line_item_ids:
        body["order_line_list"] = [{"order_line_id": one} for one in line_item_ids]
    data = client.call(access, MARK_PACKAGE_AS_SHIPPED, path={"order_id": order_id}, body=body)
    return Shipped(
        order_id=text(data.get("order_id")) or order_id,
        package_id=text(data.get("package_id")),
        line_item_ids=texts(data.get("order_line_item_ids")),
        warning=text(mapping(data.get("warning")).get("message")),
    )


def ship_package(client: TikTokClient, access: Access, arrangement: Arrangement) -> None:
    """Arrange the shipment of one package ("Ship Package").

    TikTok's shipping in SEA, EMEA and LATAM; the seller's own in SEA and LATAM, then with `self_shipment`.
    """
    client.call(access, SHIP_PACKAGE, path={"package_id": arrangement.package_id}, body=_arranged(arrangement))


def ship_packages(client: TikTokClient, access: Access, arrangements: Sequence[Arrangement]) -> tuple[ItemRefusal, ...]:
    """Arrange several in one call and return those that were refused; the rest is shipped ("Batch Ship Packages")."""
    packages = [{"id": one.package_id, **_arranged(one)} for one in arrangements]
    return refusals(client.call(access, BATCH_SHIP_PACKAGES, body={"packages": packages}))


def parcel_body(parcel: SelfShipment) -> Json:
    """Return a tracking number and its carrier as TikTok spells them."""
    return {"tracking_number": parcel.tracking_number, "shipping_provider_id": parcel.provider_id}


def _arranged(arrangement: Arrangement) -> Json:
    body: Json = {}
    if arrangement.method is not None:
        body["handover_method"] = arrangement.method
    if arrangement.slot is not None:
        body["pickup_slot"] = _slot(arrangement.slot)
    if arrangement.self_shipment is not None:
        body["self_shipment"] = parcel_body(arrangement.self_shipment)
    return body


def _slot(slot: Slot) -> Json:
    ends = {"start_time": slot.start, "end_time": slot.end}
    return {name: int(time.timestamp()) for name, time in ends.items() if time is not None}

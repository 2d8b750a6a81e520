"""Correct a tracking number that TikTok has already: the seller's own shipping only, for 72 hours, normally once."""

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.shipping import SelfShipment
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.operations import UPDATE_ORDER_SHIPPING_INFO, UPDATE_PACKAGE_SHIPPING_INFO
from mye_tiktok.tiktok.shipping import parcel_body

TOO_LATE_OR_OFTEN = frozenset({"21011049", "21011050", "21011051", "21011052"})
"""The 72 hours are over, or it was corrected before ("Update Package Shipping Info": error codes)."""
NOT_SHIPPED_YET = "21011043"


def update_package(client: TikTokClient, access: Access, package_id: str, parcel: SelfShipment) -> None:
    """Give a shipped package another number or carrier ("Update Package Shipping Info", 202610)."""
    body = {"shipping_info_list": [parcel_body(parcel)]}
    client.call(access, UPDATE_PACKAGE_SHIPPING_INFO, path={"package_id": package_id}, body=body)


def update_order(client: TikTokClient, access: Access, order_id: str, parcel: SelfShipment) -> None:
    """Give a shipped order that was not split another number or carrier ("Update Shipping Info")."""
    client.call(access, UPDATE_ORDER_SHIPPING_INFO, path={"order_id": order_id}, body=parcel_body(parcel))

"""Packages and orders that a person named: as TikTok has them now, or a refusal that says which one it has not."""

from collections.abc import Sequence

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.package import Package
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.orders import get_orders
from mye_tiktok.tiktok.packages import WHERE, get_package


def existing_package(tiktok: TikTokClient, channel: Channel, package_id: str) -> Package:
    """Return a package; raises RefusedError (code no-package) when TikTok has no such one."""
    package = get_package(tiktok, channel.access, package_id)
    if package is None:
        words = f"TikTok has no package {package_id} in channel {channel.channel_uid}"
        raise RefusedError(words, hint=WHERE, code="no-package")
    return package


def existing_orders(tiktok: TikTokClient, channel: Channel, order_ids: Sequence[str]) -> tuple[Order, ...]:
    """Return all of these orders; raises RefusedError (code no-order) when TikTok lacks one."""
    found = get_orders(tiktok, channel.access, order_ids)
    if found.missing:
        words = f"TikTok has no order {', '.join(found.missing)} in channel {channel.channel_uid}"
        raise RefusedError(words, hint="`mye-tiktok orders list` shows the orders there are", code="no-order")
    return found.orders

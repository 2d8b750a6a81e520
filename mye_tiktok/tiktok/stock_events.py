"""Events about stock: which SKU a sale has touched (INVENTORY_CHANGED, INVENTORY_CHANGED_BY_SHOP)."""

from mye_tiktok.tiktok.fields import number, rows, text
from mye_tiktok.tiktok.webhooks import Envelope


def sold_sku(envelope: Envelope) -> str:
    """Return the id of the SKU that an event about stock shows to be in demand, or nothing.

    A change in which no order reserved or gave back pieces is a figure that somebody set: ourselves, say. An event
    that lists no changes tells of a stock that runs low.
    """
    if envelope.topic.about != "stock":
        return ""
    changes = rows(envelope.data.get("change_detail"))
    if changes and not any(number(change.get("committed_quantity_delta")) for change in changes):
        return ""
    return text(envelope.data.get("sku_id"))

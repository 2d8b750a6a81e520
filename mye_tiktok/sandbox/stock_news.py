"""Which webhooks tell of a change of stock."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.stock_room import Change

LOW = 5
_numbers = itertools.count(1)


def news(shop_id: str, seller_id: str, change: Change, source: str, now: float) -> Iterator[tuple[str, Json]]:
    """Yield the events that a change brings, each with its data; one without effect brings none.

    Source: webhooks INVENTORY_CHANGED (68, of the seller), INVENTORY_CHANGED_BY_SHOP (71, ids as JSON numbers) and
    INVENTORY_STATUS_CHANGE (27, where the stock becomes low or empty).
    """
    if not (change.available_delta or change.committed_delta):
        return
    told = _told(change, source, now)
    ids = {"product_id": change.product_id, "sku_id": change.sku_id}
    yield "INVENTORY_CHANGED", {**told, **ids, "seller_id": seller_id}
    numbers = {name: int(value) for name, value in {**ids, "shop_id": shop_id}.items() if value.isdecimal()}
    yield "INVENTORY_CHANGED_BY_SHOP", {**told, **ids, **numbers}
    before, after = _word(change.available - change.available_delta), _word(change.available)
    if after != before:
        yield "INVENTORY_STATUS_CHANGE", {**ids, **_status(change, after, int(now))}


def _told(change: Change, source: str, now: float) -> Json:
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
    number = next(_numbers)
    total = change.available_delta + change.committed_delta
    return {
        "event_id": f"{int(now * 1000)}{number:09d}",
        "occurred_at": at,
        "quantity_snapshot_after_change": {
            "total_quantity": change.available + change.committed,
            "total_available_quantity": change.available,
            "total_committed_quantity": change.committed,
            "in_shop_quantity": change.available,
            "campaign_locked_quantity": 0,
            "creator_locked_quantity": 0,
        },
        "change_detail": [
            {
                "idempotency_key": f"{change.sku_id}-{number}",
                "trigger_source": source,
                "occurred_at": at,
                "total_quantity_delta": total,
                "available_quantity_delta": change.available_delta,
                "committed_quantity_delta": change.committed_delta,
                "in_shop_quantity_delta": change.available_delta,
                "campaign_locked_quantity_delta": 0,
                "creator_locked_quantity_delta": 0,
            }
        ],
    }


def _word(available: int) -> str:
    if available <= 0:
        return "OUT_OF_STOCK"
    return "LOW_STOCK" if available <= LOW else "SUFFICIENT_STOCK"


def _status(change: Change, word: str, now: int) -> Json:
    return {
        "trigger_reason": {"alert_type": "REALTIME", "low_stock_threshold": LOW},
        "current_inventory_status": word,
        "inventory_distribution": {
            "total_quantity": change.available + change.committed,
            "available_quantity": change.available,
            "creator_reserved_quantity": 0,
            "campaign_reserved_quantity": 0,
            "committed_quantity": change.committed,
        },
        "update_time": now,
    }

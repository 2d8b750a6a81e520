"""How TikTok spells a package; search and detail use different words for its id and state."""

from datetime import datetime

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.package import Package, Slot
from mye_tiktok.tiktok.fields import flag, mapping, moment, rows, text, texts


def parse_package(raw: Json) -> Package:
    """Read a package of the search or of the detail."""

    def word(name: str) -> str:
        # display texts end with line breaks now and then
        return text(raw.get(name)).strip()

    def at(name: str) -> datetime | None:
        return moment(raw.get(name))

    return Package(
        package_id=word("package_id") or word("id"),
        order_ids=tuple(dict.fromkeys(filter(None, (text(order.get("id")) for order in rows(raw.get("orders")))))),
        line_item_ids=texts(raw.get("order_line_item_ids")),
        status=word("package_status") or word("status"),
        sub_status=word("package_sub_status"),
        exception=word("ship_exception_reason"),
        tag=word("split_and_combine_tag"),
        tracking_number=word("tracking_number"),
        last_mile_tracking_number=word("last_mile_tracking_number"),
        provider_id=word("shipping_provider_id"),
        provider_name=word("shipping_provider_name"),
        shipping_type=word("shipping_type"),
        delivery_option_id=word("delivery_option_id"),
        delivery_option_name=word("delivery_option_name"),
        warehouse_id=word("warehouse_id"),
        handover_method=word("handover_method"),
        pickup=_pickup(mapping(raw.get("pickup_slot"))),
        created_at=at("create_time"),
        updated_at=at("update_time"),
    )


def parse_slot(raw: Json) -> Slot:
    """Read a pick-up window; TikTok misspells whether it is available."""
    told = raw.get("avaliable", raw.get("available"))
    return Slot(
        start=moment(raw.get("start_time")),
        end=moment(raw.get("end_time")),
        available=told is None or flag(told),
    )


def _pickup(raw: Json) -> Slot | None:
    slot = parse_slot(raw)
    return slot if slot.start or slot.end else None

"""The warehouses of a seller and the ways of delivery that they offer."""

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.shipping import DeliveryOption, Warehouse
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import flag, mapping, rows, text, texts
from mye_tiktok.tiktok.operations import GET_WAREHOUSE_DELIVERY_OPTIONS, GET_WAREHOUSE_LIST


def get_warehouses(client: TikTokClient, access: Access) -> tuple[Warehouse, ...]:
    """Return the seller's warehouses ("Get Warehouse List"); a seller may have none."""
    return tuple(parse_warehouse(raw) for raw in get_raw_warehouses(client, access))


def get_raw_warehouses(client: TikTokClient, access: Access) -> list[Json]:
    """Return the seller's warehouses as TikTok sent them."""
    return [raw for raw in rows(client.call(access, GET_WAREHOUSE_LIST).get("warehouses")) if text(raw.get("id"))]


def get_delivery_options(client: TikTokClient, access: Access, warehouse_id: str) -> tuple[DeliveryOption, ...]:
    """Return the ways of delivery that a warehouse offers ("Get Warehouse Delivery Options")."""
    data = client.call(access, GET_WAREHOUSE_DELIVERY_OPTIONS, path={"warehouse_id": warehouse_id})
    return tuple(_option(raw) for raw in rows(data.get("delivery_options")) if text(raw.get("id")))


def parse_warehouse(raw: Json) -> Warehouse:
    """Read a warehouse; its address is left alone but for the place."""
    address = mapping(raw.get("address"))
    return Warehouse(
        warehouse_id=text(raw.get("id")),
        entity_id=text(raw.get("entity_id")),
        name=text(raw.get("name")).strip(),
        status=text(raw.get("effect_status")),
        type=text(raw.get("type")),
        sub_type=text(raw.get("sub_type")),
        is_default=flag(raw.get("is_default")),
        region=text(address.get("region_code")) or text(address.get("region")),
        city=text(address.get("city")).strip(),
    )


def _option(raw: Json) -> DeliveryOption:
    return DeliveryOption(
        option_id=text(raw.get("id")),
        name=text(raw.get("name")).strip(),
        type=text(raw.get("type")),
        description=text(raw.get("description")).strip(),
        platforms=texts(raw.get("platform")),
    )

"""What the sandbox says about ways of delivery and carriers."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.delivery_options import OPTIONS, DeliveryOption, carriers
from mye_tiktok.sandbox.world import Call

SIZES = {"max_height": 100, "max_length": 120, "max_width": 80}


def delivery_options(call: Call) -> Json:
    """List what a warehouse offers. Source: GET /logistics/202309/warehouses/{warehouse_id}/delivery_options."""
    known = {str(warehouse.get("id")) for warehouse in call.shop.warehouses}
    if call.path["warehouse_id"] not in known:
        raise Refusal(11005004, "The warehouse does not exist.")
    brief = call.query.get("scope") == "PRODUCT"
    return {"delivery_options": [_option(option, call.shop.region, brief=brief) for option in OPTIONS.values()]}


def providers(call: Call) -> Json:
    """List the carriers. Source: GET /logistics/202309/delivery_options/{delivery_option_id}/shipping_providers."""
    option = OPTIONS.get(call.path["delivery_option_id"])
    if option is None:
        raise Refusal(21008116, "The delivery option cannot be used.")
    if option.fulfilled:
        raise Refusal(21008117, "The delivery option is fulfilled by TikTok and has no providers.")
    known = carriers(call.shop.stall.region)
    return {"shipping_providers": [{"id": each, "name": name} for each, name in known.items()]}


def _option(option: DeliveryOption, region: str, *, brief: bool) -> Json:
    named: Json = {"id": option.option_id, "name": option.name}
    if brief:
        return named
    american = region == "US"
    return {
        **named,
        "type": option.type,
        "description": option.name.strip(),
        "dimension_limit": {**SIZES, "unit": "INCH" if american else "CM"},
        "weight_limit": {"max_weight": 60, "min_weight": 0, "unit": "POUND" if american else "KILOGRAM"},
        "platform": ["TIKTOK_SHOP", "TOKOPEDIA"] if region == "ID" else ["TIKTOK_SHOP"],
    }

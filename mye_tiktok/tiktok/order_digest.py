"""The fingerprint of what an order says, however it was asked for.

Order detail (202507) has keys that the search (202309) lacks, and "", [], {}, 0, false, null and a missing key are
all used for "no value": none of that is a difference. Neither are the addresses of pictures, which are signed anew.
"""

from hashlib import sha256
from typing import Any

import msgspec

from mye_tiktok.domain.json import Json

ONLY_IN_DETAIL = frozenset(
    {"payment_card_type", "payment_method_code", "payment_auth_code", "channel_entity_national_registry_id"}
)
PICTURES = frozenset({"sku_image", "product_image", "buyer_avatar"})
LEFT_OUT = ONLY_IN_DETAIL | PICTURES
_canonical = msgspec.json.Encoder(order="sorted")


def digest(raw: Json) -> str:
    """Return the SHA-256 of the canonical JSON of what `raw` says; the order of keys and of things with ids is none."""
    return sha256(_canonical.encode(_said(raw))).hexdigest()


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _said(one) for key, one in value.items() if one and key not in LEFT_OUT}
        return {key: one for key, one in kept.items() if one}
    if isinstance(value, list):
        items = [_said(one) for one in value]
        return sorted(items, key=_id) if all(isinstance(one, dict) and "id" in one for one in items) else items
    return value


def _id(item: Json) -> str:
    return str(item["id"])

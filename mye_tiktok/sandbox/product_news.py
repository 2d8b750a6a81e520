"""Which webhooks tell of a change of a product."""

from collections.abc import Iterator, Mapping

from mye_tiktok.sandbox.answers import Json

# what changed_fields names in its own words; every other field is "others"
NAMED = ("title", "description", "main_images", "product_attributes")
# stock and price have no word of their own, and whether they fire is not known; status and audit have their events
SILENT = frozenset({"skus", "status", "product_status", "audit", "update_time"})
# what a seller does to a status is not told; what the platform does is
BY_SELLER = frozenset({"DRAFT", "SELLER_DEACTIVATED", "DELETED"})


def created(product_id: str, now: int) -> Json:
    """Return the data of PRODUCT_CREATION."""
    return {"product_id": _number(product_id), "product_types": [], "update_time": now}


def edited(product_id: str, fields: Mapping[str, object], now: int) -> Iterator[tuple[str, Json]]:
    """Yield the events that an edit of these fields brings, each with its data; a stock or price brings none."""
    changed = list(dict.fromkeys(name if name in NAMED else "others" for name in fields if name not in SILENT))
    text, number = {"product_id": product_id}, {"product_id": _number(product_id)}
    if changed:
        seen = {"change_source": "SELLER_CENTER", "changed_fields": changed}
        yield "PRODUCT_INFORMATION_CHANGE", {**text, **seen, "update_time": now}
    status = fields.get("status", "DRAFT")
    if status not in BY_SELLER:
        word = "PRODUCT_AUDIT_FAILURE" if status == "FAILED" else "PRODUCT_STATUS_CHANGED"
        yield "PRODUCT_STATUS_CHANGE", {**number, "status": word, "suspended_reason": "", "update_time": now}
    if fields.get("audit"):
        yield "PRODUCT_AUDIT_STATUS_CHANGE", {**number, "audit": fields["audit"], "update_time": now}


def _number(product_id: str) -> int | str:
    """Return the id as these events have it: a JSON number."""
    return int(product_id) if product_id.isdecimal() else product_id

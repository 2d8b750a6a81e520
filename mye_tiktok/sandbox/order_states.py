"""The states of an order: which follows which in what market, and what each move writes on the order.

Source: FACTS of the reference pack, "Orders" and "Packages and shipping".
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mye_tiktok.sandbox.answers import Json

HOUR, DAY = 3600, 86_400
HOLDING = frozenset({"US", "GB"})
PACKED_LATE = frozenset({"US"})
FINAL = frozenset({"COMPLETED", "CANCELLED"})
Who = Literal["BUYER", "SELLER", "SYSTEM"]

# the usual next state stands first
NEXT: Mapping[str, tuple[str, ...]] = {
    "UNPAID": ("ON_HOLD", "AWAITING_SHIPMENT", "CANCELLED"),
    "ON_HOLD": ("AWAITING_SHIPMENT", "CANCELLED"),
    "AWAITING_SHIPMENT": ("AWAITING_COLLECTION", "PARTIALLY_SHIPPING", "CANCELLED"),
    "PARTIALLY_SHIPPING": ("AWAITING_COLLECTION", "CANCELLED"),
    "AWAITING_COLLECTION": ("IN_TRANSIT", "COMPLETED", "CANCELLED"),
    "IN_TRANSIT": ("DELIVERED", "COMPLETED", "CANCELLED"),
    "DELIVERED": ("COMPLETED",),
    "COMPLETED": (),
    "CANCELLED": (),
}
STATUSES = tuple(NEXT)
LINE_WORDS: Mapping[str, str] = {"ON_HOLD": "AWAITING_SHIPMENT"}
PACKAGE_WORDS: Mapping[str, str] = {
    "AWAITING_SHIPMENT": "TO_FULFILL",
    "AWAITING_COLLECTION": "PROCESSING",
    "IN_TRANSIT": "FULFILLING",
    "DELIVERED": "COMPLETED",
    "COMPLETED": "COMPLETED",
    "CANCELLED": "CANCELLED",
}
CARRIER = ("7117858858072016686", "Sandbox Express")
# package ids are made of order ids, so that an order is found by the id of its package
ORDER_IDS = range(570_000_000_000_000_000, 580_000_000_000_000_000)
FIRST_PACKAGE, PACKAGES_PER_ORDER = 1_150_000_000_000_000_000, 64
REASONS: Mapping[str, str] = {
    "BUYER": "ecom_order_to_ship_canceled_reason_created_by_mistakes",
    "SELLER": "Out of stock",
    "SYSTEM": "Not paid, shipped, collected or delivered in time",
}
# who cancels an order in this state, the usual one first
CANCELLERS: Mapping[str, tuple[Who, ...]] = {
    "UNPAID": ("SYSTEM", "BUYER"),
    "ON_HOLD": ("BUYER", "SELLER"),
    "AWAITING_SHIPMENT": ("SELLER", "BUYER", "SYSTEM"),
    "PARTIALLY_SHIPPING": ("SELLER", "BUYER", "SYSTEM"),
    "AWAITING_COLLECTION": ("SYSTEM",),
    "IN_TRANSIT": ("SYSTEM",),
}
RECALLED = frozenset({"US"})  # where the seller still cancels what the carrier has not collected


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What carries units away: a tracking number and its carrier."""

    tracking_number: str
    provider_id: str = CARRIER[0]
    provider: str = CARRIER[1]


def following(status: str, region: str) -> tuple[str, ...]:
    """Return the states that may follow, the usual one first; none for a final or unknown state."""
    skipped = "AWAITING_SHIPMENT" if region in HOLDING else "ON_HOLD"
    return tuple(after for after in NEXT.get(status, ()) if status != "UNPAID" or after != skipped)


def way(start: str, end: str, region: str) -> list[str]:
    """Return the shortest sequence of moves from one state to another; raises ValueError when there is none."""
    ways: list[list[str]] = [[start]]
    for path in ways:
        if path[-1] == end:
            return path[1:]
        ways += [[*path, after] for after in following(path[-1], region) if after not in path]
    raise ValueError(f"an order in {region} cannot go from {start} to {end}")


def copied(entry: Json) -> Json:
    """Return a copy whose lines and packages can be written on."""
    copy = {**entry, "line_items": [dict(line) for line in entry.get("line_items") or []]}
    if entry.get("packages") is not None:
        copy["packages"] = [dict(package) for package in entry["packages"]]
    return copy


def cancellers(status: str, region: str) -> tuple[Who, ...]:
    """Return who can cancel an order in this state, the usual one first."""
    known = CANCELLERS.get(status, ())
    return (*known, "SELLER") if status == "AWAITING_COLLECTION" and region in RECALLED else known


def check(entry: Json, status: str, region: str, *, lines: Sequence[str] = (), who: Who | None = None) -> None:
    """Raise ValueError when the order cannot go there, not these lines of it, or not by this hand."""
    before = str(entry.get("status"))
    allowed = following(before, region)
    if status not in allowed:
        known = ", ".join(allowed) or "nothing: it is final"
        raise ValueError(f"an order in {region} that is {before} cannot become {status!r}; what may follow: {known}")
    if status == "PARTIALLY_SHIPPING":
        still_open = {line["id"] for line in open_lines(entry)}
        if len(still_open) < 2:
            raise ValueError("an order of one unit cannot be shipped in part")
        if lines and not set(lines) < still_open:
            raise ValueError("lines are some, not all, of the order's line items that are not cancelled")
    if status == "CANCELLED" and who is not None and who not in cancellers(before, region):
        known = ", ".join(cancellers(before, region))
        raise ValueError(f"an order in {region} that is {before} is not cancelled by {who}, but by {known}")


def move(
    entry: Json,
    status: str,
    at: int,
    region: str,
    *,
    lines: Sequence[str] = (),
    who: Who = "SELLER",
    reason: str = "",
    parcel: Parcel | None = None,
) -> None:
    """Write a move on `entry`. `lines` go when an order is shipped in part: the first half unless given."""
    entry["status"], entry["update_time"] = status, at
    if status == "PARTIALLY_SHIPPING":
        going = list(lines) or [line["id"] for line in open_lines(entry)][: len(open_lines(entry)) // 2]
        ship(entry, going, at, parcel)
        return
    if status == "CANCELLED":
        cancel_lines(entry, [line["id"] for line in open_lines(entry)], who, reason or REASONS[who])
        entry["cancel_time"], entry["cancellation_initiator"] = at, who
        entry["cancel_reason"] = reason or REASONS[who]
        return
    if status in {"ON_HOLD", "AWAITING_SHIPMENT"} and not entry.get("is_cod"):
        entry.setdefault("paid_time", at)
    if status == "AWAITING_SHIPMENT":
        set_deadlines(entry, at)
        if region not in PACKED_LATE:
            pack(entry, [line["id"] for line in open_lines(entry)], at)
    if status == "AWAITING_COLLECTION":
        waiting = waiting_lines(entry)
        if waiting:
            ship(entry, waiting, at, parcel)
    _stamp(entry, status, at)
    for line in open_lines(entry):
        line["display_status"] = LINE_WORDS.get(status, status)
        if line.get("package_id"):
            line["package_status"] = PACKAGE_WORDS[status]


def open_lines(entry: Json) -> list[Json]:
    """Return the lines that are not cancelled."""
    return [line for line in entry["line_items"] if line.get("display_status") != "CANCELLED"]


def waiting_lines(entry: Json) -> list[str]:
    """Return the ids of the lines that are still to be shipped."""
    return [line["id"] for line in open_lines(entry) if line.get("display_status") == "AWAITING_SHIPMENT"]


def ship(entry: Json, line_ids: Iterable[str], at: int, parcel: Parcel | None = None) -> None:
    """Hand units over: they get a package of their own, where others stay behind, and a tracking number.

    Without a parcel the carrier is the one on the order, and the number follows from the order.
    """
    chosen = set(line_ids)
    going = [line for line in open_lines(entry) if line["id"] in chosen]
    staying = {line.get("package_id") for line in open_lines(entry) if line["id"] not in chosen}
    if any(not line.get("package_id") or line["package_id"] in staying for line in going):
        pack(entry, [line["id"] for line in going], at)
    sent = parcel or Parcel(
        tracking_number=f"SBX{derived(0, 'tracking', entry['id'], going[0]['id'] if going else '')[-12:]}",
        provider_id=entry.get("shipping_provider_id") or CARRIER[0],
        provider=entry.get("shipping_provider") or CARRIER[1],
    )
    for line in going:
        line["display_status"], line["package_status"] = "AWAITING_COLLECTION", "PROCESSING"
        line["rts_time"] = at
    label(entry, chosen, sent)
    entry["rts_time"] = at


def label(entry: Json, line_ids: Iterable[str], parcel: Parcel) -> None:
    """Write tracking number and carrier on units and on their order."""
    chosen = set(line_ids)
    for line in open_lines(entry):
        if line["id"] in chosen:
            line["tracking_number"] = parcel.tracking_number
            line["shipping_provider_id"], line["shipping_provider_name"] = parcel.provider_id, parcel.provider
    entry["tracking_number"] = parcel.tracking_number
    entry["shipping_provider_id"], entry["shipping_provider"] = parcel.provider_id, parcel.provider


def pack(entry: Json, line_ids: Sequence[str], at: int) -> str:
    """Put units into a new package, made `at` a time; returns its id. A package that is left empty is dissolved."""
    records: list[Json] = entry.get("packages") or []
    made = package_id(str(entry["id"]), len(records))
    for line in entry["line_items"]:
        if line["id"] in line_ids:
            line["package_id"], line["package_status"] = made, "TO_FULFILL"
    held = {line.get("package_id") for line in entry["line_items"]}
    for record in records:
        if record["id"] not in held:
            record["dissolved"] = True
    entry["packages"] = [*records, {"id": made, "at": at}]
    if len(shown_packages(entry)) > 1:
        entry["split_or_combine_tag"] = "SPLIT"
    return made


def shown_packages(entry: Json) -> list[Json]:
    """Return the packages of an order as it shows them; what we note on each beside its id stays with us."""
    return [{"id": each["id"]} for each in entry.get("packages") or [] if not each.get("dissolved")]


def package_id(order_id: str, number: int) -> str:
    """Return the id of a package of an order, counted from 0."""
    if order_id.isdecimal() and int(order_id) in ORDER_IDS and number < PACKAGES_PER_ORDER:
        return str(FIRST_PACKAGE + (int(order_id) - ORDER_IDS.start) * PACKAGES_PER_ORDER + number)
    return derived(2 * FIRST_PACKAGE, "package", order_id, number)


def order_of_package(package: str) -> str:
    """Undo `package_id`; "" for ids that are made otherwise."""
    at = (int(package) - FIRST_PACKAGE) // PACKAGES_PER_ORDER if package.isascii() and package.isdecimal() else -1
    return str(ORDER_IDS.start + at) if 0 <= at < len(ORDER_IDS) else ""


def cancel_lines(entry: Json, line_ids: Iterable[str], who: Who, reason: str) -> None:
    """Cancel units."""
    chosen = set(line_ids)
    for line in entry["line_items"]:
        if line["id"] in chosen:
            line["display_status"], line["cancel_user"], line["cancel_reason"] = "CANCELLED", who, reason
            if line.get("package_id"):
                line["package_status"] = "CANCELLED"


def set_deadlines(entry: Json, at: int) -> None:
    """Write until when the order is to be shipped, collected and delivered; a pre-order counts from its release."""
    start = max(at, entry.get("release_date") or 0)
    entry["rts_sla_time"], entry["tts_sla_time"] = start + 2 * DAY, start + 3 * DAY
    entry["shipping_due_time"] = entry["cancel_order_sla_time"] = start + 4 * DAY
    entry["collection_due_time"], entry["delivery_due_time"] = start + 6 * DAY, start + 20 * DAY
    entry["delivery_sla_time"] = entry["delivery_option_required_delivery_time"] = start + 8 * DAY
    # documented in seconds, seen in milliseconds
    entry["recommended_shipping_time"] = (start + DAY) * 1000


def _stamp(entry: Json, status: str, at: int) -> None:
    if status == "IN_TRANSIT":
        entry["collection_time"] = at
    if status == "DELIVERED":
        entry["delivery_time"] = at
        if entry.get("is_cod"):
            entry["paid_time"] = at


def derived(first: int, *parts: object) -> str:
    """Return an id that follows from what it belongs to: `first` and something below 10 ** 17."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return str(first + int.from_bytes(digest, "big") % 10**17)

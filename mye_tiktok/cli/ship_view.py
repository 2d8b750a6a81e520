"""Carriers, packages, warehouses and tracking for people and as JSON."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import fields, note, say, table

if TYPE_CHECKING:
    from mye_tiktok.domain.json import Json
    from mye_tiktok.domain.package import Package, Slot
    from mye_tiktok.domain.shipping import (
        DeliveryOption,
        Handover,
        Provider,
        TrackedParcel,
        TrackingEvent,
        Warehouse,
    )
    from mye_tiktok.tiktok.client import Page


def provider_json(one: "Provider") -> dict[str, object]:
    """Return a provider as TikTok spells it."""
    return {"id": one.provider_id, "name": one.name}


def print_providers(found: "Sequence[Provider]", option: str) -> None:
    """Print a table of providers."""
    rows = [(one.provider_id, one.name) for one in found]
    table(("PROVIDER", "NAME"), rows, empty=f"delivery option {option} allows no provider")


def print_packages(page: "Page") -> None:
    """Print a table of the packages of a page, and how to get the next one."""
    from mye_tiktok.tiktok.package_parser import parse_package

    table(
        ("PACKAGE", "STATUS", "ORDERS", "UNITS", "TRACKING", "PROVIDER", "CREATED", "CHANGED"),
        [
            (
                one.package_id,
                one.status,
                ", ".join(one.order_ids),
                len(one.line_item_ids),
                one.tracking_number,
                one.provider_name,
                one.created_at,
                one.updated_at,
            )
            for one in map(parse_package, page.items)
        ],
        empty="no package matches",
    )
    if page.total is not None:
        note(f"{len(page.items)} of {page.total} packages")
    if page.token:
        note(f"next page: --page-token '{page.token}'")


def print_package(one: "Package") -> None:
    """Print all that is known of a package, but for addresses."""
    fields(
        (
            ("package", one.package_id),
            ("status", " ".join(filter(None, [one.status, one.sub_status, one.exception]))),
            ("holds", _content(one)),
            ("orders", ", ".join(one.order_ids)),
            ("line items", ", ".join(one.line_item_ids)),
            ("tracking number", one.tracking_number),
            ("last mile", one.last_mile_tracking_number),
            ("provider", _named(one.provider_name, one.provider_id)),
            ("shipped by", one.shipping_type),
            ("delivery option", _named(one.delivery_option_name, one.delivery_option_id)),
            ("warehouse", one.warehouse_id),
            ("handed over by", one.handover_method),
            ("picked up", _window(one.pickup) if one.pickup else ""),
            ("created", one.created_at),
            ("changed", one.updated_at),
        )
    )


def warehouse_json(raw: "Json", offered: "Mapping[str, Sequence[DeliveryOption]]") -> dict[str, object]:
    """Return a warehouse as TikTok sent it, with its delivery options where they were asked for."""
    options = offered.get(str(raw.get("id")))
    if options is None:
        return raw
    listed = [{"id": one.option_id, "name": one.name, "type": one.type} for one in options]
    return {**raw, "delivery_options": listed}


def print_warehouses(found: "Sequence[Warehouse]", offered: "Mapping[str, Sequence[DeliveryOption]]") -> None:
    """Print a table of warehouses, and one of their delivery options where they were asked for."""
    table(
        ("WAREHOUSE", "STATUS", "TYPE", "DEFAULT", "REGION", "CITY", "NAME"),
        [
            (one.warehouse_id, one.status, one.type, "yes" if one.is_default else "", one.region, one.city, one.name)
            for one in found
        ],
        empty="the seller has no warehouses",
    )
    if offered:
        say("")
        table(
            ("WAREHOUSE", "DELIVERY OPTION", "TYPE", "NAME"),
            [(place, one.option_id, one.type, one.name) for place, options in offered.items() for one in options],
            empty="no warehouse offers a delivery option",
        )


def handover_json(package_id: str, found: "Handover") -> dict[str, object]:
    """Return how a package may be handed over."""
    return {
        "package_id": package_id,
        "can_pickup": found.can_pickup,
        "can_drop_off": found.can_drop_off,
        "can_van_collection": found.can_van_collection,
        "drop_off_point_url": found.drop_off_point_url,
        "slots": [{"start": one.start, "end": one.end, "available": one.available} for one in found.slots],
    }


def print_handover(found: "Handover") -> None:
    """Print how a package may be handed over, then its pick-up windows."""
    ways = {"pick-up": found.can_pickup, "drop-off": found.can_drop_off, "van collection": found.can_van_collection}
    allowed = ", ".join(name for name, allowed in ways.items() if allowed)
    note(f"by {allowed or 'no way that TikTok names'}")
    if found.drop_off_point_url:
        note(f"drop-off points: {found.drop_off_point_url}")
    table(
        ("FROM", "UNTIL", "FREE"),
        [(one.start, one.end, "yes" if one.available else "no") for one in found.slots],
        empty="there is no pick-up window to choose",
    )


def tracking_json(
    order_id: str, events: "Sequence[TrackingEvent]", parcels: "Sequence[TrackedParcel]"
) -> dict[str, object]:
    """Return the events of an order and of its parcels."""
    return {
        "order_id": order_id,
        "tracking": [_event_json(one) for one in events],
        "parcels": [
            {
                "tracking_number": one.tracking_number,
                "carrier": one.carrier,
                "tracking": [_event_json(event) for event in one.events],
            }
            for one in parcels
        ],
    }


def print_tracking(order_id: str, events: "Sequence[TrackingEvent]", parcels: "Sequence[TrackedParcel]") -> None:
    """Print the events of an order, then those of each parcel."""
    _print_events(events, empty=f"no carrier has told of order {order_id} yet")
    for one in parcels:
        say(f"\n{one.tracking_number}  {one.carrier}")
        _print_events(one.events, empty="nothing yet")


def _print_events(events: "Sequence[TrackingEvent]", *, empty: str) -> None:
    table(("AT", "ACTION", "WHAT HAPPENED"), [(one.at, one.action, one.description) for one in events], empty=empty)


def _event_json(one: "TrackingEvent") -> dict[str, object]:
    return {"at": one.at, "description": one.description, "action": one.action, "tracking_number": one.tracking_number}


def _content(one: "Package") -> str:
    if one.is_combined:
        return f"{len(one.order_ids)} orders together"
    return "a part of its order" if one.is_split else ""


def _named(name: str, id_: str) -> str:
    return f"{name} ({id_})" if name and id_ else name or id_


def _window(slot: "Slot") -> str:
    ends = [f"{time:%Y-%m-%d %H:%M} UTC" if time else "?" for time in (slot.start, slot.end)]
    return " to ".join(ends)

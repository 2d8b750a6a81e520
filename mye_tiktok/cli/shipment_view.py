"""Shipments that were written down, and calls that would be made: as tables and as JSON."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mye_tiktok.cli.output import note, table
from mye_tiktok.domain.shipment import Outcome, Shipment

if TYPE_CHECKING:
    from mye_tiktok.jobs.shipping_by_hand import Planned
    from mye_tiktok.jobs.shipping_calls import Prepared

COLUMNS = ("ID", "ORDER", "PACKAGE", "TRACKING", "STATE", "TRIES", "NEXT TRY", "CHANNEL", "CODE", "MESSAGE")


def shipment_json(one: Shipment) -> dict[str, object]:
    """Return one intention with what became of it."""
    return {
        "id": one.shipment_id,
        "channel_uid": one.channel_uid,
        "kind": one.kind,
        "order_id": one.order_id,
        "package_id": one.package_id or next(iter(one.package_ids), ""),
        "package_ids": list(one.package_ids),
        "line_item_ids": list(one.line_item_ids),
        "tracking_number": one.tracking_number,
        "provider": one.provider,
        "state": one.state,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at if one.settled_at is None else None,
        "code": one.code,
        "message": one.message,
        "request_id": one.request_id,
        "origin": one.origin,
        "source": one.source,
        "created_at": one.created_at,
        "settled_at": one.settled_at,
    }


def print_shipments(found: Sequence[Shipment]) -> None:
    """Print a table of intentions."""
    table(COLUMNS, [_row(one) for one in found], empty="no shipment matches")


def plan_json(planned: "Planned") -> dict[str, object]:
    """Return the call that would be made, or why none would."""
    one, found = planned
    if isinstance(found, Outcome):
        return {
            "operation": "",
            "channel_uid": one.channel_uid,
            "order_id": one.order_id,
            "package_id": one.package_id,
            "tracking_number": one.tracking_number,
            "state": found.state,
            "code": found.code,
            "message": found.text,
        }
    return {**found.as_json(), "state": "pending", "code": "", "message": ""}


def print_plan(plan: "Sequence[Planned]") -> None:
    """Print the calls that would be made, and why others would not."""
    rows = [plan_json(one) for one in plan]
    names = ("operation", "order_id", "package_id", "tracking_number", "provider_id", "line_item_ids", "message")
    table(
        ("CALL", "ORDER", "PACKAGE", "TRACKING", "PROVIDER", "LINE ITEMS", "MESSAGE"),
        [tuple(_cell(row, name) for name in names) for row in rows],
        empty="nothing would be sent",
    )
    tell_remarks([found for _, found in plan if not isinstance(found, Outcome)])


def tell_remarks(calls: "Sequence[Prepared]") -> None:
    """Say of combined and split packages that they are, before anything is sent."""
    for line in dict.fromkeys(remark for call in calls for remark in call.step.remarks):
        note(line)


def _cell(row: Mapping[str, object], name: str) -> object:
    value = row.get(name, "")
    if name == "operation":
        return value or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _row(one: Shipment) -> tuple[object, ...]:
    package = one.package_id or ", ".join(one.package_ids)
    waits = one.next_attempt_at if one.settled_at is None else None
    head = (one.shipment_id, one.order_id, package, one.tracking_number, one.state)
    return (*head, one.attempts, waits, one.channel_uid, one.code, one.message)

"""What is due to be shipped: as a table, on a terminal that is watched, and as JSON."""

from typing import TYPE_CHECKING

from mye_tiktok.cli.output import acknowledge, note, table

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType

    from mye_tiktok.jobs.shipping_due import Due, DueOrder

COLUMNS = ("LEFT", "SHIP BY", "ORDER", "STATUS", "UNITS", "CHANNEL", "DEADLINE")
AROUND_THE_TABLE = 4
"""Lines of a watched terminal that are not orders: what it is about, an empty one, the head, what is left out."""


def due_json(found: "Due") -> dict[str, object]:
    """Return the counts, and the orders with the most urgent first."""
    return {
        "at": found.at,
        "waiting": found.counts.waiting,
        "late": found.counts.late,
        "due": found.counts.soon,
        "next_ship_by": found.counts.next_at,
        "orders": [_order_json(one, found.at) for one in found.orders],
    }


def print_due(found: "Due") -> None:
    """Print a table of what is due and sum it up; cron hears nothing while nothing is late."""
    if found.orders:
        table(COLUMNS, [_row(one, found.at) for one in found.orders], empty="")
    (note if found.counts.late or found.total > len(found.orders) else acknowledge)(summary(found))


def drawn(found: "Due", *, lines: int) -> "RenderableType":
    """Return what a watched terminal of so many lines shows: as many orders as fit, the late ones in red."""
    from rich.console import Group
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    shown = found.orders[: max(1, lines - AROUND_THE_TABLE)]
    grid = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for one in shown:
        late = one.hours_left(found.at) < 0
        grid.add_row(*(escape(str(cell)) for cell in _row(one, found.at)), style="red" if late else "")
    rest = found.total - len(shown)
    more = [Text(f"and {rest:,} more", style="dim")] if rest else []
    return Group(Text(f"{found.at:%Y-%m-%d %H:%M:%S} UTC  {summary(found)}"), Text(""), grid, *more)


def summary(found: "Due") -> str:
    """Say in one line how many orders are late, due, and waiting in all."""
    counts = found.counts
    left_out = found.total - len(found.orders)
    cut = f"; {left_out:,} not shown (--limit)" if left_out else ""
    return f"{counts.late:,} late, {counts.soon:,} due, {counts.waiting:,} with a deadline wait to be shipped{cut}"


def left(hours: float) -> str:
    """Return the time that is left as people say it: 5h 20m, or late 1d 2h."""
    minutes = int(abs(hours) * 60)
    days, minutes = divmod(minutes, 24 * 60)
    words = f"{days}d {minutes // 60}h" if days else f"{minutes // 60}h {minutes % 60:02}m"
    return f"late {words}" if hours < 0 else words


def _row(one: "DueOrder", now: "datetime") -> tuple[object, ...]:
    order = one.order
    asked = "; the buyer asked to cancel" if order.cancellation_requested else ""
    return (
        left(one.hours_left(now)),
        f"{one.ship_by.at:%Y-%m-%d %H:%M}",
        order.order_id,
        order.status,
        len(order.units),
        one.channel_uid,
        one.ship_by.meaning + asked,
    )


def _order_json(one: "DueOrder", now: "datetime") -> dict[str, object]:
    order, hours = one.order, one.hours_left(now)
    return {
        "channel_uid": one.channel_uid,
        "order_id": order.order_id,
        "status": order.status,
        "ship_by": one.ship_by.at,
        "deadline": one.ship_by.deadline,
        "hours_left": round(hours, 2),
        "late": hours < 0,
        "units": len(order.units),
        "shipping_type": order.shipping_type,
        "package_ids": [package.package_id for package in order.packages],
        "cancellation_requested": order.cancellation_requested,
    }

"""The last act of `mye-tiktok demo`: parcels leave by hand and by file, a label is fetched, and what is due is seen."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mye_tiktok.cli.demo_scene import Scene, Teller
from mye_tiktok.errors import MyeTikTokError

if TYPE_CHECKING:
    from mye_tiktok.domain.json import Json

CARRIER = "Royal Mail"
TRACKING = "RM12345678{}GB"
BY_FILE = 3


def play_shipping(on: Scene, tell: Teller) -> dict[str, object]:
    """Ship one order by hand and three by a file with a bad line, fetch a label, and show what is due."""
    orders = [
        on.sandbox.place_order(count=1, status="AWAITING_SHIPMENT", shipping_type="SELLER") for _ in range(BY_FILE + 1)
    ]
    labelled = on.sandbox.place_order(count=1, status="AWAITING_SHIPMENT", shipping_type="TIKTOK")
    _run(on, "orders", "fetch")
    due = _run(on, "ship", "due", "--within", "72h")["orders"]
    tell.rows(
        "five orders wait to be shipped: ship due --within 72h",
        ("ORDER", "SHIP BY", "HOURS LEFT"),
        [(one["order_id"], one["ship_by"], one["hours_left"]) for one in due],
    )
    by_hand, *by_file = orders
    number = TRACKING.format(0)
    shipped = _run(on, "ship", "mark-shipped", by_hand, "--tracking", number, "--provider", CARRIER)
    tell.step("one is shipped by hand: ship mark-shipped", f"order {by_hand}, {CARRIER} {number}: {_state(shipped)}")
    bulk = _run(on, "ship", "bulk", str(_file(on, by_file)), code=1)
    tell.step(
        f"{BY_FILE} by a file that has a bad line: ship bulk",
        f"{bulk['counts'].get('shipped', 0)} shipped; {bulk['failures'][0]['item']}: {bulk['failures'][0]['message']}",
    )
    label = _label(on, labelled)
    pages = _pages(label)
    tell.step(
        "one with TikTok's label: ship create buys it, ship label fetches it",
        f"{label.name}, {label.stat().st_size:,} bytes, a PDF of {pages} page(s)",
    )
    left = _run(on, "ship", "due", "--within", "72h")["orders"]
    tell.step("ship due once more", f"{len(left)} left")
    _check(on, orders, left, pages)
    return {
        "shipped": len(orders),
        "bad_lines": 1,
        "label_pages": pages,
        "due_before": len(due),
        "due_after": len(left),
    }


def _run(on: Scene, *arguments: str, code: int = 0) -> "Json":
    """Run a command of this program and return its JSON; raises MyeTikTokError when it ends with another code."""
    command = [sys.executable, "-m", "mye_tiktok", *arguments, "--json"]
    done = subprocess.run(command, env=on.environment, cwd=on.folder, capture_output=True, text=True, check=False)
    if done.returncode != code:
        raise MyeTikTokError(f"mye-tiktok {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    found: Json = json.loads(done.stdout)
    return found


def _state(shipped: "Json") -> str:
    return str(shipped["shipments"][0]["state"])


def _file(on: Scene, order_ids: list[str]) -> Path:
    """Write the file that a warehouse would send; its last line has no tracking number."""
    lines = [f"{order_id},{TRACKING.format(at + 1)},{CARRIER}" for at, order_id in enumerate(order_ids)]
    path = on.folder / "parcels.csv"
    path.write_text("\n".join(["order_id,tracking_number,provider_name", *lines, f"{order_ids[0]},,{CARRIER}", ""]))
    return path


def _label(on: Scene, order_id: str) -> Path:
    bought = _run(on, "ship", "create", order_id)
    [package_id] = bought["shipments"][0]["package_ids"]
    fetched = _run(on, "ship", "label", package_id, "--out", str(on.folder / "labels"))
    return Path(fetched["labels"][0]["file"])


def _pages(label: Path) -> int:
    from mye_tiktok.jobs.label_merging import count_pages

    return count_pages(label)


def _check(on: Scene, order_ids: list[str], left: "list[Json]", pages: int) -> None:
    states = {order_id: on.sandbox.order(order_id)["status"] for order_id in order_ids}
    if set(states.values()) != {"AWAITING_COLLECTION"} or left or pages < 1:
        raise MyeTikTokError(f"the demo did not end as it should: {states}, {len(left)} left, {pages} page(s)")

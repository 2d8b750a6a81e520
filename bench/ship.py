"""A file of parcels on its way to TikTok: how soon it is checked, how near the limit it is sent, in how much memory.

    python -m bench.ship [--orders 10000] [--few 1000]

The real command against a sandbox in a process of its own (50 requests/s per endpoint, answers after 150 ms) and a new
PostgreSQL database. Checking is the whole process for a file whose last line is bad, with --strict: nothing is sent.
The limit is held once the pace is found, from the tenth part of the shipments to the last one, by when they were
settled; beside it stands the wall time of the whole process. Memory is the operating system's peak of the process.
"""

import argparse
import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bench import stage
from bench.figures import Figure, show
from mye_tiktok.sandbox.delivery_options import carriers

LIMIT, LATENCY_MS = 50, 150
SOON = 5.0
FLAT = 1.2
REGION = "US"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=1_000)
    options = parser.parse_args()
    show("ship", [*checked(options.orders), *sent(options.orders, options.few)])


def checked(orders: int) -> list[Figure]:
    """Check a file of which only the last line is bad."""
    with (
        stage.sandbox("--products", "5", "--orders", "0", "--region", REGION) as shop,
        stage.connected(shop) as names,
        stage.folder() as folder,
    ):
        file = _file(folder, [str(577_000_000_000_000_000 + at) for at in range(orders)], "no order")
        done = stage.run(names, "ship", "bulk", file, "--strict", "--json")
    assert done.exit_code == 65, done.stderr
    return [Figure(name=f"{orders} lines checked, whole process", value=done.seconds, unit="s", at_most=SOON)]


def sent(orders: int, few: int) -> list[Figure]:
    """Send a small file, then a large one."""
    slow = ("--latency-ms", str(LATENCY_MS), "--rate-limit", str(LIMIT))
    place = ("--products", "50", "--orders", "0", "--region", REGION)
    with (
        stage.sandbox(*place, *slow) as shop,
        stage.database() as url,
        stage.connected(shop, TIKTOK_MAX_RPS=str(LIMIT), DATABASE_URL=url) as names,
        stage.folder() as folder,
    ):
        small = _send(shop, names, folder, few)
        large = _send(shop, names, folder, orders)
        found = stage.must(names, "ship", "list", "--limit", str(orders), "--json").data["shipments"]
        codes = shop.get("requests")["counts"]["mark_package_as_shipped"]
    assert codes["0"] == orders + few, codes
    rate = _pace([datetime.fromisoformat(one["settled_at"]) for one in found])
    return [
        Figure(name=f"{orders} shipments: share of {LIMIT} requests/s", value=rate / LIMIT, at_least=0.95),
        Figure(name=f"{orders} shipments: over the whole process", value=orders / large.seconds, unit="1/s"),
        Figure(name=f"{orders} shipments: refused with 429", value=codes.get("36009002", 0)),
        Figure(name=f"{orders} shipments: CPU", value=large.cpu_seconds, unit="s"),
        Figure(name=f"{orders} shipments: peak memory", value=large.peak_mb, unit="MB"),
        Figure(name=f"peak memory ÷ that of {few}", value=large.peak_mb / small.peak_mb, at_most=FLAT),
    ]


def _send(shop: stage.Sandbox, names: stage.Environment, folder: Path, orders: int) -> stage.Finished:
    order = {"status": "AWAITING_SHIPMENT", "shipping_type": "SELLER"}
    placed = [str(shop.post("orders/place", **order)["order_id"]) for _ in range(orders)]
    return stage.must(names, "ship", "bulk", _file(folder, placed), "--json")


def _file(folder: Path, orders: Sequence[str], *bad: str) -> str:
    file = folder / f"{len(orders)}.csv"
    provider = list(carriers(REGION))[-1]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("order_id", "tracking_number", "provider_id"))
        writer.writerows((order_id, f"TRACK-{order_id}", provider) for order_id in (*orders, *bad))
    return str(file)


def _pace(settled: Sequence[datetime]) -> float:
    """Return how many were settled per second, from the tenth part of them to the last one."""
    at = sorted(settled)
    first = len(at) // 10
    return (len(at) - 1 - first) / max((at[-1] - at[first]).total_seconds(), 0.001)


if __name__ == "__main__":
    main()

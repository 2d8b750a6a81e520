"""Stock on its way to TikTok: how near to its limit, with how few calls, and how soon what was just sold.

    python -m bench.push [--products 2000] [--messages 10000] [--merged 500] [--sweep 3400] [--sales 30]

Three measurements, each with a sandbox in its own process and a new PostgreSQL database:

- rate: every SKU of a shop gets another figure, against 50 requests/s and answers after 150 ms. The limit is held once
  the pace is found, from the tenth part of the products to the last one, by the ledger. Beside it stand updates over
  the wall time of the whole process: start-up, sorting in, the guard's look at everything, the limiter's climb from 3
  requests/s and the relay are in it, about 8 seconds together.
- calls: many messages over the SKUs of few products lead to at most one update per product.
- sold: while a push of some ten thousand SKUs runs at 10 requests/s, single SKUs are sold: MYE says a new figure and
  the SKU is marked as just sold. From then until the figure was accepted and settled it must not take long. The first
  hundred updates are waited for: the limiter begins at 3 requests/s.
"""

import argparse
import csv
import json
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import stage
from bench.figures import Figure, show
from mye_tiktok.db import inventory_requests, stock_targets
from mye_tiktok.db.database import Database
from mye_tiktok.domain.stock import Wish

LIMIT, LATENCY_MS = 50, 150
SLOW_LIMIT = 10
SOON = 3.0
PAUSE, PATIENCE = 1.0, 60.0
WARM = 100
# SKUs whose name is theirs alone, of products that take stock, with what each warehouse shows
STOCK = """
    SELECT s.seller_sku, w.warehouse_id, w.quantity
    FROM skus s JOIN stock w USING (channel_uid, product_id, sku_id) JOIN products p USING (channel_uid, product_id)
    WHERE s.seller_sku <> '' AND p.status NOT IN ('FREEZE', 'DELETED')
      AND (SELECT count(*) FROM skus o WHERE o.seller_sku = s.seller_sku) = 1
    ORDER BY s.seller_sku, w.warehouse_id
"""
SETTLED = "SELECT min(at) AS at FROM inventory_ledger WHERE outcome = 'applied' GROUP BY product_id ORDER BY at"
Figures = list[tuple[str, str, int]]
"""Seller SKU, warehouse and pieces."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--merged", type=int, default=500, help="products that the messages are about")
    parser.add_argument("--sweep", type=int, default=3_400, help="products of the shop in which SKUs are sold")
    parser.add_argument("--sales", type=int, default=30)
    options = parser.parse_args()
    figures = [*rate(options.products), *calls(options.merged, options.messages), *sold(options.sweep, options.sales)]
    show("push", figures)


def rate(products: int) -> list[Figure]:
    """Give every SKU of a shop another figure."""
    slow = ("--latency-ms", str(LATENCY_MS), "--rate-limit", str(LIMIT))
    with _shop(products, *slow, TIKTOK_MAX_RPS=str(LIMIT), PUSH_WORKERS="12") as (shop, environment, folder):
        _import(environment, folder, _raised(environment, by=1))
        push = stage.must(environment, "inventory", "push", "--json")
        codes = shop.get("requests")["counts"]["update_inventory"]
        settled = stage.execute(environment["DATABASE_URL"], SETTLED)
    paced = [at for (at,) in settled[len(settled) // 10 :]]
    pace = (len(paced) - 1) / (paced[-1] - paced[0]).total_seconds()
    found = codes["0"] / push.seconds
    about = f"{products} products"
    return [
        Figure(name=f"{about}: share of {LIMIT} updates/s, once the pace is found", value=pace / LIMIT, at_least=0.95),
        Figure(name=f"{about}: share of {LIMIT} updates/s, whole process", value=found / LIMIT),
        Figure(name=f"{about}: refused with 429", value=codes.get("36009002", 0)),
        Figure(name=f"{about}: SKUs per second", value=push.data["counts"]["applied"] / push.seconds, unit="1/s"),
        Figure(name=f"{about}: CPU of the push", value=push.cpu_seconds, unit="s"),
        Figure(name=f"{about}: peak memory of the push", value=push.peak_mb, unit="MB"),
    ]


def calls(products: int, messages: int) -> list[Figure]:
    """Let many messages be about few products."""
    with _shop(products) as (shop, environment, folder):
        stock = _raised(environment, by=1)
        lines = [_message(*stock[number % len(stock)], more=number // len(stock)) for number in range(messages)]
        file = folder / "messages.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        stage.must(environment, "queue", "send", "inventory", str(file))
        stage.must(environment, "consume", "inventory", "--once")
        stage.must(environment, "inventory", "push", "--json")
        updates = shop.get("requests")["counts"]["update_inventory"]["0"]
        settled = stage.execute(
            environment["DATABASE_URL"],
            "SELECT count(*) FROM inventory_requests WHERE state IN ('applied', 'unchanged', 'superseded')",
        )[0][0]
    about = f"{messages} messages over {products} products"
    return [
        Figure(name=f"{about}: updates", value=updates, at_most=products),
        Figure(name=f"{about}: wishes with their answer", value=settled, at_least=messages),
    ]


def sold(products: int, sales: int) -> list[Figure]:
    """Sell single SKUs while a push of all of them runs."""
    limit = str(SLOW_LIMIT)
    with _shop(products, TIKTOK_MAX_RPS=limit) as (shop, environment, folder):
        stock = _raised(environment, by=1)
        _import(environment, folder, stock)
        push = subprocess.Popen([*stage.PROGRAM, "inventory", "push"], env=environment, stderr=subprocess.PIPE)
        try:
            _until_it_runs(shop)
            taken = sorted(_sell(environment, stock, sales))
            assert push.poll() is None, "the push ended before all was sold: take a larger --sweep"
        finally:
            push.terminate()
            push.wait(timeout=60)
    about = f"{len(stock)} figures at {SLOW_LIMIT} updates/s, {sales} sales"
    return [
        Figure(name=f"{about}: sold to settled p50", value=taken[len(taken) // 2], unit="s"),
        Figure(name=f"{about}: sold to settled p95", value=taken[int(len(taken) * 0.95)], unit="s", at_most=SOON),
    ]


@contextmanager
def _shop(products: int, *options: str, **settings: str) -> Iterator[tuple[stage.Sandbox, dict[str, str], Path]]:
    """Serve a shop, connect it and fetch its catalogue; yields it, the environment and a folder."""
    with (
        stage.sandbox("--products", str(products), *options) as shop,
        stage.database() as database,
        stage.queues() as queues,
        stage.folder() as folder,
        stage.connected(shop, DATABASE_URL=database, **queues) as environment,
    ):
        stage.must(environment, "products", "fetch-all")
        shop.post("requests/clear")
        yield shop, environment | settings, folder


def _raised(environment: stage.Environment, *, by: int) -> Figures:
    """Return every figure of the catalogue, a little higher."""
    rows = stage.execute(environment["DATABASE_URL"], STOCK)
    return [(seller_sku, warehouse_id, pieces + by) for seller_sku, warehouse_id, pieces in rows]


def _import(environment: stage.Environment, folder: Path, figures: Figures) -> None:
    file = folder / "stock.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("seller_sku", "warehouse_id", "quantity"))
        writer.writerows(figures)
    stage.must(environment, "inventory", "import", str(file))


def _message(seller_sku: str, warehouse_id: str, pieces: int, *, more: int) -> str:
    item = {"seller_sku": seller_sku, "warehouse_id": warehouse_id, "quantity": pieces + more}
    return json.dumps({"items": [item]})


def _until_it_runs(shop: stage.Sandbox) -> None:
    while shop.get("requests")["counts"].get("update_inventory", {}).get("0", 0) < WARM:
        time.sleep(PAUSE)


def _sell(environment: stage.Environment, stock: Figures, sales: int) -> Iterator[float]:
    """Sell one SKU after the other and yield how many seconds each took."""
    database = Database(environment["DATABASE_URL"])
    for number, (seller_sku, warehouse_id, pieces) in enumerate(random.Random(1).sample(stock, sales)):
        now = datetime.now(UTC)
        with database.transaction() as session:
            inventory_requests.add(session, [_wish(number, seller_sku, warehouse_id, pieces + 1, now)], now)
            stock_targets.heat(session, [seller_sku], now=now, until=now + timedelta(minutes=15), sold_in=stage.CHANNEL)
        yield (_settled_at(environment, seller_sku, warehouse_id, pieces + 1) - now).total_seconds()
        time.sleep(PAUSE)
    database.close()


def _wish(number: int, seller_sku: str, warehouse_id: str, quantity: int, now: datetime) -> Wish:
    return Wish(
        fingerprint=f"sale {number}",
        request_id=f"sale {number}",
        channel_uid=stage.CHANNEL,
        seller_sku=seller_sku,
        product_id="",
        sku_id="",
        warehouse_id=warehouse_id,
        quantity=quantity,
        occurred_at=now,
        origin="queue",
    )


def _settled_at(environment: stage.Environment, seller_sku: str, warehouse_id: str, quantity: int) -> datetime:
    """Wait until TikTok accepted a figure, and return when that was written down."""
    query = (
        f"SELECT at FROM inventory_ledger WHERE seller_sku = '{seller_sku}' AND warehouse_id = '{warehouse_id}'"
        f" AND desired = {quantity} AND outcome = 'applied'"
    )
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if rows := stage.execute(environment["DATABASE_URL"], query):
            at: datetime = rows[0][0]
            return at
        time.sleep(PAUSE / 20)
    raise SystemExit(f"{seller_sku} was not sent within {PATIENCE:.0f} s")


if __name__ == "__main__":
    main()

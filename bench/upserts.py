"""Upserts of products with their SKUs, prices and stock into PostgreSQL: SKU rows per second, and memory.

    python -m bench.upserts [--products 100000] [--page 100] [--url postgresql://postgres@127.0.0.1:5432/postgres]

Makes a database of its own and drops it. Three passes over the catalogue, a transaction per page: every
product new, every product and every stock row changed, every product listed as changed but the same. A SKU
row comes with one stock row. `per CPU second` counts what this process and its PostgreSQL backend really
worked, so that it tells something on a busy machine too.
"""

import argparse
import json
import os
import resource
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg2
from sqlalchemy import text

from bench.figures import Figure, show
from mye_tiktok.db import products
from mye_tiktok.db.database import Database
from mye_tiktok.db.migration import upgrade
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Listing, Product, Sku, Stock

LIMIT = 35_000
SKUS = 3
NOW = datetime(2026, 3, 1, tzinfo=UTC)
# about the size of TikTok's own object with three SKUs
RAW = json.dumps({"description": "<p>Soft and warm.</p>" * 60, "images": [{"uri": f"tos/{n:032}"} for n in range(9)]})


def main() -> None:
    """Measure and print."""
    options = _options()
    name = f"mye_tiktok_bench_{uuid.uuid4().hex[:8]}"
    _execute(options.url, f'CREATE DATABASE "{name}"')
    try:
        url = options.url.rsplit("/", 1)[0] + f"/{name}"
        upgrade(url)
        database = Database(url)
        show("upserts", measure(database, products_in_shop=options.products, page=options.page))
        database.close()
    finally:
        _execute(options.url, f'DROP DATABASE "{name}" WITH (FORCE)')


def measure(database: Database, *, products_in_shop: int, page: int) -> list[Figure]:
    """Return the rates of all passes, and the peak memory of this process after a tenth and after all."""
    figures = []
    for kind, limit in (("new", LIMIT), ("changed", None), ("same", None)):
        tenth = _pass(database, kind, range(products_in_shop // 10), page)
        early = _peak_memory()
        rest = _pass(database, kind, range(products_in_shop // 10, products_in_shop), page)
        rows, cpu = products_in_shop * SKUS, tenth.cpu + rest.cpu
        figures += [
            Figure(name=f"{kind}: SKU rows per second", value=rows / (tenth.wall + rest.wall), at_least=limit),
            Figure(name=f"{kind}: SKU rows per CPU second", value=rows / cpu),
        ]
        if kind == "new":
            figures.append(Figure(name="memory: all against a tenth", value=_peak_memory() / early, at_most=1.2))
    return [*figures, Figure(name="peak memory", value=_peak_memory(), unit="MB", at_most=150)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds on the clock, and seconds of work by this process and the backend."""

    wall: float
    cpu: float


def _pass(database: Database, kind: str, numbers: range, page: int) -> Spent:
    wall = own = 0.0
    with database.reading() as session:
        backend = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    before = _backend_cpu(backend)
    for start in numbers[::page]:
        batch = list(_page(kind, start, min(start + page, numbers.stop)))
        began, worked = time.perf_counter(), time.process_time()
        with database.transaction() as session:
            products.upsert(session, "channel", batch, now=NOW)
        wall += time.perf_counter() - began
        own += time.process_time() - worked
    return Spent(wall=wall, cpu=own + _backend_cpu(backend) - before)


def _backend_cpu(pid: int) -> float:
    """Return the CPU seconds of a backend on this host (Linux); nothing when it runs elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _page(kind: str, start: int, end: int) -> Iterator[tuple[Listing, Product]]:
    digest = "first" if kind == "new" else "second"
    for number in range(start, end):
        product = _product(str(1729 * 10**15 + number), digest, quantity=5 if kind == "new" else 6)
        listing = Listing(
            product_id=product.product_id,
            status=product.status,
            title=product.title,
            created_at=NOW,
            updated_at=NOW,
            digest=f"{kind}",
        )
        yield listing, product


def _product(product_id: str, digest: str, *, quantity: int) -> Product:
    return Product(
        product_id=product_id,
        title=f"Merino jumper №{product_id}",
        status="ACTIVATE",
        created_at=NOW,
        updated_at=NOW,
        skus=tuple(_sku(product_id, position, quantity) for position in range(SKUS)),
        digest=digest,
        raw=RAW,
    )


def _sku(product_id: str, position: int, quantity: int) -> Sku:
    return Sku(
        sku_id=f"{product_id}{position}",
        seller_sku=f"JUMPER-{product_id[-6:]}-{position}",
        price=Money(amount=Decimal("49.90"), currency="GBP"),
        list_price=None,
        status="NORMAL",
        attributes=(("Colour", "Blue"), ("Size", "M")),
        stock=(Stock(warehouse_id="7300000000000000001", quantity=quantity),),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--page", type=int, default=100)
    parser.add_argument("--url", default="postgresql://postgres@127.0.0.1:5432/postgres")
    return parser.parse_args()


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


if __name__ == "__main__":
    main()

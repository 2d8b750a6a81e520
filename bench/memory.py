"""Peak memory of the fetch: a hundred thousand products must not take more than ten thousand do.

    python -m bench.memory [--products 10000 100000] [--skus 3]

The real command in a process of its own, on PostgreSQL and RabbitMQ, relay included; the peak is the operating
system's figure for that process. TikTok is the stand-in that answers at once, so that a hundred thousand products
take minutes and not the hour that 50 requests/s would.
"""

import argparse

from bench import rig, stage
from bench.figures import Figure, show
from mye_tiktok.db.budgets import DatabaseBudgets

MOST_MB = 150
FLAT = 1.2
MOST_RPS = 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, nargs=2, default=[10_000, 100_000])
    parser.add_argument("--skus", type=int, default=3)
    options = parser.parse_args()
    few, many = (measure(products, options.skus) for products in options.products)
    show("memory", [*_figures(options.products, few, many)])


def measure(products: int, skus: int) -> stage.Finished:
    """Fetch a whole shop in a process of its own."""
    with rig.environment(products, skus) as names:
        with rig.runtime(names) as runtime:
            rig.connect(runtime)
            rig.quicken(DatabaseBudgets(runtime.database), MOST_RPS)
        fetch = stage.must(names | {"TIKTOK_MAX_RPS": str(MOST_RPS)}, "products", "fetch-all", "--json")
    assert fetch.data["counts"]["sent"] == products, fetch.stdout
    return fetch


def _figures(products: list[int], few: stage.Finished, many: stage.Finished) -> list[Figure]:
    return [
        Figure(name=f"{products[1]} products: peak memory", value=many.peak_mb, unit="MB", at_most=MOST_MB),
        Figure(name=f"{products[0]} products: peak memory", value=few.peak_mb, unit="MB"),
        Figure(name="the larger ÷ the smaller", value=many.peak_mb / few.peak_mb, at_most=FLAT),
        Figure(name=f"{products[1]} products: wall time", value=many.seconds, unit="s"),
        Figure(name=f"{products[1]} products: CPU per product", value=many.cpu_seconds / products[1] * 1e6, unit="µs"),
    ]


if __name__ == "__main__":
    main()

"""How many calls a fetch makes: the first, one where nothing changed, one where k products changed.

    python -m bench.calls [--products 100 1000 12000]

Counted by the sandbox, in its own process, not by the client. TikTok refuses to list more than 10,000 products, and
then the fetch splits the time of creation. Each split costs a search that is refused and a page that is not full;
these two come on top of one search per 100 products.
"""

import argparse
from math import ceil

from bench import stage
from bench.figures import Figure, show

CHANGED = 25
MOST_HITS = 10_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, nargs="+", default=[100, 1_000, 12_000])
    figures = [figure for products in parser.parse_args().products for figure in measure(products)]
    show("calls", figures)


def measure(products: int) -> list[Figure]:
    """Fetch three times and count each time."""
    with (
        stage.sandbox("--products", str(products)) as shop,
        stage.connected(shop, TIKTOK_MAX_RPS="1000") as environment,
    ):
        first = _count(shop, environment)
        nothing = _count(shop, environment)
        shop.post("products/change", count=CHANGED)
        some = _count(shop, environment)
    searches, details = first.get("search_products", 0), first.get("get_product", 0)
    most = ceil(products / 100) + 2 * (ceil(products / MOST_HITS) - 1)
    return [
        Figure(name=f"{products} products, first fetch: searches", value=searches, at_most=most),
        Figure(name=f"{products} products, first fetch: details", value=details, at_most=products),
        Figure(name=f"{products} products, nothing changed: calls", value=sum(nothing.values()), at_most=2),
        Figure(name=f"{products} products, {CHANGED} changed: calls", value=sum(some.values()), at_most=2 + CHANGED),
    ]


def _count(shop: stage.Sandbox, environment: stage.Environment) -> dict[str, int]:
    """Fetch, and return the number of calls per operation."""
    shop.post("requests/clear")
    stage.must(environment, "products", "fetch-all", "--json")
    counts = shop.get("requests")["counts"]
    return {operation: sum(codes.values()) for operation, codes in counts.items()}


if __name__ == "__main__":
    main()

"""How close the fetch comes to TikTok's limit: 50 requests/s per endpoint, answers after 150 ms.

    python -m bench.ceiling [--products 5000] [--max-rps 50 1000]

The sandbox runs in its own process and refuses what exceeds the limit. The rate is product details over the wall
time of the whole process: start-up, the limiter's climb from 10 requests/s, refusals and the relay at the end are
in it. With --max-rps 1000 the limiter does not know the limit and has to find it.
"""

import argparse

from bench import stage
from bench.figures import Figure, show

LATENCY_MS, LIMIT = 150, 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=5_000)
    parser.add_argument("--max-rps", type=int, nargs="+", default=[50, 1_000])
    options = parser.parse_args()
    show("ceiling", [figure for most in options.max_rps for figure in measure(options.products, most)])


def measure(products: int, most: int) -> list[Figure]:
    """Fetch a whole shop against the limit."""
    slow = ("--latency-ms", str(LATENCY_MS), "--rate-limit", str(LIMIT))
    with (
        stage.sandbox("--products", str(products), *slow) as shop,
        stage.connected(shop, TIKTOK_MAX_RPS=str(most)) as environment,
    ):
        fetch = stage.must(environment, "products", "fetch-all", "--json")
        codes = shop.get("requests")["counts"]["get_product"]
    rate = codes["0"] / fetch.seconds
    about = f"{products} products, TIKTOK_MAX_RPS={most}"
    return [
        Figure(name=f"{about}: share of {LIMIT} requests/s", value=rate / LIMIT, at_least=0.95),
        Figure(name=f"{about}: details per second", value=rate, unit="1/s"),
        Figure(name=f"{about}: refused with 429", value=codes.get("36009002", 0)),
        Figure(name=f"{about}: CPU of the fetch", value=fetch.cpu_seconds, unit="s"),
    ]


if __name__ == "__main__":
    main()

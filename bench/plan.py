"""A million wishes at once: sorted in and planned on PostgreSQL, in how many seconds, and in how much memory.

    python -m bench.plan [--wishes 100000 1000000] [--skus 3]

Each number of wishes has a process and a database of its own. A shop has a quarter as many SKUs; MYE speaks of all of
them in each of three warehouses, then in the first one again: that quarter of the wishes is superseded and answered
through the outbox. Sorting in, as every push does it first, ends with every SKU due; then all of them are planned by
four rules, as the guard of a push does before its first call. The catalogue has been there for a while, and PostgreSQL
has statistics of it; of the wishes it has none. TikTok's figures were read a moment ago: how fast TikTok hands them
out, 600 SKUs per call, is not ours to measure. The peak of memory is the operating system's figure for the process.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg2

from bench import rig, stage
from bench.figures import Figure, show
from mye_tiktok.db import inventory_rules
from mye_tiktok.db.migration import upgrade
from mye_tiktok.domain.progress import never
from mye_tiktok.domain.stock_guard import Tally, tally
from mye_tiktok.domain.stock_rules import Rule, RuleKind
from mye_tiktok.jobs.inventory_planning import GOOD_ENOUGH, Planner
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.runtime import Runtime

MOST_SECONDS = 60
FLAT = 1.2
CATALOGUE = """
INSERT INTO products (channel_uid, product_id, title, status, listing_digest, digest, parts_digest, raw, version,
                      stored_at)
SELECT 'bench', 'p-' || n, 'Shirt', 'ACTIVATE', '', '', '', '{{}}', 1, now() FROM generate_series(1, {products}) n;
INSERT INTO skus (channel_uid, product_id, sku_id, position, seller_sku, status, attributes)
SELECT 'bench', 'p-' || (n - 1) / {per_product} + 1, 's-' || n, n % {per_product}, 'SHIRT-' || n, 'NORMAL', '[]'
FROM generate_series(1, {skus}) n;
ANALYZE products, skus;
INSERT INTO inventory_requests (fingerprint, request_id, channel_uid, seller_sku, product_id, sku_id, warehouse_id,
                                quantity, occurred_at, received_at, origin, state, code, message)
SELECT md5(n::text), 'r-' || n, '', 'SHIRT-' || n % {skus} + 1, '', '', 'w-' || (n - 1) / {skus} % 3, n % 90, now(),
       now(), 'queue', 'new', '', ''
FROM generate_series(1, {wishes}) n;
"""
FIGURES = """UPDATE stock_targets SET figures = '{"w-0": 40, "w-1": 40, "w-2": 40}', read_at = now()"""
RULES: tuple[tuple[RuleKind, str, int], ...] = (
    ("buffer_percent", "*", 10),
    ("threshold", "SHIRT-1*", 3),
    ("cap", "SHIRT-2*", 60),
    ("buffer", "SHIRT-77", 5),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wishes", type=int, nargs=2, default=[100_000, 1_000_000])
    parser.add_argument("--skus", type=int, default=3)
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(measure(options.alone, options.skus)))
        return
    few, many = (_alone(wishes, options.skus) for wishes in options.wishes)
    show("plan", _figures(options.wishes, few, many))


def measure(wishes: int, per_product: int) -> dict[str, float]:
    """Sort in and plan in this process, on a database of its own."""
    with stage.database() as url, stage.folder() as state:
        upgrade(url)
        names = stage.bare() | {"DATABASE_URL": url, "XDG_STATE_HOME": str(state), "APP_KEY": "b", "APP_SECRET": "b"}
        with rig.runtime(names) as runtime:
            channel = rig.connect(runtime)
            skus = wishes // 4
            sizes = {"products": -(-skus // per_product), "per_product": per_product, "skus": skus, "wishes": wishes}
            _execute(url, CATALOGUE.format(**sizes))
            sorting = _timed(lambda: sort_in(runtime.database, runtime.clock, never), wishes)
            assert stage.execute(url, "SELECT count(*) FROM outbox")[0][0] == skus
            _execute(url, FIGURES)
            planner = Planner(
                database=runtime.database,
                tiktok=runtime.tiktok(),
                channel=channel,
                clock=runtime.clock,
                trust=GOOD_ENOUGH,
            )
            _set_rules(runtime)
            planning = _timed(lambda: _plan(planner).planned, skus)
    return {
        "sorting": sorting,
        "planning": planning,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _plan(planner: Planner) -> Tally:
    counts = Tally()
    for plans in planner.plan_due(now=planner.clock(), stop=never):
        counts += tally(plans)
    return counts


def _set_rules(runtime: Runtime) -> None:
    now = datetime.now(UTC)
    with runtime.database.transaction() as session:
        for kind, pattern, value in RULES:
            rule = Rule(kind=kind, channel_uid="", pattern=pattern, place="", warehouse_id="", value=value, set_at=now)
            inventory_rules.set_rule(session, rule)


def _timed(work: Callable[[], int], expected: int) -> float:
    started = time.perf_counter()
    done = work()
    assert done == expected, done
    return time.perf_counter() - started


def _alone(wishes: int, skus: int) -> dict[str, float]:
    command = (sys.executable, "-m", "bench.plan")
    finished = stage.run(stage.bare(), "--alone", str(wishes), "--skus", str(skus), program=command)
    if finished.exit_code:
        raise SystemExit(finished.stderr)
    return {**json.loads(finished.stdout), "cpu": finished.cpu_seconds}


def _execute(url: str, statements: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statements)
    finally:
        connection.close()


def _figures(wishes: list[int], few: dict[str, float], many: dict[str, float]) -> list[Figure]:
    both = many["sorting"] + many["planning"]
    return [
        Figure(name=f"{wishes[1]} wishes: sorted in and planned", value=both, unit="s", at_most=MOST_SECONDS),
        Figure(name=f"{wishes[1]} wishes: sorted in", value=many["sorting"], unit="s"),
        Figure(name=f"{wishes[1]} wishes: planned", value=many["planning"], unit="s"),
        Figure(name=f"{wishes[1]} wishes: CPU of the process", value=many["cpu"], unit="s"),
        Figure(name=f"{wishes[1]} wishes: peak memory", value=many["peak_mb"], unit="MB"),
        Figure(name="peak memory ÷ that of " + str(wishes[0]), value=many["peak_mb"] / few["peak_mb"], at_most=FLAT),
    ]


if __name__ == "__main__":
    main()

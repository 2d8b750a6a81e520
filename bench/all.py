"""Run every script and print one table: each number beside the limit it is compared with.

    python -m bench.all [--only calls ceiling …] [--quick] [--json]

Takes about half an hour; --quick takes smaller shops and fewer events, for a first look. Exit code 1: a limit was
missed. Needs PostgreSQL and RabbitMQ (TEST_POSTGRES_URL, TEST_RABBITMQ_URL). Nothing else should be at work on the
machine.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

SCRIPTS: dict[str, tuple[str, ...]] = {
    "calls": ("--products", "100", "1000"),
    "startup": ("--runs", "5"),
    "upserts": ("--products", "10000"),
    "relay": ("--messages", "5000", "--rounds", "2"),
    "path": ("--products", "4000"),
    "memory": ("--products", "1000", "5000"),
    "ceiling": ("--products", "1000"),
    "ingest": ("--events", "20000", "--old", "3000", "--rounds", "2"),
    "webhooks": ("--events", "5000"),
    "consume": ("--messages", "10000", "--old", "1000", "--rounds", "1"),
    "plan": ("--wishes", "20000", "100000"),
    "push": ("--products", "500", "--messages", "2000", "--merged", "100", "--sweep", "500", "--sales", "10"),
    "ship": ("--orders", "1000", "--few", "100"),
    "soak": ("--events", "10000", "--orders", "500", "--kills", "2", "--consumer-kills", "1"),
}


def main() -> None:
    """Measure and print."""
    options = _options()
    results = [_run(script, quick=options.quick) for script in options.only or SCRIPTS]
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        print(_table(results))
    sys.exit(0 if all(result["ok"] for result in results) else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=tuple(SCRIPTS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _run(script: str, *, quick: bool) -> dict[str, Any]:
    print(f"{script} …", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", f"bench.{script}", *(SCRIPTS[script] if quick else ())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _table(results: list[dict[str, Any]]) -> str:
    lines = ["| script | what | measured | limit | |", "|---|---|---:|---:|---|"]
    for result in results:
        lines += [_line(result["bench"], figure) for figure in result["figures"]]
    return "\n".join(lines)


def _line(script: str, figure: dict[str, Any]) -> str:
    limit = f"≤ {figure['at_most']:,}" if "at_most" in figure else ""
    limit = f"≥ {figure['at_least']:,}" if "at_least" in figure else limit
    verdict = {True: "kept", False: "**missed**"}.get(figure.get("ok", ""), "")
    return f"| {script} | {figure['name']} | {_number(figure['value'])} {figure['unit']} | {limit} | {verdict} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 or value == int(value) else f"{value:.3g}"


if __name__ == "__main__":
    main()

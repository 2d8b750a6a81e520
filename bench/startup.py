"""What a start costs: `--help` against an empty Python, and a cron job that finds nothing to do.

    python -m bench.startup [--runs 15]

Each number is a median over whole processes, from start to exit. The two of a ratio run in turn, and the ratio is
taken pair by pair, so that a machine whose speed drifts does not tilt it.
"""

import argparse
import statistics
import sys
from collections.abc import Callable

from bench import stage
from bench.figures import Figure, show

HELP = ("--help",)
NOTHING = (sys.executable, "-c", "pass")
RICH = (
    sys.executable,
    "-c",
    "from mye_tiktok.cli import main; main.MARKUP = 'rich'; main.run()",
)
RELAY = ("outbox", "relay", "--once")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    show("startup", [*_helps(runs), *_relays(runs)])


def _helps(runs: int) -> list[Figure]:
    environment = stage.bare()

    def python() -> float:
        return stage.run(environment, program=NOTHING).seconds

    plain = _pairs(runs, lambda: stage.run(environment, *HELP).seconds, python)
    rich = _pairs(runs, lambda: stage.run(environment, *HELP, program=RICH).seconds, python)
    return [
        Figure(name="--help ÷ python -c pass", value=_ratio(plain), at_most=14),
        Figure(name="--help", value=_median(plain, 0), unit="ms"),
        Figure(name="python -c pass", value=_median(plain, 1), unit="ms"),
        Figure(name="--help drawn by rich ÷ python -c pass", value=_ratio(rich)),
        Figure(name="--help drawn by rich", value=_median(rich, 0), unit="ms"),
    ]


def _relays(runs: int) -> list[Figure]:
    figures = []
    with stage.folder() as state, stage.database() as url:
        for name, setting in {"SQLite": {}, "PostgreSQL": {"DATABASE_URL": url}}.items():
            environment = stage.bare() | {"XDG_STATE_HOME": str(state)} | setting
            stage.must(environment, *RELAY)  # makes the key file, and the embedded database
            taken = [stage.must(environment, *RELAY).seconds for _ in range(runs)]
            about = f"outbox relay --once, empty outbox, {name}"
            figures.append(Figure(name=about, value=statistics.median(taken) * 1000, unit="ms", at_most=450))
    return figures


def _pairs(runs: int, first: Callable[[], float], second: Callable[[], float]) -> list[tuple[float, float]]:
    first(), second()
    return [(first(), second()) for _ in range(runs)]


def _ratio(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(one / other for one, other in pairs)


def _median(pairs: list[tuple[float, float]], which: int) -> float:
    return statistics.median(pair[which] for pair in pairs) * 1000


if __name__ == "__main__":
    main()

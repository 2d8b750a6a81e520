"""A number beside the limit it is compared with, and how a script prints them."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number; without a limit it stands there for comparison only."""

    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the number keeps its limit."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    def as_json(self) -> dict[str, object]:
        """Return the number with its limit, if it has one."""
        shown: dict[str, object] = {"name": self.name, "value": round(self.value, 3), "unit": self.unit}
        if self.at_most is not None:
            shown |= {"at_most": self.at_most, "ok": self.ok}
        if self.at_least is not None:
            shown |= {"at_least": self.at_least, "ok": self.ok}
        return shown


def show(bench: str, figures: Sequence[Figure]) -> None:
    """Print the figures of one script as JSON."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    shown = {"bench": bench, "machine": machine, "figures": [figure.as_json() for figure in figures]}
    print(json.dumps(shown | {"ok": all(figure.ok for figure in figures)}, indent=2))

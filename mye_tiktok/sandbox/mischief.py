"""What goes wrong on the way of a webhook, on demand: loss, duplicates, another order, delay, a wrong signature."""

import random
import threading
from dataclasses import dataclass
from typing import Literal, get_args

from mye_tiktok.sandbox import events

Trick = Literal["lose", "duplicate", "reorder", "delay", "forge"]
TRICKS: tuple[str, ...] = get_args(Trick)


@dataclass(slots=True, kw_only=True)
class Rule:
    """One trick that is played on webhooks as they are announced.

    event: the name of the only event it is played on; "" is any. times: how often; None does not end.
    probability: share of the webhooks it is played on, drawn from `seed`.
    copies: of a duplicate, how many more. seconds: of a delay.
    window: of a reordering, how many are held back before they leave, the last first.
    """

    trick: Trick
    event: str = ""
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    copies: int = 1
    seconds: float = 0.0
    window: int = 2

    def __post_init__(self) -> None:
        if self.trick not in TRICKS:
            raise ValueError(f"trick {self.trick!r} is not one of {', '.join(TRICKS)}")
        if self.event:
            self.event = events.find(self.event).name
        if self.times is not None and self.times < 1:
            raise ValueError("it happens at least once: next must be 1 or more")
        if self.copies < 1 or self.window < 2 or self.seconds < 0:
            raise ValueError("a duplicate is 1 or more, a window 2 or more, a delay 0 seconds or more")


class Mischief:
    """The tricks in force, the earliest first. Safe to use from many threads."""

    def __init__(self) -> None:
        self._active: list[tuple[Rule, random.Random]] = []
        self._lock = threading.Lock()

    def add(self, rule: Rule) -> None:
        """Put a trick in force."""
        with self._lock:
            self._active.append((rule, random.Random(rule.seed)))  # noqa: S311 - a die, not a secret

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._active.clear()

    def active(self) -> list[Rule]:
        """Return the tricks in force."""
        with self._lock:
            return [rule for rule, _ in self._active]

    def strike(self, event: str) -> dict[str, Rule]:
        """Count one webhook and return the tricks that are played on it, one of each kind at most."""
        struck: dict[str, Rule] = {}
        if not self._active:
            return struck
        with self._lock:
            for rule, die in list(self._active):
                if rule.trick not in struck and rule.event in {"", event} and _hits(rule, die):
                    struck[rule.trick] = rule
            self._active = [entry for entry in self._active if entry[0].times != 0]
        return struck


def _hits(rule: Rule, die: random.Random) -> bool:
    if rule.probability < 1.0 and die.random() >= rule.probability:
        return False
    if rule.times is not None:
        rule.times -= 1
    return True

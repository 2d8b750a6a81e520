"""Faults on demand: what goes wrong, how often, and in which operation."""

import random
import threading
from dataclasses import dataclass
from typing import Literal, get_args

from mye_tiktok.sandbox import operations

Kind = Literal[
    "html", "truncated", "cut", "bad_gateway", "unavailable", "internal", "timeout", "drop", "lost", "hang",
    "rate_limited", "hourly_cap", "expired", "revoked", "refresh_refused", "shop_inactive", "seller_inactive",
    "scope_missing", "refusal", "same_page_token", "strange_values", "nulls",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
# what can fail beside the signed calls: tokens, and the fetch of a label
BESIDE = ("token_get", "token_refresh", "document")


@dataclass(slots=True, kw_only=True)
class Fault:
    """One way to fail.

    operation: its name as in operations.json, or one of BESIDE; "" means every signed call, "*" any.
    after: calls that still go well first. times: how many fail then; None does not end.
    probability: share of the calls that fail, drawn from `seed`.
    code, status, message: of kind "refusal". seconds: of kind "hang", and Retry-After of 429 and 503 if above 0.
    """

    kind: Kind
    operation: str = ""
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
    code: int = 36009003
    status: int | None = None
    message: str = "Injected by the sandbox."
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"fault {self.kind!r} is not one of {', '.join(KINDS)}")
        names = {operation.name for operation in operations.table()}
        if self.operation not in {"", "*", *BESIDE, *names}:
            raise ValueError(f"operation {self.operation!r} is not one of {', '.join([*BESIDE, *names])}")
        if self.times is not None and self.times < 1:
            raise ValueError("a fault happens at least once: times must be 1 or more")


class Faults:
    """The faults in force, the earliest first. Safe to use from many threads."""

    def __init__(self) -> None:
        self._active: list[tuple[Fault, random.Random]] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._active.append((fault, random.Random(fault.seed)))  # noqa: S311 - a die, not a secret

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._active.clear()

    def active(self) -> list[Fault]:
        """Return the faults in force."""
        with self._lock:
            return [fault for fault, _ in self._active]

    def strike(self, operation: str) -> Fault | None:
        """Count one call of `operation` and return the fault that hits it, if any."""
        if not self._active:
            return None
        with self._lock:
            for entry in self._active:
                if _concerns(entry[0], operation) and _hits(*entry):
                    if entry[0].times == 0:
                        self._active.remove(entry)
                    return entry[0]
        return None


def _concerns(fault: Fault, operation: str) -> bool:
    return fault.operation in {operation, "*"} or (fault.operation == "" and operation not in BESIDE)


def _hits(fault: Fault, die: random.Random) -> bool:
    if fault.after > 0:
        fault.after -= 1
        return False
    if fault.probability < 1.0 and die.random() >= fault.probability:
        return False
    if fault.times is not None:
        fault.times -= 1
    return True

"""The guard: how much stock a run may take away before a person has to look."""

from collections.abc import Iterable
from dataclasses import dataclass

from mye_tiktok.domain.stock import SkuPlan

FEW = 2
"""So many SKUs may always be cut: in a small shop they are a large share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many SKUs a run may set to zero or cut by more than half: so many, and so large a share of the channel's."""

    skus: int = 50
    percent: float = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a plan comes to, in SKUs. `zeroed` lose all they show, `cut` more than half but not all."""

    planned: int = 0
    send: int = 0
    raised: int = 0
    zeroed: int = 0
    cut: int = 0
    unchanged: int = 0
    rejected: int = 0
    waiting: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Return both together."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in Tally.__slots__})

    @property
    def drastic(self) -> int:
        """How many SKUs lose more than half of what they show."""
        return self.zeroed + self.cut

    def as_json(self) -> dict[str, int]:
        """Return the counts as `--json` shows them."""
        return {name: getattr(self, name) for name in Tally.__slots__}


def tally(plans: Iterable[SkuPlan]) -> Tally:
    """Count what the plans come to."""
    counts = dict.fromkeys(Tally.__slots__, 0)
    for plan in plans:
        counts["planned"] += 1
        counts["waiting" if plan.verdict == "wait" else plan.verdict] += 1
        if plan.verdict == "send" and (effect := _effect(plan)):
            counts[effect] += 1
    return Tally(**counts)


def is_drastic(plan: SkuPlan) -> bool:
    """Tell whether a plan takes away all that a SKU shows, or more than half."""
    return plan.verdict == "send" and _effect(plan) in ("zeroed", "cut")


def refusal(counts: Tally, *, channel_skus: int, limits: Limits) -> str:
    """Return why a plan must not run without a person's word; empty when it may."""
    share = 100 * counts.drastic / max(channel_skus, counts.planned, 1)
    if counts.drastic <= FEW or (counts.drastic <= limits.skus and share <= limits.percent):
        return ""
    return (
        f"{counts.zeroed:,} SKUs would be set to zero and {counts.cut:,} cut by more than half, {share:.0f}% of the "
        f"channel's {channel_skus:,} SKUs; allowed are {limits.skus:,} SKUs and {limits.percent:g}%"
    )


def in_words(counts: Tally) -> str:
    """Sum a plan up in one line."""
    parts = (
        (counts.raised, "raised"),
        (counts.zeroed, "set to zero"),
        (counts.cut, "cut by more than half"),
        (counts.send - counts.raised - counts.drastic, "lowered or set again"),
        (counts.unchanged, "unchanged"),
        (counts.rejected, "rejected"),
        (counts.waiting, "to wait"),
    )
    listed = ", ".join(f"{number:,} {word}" for number, word in parts if number)
    return f"{counts.planned:,} SKUs" + (f": {listed}" if listed else "")


def _effect(plan: SkuPlan) -> str:
    before = sum(one.current or 0 for one in plan.warehouses)
    after = sum(one.to for one in plan.warehouses)
    if after > before:
        return "raised"
    if before and not after:
        return "zeroed"
    return "cut" if after * 2 < before else ""

"""What the rules make of the stock that MYE has: buffers, thresholds, caps, and which place is which warehouse."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RuleKind = Literal["buffer", "buffer_percent", "threshold", "cap", "map"]
BUFFERS: tuple[RuleKind, ...] = ("buffer", "buffer_percent")
MOST = 99_999
"""The largest figure that TikTok takes ("Update Inventory", quantity)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `channel_uid` empty: every channel; `pattern`: a seller SKU, or one with `*` and `?`.

    `place` is TikTok's warehouse, empty for all; for a "map" it is MYE's name of the place, empty where MYE names none,
    and `warehouse_id` the warehouse that is meant.
    """

    kind: RuleKind
    channel_uid: str
    pattern: str
    place: str
    warehouse_id: str
    value: int
    set_at: datetime

    @property
    def rank(self) -> tuple[bool, int, bool, bool, datetime]:
        """How closely it fits; of two that apply the higher wins: the SKU first, then the warehouse, then the channel.

        A buffer in pieces and one in percent may fit equally: then the one that was set last counts.
        """
        literal = len(self.pattern) - self.pattern.count("*") - self.pattern.count("?")
        return not is_pattern(self.pattern), literal, bool(self.place), bool(self.channel_uid), self.set_at


def is_pattern(text: str) -> bool:
    """Tell a pattern from a seller SKU."""
    return "*" in text or "?" in text


class Rulebook:
    """Finds the rules of a SKU, however many there are."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._exact: defaultdict[str, list[Rule]] = defaultdict(list)
        self._patterns: list[tuple[re.Pattern[str], Rule]] = []
        for rule in rules:
            if is_pattern(rule.pattern):
                self._patterns.append((_compiled(rule.pattern), rule))
            else:
                self._exact[rule.pattern].append(rule)

    def of(self, channel_uid: str, seller_sku: str) -> list[Rule]:
        """Return the rules that apply to a SKU, the closest first."""
        if not self._exact and not self._patterns:
            return []
        found = [*self._exact.get(seller_sku, ())]
        found += [rule for pattern, rule in self._patterns if pattern.fullmatch(seller_sku)]
        mine = [rule for rule in found if rule.channel_uid in ("", channel_uid)]
        return sorted(mine, key=lambda rule: rule.rank, reverse=True) if len(mine) > 1 else mine


def warehouse_of(place: str, warehouses: Collection[str], rules: Sequence[Rule]) -> tuple[str, bool] | None:
    """Return which of a SKU's warehouses a place is, and whether its figure is the warehouse's whole.

    A rule says so, or the place is the warehouse's own id, or it has no name and there is one warehouse only. A place
    that a rule maps by name is a part: several of them are summed. None: nobody can tell.
    """
    if rule := map_of(place, rules):
        return (rule.warehouse_id, not place) if rule.warehouse_id in warehouses else None
    if place in warehouses:
        return place, True
    if not place and len(warehouses) == 1:
        return next(iter(warehouses)), True
    return None


def map_of(place: str, rules: Sequence[Rule]) -> Rule | None:
    """Return the rule that says which warehouse a place is."""
    return next((rule for rule in rules if rule.kind == "map" and rule.place == place), None)


def figure(wanted: int, *, sold: int, rules: Sequence[Rule], warehouse_id: str, says: str = "MYE") -> tuple[int, str]:
    """Return what a warehouse shall show of what somebody `says` is `wanted`, and in words how that comes about.

    What was `sold` since goes off first, then the buffer; less than the threshold is shown as none; the cap is last.
    """
    if not (rules or sold) and 0 <= wanted <= MOST:
        return wanted, f"{says} {wanted}"
    left, words = wanted, [f"{says} {wanted}"]
    if sold:
        left, words = left - sold, [*words, f"sold since {sold}"]
    if buffer := _closest(rules, warehouse_id, *BUFFERS):
        kept, text = _kept(buffer, max(left, 0))
        left, words = left - kept, [*words, text]
    left = max(left, 0)
    threshold = _closest(rules, warehouse_id, "threshold")
    if threshold and 0 < left < threshold.value:
        left, words = 0, [*words, f"below threshold {threshold.value}"]
    if (cap := _closest(rules, warehouse_id, "cap")) and left > cap.value:
        left, words = cap.value, [*words, f"cap {cap.value}"]
    if left > MOST:
        left, words = MOST, [*words, f"TikTok's most {MOST}"]
    return left, ", ".join(words)


def _kept(buffer: Rule, left: int) -> tuple[int, str]:
    if buffer.kind == "buffer":
        return buffer.value, f"buffer {buffer.value}"
    # rounded up: a part of a piece can't be sold
    kept = -(-left * buffer.value // 100)
    return kept, f"buffer {kept} ({buffer.value}%)"


def _closest(rules: Sequence[Rule], warehouse_id: str, *kinds: RuleKind) -> Rule | None:
    return next((rule for rule in rules if rule.kind in kinds and rule.place in ("", warehouse_id)), None)


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(sign) or re.escape(sign) for sign in pattern), re.DOTALL)

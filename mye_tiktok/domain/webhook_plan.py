"""Groups events so that one call serves all that are about the same thing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

WorkKind = Literal["authorization", "message", "order", "after-sale", "sweep", "product"]
ORDERS_PER_CALL = 50
Target = tuple[str, str]
"""A channel's uid and the id of the order, product or conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What one event asks for: that these targets are looked at. `occurred_at` is TikTok's time of the change."""

    event_id: int
    kind: WorkKind
    targets: tuple[Target, ...]
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Events that belong together, with everything they are about: nothing else in the batch touches it."""

    targets: tuple[Target, ...]
    event_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is fetched together and committed together. `since` is how far a sweep looks back."""

    kind: WorkKind
    parts: tuple[Part, ...]
    since: datetime | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everything to look at, each once."""
        return tuple(target for part in self.parts for target in part.targets)

    @property
    def event_ids(self) -> tuple[int, ...]:
        """Every event that is settled with it."""
        return tuple(event_id for part in self.parts for event_id in part.event_ids)

    def halves(self) -> "tuple[Work, ...]":
        """Return it in two, to find out which of its parts is refused; nothing when it has only one."""
        if len(self.parts) < 2:
            return ()
        middle = len(self.parts) // 2
        return tuple(
            Work(kind=self.kind, parts=parts, since=self.since) for parts in (self.parts[:middle], self.parts[middle:])
        )


def plan(hints: Sequence[Hint]) -> list[Work]:
    """Return the work that `hints` make: every event is in exactly one, and so is every target of a kind.

    Orders that share an event stay together, as do the events of an order; up to fifty orders of a channel make
    one call. An order with an after-sales event is looked at with its cancellations and returns. A sweep looks
    at what changed in a channel since the earliest of its events; products go one by one; the messages of a channel
    are one piece of work, in the order they came.
    """
    return [
        *_by_channel(hints, "authorization"),
        *_by_channel(hints, "message"),
        *_orders(hints),
        *(
            Work(kind="sweep", parts=_joined(work), since=_earliest(hints, work))
            for work in _by_channel(hints, "sweep")
        ),
        *(
            Work(kind="product", parts=(group.part(),))
            for group in _groups(hint for hint in hints if hint.kind == "product")
        ),
    ]


def _joined(work: Work) -> tuple[Part, ...]:
    return (Part(targets=tuple(dict.fromkeys(work.targets)), event_ids=work.event_ids),)


def _earliest(hints: Sequence[Hint], work: Work) -> datetime | None:
    """Return the time of the first event of `work`; None when one of them tells no time."""
    mine = set(work.event_ids)
    times = [hint.occurred_at for hint in hints if hint.event_id in mine]
    known = [time for time in times if time is not None]
    return min(known) if known and len(known) == len(times) else None


def _by_channel(hints: Sequence[Hint], kind: WorkKind) -> list[Work]:
    channels: dict[str, list[Part]] = {}
    for hint in hints:
        if hint.kind == kind:
            part = Part(targets=hint.targets, event_ids=(hint.event_id,))
            channels.setdefault(hint.targets[0][0], []).append(part)
    return [Work(kind=kind, parts=tuple(parts)) for parts in channels.values()]


@dataclass(slots=True, kw_only=True)
class _Group:
    """Targets that events tie together, while they are being found."""

    targets: dict[Target, None] = field(default_factory=dict)
    event_ids: list[int] = field(default_factory=list)
    after_sale: bool = False

    def take(self, other: "_Group") -> None:
        self.targets |= other.targets
        self.event_ids += other.event_ids
        self.after_sale = self.after_sale or other.after_sale

    def part(self) -> Part:
        return Part(targets=tuple(self.targets), event_ids=tuple(sorted(self.event_ids)))


def _groups(hints: Iterable[Hint]) -> list[_Group]:
    """Tie together what shares a target, whichever event came first."""
    home: dict[Target, _Group] = {}
    groups: dict[int, _Group] = {}
    for hint in hints:
        group = _Group(
            targets=dict.fromkeys(hint.targets), event_ids=[hint.event_id], after_sale=hint.kind == "after-sale"
        )
        # all of them before the first is joined, for that gives every target of this hint its new home
        touched = [home[target] for target in hint.targets if target in home]
        for one in {id(each): each for each in touched}.values():
            if one is not group:
                group, other = (group, one) if len(group.targets) >= len(one.targets) else (one, group)
                group.take(other)
                groups.pop(id(other), None)
                home.update(dict.fromkeys(other.targets, group))
        home.update(dict.fromkeys(hint.targets, group))
        groups[id(group)] = group
    return sorted(groups.values(), key=lambda group: min(group.event_ids))


def _orders(hints: Sequence[Hint]) -> list[Work]:
    groups = _groups(hint for hint in hints if hint.kind in ("order", "after-sale"))
    heaps: dict[tuple[str, bool], list[Part]] = {}
    for group in groups:
        part = group.part()
        heaps.setdefault((part.targets[0][0], group.after_sale), []).append(part)
    return [
        Work(kind="after-sale" if after_sale else "order", parts=parts)
        for (_, after_sale), heap in heaps.items()
        for parts in _packed(heap)
    ]


def _packed(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    """Fill calls of fifty orders, the largest groups first; a group that is larger makes several calls of its own."""
    calls: list[tuple[int, list[Part]]] = []
    for part in sorted(parts, key=lambda part: -len(part.targets)):
        size = len(part.targets)
        for place, (filled, call) in enumerate(calls):
            if filled + size <= ORDERS_PER_CALL:
                call.append(part)
                calls[place] = (filled + size, call)
                break
        else:
            calls.append((size, [part]))
    return [tuple(call) for _, call in calls]

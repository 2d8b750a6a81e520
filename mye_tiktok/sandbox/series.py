"""Things that happened before a sandbox was started, any number of them without taking memory.

They stand in slots of time: slot, seed and the start of the sandbox decide when each was created and in which state
it was found. Things of one pattern go through the same stages after the same delays, so those of one pattern and
stage are an arithmetic sequence of slots, in the order of creation and of change alike. A search looks at these
sequences, of which there are a few hundred, whatever the number of things.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

PATTERNS, STEP = 32, 13
SPAN = 20 * 86_400
NEVER = 10**12


class Stage(NamedTuple):
    """A state that is reached `after` seconds; `asked`: the buyer has asked for cancellation and waits."""

    status: str
    after: int
    asked: bool = False


class Run(NamedTuple):
    """The slots of one pattern whose things are in one stage. Times are those of a slot and these seconds."""

    slots: range
    pattern: int
    stage: int
    created: int
    updated: int


class Series:
    """`count` things over the twenty days before `beginning`, spread evenly and the oldest first.

    stages: for each pattern, what its things go through; none where a pattern has nothing.
    first_id: ids are this and a hundred for each slot.
    """

    def __init__(
        self, *, count: int, seed: int, beginning: int, first_id: int, stages: Sequence[Sequence[Stage]]
    ) -> None:
        self._count, self._seed, self._first_id, self._stages = count, seed, first_id, stages
        self._beginning = beginning
        last = beginning * count // SPAN if count else -1
        while count and self.placed(last) > beginning:
            last -= 1
        self.slots = range(last - count + 1, last + 1)
        self.runs = tuple(self._runs()) if count else ()

    def placed(self, slot: int) -> int:
        """Return the time of a slot, in unix seconds; never decreases with the slot."""
        room = SPAN // self._count
        return slot * SPAN // self._count + (slot * 2_654_435_761 % 4_294_967_291 % room if room else 0)

    def pattern(self, slot: int) -> int:
        """Return which pattern the thing in a slot follows."""
        return (slot * STEP + self._seed) % PATTERNS

    def stage(self, slot: int) -> int:
        """Return which stage the thing in a slot is in; -1 where there is none."""
        age = self._beginning - self.placed(slot)
        return sum(stage.after <= age for stage in self._stages[self.pattern(slot)]) - 1

    def status(self, run: Run) -> str:
        """Return the state that the things of a run are in."""
        return self._stages[run.pattern][run.stage].status

    def history(self, slot: int) -> Sequence[Stage]:
        """Return the stages that a thing went through."""
        return self._stages[self.pattern(slot)][: self.stage(slot) + 1]

    def item_id(self, slot: int) -> str:
        """Return the id of the thing in a slot."""
        return str(self._first_id + slot * 100)

    def slot(self, item_id: str) -> int | None:
        """Undo `item_id`; None for ids that are not of this series."""
        slot, rest = divmod(int(item_id) - self._first_id, 100) if _is_number(item_id) else (-1, 0)
        return slot if rest == 0 and slot in self.slots and self.stage(slot) >= 0 else None

    def between(self, slots: range, first: int | None, end: int | None, offset: int) -> range:
        """Return those of `slots` whose time plus `offset` lies from `first` to before `end`."""
        begin = 0 if first is None else bisect_left(slots, first - offset, key=self.placed)
        stop = len(slots) if end is None else bisect_left(slots, end - offset, key=self.placed)
        return slots[begin : max(begin, stop)]

    def beyond(self, slots: range, offset: int, place: tuple[int, str], *, descending: bool) -> range:
        """Return the slots that stand behind a place (time, id) in the order asked for."""

        def standing(slot: int) -> tuple[int, str]:
            return self.placed(slot) + offset, self.item_id(slot)

        if descending:
            return slots[: bisect_left(slots, place, key=standing)]
        return slots[bisect_right(slots, place, key=standing) :]

    def walk(self, slots: range, offset: int, skip: Callable[[int], bool]) -> Iterator[tuple[int, str, int]]:
        """Yield time, id and slot of each but those that `skip` names."""
        for slot in slots:
            if not skip(slot):
                yield self.placed(slot) + offset, self.item_id(slot), slot

    def _runs(self) -> Iterator[Run]:
        for pattern, stages in enumerate(self._stages):
            ends = [stage.after for stage in stages[1:]] + [NEVER]
            for at, (stage, end) in enumerate(zip(stages, ends, strict=False)):
                first = bisect_right(self.slots, self._beginning - end, key=self.placed)
                last = bisect_right(self.slots, self._beginning - stage.after, key=self.placed)
                slots = self._of_pattern(self.slots[first:last], pattern)
                if slots:
                    yield Run(slots, pattern, at, stages[0].after, stage.after)

    def _of_pattern(self, slots: range, pattern: int) -> range:
        rest = (pattern - self._seed) * pow(STEP, -1, PATTERNS) % PATTERNS
        return range(slots.start + (rest - slots.start) % PATTERNS, slots.stop, PATTERNS)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()

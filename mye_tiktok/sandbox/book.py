"""A book of things that have an id, were created and change: orders, cancellations, returns; and searches in it."""

import heapq
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, Literal, Protocol, TypeVar

from mye_tiktok.sandbox.series import Run, Series

SortField = Literal["create_time", "update_time"]
Place = tuple[int, str]
REMEMBERED = 64


class Item(Protocol):
    """What a book holds. Times in unix seconds."""

    @property
    def item_id(self) -> str:
        """The id."""

    @property
    def created(self) -> int:
        """When it was created."""

    @property
    def updated(self) -> int:
        """When it changed last."""

    @property
    def listed(self) -> bool:
        """Whether searches find it."""


Kept = TypeVar("Kept", bound=Item)
F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The bounds of a search, in unix seconds: from inclusive, to exclusive; None is no bound."""

    created_from: int | None = None
    created_to: int | None = None
    updated_from: int | None = None
    updated_to: int | None = None

    def holds(self, created: int, updated: int) -> bool:
        """Tell whether both times lie within."""
        return _within(created, self.created_from, self.created_to) and _within(
            updated, self.updated_from, self.updated_to
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Generic[Kept]):
    """A search: the window, and what else is asked of an item, of a run, and of a slot.

    key: equal for searches that ask for the same.
    slots: the only slots that come into question, where that is known; None is any.
    """

    window: Window
    key: object
    fits: Callable[[Kept], bool] = field(compare=False)
    admits: Callable[[Run], bool] = field(compare=False)
    slots: Iterable[int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Hits(Generic[Kept]):
    """What a search found: places of items that live, ascending, and the slots of the past."""

    living: Sequence[Place]
    runs: Sequence[Run]
    total: int


class Book(Generic[Kept]):
    """Items that live, and the series of those from before, of which a changed one lives from then on.

    `make` brings the thing in a slot to life. Safe to use from many threads: items are never written on.
    """

    def __init__(self, series: Series, make: Callable[[int], Kept]) -> None:
        self.series, self._make = series, make
        self._living: dict[str, Kept] = {}
        self._by_creation: list[Place] = []
        self._by_update: list[Place] = []
        self._risen: set[int] = set()
        self._found: dict[tuple[Query[Kept], SortField], Hits[Kept]] = {}
        self._narrowed: dict[Query[Kept], Mapping[int, Sequence[Run]]] = {}
        self.lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.series.slots) - len(self._risen) + len(self._living)

    def find(self, item_id: str) -> Kept | None:
        """Return an item, or None."""
        with self.lock:
            if item_id in self._living:
                return self._living[item_id]
        slot = self.series.slot(item_id)
        return None if slot is None else self._make(slot)

    def living(self) -> list[Kept]:
        """Return the items that were put into the book, in that order."""
        with self.lock:
            return list(self._living.values())

    def put(self, item: Kept) -> None:
        """Add an item, or put it in place of the one with the same id."""
        with self.lock:
            before = self._living.get(item.item_id)
            if before is not None and before.listed:
                _drop(self._by_creation, (before.created, before.item_id))
                _drop(self._by_update, (before.updated, before.item_id))
            elif before is None:
                slot = self.series.slot(item.item_id)
                if slot is not None:
                    self._risen.add(slot)
            self._living[item.item_id] = item
            if item.listed:
                insort(self._by_creation, (item.created, item.item_id))
                insort(self._by_update, (item.updated, item.item_id))
            self._found.clear()

    def search(
        self,
        query: Query[Kept],
        sort: SortField,
        size: int,
        *,
        descending: bool,
        after: Place | None = None,
        skip: int = 0,
    ) -> tuple[list[Kept], int, bool]:
        """Return a page of hits, how many hits there are in all, and whether more follow.

        The page begins behind the place `after`, or `skip` hits after the first.
        """
        with self.lock:
            hits = self._hits(query, sort)
            walked = self._walk(hits, sort, after, descending=descending)
            page = list(islice(walked, skip, skip + size + 1))
            items = [self._item(place, slot) for *place, slot in page[:size]]
        return items, hits.total, len(page) > size

    def _item(self, place: Sequence[object], slot: int) -> Kept:
        return self._living[str(place[1])] if slot < 0 else self._make(slot)

    def _walk(
        self, hits: Hits[Kept], sort: SortField, after: Place | None, *, descending: bool
    ) -> Iterator[tuple[int, str, int]]:
        living = hits.living
        if after is not None:
            living = living[: bisect_left(living, after)] if descending else living[bisect_right(living, after) :]
        streams: list[Iterable[tuple[int, str, int]]] = [
            ((*place, -1) for place in (reversed(living) if descending else living))
        ]
        for run in hits.runs:
            offset = run.created if sort == "create_time" else run.updated
            slots = run.slots
            if after is not None:
                slots = self.series.beyond(slots, offset, after, descending=descending)
            streams.append(self.series.walk(slots[::-1] if descending else slots, offset, self._risen.__contains__))
        return heapq.merge(*streams, reverse=descending)

    def _hits(self, query: Query[Kept], sort: SortField) -> Hits[Kept]:
        found = self._found.get((query, sort))
        if found is None:
            living = sorted(self._living_hits(query, sort))
            runs = self._runs(query)
            past = sum(len(run.slots) for several in runs.values() for run in several)
            risen = sum(
                any(slot in run.slots for run in runs.get(self.series.pattern(slot), ())) for slot in self._risen
            )
            flat = [run for several in runs.values() for run in several]
            found = Hits(living, flat, len(living) + past - risen)
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            self._found[query, sort] = found
        return found

    def _living_hits(self, query: Query[Kept], sort: SortField) -> Iterator[Place]:
        for _, item_id in self._candidates(query.window):
            item = self._living[item_id]
            if query.window.holds(item.created, item.updated) and query.fits(item):
                yield (item.created if sort == "create_time" else item.updated), item_id

    def _candidates(self, window: Window) -> Sequence[Place]:
        updated = _cut(self._by_update, window.updated_from, window.updated_to)
        created = _cut(self._by_creation, window.created_from, window.created_to)
        return updated if len(updated) < len(created) else created

    def _runs(self, query: Query[Kept]) -> Mapping[int, Sequence[Run]]:
        """Return the runs that a search hits, by pattern; those never change, for what changes lives."""
        if query not in self._narrowed:
            if len(self._narrowed) >= REMEMBERED:
                self._narrowed.clear()
            narrowed: dict[int, list[Run]] = {}
            for run in self._admitted(query):
                slots = self._within_window(run, query.window)
                if slots:
                    narrowed.setdefault(run.pattern, []).append(run._replace(slots=slots))
            self._narrowed[query] = narrowed
        return self._narrowed[query]

    def _within_window(self, run: Run, window: Window) -> range:
        created = self.series.between(run.slots, window.created_from, window.created_to, run.created)
        return self.series.between(created, window.updated_from, window.updated_to, run.updated)

    def _admitted(self, query: Query[Kept]) -> Iterator[Run]:
        admitted = [run for run in self.series.runs if query.admits(run)]
        if query.slots is None:
            yield from admitted
            return
        for slot in query.slots:
            for run in admitted:
                if slot in run.slots:
                    yield run._replace(slots=range(slot, slot + 1))


def _drop(places: list[Place], place: Place) -> None:
    del places[bisect_left(places, place)]


def _cut(places: list[Place], first: int | None, end: int | None) -> Sequence[Place]:
    if first is None and end is None:
        return places
    begin = 0 if first is None else bisect_left(places, (first, ""))
    stop = len(places) if end is None else bisect_left(places, (end, ""))
    return places[begin:stop]


def _within(moment: int, first: int | None, end: int | None) -> bool:
    return (first is None or moment >= first) and (end is None or moment < end)

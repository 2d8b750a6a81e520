"""The catalogue of a shop: what its source made, and what was changed since."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.source import Brief, Source, without_audit

MOST_HITS = 10_000
REMEMBERED = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a search asks for; None and empty ask for nothing. All time bounds are inclusive."""

    status: str = "ALL"
    created_from: int | None = None
    created_to: int | None = None
    updated_from: int | None = None
    updated_to: int | None = None
    seller_skus: tuple[str, ...] = ()
    sku_ids: tuple[str, ...] = ()
    audit_statuses: tuple[str, ...] = ()

    @property
    def only_creation(self) -> bool:
        """Tell whether creation time alone decides."""
        return self == Filter(created_from=self.created_from, created_to=self.created_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What happened to a product since it was made. `stock` and `prices` are those of SKUs that were set."""

    update_time: int
    revision: int = 0
    fields: Mapping[str, object] = field(default_factory=dict)
    forgotten: bool = False
    stock: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    prices: Mapping[str, Json] = field(default_factory=dict)


class TooManyHitsError(Exception):
    """A search hits more products than TikTok is willing to list."""


class Catalogue:
    """Products by position, oldest first. Safe to use from many threads."""

    def __init__(self, source: Source, *, lists_deleted: bool = False) -> None:
        self._source = source
        self._lists_deleted = lists_deleted
        self._edits: dict[int, Edit] = {}
        # products whose SKUs are not those that their source made
        self._reshaped: set[int] = set()
        self._found: dict[Filter, Sequence[int]] = {}
        self._cursor = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._source)

    def product_id(self, position: int) -> str:
        """Return the id of the product at a position."""
        return self._source.product_id(position)

    def place(self, product_id: str) -> int | None:
        """Return where a product stands or stood."""
        return self._source.position(product_id)

    def position(self, product_id: str) -> int | None:
        """Return where a product stands; None when the shop never had it or it was forgotten."""
        position = self._source.position(product_id)
        if position is None or (position in self._edits and self._edits[position].forgotten):
            return None
        return position

    def listing(self, position: int) -> Json:
        """Return the search entry of a product."""
        edit = self._edits.get(position)
        if edit is None:
            return self._source.listing(position, 0)
        return _edited(self._source.listing(position, edit.revision), edit)

    def detail(self, position: int) -> Json:
        """Return a product in full."""
        edit = self._edits.get(position)
        if edit is None:
            return self._source.detail(position, 0)
        detail = _edited(self._source.detail(position, edit.revision), edit)
        if "status" in edit.fields and "product_status" in detail:
            detail["product_status"] = without_audit(str(edit.fields["status"]))
        return detail

    def original(self, position: int) -> Json:
        """Return a product in full as its source made it, whatever was changed since."""
        return self._source.detail(position, 0)

    def brief(self, position: int) -> Brief:
        """Return creation time, update time and status as they are now."""
        brief = self._source.brief(position)
        edit = self._edits.get(position)
        if edit is None:
            return brief
        return Brief(brief.create_time, edit.update_time, str(edit.fields.get("status", brief.status)))

    def search(self, wanted: Filter) -> Sequence[int]:
        """Return the positions of all hits, ascending; raises TooManyHitsError above 10,000."""
        with self._lock:
            if wanted not in self._found:
                if len(self._found) >= REMEMBERED:
                    self._found.clear()
                self._found[wanted] = self._search(wanted)
            return self._found[wanted]

    def edit(self, product_id: str, now: int, fields: Mapping[str, object]) -> None:
        """Set fields of a product, in its search entry and in its detail; `update_time` is now unless given.

        Raises KeyError when there is no such product, ValueError for fields that place it: id and create_time.
        """
        if not fields.keys().isdisjoint({"id", "create_time"}):
            raise ValueError("id and create_time cannot be edited")
        with self._lock:
            position = self._known(product_id)
            before = self._edits.get(position, Edit(update_time=now))
            moment = fields.get("update_time", now)
            kept = {name: value for name, value in fields.items() if name != "update_time"}
            update_time = moment if isinstance(moment, int) else now
            edit = replace(before, update_time=update_time, fields={**before.fields, **kept})
            if "skus" in fields:
                self._reshaped.add(position)
            # SKUs that are given anew come with the stock and the prices they have
            self._note(position, replace(edit, stock={}, prices={}) if "skus" in fields else edit)

    def with_sku(self, sku_id: str) -> Iterable[int]:
        """Return the positions of products that may hold a SKU and were not forgotten."""
        with self._lock:
            found = dict.fromkeys((*self._source.with_sku(sku_id), *self._reshaped))
        return [each for each in found if self.position(self.product_id(each)) is not None]

    def stock(self, product_id: str, levels: Mapping[str, Mapping[str, int]], now: int) -> None:
        """Set the pieces per warehouse of SKUs of a product; raises KeyError when there is no such product."""
        with self._lock:
            position = self._known(product_id)
            before = self._edits.get(position, Edit(update_time=now))
            self._note(position, replace(before, update_time=now, stock={**before.stock, **levels}))

    def price(self, product_id: str, prices: Mapping[str, Json], now: int) -> None:
        """Set the `price`, and `list_price` if any, of SKUs of a product; raises KeyError when there is none."""
        with self._lock:
            position = self._known(product_id)
            before = self._edits.get(position, Edit(update_time=now))
            self._note(position, replace(before, update_time=now, prices={**before.prices, **prices}))

    def move(self, product_id: str, now: int, allowed: Container[str], fields: Mapping[str, object]) -> bool:
        """Set fields of a product if its status is an allowed one; tells whether it was."""
        with self._lock:
            position = self.position(product_id)
            if position is None or self.brief(position).status not in allowed:
                return False
            self.edit(product_id, now, fields)
            return True

    def change(self, number: int, now: int) -> list[str]:
        """Change price and stock of `number` products, others each time; returns their ids."""
        changed: list[str] = []
        with self._lock:
            for _ in range(len(self)):
                if len(changed) >= number:
                    break
                position, self._cursor = self._cursor % len(self), self._cursor + 1
                before = self._edits.get(position, Edit(update_time=now))
                if before.forgotten or before.fields.get("status") == "DELETED":
                    continue
                fresh = replace(before, update_time=now, revision=before.revision + 1, stock={}, prices={})
                self._note(position, fresh)
                changed.append(self.product_id(position))
        return changed

    def add(self, number: int, now: int) -> list[str]:
        """Add products created now; returns their ids. Raises ValueError for a recorded catalogue."""
        with self._lock:
            first = len(self)
            self._source.extend(number, now)
            self._found.clear()
            return [self.product_id(position) for position in range(first, len(self))]

    def remove(self, product_id: str, now: int, *, forgotten: bool) -> None:
        """Delete a product: it stays readable with status DELETED, unless it is `forgotten` altogether."""
        with self._lock:
            self.edit(product_id, now, {"status": "DELETED"})
            position = self._known(product_id)
            self._note(position, replace(self._edits[position], forgotten=forgotten))

    def _known(self, product_id: str) -> int:
        position = self.position(product_id)
        if position is None:
            raise KeyError(product_id)
        return position

    def _note(self, position: int, edit: Edit) -> None:
        self._edits[position] = edit
        self._found.clear()

    def _search(self, wanted: Filter) -> Sequence[int]:
        hits: list[int] = []
        created = self._created(wanted.created_from, wanted.created_to)
        if wanted.only_creation and len(created) - len(self._edits) > MOST_HITS:
            raise TooManyHitsError
        if wanted.only_creation and not self._edits:
            return created
        for position in self._candidates(wanted, created):
            if self._fits(position, wanted):
                hits.append(position)
                if len(hits) > MOST_HITS:
                    raise TooManyHitsError
        return sorted(hits)

    def _created(self, first: int | None, last: int | None) -> range:
        everything, created = range(len(self)), self._source.create_time
        begin = 0 if first is None else bisect_left(everything, first, key=created)
        end = len(self) if last is None else bisect_right(everything, last, key=created)
        return range(begin, end)

    def _candidates(self, wanted: Filter, created: range) -> Iterable[int]:
        """Return a superset of the hits, each once: the range of creation, narrowed by whatever else is known."""
        named = [self._source.with_sku(sku_id) for sku_id in wanted.sku_ids]
        named += [self._source.with_seller_sku(code) for code in wanted.seller_skus]
        if named:
            return {position for position in chain(*named, self._reshaped) if position in created}
        slowest = self._source.slowest_update
        if slowest is None or (wanted.updated_from is None and wanted.updated_to is None):
            return created
        earliest = None if wanted.updated_from is None else wanted.updated_from - slowest
        touched = self._created(earliest, wanted.updated_to)
        untouched = range(max(created.start, touched.start), min(created.stop, touched.stop))
        edited = [position for position in self._edits if position in created]
        return chain((position for position in untouched if position not in self._edits), edited)

    def _fits(self, position: int, wanted: Filter) -> bool:
        edit = self._edits.get(position)
        if edit is not None and edit.forgotten:
            return False
        if wanted.only_creation and edit is None:
            return True
        brief = self.brief(position)
        if wanted.status == "ALL":
            if brief.status == "DELETED" and not self._lists_deleted:
                return False
        elif brief.status != wanted.status:
            return False
        return _within(brief.update_time, wanted) and self._content_fits(position, wanted)

    def _content_fits(self, position: int, wanted: Filter) -> bool:
        if not (wanted.audit_statuses or wanted.sku_ids or wanted.seller_skus):
            return True
        entry = self.listing(position)
        skus = entry.get("skus") or []
        return (
            (not wanted.audit_statuses or (entry.get("audit") or {}).get("status") in wanted.audit_statuses)
            and (not wanted.sku_ids or any(sku.get("id") in wanted.sku_ids for sku in skus))
            and (not wanted.seller_skus or any(sku.get("seller_sku") in wanted.seller_skus for sku in skus))
        )


def _edited(entry: Json, edit: Edit) -> Json:
    edited = {**entry, **edit.fields, "update_time": edit.update_time}
    if edit.stock or edit.prices:
        edited["skus"] = [_set(sku, edit) if isinstance(sku, dict) else sku for sku in edited.get("skus") or []]
    return edited


def _set(sku: Json, edit: Edit) -> Json:
    sku_id = str(sku.get("id"))
    changed = {**sku, **edit.prices.get(sku_id, {})}
    if sku_id in edit.stock:
        levels = edit.stock[sku_id].items()
        changed["inventory"] = [{"warehouse_id": where, "quantity": pieces} for where, pieces in levels]
    return changed


def _within(moment: int, wanted: Filter) -> bool:
    return (wanted.updated_from is None or moment >= wanted.updated_from) and (
        wanted.updated_to is None or moment <= wanted.updated_to
    )

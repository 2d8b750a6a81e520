"""Products that were recorded, served unchanged."""

import copy
from collections.abc import Iterable, Mapping, Sequence

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.source import Brief


class RecordedSource:
    """A catalogue of recorded search entries and details; a listed product without a detail is its search entry."""

    slowest_update: int | None = None

    def __init__(self, listings: Sequence[Json], details: Mapping[str, Json]) -> None:
        once = {str(entry.get("id")): entry for entry in reversed(listings)}
        self._listings = sorted(once.values(), key=lambda entry: (_number(entry, "create_time"), str(entry.get("id"))))
        self._positions = {str(entry.get("id")): at for at, entry in enumerate(self._listings)}
        self._details = details
        # recorded details that no page lists are still there for who knows the id
        self._hidden = [product_id for product_id in details if product_id not in self._positions]

    def __len__(self) -> int:
        return len(self._listings)

    def extend(self, number: int, now: int) -> None:
        """Refuse: recordings cannot be made up."""
        raise ValueError("a recorded catalogue cannot grow")

    def create_time(self, position: int) -> int:
        """Return the recorded creation time; 0 where none was recorded."""
        return _number(self._listings[position], "create_time")

    def brief(self, position: int) -> Brief:
        """Return what a search filters by."""
        entry = self._entry(position)
        times = _number(entry, "create_time"), _number(entry, "update_time")
        return Brief(*times, str(entry.get("status", "")))

    def product_id(self, position: int) -> str:
        """Return the recorded id."""
        return str(self._entry(position).get("id"))

    def position(self, product_id: str) -> int | None:
        """Return where a product stands; a product with a detail alone stands behind all that are listed."""
        if product_id in self._hidden:
            return len(self) + self._hidden.index(product_id)
        return self._positions.get(product_id)

    def with_sku(self, sku_id: str) -> Iterable[int]:
        """Return the positions that list a SKU."""
        return self._with("id", sku_id)

    def with_seller_sku(self, seller_sku: str) -> Iterable[int]:
        """Return the positions that list a seller's code."""
        return self._with("seller_sku", seller_sku)

    def listing(self, position: int, revision: int) -> Json:
        """Return the search entry as it was recorded, with `revision` more pieces in stock."""
        return _revised(self._listings[position], revision)

    def detail(self, position: int, revision: int) -> Json:
        """Return the detail as it was recorded, with `revision` more pieces in stock."""
        entry = self._entry(position)
        return _revised(self._details.get(str(entry.get("id")), entry), revision)

    def _entry(self, position: int) -> Json:
        if position < len(self):
            return self._listings[position]
        return self._details[self._hidden[position - len(self)]]

    def _with(self, key: str, value: str) -> Iterable[int]:
        return [
            at
            for at, entry in enumerate(self._listings)
            if any(isinstance(sku, dict) and sku.get(key) == value for sku in entry.get("skus") or [])
        ]


def _number(entry: Json, key: str) -> int:
    value = entry.get(key)
    return value if isinstance(value, int) else 0


def _revised(entry: Json, revision: int) -> Json:
    revised = copy.deepcopy(entry)
    if revision:
        for sku in (revised.get("skus") or [])[:1]:
            for stock in (sku.get("inventory") or [])[:1]:
                stock["quantity"] = (stock.get("quantity") or 0) + revision
    return revised

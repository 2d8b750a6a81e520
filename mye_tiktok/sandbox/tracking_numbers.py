"""Which tracking numbers are in use, and by which orders."""

import threading

from mye_tiktok.sandbox.answers import Refusal
from mye_tiktok.sandbox.shops import Shop

MESSAGES = {
    11028006: "The tracking number fits no carrier.",
    21004015: "The tracking number does not fit the carrier.",
    21011025: "The tracking number is used already.",
    21034012: "The tracking number is used already.",
}


class TrackingNumbers:
    """The numbers of one sandbox. A number covers some orders of one shop.

    refused: numbers that a carrier would not know, by the code that says so.
    """

    def __init__(self, orders_per_number: int) -> None:
        self.refused: dict[str, int] = {}
        self._limit = orders_per_number
        self._used: dict[str, set[tuple[str, str]]] = {}
        self._lock = threading.Lock()

    def check(self, number: str, shop: Shop, order_id: str, *, used: int = 21011025) -> None:
        """Refuse a number that is not to be used for this order; `used` is the code of one that another has."""
        if number in self.refused:
            code = self.refused[number]
            raise Refusal(code, MESSAGES.get(code, "The tracking number is invalid."))
        with self._lock:
            others = self._used.get(number, set()) - {(shop.shop_id, order_id)}
        if any(shop_id != shop.shop_id for shop_id, _ in others) or (others and self._limit == 1):
            raise Refusal(used, MESSAGES[21011025])
        if len(others) >= self._limit:
            raise Refusal(21011026 if used == 21011025 else used, "The tracking number is used too often.")

    def use(self, number: str, shop: Shop, order_id: str) -> None:
        """Note that an order goes by a number."""
        with self._lock:
            self._used.setdefault(number, set()).add((shop.shop_id, order_id))

    def release(self, number: str, shop: Shop, order_id: str) -> None:
        """Note that an order no longer goes by a number."""
        with self._lock:
            self._used.get(number, set()).discard((shop.shop_id, order_id))

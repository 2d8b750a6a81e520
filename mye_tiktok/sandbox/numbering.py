"""New ids that grow with time, differ between shops, and are not given out again after a restart."""

import threading

YEAR_2020, SHOP_STRIDE = 1_577_836_800, 10**12


class Numbering:
    """Ids from `first` on: a range for each shop, a thousand for each second; more borrow from the seconds to come."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._latest: dict[int, int] = {}
        self._lock = threading.Lock()

    def next(self, shop_number: int, moment: int) -> str:
        """Return an id that is higher than all before it in this shop."""
        with self._lock:
            earliest = self._first + shop_number * SHOP_STRIDE + max(moment - YEAR_2020, 0) * 1000
            number = max(earliest, self._latest.get(shop_number, 0) + 1)
            self._latest[shop_number] = number
            return str(number)

"""The threads that deliver webhooks while a sandbox is served."""

import threading

from mye_tiktok.sandbox.webhooks import Webhooks

THREADS = 8
# the clock may be moved at any time, so one thread looks at it this often; a delivery wakes all others, in seconds
PULSE, SLUMBER = 0.2, 60.0


class Postman:
    """Delivers what becomes due from `start` to `stop`."""

    def __init__(self, webhooks: Webhooks, threads: int = THREADS) -> None:
        self._webhooks = webhooks
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._work, args=(SLUMBER if number else PULSE,), name=f"webhooks-{number}", daemon=True
            )
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the deliveries in hand, which are over within seconds."""
        self._stopped.set()
        self._webhooks.wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)
        self._webhooks.close()

    def _work(self, pause: float) -> None:
        while not self._stopped.is_set():
            if self._webhooks.deliver_next() is None and not self._stopped.is_set():
                self._webhooks.wait(pause)

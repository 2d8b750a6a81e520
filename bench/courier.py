"""Delivers events as TikTok does: whatever is not acknowledged is delivered again."""

import hmac
import json
import socket
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass

PAUSE = 0.1
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way; one that is not `genuine` is signed with another secret."""

    body: bytes
    genuine: bool


def event(shop_id: str, order_id: str, number: int) -> bytes:
    """Return the body of an order event."""
    return json.dumps(
        {
            "type": 1,
            "tts_notification_id": f"7380066{number:012d}",
            "shop_id": shop_id,
            "timestamp": 1_718_305_585,
            "data": {"order_id": order_id, "order_status": "UNPAID", "update_time": 1_718_305_585},
        }
    ).encode()


class Courier:
    """Threads that deliver; `acknowledged` are the bodies that were answered with 200."""

    def __init__(self, port: int, secret: tuple[str, str], deliveries: list[Delivery]) -> None:
        self._port, (self._key, self._secret) = port, secret
        self.deliveries = deliveries
        self._waiting = deque(deliveries)
        self._planned = len(deliveries)
        self.acknowledged: set[bytes] = set()
        self.answers: Counter[int] = Counter()
        self.repeated = 0
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def progress(self) -> float:
        """Which part of what was planned is answered for good."""
        return min(1.0, (self.answers[200] + self.answers[401]) / self._planned)

    @property
    def done(self) -> bool:
        """Whether everything that was planned is answered."""
        return self.progress >= 1.0

    def add(self, delivery: Delivery) -> None:
        """Deliver one more, next."""
        self._waiting.appendleft(delivery)

    def start(self, number: int) -> None:
        """Begin, with so many connections."""
        self._threads = [threading.Thread(target=self._work) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Deliver the rest."""
        for thread in self._threads:
            thread.join()
        self._work()

    def _work(self) -> None:
        connection: socket.socket | None = None
        while True:
            try:
                delivery = self._waiting.popleft()
            except IndexError:
                break
            while True:
                try:
                    connection = connection or socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT)
                    status = self._deliver(connection, delivery)
                except OSError:
                    status, connection = 0, None
                if status in {200, 401}:
                    self._note(delivery, status)
                    break
                with self._lock:
                    self.repeated += 1
                time.sleep(PAUSE)
        with suppress(OSError):
            if connection is not None:
                connection.close()

    def _note(self, delivery: Delivery, status: int) -> None:
        with self._lock:
            self.answers[status] += 1
            if status == 200:
                self.acknowledged.add(delivery.body)

    def _deliver(self, connection: socket.socket, delivery: Delivery) -> int:
        """Return the status; raises OSError when the connection is lost before the answer is there."""
        secret = self._secret if delivery.genuine else "another-secret"
        sign = hmac.digest(secret.encode(), self._key.encode() + delivery.body, "sha256").hex()
        length = len(delivery.body)
        head = f"POST /webhook/ HTTP/1.1\r\nHost: l\r\nAuthorization: {sign}\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode() + delivery.body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = connection.recv(4_096)
            if not piece:
                raise ConnectionResetError
            answer += piece
        return int(answer[9:12])

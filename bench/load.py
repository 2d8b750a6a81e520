"""The load of bench/ingest.py: distinct signed events over keep-alive connections, from a process of its own.

    python -m bench.load --port P [--path /webhook/] [--events 20000] [--connections 32] [--rate R] [--first N]

Everything is made beforehand, so that only sockets are at work while it is measured. Without --rate each connection
sends its next event once the last is answered. With it events are due at fixed times, and an answer is as late as its
event was due, so waiting for a free connection counts. Prints one JSON document.
"""

import argparse
import hmac
import json
import selectors
import socket
import statistics
import sys
import time
from collections import deque
from dataclasses import dataclass, field

KEY, SECRET = "bench", "bench-secret"


@dataclass(slots=True)
class Connection:
    """One keep-alive connection and the request on it: when it was due, and what has come back so far."""

    socket: socket.socket
    due: float = 0.0
    answer: bytes = b""


@dataclass(slots=True)
class Result:
    """Seconds to each answer, and how many were of which status."""

    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def main() -> None:
    """Send everything and print how it was answered."""
    options = _options()
    requests = [request(options.path, options.first + number) for number in range(options.events)]
    result = Load(options.port, options.connections).run(requests, rate=options.rate)
    cuts = statistics.quantiles(result.latencies, n=1000)
    shown = {
        "statuses": result.statuses,
        "seconds": result.seconds,
        "rate": options.events / result.seconds,
        "p50_ms": 1000 * cuts[499],
        "p95_ms": 1000 * cuts[949],
        "p99_ms": 1000 * cuts[989],
        "max_ms": 1000 * max(result.latencies),
        "cpu_seconds": time.process_time(),
    }
    json.dump(shown, sys.stdout)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/webhook/")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.0, help="events per second; 0: as fast as they are answered")
    parser.add_argument("--first", type=int, default=0, help="number of the first event")
    return parser.parse_args()


def body(number: int) -> bytes:
    """Return an event about one of many orders, each a notification of its own."""
    return json.dumps(
        {
            "type": 1,
            "tts_notification_id": f"7380066{number:012d}",
            "shop_id": "7495540735365777507",
            "timestamp": 1_718_305_585,
            "data": {
                "is_on_hold_order": False,
                "order_id": f"5766536{number // 5:011d}",
                "order_status": "AWAITING_SHIPMENT",
                "update_time": 1_718_305_585,
            },
        },
        separators=(",", ":"),
    ).encode()


def request(path: str, number: int) -> bytes:
    """Return a whole request as TikTok sends it."""
    content = body(number)
    sign = hmac.digest(SECRET.encode(), KEY.encode() + content, "sha256").hex()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: {sign}\r\n"
        f"User-Agent: bench\r\nAccept: */*\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class Load:
    """Connections to one server."""

    def __init__(self, port: int, connections: int) -> None:
        self._selector = selectors.DefaultSelector()
        # each in turn: one that rests for long is closed
        self._idle: deque[Connection] = deque()
        for _ in range(connections):
            made = Connection(socket.create_connection(("127.0.0.1", port)))
            made.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(made.socket, selectors.EVENT_READ, made)
            self._idle.append(made)

    def run(self, requests: list[bytes], *, rate: float) -> Result:
        """Send every request and wait for every answer."""
        result = Result()
        begun = time.perf_counter()
        sent, total = 0, len(requests)
        while len(result.latencies) < total:
            now = time.perf_counter()
            while self._idle and sent < total and (not rate or begun + sent / rate <= now):
                connection = self._idle.popleft()
                connection.due = begun + sent / rate if rate else now
                connection.socket.sendall(requests[sent])
                sent += 1
            pause = begun + sent / rate - now if rate and self._idle and sent < total else 5.0
            for key, _ in self._selector.select(max(0.0, pause)):
                self._receive(key.data, result)
        result.seconds = time.perf_counter() - begun
        return result

    def _receive(self, connection: Connection, result: Result) -> None:
        piece = connection.socket.recv(65_536)
        if not piece:
            raise SystemExit("the server closed a connection")
        connection.answer += piece
        head, found, rest = connection.answer.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        status = head[9:12].decode()
        result.statuses[status] = result.statuses.get(status, 0) + 1
        result.latencies.append(time.perf_counter() - connection.due)
        connection.answer = b""
        self._idle.append(connection)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0] or 0)


if __name__ == "__main__":
    main()

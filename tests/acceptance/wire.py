"""A way to a service that counts what passes, acts at a given byte, and can be cut; the service is never touched."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK = 8_192


class Wire:
    """Forwards TCP connections from `port` to a service."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.passed = 0
        self._lock = threading.Lock()
        self._at: int | None = None
        self._act: Callable[[], None] = lambda: None
        self._refusals = 0
        self._sockets: set[socket.socket] = set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="wire", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._lose_all()

    def after(self, count: int, act: Callable[[], None]) -> None:
        """Call `act` once, when `count` more bytes have come, before the last of them are passed on."""
        with self._lock:
            self._at, self._act = self.passed + count, act

    def forget(self) -> None:
        """Do not act any more."""
        with self._lock:
            self._at = None

    def cut(self, *, refusals: int) -> None:
        """Lose every connection, and the next `refusals` attempts to make one: a restart, as a client sees it."""
        with self._lock:
            self._refusals = refusals
        self._lose_all()

    def _lose_all(self) -> None:
        with self._lock:
            lost, self._sockets = self._sockets, set()
        for each in lost:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_refused():
                client.close()
                continue
            try:
                service = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets |= {client, service}
            for source, sink in ((client, service), (service, client)):
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _is_refused(self) -> bool:
        with self._lock:
            refused = self._refusals > 0
            self._refusals -= refused
        return refused

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._count(len(chunk))
                sink.sendall(chunk)
        # one side that ended ends both: none of our protocols lives on half a connection
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            with self._lock:
                known = each in self._sockets
                self._sockets.discard(each)
            if known:
                each.close()

    def _count(self, number: int) -> None:
        with self._lock:
            self.passed += number
            due = self._at is not None and self.passed >= self._at
            if due:
                self._at = None
        if due:
            self._act()

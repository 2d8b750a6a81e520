"""A TCP proxy in front of RabbitMQ that loses connections on command; the broker itself is never touched."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65_536


class Proxy:
    """Forwards both ways until it is told to cut or to stall."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5672)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = parts._replace(netloc=f"guest:guest@127.0.0.1:{self._listener.getsockname()[1]}").geturl()
        self._sockets: list[socket.socket] = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._answers_left: int | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._flowing.set()
        self.cut()

    def cut(self) -> None:
        """Lose every connection now."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut_after(self, *, answers: int) -> None:
        """Lose the connection once that many more bytes came from the broker; those still arrive."""
        self._answers_left = answers

    def stall(self) -> None:
        """Keep the connections and forward nothing any more."""
        self._flowing.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            broker = socket.create_connection(self._target)
            self._sockets += [client, broker]
            threading.Thread(target=self._forward, args=(client, broker, False), daemon=True).start()
            threading.Thread(target=self._forward, args=(broker, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK):
                self._flowing.wait()
                sink.sendall(chunk)
                if is_answer and self._is_enough(len(chunk)):
                    break
        for each in (sink, source):
            with suppress(OSError):
                each.shutdown(socket.SHUT_WR)
        if not is_answer:
            source.close()
            sink.close()

    def _is_enough(self, count: int) -> bool:
        if self._answers_left is None:
            return False
        self._answers_left -= count
        if self._answers_left > 0:
            return False
        self._answers_left = None
        return True

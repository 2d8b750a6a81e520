"""The listener as a process of its own, and raw connections to it."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.program import Finished, Program, finished
from tests.listener.events import APP, signature

TIMEOUT = 30.0


@dataclass(slots=True, kw_only=True)
class ListenerProcess:
    """`mye-tiktok serve-webhook` at work on a port."""

    process: subprocess.Popen[str]
    port: int

    def connect(self) -> socket.socket:
        """Return a connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)

    def deliver(self, body: bytes, *, sign: str | None = None) -> int:
        """Deliver one event over a connection of its own; returns the status."""
        with self.connect() as connection:
            connection.sendall(request(body, sign=sign))
            return status(read_answer(connection))

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a page."""
        with self.connect() as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: listener\r\nConnection: close\r\n\r\n".encode())
            head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
            return status(head), body.decode()

    def json(self, path: str) -> tuple[int, dict[str, Any]]:
        """Return status and document of a page."""
        code, body = self.get(path)
        return code, json.loads(body)

    def stop(self) -> Finished:
        """Ask it to end, and wait."""
        self.process.terminate()
        return finished(self.process)

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        self.process.kill()
        self.process.wait(timeout=TIMEOUT)


def request(body: bytes, *, sign: str | None = None, version: str = "1.1", more: str = "") -> bytes:
    """Return the bytes of a delivery; `more` are further lines of its head."""
    head = (
        f"POST /webhook/ HTTP/{version}\r\nHost: listener\r\nAuthorization: {signature(body) if sign is None else sign}"
        f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode() + body


def chunked(body: bytes, *, size: int) -> bytes:
    """Return a delivery in chunks of `size` bytes."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    head = f"POST /webhook HTTP/1.1\r\nHost: listener\r\nAuthorization: {signature(body)}\r\n"
    chunks = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    return head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def read_answer(connection: socket.socket) -> bytes:
    """Return one answer without a body, or what came before the other side closed."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        try:
            piece = connection.recv(65_536)
        except ConnectionResetError:
            break
        if not piece:
            break
        answer += piece
    return answer


def read_to_end(connection: socket.socket) -> bytes:
    """Return everything until the other side closes."""
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    return answer


def status(answer: bytes) -> int:
    """Return the status of an answer; 0 when there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0


@contextmanager
def listening(folder: Path, environment: Mapping[str, str]) -> Iterator[ListenerProcess]:
    """Run a listener for as long as the context lasts, from when it says that it is ready on."""
    names = {"APP_KEY": APP.app_key, "APP_SECRET": APP.app_secret, **environment}
    with Program(folder=folder, environment=names).start("serve-webhook", "--port", "0", "--json") as process:
        try:
            assert process.stderr is not None
            port = 0
            while not port:
                line = process.stderr.readline()
                assert line, "it ended before it was ready"
                if line.rstrip().endswith("ready") and (found := re.search(r":(\d+): register", line)):
                    port = int(found[1])
            yield ListenerProcess(process=process, port=port)
        finally:
            process.kill()

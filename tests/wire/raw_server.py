"""A server that answers with the bytes it was given, complete or not."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

HANG = b"hang"
TLS_HELLO = b"\x16"


@dataclass(slots=True)
class RawServer:
    """`answers` are sent one per request; the last one again and again. HANG sends nothing and keeps the line."""

    url: str
    answers: list[bytes]
    keep_alive: bool
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serving(*answers: bytes, keep_alive: bool = False) -> Iterator[RawServer]:
    """Serve one connection at a time on a free port until the context ends.

    A connection takes one request and is closed, or with `keep_alive` all that come until the client closes it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = RawServer(url=url, answers=list(answers), keep_alive=keep_alive)
        held: list[socket.socket] = []
        thread = threading.Thread(target=_serve, args=(listener, server, held), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
            for connection in held:
                connection.close()


def _serve(listener: socket.socket, server: RawServer, held: list[socket.socket]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        _answer_all(connection, server, held)


def _answer_all(connection: socket.socket, server: RawServer, held: list[socket.socket]) -> None:
    while request := _request(connection):
        server.requests.append(request)
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if answer == HANG:
            held.append(connection)
            return
        connection.sendall(answer)
        if not server.keep_alive:
            break
    connection.close()


def _request(connection: socket.socket) -> bytes:
    """Return one request, empty once the client closed."""
    received = chunk = connection.recv(65536)
    if not chunk:
        return b""
    while chunk and b"\r\n\r\n" not in received and not received.startswith(TLS_HELLO):
        chunk = connection.recv(65536)
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def http(body: bytes, *, status: str = "200 OK", headers: Sequence[str] = (), length: int | None = None) -> bytes:
    """Return the bytes of an HTTP answer; `length` may lie."""
    lines = [
        f"HTTP/1.1 {status}",
        "Connection: close",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

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
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def serving(*answers: bytes) -> Iterator[RawServer]:
    """Serve on a free port until the context ends; each connection takes one request and is closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(url=f"http://127.0.0.1:{listener.getsockname()[1]}", answers=list(answers))
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
        server.requests.append(_request(connection))
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if answer == HANG:
            held.append(connection)
            continue
        connection.sendall(answer)
        connection.close()


def _request(connection: socket.socket) -> bytes:
    received = chunk = connection.recv(65536)
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

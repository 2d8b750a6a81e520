"""What counts as an answer to a webhook."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mye_tiktok.sandbox.posting import Post
from tests.sandbox.receiver import Receiver, listening


@contextmanager
def saying(*pieces: bytes) -> Iterator[str]:
    """An endpoint that says the pieces to whoever connects, whatever was asked, and then nothing more."""
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.recv(65_536)
            for piece in pieces:
                connection.sendall(piece)
            over.wait(30)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: talk(server.accept()[0]), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            over.set()
            thread.join(timeout=5)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"])
def test_an_answer_that_does_not_come_to_its_end_in_time_is_none(said: bytes) -> None:
    post = Post(seconds=0.05)
    with saying(said) as url:
        assert post(url, b"{}", "x").status == 0
    post.close()


def test_what_is_no_http_is_no_answer() -> None:
    post = Post(seconds=0.05)
    with saying(b"220 mail.example.com ESMTP\r\n") as url:
        assert post(url, b"{}", "x").status == 0
    post.close()


def test_of_an_endless_body_only_the_beginning_is_read() -> None:
    post = Post()
    with saying(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000) as url:
        assert post(url, b"{}", "x").status == 200
    post.close()


def test_a_redirect_is_not_followed() -> None:
    post = Post()
    with listening(Receiver(statuses=[307])) as receiver:
        assert post(receiver.url, b"{}", "x").status == 307
        assert len(receiver.bodies) == 1
    post.close()


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    post = Post()
    with listening(Receiver()) as receiver:
        assert post(receiver.url, b"{}", "x").status == 200
    post.close()


def test_connections_stay_open_between_webhooks() -> None:
    def answer_twice(connection: socket.socket) -> None:
        with connection:
            for _ in range(2):
                asked = b""
                while not asked.endswith(b"{}"):
                    asked += connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: answer_twice(server.accept()[0]), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert [post(url, b"{}", "x").status for _ in range(2)] == [200, 200]
        thread.join(timeout=5)
    post.close()


@pytest.mark.parametrize("url", ["nowhere", "ftp://example.com/"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not a URL"):
        Post()(url, b"{}", "x")

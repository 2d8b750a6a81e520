"""One connection: what counts as the end of an answer, and whether it may be used again."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.tiktok.connection import Connection, request_bytes
from mye_tiktok.tiktok.operations import GET_AUTHORIZED_SHOPS
from tests.wire.conftest import Connect
from tests.wire.raw_server import http, serving

REQUEST = b"GET / HTTP/1.1\r\nhost: tiktok.test\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndata"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nda\r\n2\r\nta\r\n0\r\n\r\n"
UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\ndata"
OLD = b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ndata"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def peers(server: socket.socket) -> Iterator[tuple[Connection, socket.socket]]:
    connection = Connection(socket.create_connection(server.getsockname(), timeout=5))
    peer, _ = server.accept()
    with peer:
        yield connection, peer
    connection.close()


@pytest.mark.parametrize("answer", [ANSWER, CHUNKED], ids=["sized", "chunked"])
def test_an_answer_is_read_to_its_end_and_the_connection_kept(
    answer: bytes, peers: tuple[Connection, socket.socket]
) -> None:
    connection, peer = peers
    for _ in range(2):
        peer.sendall(answer)

        found = connection.exchange(REQUEST)

        assert (found.status, found.body) == (200, b"data")
        assert connection.kept
        assert connection.fresh


@pytest.mark.parametrize(
    "answer",
    [UNTIL_THE_END, OLD, ANSWER.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")],
    ids=["end", "1.0", "close"],
)
def test_a_connection_that_the_server_will_close_is_not_kept(
    answer: bytes, peers: tuple[Connection, socket.socket]
) -> None:
    connection, peer = peers
    peer.sendall(answer)
    peer.shutdown(socket.SHUT_WR)

    assert connection.exchange(REQUEST).body == b"data"
    assert not connection.kept


def test_an_interim_answer_is_passed_over(peers: tuple[Connection, socket.socket]) -> None:
    connection, peer = peers
    peer.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + ANSWER)

    found = connection.exchange(REQUEST)

    assert (found.status, found.body) == (200, b"data")
    assert "link" not in found.headers


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER + ANSWER,
        CHUNKED[:-5],
        ANSWER[:-1],
        UNTIL_THE_END[:17],
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2\r\n\r\n",
    ],
    ids=["two answers", "chunks cut short", "body cut short", "head cut short", "another protocol"],
)
def test_what_is_no_answer_breaks_the_connection(answer: bytes, peers: tuple[Connection, socket.socket]) -> None:
    connection, peer = peers
    peer.sendall(answer)
    peer.shutdown(socket.SHUT_WR)

    with pytest.raises(httpx.RemoteProtocolError):
        connection.exchange(REQUEST)

    assert not connection.kept


def test_an_answer_to_a_request_that_was_not_taken_whole_is_read(peers: tuple[Connection, socket.socket]) -> None:
    connection, peer = peers
    peer.sendall(ANSWER)
    peer.close()

    assert connection.exchange(REQUEST + bytes(8_000_000)).body == b"data"


def test_what_came_without_having_been_asked_for_answers_nothing(peers: tuple[Connection, socket.socket]) -> None:
    connection, peer = peers
    peer.sendall(ANSWER)
    connection.exchange(REQUEST)

    peer.sendall(ANSWER)

    assert not connection.fresh


@pytest.mark.parametrize("line_break", [b"\n", b"\r", b"\r\n"])
def test_a_header_can_add_no_other(line_break: bytes) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        request_bytes("GET", b"/", [(b"x-tts-access-token", b"token" + line_break + b"x: y")], b"")


def test_requests_that_follow_one_another_share_a_connection(connect: Connect) -> None:
    answer = http(b'{"code":0,"data":{"shops":[]}}').replace(b"Connection: close\r\n", b"")
    with serving(answer, keep_alive=True) as server:
        tiktok = connect(server.url)
        for _ in range(3):
            tiktok.call(Access(authorization_id=1), GET_AUTHORIZED_SHOPS)
        tiktok.close()

    assert (len(server.requests), server.connections) == (3, 1)

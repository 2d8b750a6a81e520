"""The client against a network that breaks."""

import gzip
import json
import socket

import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, UnreachableError, WrongSettingsError
from mye_tiktok.tiktok.operations import GET_AUTHORIZED_SHOPS, SEARCH_PRODUCTS, Operation
from tests.wire.conftest import Connect
from tests.wire.raw_server import HANG, http, serving

ACCESS = Access(authorization_id=1, shop_id="7", shop_cipher="cipher")
WRITE = Operation(name="ship", method="POST", path="/ship", repeatable=False, rate_class="write")
GOOD = http(b'{"code":0,"data":{"shops":[]}}')
BAD = {
    "a body cut short": http(b'{"code":0,"data"', length=900),
    "no answer at all": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nConte",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a body that is no gzip": http(b"no gzip", headers=["Content-Encoding: gzip"]),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_a_broken_answer_is_asked_for_again(answer: bytes, connect: Connect) -> None:
    with serving(answer, GOOD) as server:
        assert connect(server.url).call(ACCESS, GET_AUTHORIZED_SHOPS) == {"shops": []}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_a_connection_that_stays_broken_is_unreachable(answer: bytes, connect: Connect) -> None:
    with serving(answer) as server, pytest.raises(UnreachableError) as caught:
        connect(server.url).call(ACCESS, GET_AUTHORIZED_SHOPS)

    assert "GET /authorization/202309/shops" in caught.value.message
    assert len(server.requests) == 5


def test_a_connection_that_the_host_closed_while_it_rested_is_opened_again(connect: Connect) -> None:
    with serving(GOOD.replace(b"Connection: close\r\n", b"")) as server:
        tiktok = connect(server.url)
        for _ in range(3):
            tiktok.call(ACCESS, GET_AUTHORIZED_SHOPS)
        tiktok.close()

    assert len(server.requests) == 3


def test_an_answer_that_does_not_come_in_time_is_unreachable(connect: Connect) -> None:
    with serving(HANG) as server, pytest.raises(UnreachableError, match="too long to answer"):
        connect(server.url, timeout=0.02).call(ACCESS, GET_AUTHORIZED_SHOPS)


def test_a_write_whose_answer_was_lost_is_not_sent_twice(connect: Connect) -> None:
    with serving(b"", GOOD) as server, pytest.raises(UnreachableError, match="unknown"):
        connect(server.url).call(ACCESS, WRITE, body={})

    assert len(server.requests) == 1


def test_a_write_that_never_left_is_tried_again(connect: Connect) -> None:
    tiktok = connect(f"http://127.0.0.1:{free_port()}")

    with pytest.raises(UnreachableError, match="Connection refused"):
        tiktok.call(ACCESS, WRITE, body={})

    assert tiktok.requests == 5


def test_a_host_name_that_does_not_exist_is_unreachable(connect: Connect) -> None:
    with pytest.raises(UnreachableError, match="connection failed"):
        connect("http://tiktok.invalid").call(ACCESS, GET_AUTHORIZED_SHOPS)


def test_a_host_that_speaks_no_tls_is_unreachable(connect: Connect) -> None:
    with serving(GOOD) as server, pytest.raises(UnreachableError, match="connection failed"):
        connect(server.url.replace("http:", "https:")).call(ACCESS, GET_AUTHORIZED_SHOPS)


@pytest.mark.parametrize("url", ["", "tiktok.test", "ftp://tiktok.test", "http://", "https://[::1"])
def test_an_address_that_is_no_url_is_a_wrong_setting(url: str, connect: Connect) -> None:
    with pytest.raises(WrongSettingsError, match="address"):
        connect(url)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (http(b"<html>maintenance</html>", headers=["Content-Type: text/html"]), NotUnderstoodError),
        (http(b'{"code":0,"data":{"sho'), NotUnderstoodError),
        (http(b"upstream died", status="502 Bad Gateway"), UnreachableError),
        (http(b"404 page not found", status="404 Not Found"), NotUnderstoodError),
        (http(b'{"data":{}}'), NotUnderstoodError),
    ],
)
def test_a_body_that_is_no_envelope_ends_in_its_documented_error(
    answer: bytes, failure: type[MyeTikTokError], connect: Connect
) -> None:
    with serving(answer) as server, pytest.raises(failure) as caught:
        connect(server.url).call(ACCESS, GET_AUTHORIZED_SHOPS)

    assert type(caught.value) is failure
    assert "maintenance" not in caught.value.message


def test_a_compressed_answer_is_read(connect: Connect) -> None:
    body = gzip.compress(b'{"code":0,"data":{"shops":[]}}')

    with serving(http(body, headers=["Content-Encoding: gzip"])) as server:
        assert connect(server.url).call(ACCESS, GET_AUTHORIZED_SHOPS) == {"shops": []}


def test_a_redirect_is_not_followed_with_the_token(connect: Connect) -> None:
    away = http(b"", status="302 Found", headers=["Location: http://elsewhere.test/"])

    with serving(away) as server, pytest.raises(NotUnderstoodError, match="HTTP 302"):
        connect(server.url).call(ACCESS, GET_AUTHORIZED_SHOPS)


def test_the_bytes_that_were_signed_are_the_bytes_that_are_sent(connect: Connect) -> None:
    with serving(GOOD) as server:
        connect(server.url).call(ACCESS, SEARCH_PRODUCTS, query={"page_size": 1}, body={"seller_skus": ["chậu-01"]})

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == '{"seller_skus":["chậu-01"]}'.encode()
    assert b"content-type: application/json" in head.lower()
    assert b"x-tts-access-token: token" in head.lower()
    assert json.loads(body) == {"seller_skus": ["chậu-01"]}


def test_a_get_carries_no_body_and_lists_are_joined_by_commas(connect: Connect) -> None:
    with serving(GOOD) as server:
        connect(server.url).call(ACCESS, GET_AUTHORIZED_SHOPS, query={"ids": ["1", "2"]}, body={"ignored": True})

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b""
    assert b"ids=1%2C2&" in head
    assert b"shop_cipher" not in head


def test_an_address_with_a_path_keeps_it(connect: Connect) -> None:
    with serving(GOOD) as server:
        connect(server.url + "/proxy/").call(ACCESS, GET_AUTHORIZED_SHOPS)

    assert server.requests[0].startswith(b"GET /proxy/authorization/202309/shops?")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

"""Documents are fetched from where TikTok says, and from nowhere that this could be abused for."""

import io
import random
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.media import Media
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError, StoppedError, UnreachableError
from mye_tiktok.tiktok.document_address import document_url, is_public
from mye_tiktok.tiktok.downloads import EXPIRED, Downloads
from tests.unit.tiktok.world import FakeTime
from tests.wire.raw_server import http, serving

API = "https://open-api.tiktokglobalshop.com"
PDF = b"%PDF-1.4\n" + b"x" * 200_000 + b"\n%%EOF\n"
PAGE = b"<!DOCTYPE html><html><body>Please wait</body></html>"
PUBLIC = "203.205.1.7"
AT = "https://labels.example/doc?key=1"
INNER = (
    *("127.0.0.1", "10.0.0.8", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "::ffff:127.0.0.1"),
)
WRONG = (
    *("http://labels.example/doc", "http://127.0.0.1/doc", "file:///etc/passwd", "ftp://labels.example/doc"),
    *("gopher://x/", "//labels.example/doc", "/doc", "", "https:///doc", "https://user:word@labels.example/doc"),
    *("http://open-api.tiktokglobalshop.com/doc", "https://[::1/doc", "data:application/pdf,%PDF-"),
)


def nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was looked up")


def fetched(
    url: str, *, api: str, stop: Callable[[], None] = lambda: None, media: Media = "PDF", largest: int = 10**7
) -> bytes:
    time = FakeTime()
    downloads = Downloads(api, resolve=nowhere, sleep=time.sleep, randomness=random.Random(1), largest=largest)
    into = io.BytesIO()
    try:
        downloads.fetch(url, into, media=media, stop=stop)
    finally:
        downloads.close()
    return into.getvalue()


class Internet:
    """Takes what would go out, and answers with a document."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.asked = addresses, list[httpx.Request]()

    def fetch(self, url: str = AT) -> bytes:
        transport = httpx.MockTransport(self._answer)
        downloads = Downloads(API, transport=transport, resolve=lambda host, port: self.addresses)
        into = io.BytesIO()
        downloads.fetch(url, into, media="PDF")
        return into.getvalue()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(200, content=PDF)


def test_a_document_comes_whole_and_nothing_of_ours_goes_along() -> None:
    with serving(http(PDF)) as server:
        assert fetched(f" {server.url}/doc?key=7 \n", api=server.url) == PDF

    [request] = server.requests
    head = request.decode().lower()
    assert head.startswith("get /doc?key=7 http/1.1")
    assert not [word for word in ("token", "authorization", "secret", "sign=", "app_key", "cookie") if word in head]


@pytest.mark.parametrize(
    "first",
    [
        http(b"", status="503 Unavailable"),
        http(b"", status="429 Too Many Requests"),
        http(PDF[:1000], length=len(PDF)),
        http(PDF[:1000]),
    ],
    ids=["503", "429", "broken off", "cut short"],
)
def test_what_may_pass_is_tried_again(first: bytes) -> None:
    with serving(first, http(PDF)) as server:
        assert fetched(server.url, api=server.url) == PDF

    assert len(server.requests) == 2


def test_a_document_that_always_comes_cut_off_is_given_up() -> None:
    with serving(http(PDF[:1000])) as server, pytest.raises(UnreachableError):
        fetched(server.url, api=server.url)

    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http(PAGE), NotUnderstoodError, "HTML"),
        (http(b"\n \n" + PAGE), NotUnderstoodError, "HTML"),
        (http(b""), NotUnderstoodError, "empty"),
        (http(b'{"code": 1}'), NotUnderstoodError, "something else"),
        (http(b"", status="403 Forbidden"), RefusedError, "403"),
        (http(b"", status="302 Found", headers=["Location: http://169.254.169.254/"]), RefusedError, "elsewhere"),
        (http(b"", status="206 Partial"), NotUnderstoodError, "206"),
    ],
)
def test_what_is_no_document_is_refused_at_once(answer: bytes, kind: type[MyeTikTokError], words: str) -> None:
    with serving(answer) as server, pytest.raises(kind, match=words) as caught:
        fetched(f"{server.url}/?key=geheim", api=server.url)

    assert len(server.requests) == 1
    assert "geheim" not in f"{caught.value.message} {caught.value.hint}"


def test_an_address_that_has_expired_says_so() -> None:
    with serving(http(b"", status="403 Forbidden")) as server, pytest.raises(RefusedError) as caught:
        fetched(server.url, api=server.url)

    assert caught.value.code == EXPIRED


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    with serving(http(PDF)) as server, pytest.raises(RefusedError) as caught:
        fetched(server.url, api=server.url, largest=70_000)

    assert caught.value.code == "too-large"


def test_a_signal_ends_a_fetch_between_two_pieces() -> None:
    def stop() -> None:
        raise StoppedError("stopped", signal_number=15)

    with serving(http(PDF)) as server, pytest.raises(StoppedError):
        fetched(server.url, api=server.url, stop=stop)


@pytest.mark.parametrize(("media", "content"), [("PNG", b"\x89PNG\r\n\x1a\n..IEND...."), ("ZPL", b"^XA^FO40^XZ")])
def test_pictures_and_printer_commands_are_known_by_their_marks(media: Media, content: bytes) -> None:
    with serving(http(content)) as server:
        assert fetched(server.url, api=server.url, media=media) == content
        with pytest.raises(NotUnderstoodError):
            fetched(server.url, api=server.url)


def test_a_host_is_asked_at_the_address_that_was_checked() -> None:
    internet = Internet(PUBLIC)

    assert internet.fetch() == PDF

    [request] = internet.asked
    assert (request.url.host, request.headers["host"]) == (PUBLIC, "labels.example")
    assert request.extensions["sni_hostname"] == "labels.example"


@pytest.mark.parametrize("inner", INNER)
def test_a_host_that_leads_into_our_network_is_not_asked(inner: str) -> None:
    for addresses in ([inner], [PUBLIC, inner]):
        internet = Internet(*addresses)
        with pytest.raises(RefusedError) as caught:
            internet.fetch()

        assert (caught.value.code, internet.asked) == ("address", [])
    literal = f"[{inner}]" if ":" in inner else inner
    with pytest.raises(RefusedError):
        document_url(f"https://{literal}/doc", httpx.URL(API))


@pytest.mark.parametrize("url", WRONG)
def test_an_address_that_is_not_https_is_refused(url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        document_url(url, httpx.URL(API))

    assert caught.value.code == "address"


def test_only_the_configured_host_itself_may_be_local() -> None:
    sandbox = httpx.URL("http://127.0.0.1:8789")

    assert document_url("http://127.0.0.1:8789/doc", sandbox).path == "/doc"
    for other in ("http://127.0.0.1:5432/", "https://127.0.0.1:8789/", "http://localhost:8789/", "http://127.0.0.1/"):
        with pytest.raises(RefusedError):
            document_url(other, sandbox)


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_into_another_is_judged_by_what_it_wraps(inner: object) -> None:
    assert is_public(f"::ffff:{inner}") <= is_public(str(inner))
    assert is_public(f"64:ff9b::{inner}") <= is_public(str(inner))

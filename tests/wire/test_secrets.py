"""No secret leaves the client: not in a log, an error, a repr or a traceback, through every failure."""

import io
import logging
import traceback
from collections.abc import Callable, Iterator

import httpx
import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.errors import MyeTikTokError
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.auth import AuthClient
from mye_tiktok.tiktok.operations import GET_PRODUCT
from tests.unit.tiktok.world import FakeTime
from tests.wire.conftest import Connect, Tokens
from tests.wire.raw_server import HANG, http, serving

SECRET, TOKEN, CODE, CIPHER = "canary-secret", "canary-token", "canary-code", "canary-cipher"
APP = App(app_key="key", app_secret=SECRET)
ACCESS = Access(authorization_id=1, shop_id="7", shop_cipher=CIPHER)
ECHO = f'"message":"what is {SECRET} {TOKEN} {CODE}?"'.encode()
ANSWERS = {
    "success": http(b'{"code":0,"data":{"access_token":"canary-token"}}'),
    "no answer": b"",
    "cut short": http(b'{"code":0', length=99),
    "no HTTP": b"canary\r\n\r\n",
    "HTML": http(b"<html>canary-secret</html>"),
    "502": http(b"canary-token", status="502 Bad Gateway"),
    "unknown code": http(b'{"code":424242,' + ECHO + b"}"),
    "refusal": http(b'{"code":12052260,' + ECHO + b"}"),
    "gateway": http(b'{"code":36009004,' + ECHO + b"}"),
    "bad signature": http(b'{"code":106001,' + ECHO + b"}"),
    "revoked": http(b'{"code":105001,' + ECHO + b"}"),
    "expired": http(b'{"code":105002,' + ECHO + b"}"),
    "rate": http(b'{"code":36009002,' + ECHO + b"}", status="429 Too Many"),
    "data is no object": http(b'{"code":0,"data":["canary-token"]}'),
    "hangs": HANG,
}


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection")]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


def shown_by(action: Callable[[], object]) -> str:
    try:
        return repr(action()).replace(f"'access_token': '{TOKEN}'", "")
    except MyeTikTokError as error:
        lines = traceback.format_exception(error)
        return "\n".join([*lines, str(error), repr(error), repr(error.as_json()), repr(vars(error))])


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_secret_of_an_api_call_shows(answer: bytes, connect: Connect, everything_logged: io.StringIO) -> None:
    tokens = Tokens(TOKEN, coming=[TOKEN])
    with serving(answer) as server:
        tiktok = connect(server.url, app=APP, tokens=tokens, timeout=0.02)
        shown = shown_by(lambda: tiktok.call(ACCESS, GET_PRODUCT, path={"product_id": "17"}))

    logged = everything_logged.getvalue()
    assert "GET /product/202309/products/17" in logged
    for canary in (SECRET, TOKEN, CIPHER):
        assert canary not in shown
        assert canary not in logged
    assert "sign=" not in logged + shown


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("refresh", [False, True])
def test_no_secret_of_a_token_call_shows(
    answer: bytes, refresh: bool, time: FakeTime, everything_logged: io.StringIO
) -> None:
    with serving(answer) as server:
        auth = AuthClient(APP, server.url, clock=time.now, sleep=time.sleep, timeout=0.02)
        shown = shown_by(lambda: auth.refresh(TOKEN) if refresh else auth.exchange_code(CODE))

    logged = everything_logged.getvalue()
    assert "GET /api/v2/token/" in logged
    for canary in (SECRET, TOKEN if refresh else CODE):
        assert canary not in shown
        assert canary not in logged


def test_a_host_that_cannot_be_reached_is_named_without_the_query(
    time: FakeTime, everything_logged: io.StringIO
) -> None:
    auth = AuthClient(APP, "http://auth.invalid", clock=time.now, sleep=time.sleep)

    shown = shown_by(lambda: auth.exchange_code(CODE))

    assert "/api/v2/token/get" in shown
    assert SECRET not in shown + everything_logged.getvalue()


def test_the_loggers_of_httpx_stay_silent_even_for_other_users(everything_logged: io.StringIO) -> None:
    AuthClient(APP, "http://auth.invalid")

    with serving(http(b"{}")) as server, httpx.Client() as other:
        other.get(f"{server.url}/?app_secret={SECRET}")

    assert SECRET not in everything_logged.getvalue()

"""The client against real answers: the sandbox in process, or bytes on a socket."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from mye_tiktok.domain.authorization import Access
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.auth import AuthClient
from mye_tiktok.tiktok.budgets import InMemoryBudgets
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.limiter import Limiter
from mye_tiktok.tiktok.shops import authorized_shops
from mye_tiktok.tiktok.trace import Trace
from tests.unit.tiktok.world import START, FakeTime

Connect = Callable[..., TikTokClient]
HOST = "http://tiktok.test"


@dataclass(slots=True)
class Tokens:
    """A keeper with the tokens it was given; `renewals` says which ones were refused."""

    current: str
    coming: list[str] = field(default_factory=list)
    renewals: list[str] = field(default_factory=list)

    def token(self, authorization_id: int) -> str:
        return self.current

    def renewed(self, authorization_id: int, refused: str) -> str:
        self.renewals.append(refused)
        self.current = self.coming.pop(0)
        return self.current

    def replaced(self, authorization_id: int, refused: str) -> bool:
        return self.current != refused


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def sandbox(time: FakeTime) -> Sandbox:
    return Sandbox(SandboxOptions(products=250), clock=lambda: START.timestamp() + time.seconds)


@pytest.fixture
def app(sandbox: Sandbox) -> App:
    return App(app_key=sandbox.app_key, app_secret=sandbox.app_secret)


@pytest.fixture
def transport(sandbox: Sandbox) -> httpx.WSGITransport:
    return httpx.WSGITransport(app=sandbox.wsgi)


@pytest.fixture
def auth(app: App, transport: httpx.WSGITransport, time: FakeTime) -> AuthClient:
    return AuthClient(app, HOST, transport=transport, clock=time.now, sleep=time.sleep, randomness=random.Random(1))


@pytest.fixture
def tokens(auth: AuthClient, sandbox: Sandbox) -> Tokens:
    return Tokens(auth.exchange_code(sandbox.auth_code()).access_token)


@pytest.fixture
def traces() -> list[Trace]:
    return []


@pytest.fixture
def connect(time: FakeTime, traces: list[Trace]) -> Connect:
    """Make a client that never really waits, for any host."""

    def make(
        url: str = HOST,
        *,
        app: App | None = None,
        tokens: Tokens | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 5.0,
    ) -> TikTokClient:
        budgets = InMemoryBudgets(time.now)
        limiter = Limiter(budgets, max_rps=1e6, first_rps=1e6, monotonic=time.monotonic, sleep=time.sleep)
        return TikTokClient(
            app or App(app_key="key", app_secret="secret"),
            url,
            tokens or Tokens("token"),
            limiter,
            # where nobody listens, pytest-httpx answers in the place of httpx's transport
            transport=transport or (httpx.HTTPTransport() if url == HOST else None),
            clock=time.now,
            sleep=time.sleep,
            randomness=random.Random(1),
            on_request=traces.append,
            timeout=timeout,
        )

    return make


@pytest.fixture
def tiktok(connect: Connect, app: App, tokens: Tokens, transport: httpx.WSGITransport) -> TikTokClient:
    return connect(app=app, tokens=tokens, transport=transport)


@pytest.fixture
def access(tiktok: TikTokClient) -> Access:
    shop = authorized_shops(tiktok, Access(authorization_id=1))[0]
    return Access(authorization_id=1, shop_id=shop.shop_id, shop_cipher=shop.cipher)

"""A small caller of the sandbox, in process, that signs what it sends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpx
import msgspec

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.sandbox.signing import signature

SEARCH = "/product/202502/products/search"
PRODUCT = "/product/202309/products/"
AUTHORIZED_SHOPS = "/authorization/202309/shops"
ACTIVE_SHOPS = "/seller/202309/shops"
CATEGORIES = "/product/202309/categories"
ORDERS = "/order/202309/orders/search"
ORDER_DETAIL = "/order/202507/orders"
CANCELLATIONS = "/return_refund/202602/cancellations/search"
RETURNS = "/return_refund/202602/returns/search"
REJECT_REASONS = "/return_refund/202309/reject_reasons"
WAREHOUSES = "/logistics/202309/warehouses"


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is told otherwise."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True, kw_only=True)
class Caller:
    """Calls a sandbox as an authorized app would. `cipher` and `token` are those of the first shop and seller."""

    sandbox: Sandbox
    clock: Clock
    http: httpx.Client
    grant: Json = field(default_factory=dict)
    cipher: str = ""

    @classmethod
    def of(cls, sandbox: Sandbox, clock: Clock) -> "Caller":
        """Authorize the first seller."""
        http = httpx.Client(transport=httpx.WSGITransport(app=sandbox.wsgi), base_url="http://sandbox")
        caller = cls(sandbox=sandbox, clock=clock, http=http, cipher=sandbox.shops[0].cipher)
        caller.grant = caller.token("get", auth_code=sandbox.auth_code(), grant_type="authorized_code")["data"]
        return caller

    def token(self, endpoint: str, **query: str) -> Json:
        """Call a token endpoint with the right app."""
        app = {"app_key": self.sandbox.app_key, "app_secret": self.sandbox.app_secret}
        answer = self.http.get(f"/api/v2/token/{endpoint}", params={**app, **query})
        assert answer.status_code == 200
        return read(answer)

    def refresh(self, refresh_token: str = "") -> Json:
        """Renew the grant, with the latest refresh token or with this one."""
        given = refresh_token or self.grant["refresh_token"]
        return self.token("refresh", refresh_token=given, grant_type="refresh_token")

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | None] = {},
        body: bytes = b"",
        headers: Mapping[str, str | None] = {},
    ) -> httpx.Response:
        """Send a signed request; what is given as None is left out, also of `sign` and the headers."""
        base = {"app_key": self.sandbox.app_key, "timestamp": str(int(self.clock())), **query}
        known = {name: value for name, value in base.items() if value is not None}
        sent_headers = {
            "x-tts-access-token": self.grant.get("access_token"),
            "content-type": "application/json" if body else None,
            **headers,
        }
        plain_headers = {name: value for name, value in sent_headers.items() if value is not None}
        if "sign" not in query:
            media = plain_headers.get("content-type", "")
            known["sign"] = signature(self.sandbox.app_secret, path, known.items(), body, media)
        return self.http.request(method, path, params=known, content=body or None, headers=plain_headers)

    def get(self, path: str, **query: str) -> Json:
        """Send a signed GET with the shop's cipher and return the envelope."""
        return read(self.send("GET", path, {"shop_cipher": self.cipher, **query}))

    def search(self, page_size: int = 100, page_token: str = "", **body: object) -> Json:
        """Search one page of products and return the envelope."""
        query = {"shop_cipher": self.cipher, "page_size": str(page_size)}
        if page_token:
            query["page_token"] = page_token
        return read(self.send("POST", SEARCH, query, msgspec.json.encode(body)))

    def pages(self, page_size: int = 100, **body: object) -> Iterator[list[Json]]:
        """Search all pages."""
        token = ""
        while True:
            data = self.search(page_size, token, **body)["data"]
            yield data["products"]
            token = data["next_page_token"]
            if not token:
                return

    def all_products(self, page_size: int = 100, **body: object) -> list[Json]:
        """Search all products."""
        return [product for page in self.pages(page_size, **body) for product in page]

    def order_page(self, page_size: int = 100, page_token: str = "", sort: str = "", **body: object) -> Json:
        """Search one page of orders and return the envelope; `sort` is for example "update_time ASC"."""
        query = {"shop_cipher": self.cipher, "page_size": str(page_size)}
        if sort:
            query["sort_field"], query["sort_order"] = sort.split()
        if page_token:
            query["page_token"] = page_token
        return read(self.send("POST", ORDERS, query, msgspec.json.encode(body)))

    def all_orders(self, page_size: int = 100, sort: str = "", **body: object) -> list[Json]:
        """Search all orders."""
        orders: list[Json] = []
        token = ""
        while True:
            data = self.order_page(page_size, token, sort, **body)["data"]
            orders += data["orders"]
            token = data["next_page_token"]
            if not token:
                return orders

    def orders_by_id(self, *ids: str, path: str = ORDER_DETAIL) -> list[Json]:
        """Read orders by id."""
        found: list[Json] = self.get(path, ids=",".join(ids))["data"]["orders"]
        return found

    def cases(self, path: str, page_size: int = 50, page_token: str = "", **body: object) -> Json:
        """Search one page of cancellations or returns and return the envelope."""
        query = {"shop_cipher": self.cipher, "page_size": str(page_size), "page_token": page_token or None}
        return read(self.send("POST", path, query, msgspec.json.encode(body)))

    def post(self, path: str, key: str = "", **body: object) -> Json:
        """Send a signed POST with the shop's cipher, and an idempotency key if given; returns the envelope."""
        query = {"shop_cipher": self.cipher, "idempotency_key": key or None}
        return read(self.send("POST", path, query, msgspec.json.encode(body) if body else b""))


def read(answer: httpx.Response) -> Json:
    """Decode an envelope."""
    envelope: Json = answer.json()
    return envelope

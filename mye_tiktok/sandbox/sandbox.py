"""A TikTok Shop of our own, to be mounted in a process or served on a port."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse

from mye_tiktok.sandbox import consent, controls, recordings
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.application import Application
from mye_tiktok.sandbox.case_desk import CaseDesk
from mye_tiktok.sandbox.deliveries import Record
from mye_tiktok.sandbox.faults import Fault, Faults, Kind
from mye_tiktok.sandbox.limits import RateLimit
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.order_desk import OrderDesk
from mye_tiktok.sandbox.order_life import Life
from mye_tiktok.sandbox.order_methods import OrderMethods
from mye_tiktok.sandbox.parcel_desk import ParcelDesk
from mye_tiktok.sandbox.parcel_methods import ParcelMethods
from mye_tiktok.sandbox.product_desk import ProductDesk
from mye_tiktok.sandbox.product_methods import ProductMethods
from mye_tiktok.sandbox.requests import Environ, Request, RequestLog
from mye_tiktok.sandbox.shops import Seller, Shop, generated_sellers
from mye_tiktok.sandbox.stock_desk import StockDesk
from mye_tiktok.sandbox.stock_methods import StockMethods
from mye_tiktok.sandbox.subscriptions import Subscriptions
from mye_tiktok.sandbox.tokens import Authorization, Tokens
from mye_tiktok.sandbox.webhooks import Webhooks
from mye_tiktok.sandbox.world import World

if TYPE_CHECKING:
    import httpx


class Sandbox(OrderMethods, ParcelMethods, ProductMethods, StockMethods):
    """A sandbox and its controls. Every method may be called while it serves.

    `webhook_transport` takes the place of the network on the way to a webhook's address.
    `unused_recordings` names the files of `options.load` that nothing is made of. Raises ValueError when that
    folder holds no products, or for a region, webhook URL or topic that is not known.
    """

    def __init__(
        self,
        options: SandboxOptions | None = None,
        *,
        clock: Callable[[], float] = time.time,
        webhook_transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        options = options or SandboxOptions()
        self.options = options
        found = recordings.read(options.load) if options.load else None
        self.unused_recordings = tuple(found.unused) if found else ()
        self.world = World(
            options=options,
            clock=clock,
            sellers=recordings.recorded_sellers(found, options) if found else generated_sellers(options, int(clock())),
            tokens=Tokens(options=options, now=lambda: self.world.now),
            limit=RateLimit(options.rate_limit, options.rate_limit_kind),
            subscriptions=Subscriptions(options.webhook_url, options.webhook_topics),
        )
        self.desk = OrderDesk(world=self.world)
        self.webhooks = Webhooks(self.world, webhook_transport)
        self.world.announce = self.webhooks.announce
        self.cases = self.world.cases = CaseDesk(orders=self.desk)
        self.parcels = self.world.parcels = ParcelDesk(self.desk)
        self.life = Life(self.desk, self.cases)
        self.stock = self.world.stock = StockDesk(orders=self.desk, schedule=self.life.schedule)
        self.products = self.world.products = ProductDesk(world=self.world, schedule=self.life.schedule)
        if options.live:
            for shop in self.world.shops:
                self.let_live(options.live, speed=options.live_speed, shop_id=shop.shop_id)
        self.faults = Faults()
        self.application = Application(self.world, self.faults)

    def wsgi(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: TikTok's, the seller's in a browser, or a control; a standard WSGI application."""
        self.tick()
        path = environ["PATH_INFO"]
        if path in consent.PATHS:
            return consent.answer(self.world, environ)(environ, start_response)
        if f"{path}/".startswith(controls.PREFIX):
            return self.application.send(controls.answer(self, Request.of(environ)), start_response)
        return self.application(environ, start_response)

    @property
    def app_key(self) -> str:
        """The key of the one app that is registered."""
        return self.options.app_key

    @property
    def app_secret(self) -> str:
        """The secret of the app."""
        return self.options.app_secret

    @property
    def service_id(self) -> str:
        """What the authorize page is asked for."""
        return self.options.service_id

    @property
    def shops(self) -> tuple[Shop, ...]:
        """All shops of all sellers."""
        return self.world.shops

    @property
    def sellers(self) -> tuple[Seller, ...]:
        """Who can authorize."""
        return tuple(self.world.sellers)

    @property
    def requests(self) -> RequestLog:
        """What was asked and answered."""
        return self.world.log

    @property
    def authorizations(self) -> tuple[Authorization, ...]:
        """What was authorized so far, earliest first."""
        return tuple(self.world.tokens.authorizations)

    def auth_code(self, seller: int = 0, *, shops: tuple[Shop, ...] = ()) -> str:
        """Return a new auth code of a seller, for all shops or for these: single use, good for 30 minutes."""
        chosen = self.world.sellers[seller]
        return self.world.tokens.mint(chosen, shops or chosen.shops)

    def settings(self, base_url: str) -> dict[str, str]:
        """Return the environment of a client of this sandbox, with a new AUTH_CODE, AUTH_CODE_2 … per seller."""
        codes = {f"AUTH_CODE_{at + 1}" if at else "AUTH_CODE": self.auth_code(at) for at in range(len(self.sellers))}
        return {
            "TIKTOK_API_URL": base_url,
            "TIKTOK_AUTH_URL": base_url,
            "APP_KEY": self.app_key,
            "APP_SECRET": self.app_secret,
            "SERVICE_ID": self.service_id,
            **codes,
        }

    def shop(self, shop_id: str = "") -> Shop:
        """Return the shop with this id, or the first; raises KeyError for one that does not exist."""
        for shop in self.shops:
            if shop_id in {"", shop.shop_id}:
                return shop
        raise KeyError(shop_id)

    def expire_access_tokens(self) -> int:
        """Let all access tokens end now: 105002 until a refresh."""
        return self.world.tokens.expire_access_tokens()

    def revoke(self, authorization: Authorization | None = None) -> int:
        """Withdraw an authorization, or all: 105001, and 36004005 for its refresh token; returns how many.

        SELLER_DEAUTHORIZATION tells of each shop that is concerned, as when a seller removes the app.
        """
        withdrawn = self.world.tokens.revoke(authorization)
        for shop in self.shops:
            if any(shop in each.shops for each in withdrawn):
                self.webhooks.announce(shop, "SELLER_DEAUTHORIZATION")
        return len(withdrawn)

    def announce(
        self,
        event: str,
        data: Json | None = None,
        *,
        shop_id: str = "",
        overrides: Mapping[str, object] | None = None,
    ) -> None:
        """Queue a webhook of any documented event, with this `data` or with made-up data.

        `overrides` sets values of the payload at paths such as data.order_status. Raises ValueError for an
        unknown event and KeyError for an unknown shop.
        """
        self.webhooks.announce(self.shop(shop_id), event, data, overrides)

    def deliver_due(self) -> list[Record]:
        """Deliver the webhooks that are due on the sandbox's clock; returns what became of each attempt."""
        return self.webhooks.deliver_due()

    def deactivate_shop(self, shop_id: str = "", *, active: bool = False) -> None:
        """Make a shop inactive: 36009043; or active again."""
        found = self.shop(shop_id).shop_id
        (self.world.inactive.discard if active else self.world.inactive.add)(found)

    def withdraw_scope(self, scope: str) -> None:
        """Take a scope from everything that was authorized: 105005."""
        for authorization in self.authorizations:
            authorization.scopes.discard(scope)

    def skew_clock(self, seconds: float) -> None:
        """Put TikTok's clock `seconds` ahead of ours (behind if negative): Date header, timestamps, token ends."""
        self.world.skew = seconds

    def fail(
        self,
        kind: Kind,
        *,
        operation: str = "",
        after: int = 0,
        times: int | None = None,
        probability: float = 1.0,
        seed: int = 0,
        code: int = 36009003,
        status: int | None = None,
        message: str = "Injected by the sandbox.",
        seconds: float = 0.0,
    ) -> None:
        """Put a fault in force; Fault says what each argument means."""
        fault = Fault(
            kind=kind,
            operation=operation,
            after=after,
            times=times,
            probability=probability,
            seed=seed,
            code=code,
            status=status,
            message=message,
            seconds=seconds,
        )
        self.faults.add(fault)

    def fail_after(self, calls: int, *, kind: Kind = "unavailable", operation: str = "") -> None:
        """Let `calls` more calls go well and fail all that follow."""
        self.fail(kind, operation=operation, after=calls)

    def heal(self) -> None:
        """End every fault and every trick on webhooks.

        What hangs is dropped, a clock that was put off runs right, inactive shops are active, and webhooks that
        were held back are due. Time that was moved on stays where it is.
        """
        self.faults.clear()
        self.application.release()
        self.world.skew = 0.0
        self.world.inactive.clear()
        self.webhooks.heal()

"""Everything that is true inside a sandbox: its options, clock, sellers, shops and tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.hooks import Hooks
from mye_tiktok.sandbox.limits import RateLimit
from mye_tiktok.sandbox.operations import Operation
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.requests import RequestLog
from mye_tiktok.sandbox.shops import Seller, Shop
from mye_tiktok.sandbox.subscriptions import Subscriptions
from mye_tiktok.sandbox.tokens import Authorization, Tokens

if TYPE_CHECKING:
    from mye_tiktok.sandbox.case_desk import CaseDesk
    from mye_tiktok.sandbox.parcel_desk import ParcelDesk
    from mye_tiktok.sandbox.product_desk import ProductDesk
    from mye_tiktok.sandbox.stock_desk import StockDesk

Announce = Callable[[Shop, str, Json], None]


def unheard(shop: Shop, event: str, data: Json) -> None:
    """Let a change go by that nobody listens for."""


@dataclass(slots=True, kw_only=True)
class World:
    """The state that handlers read.

    skew: how far TikTok's own clock is ahead of ours, in seconds.
    advanced: how far time was moved on, in seconds. Signatures are checked and answers dated as if it had not been, so
        that a client whose own clock stands where it stood can go on calling.
    announce: told of each change after it happened: the shop, the event's name as in TikTok's list of webhooks, and
        the `data` of its payload.
    """

    options: SandboxOptions
    clock: Callable[[], float] = field(repr=False)
    sellers: Sequence[Seller]
    tokens: Tokens = field(repr=False)
    limit: RateLimit = field(repr=False)
    log: RequestLog = field(default_factory=RequestLog, repr=False)
    subscriptions: Subscriptions = field(default_factory=Subscriptions, repr=False)
    inactive: set[str] = field(default_factory=set)
    skew: float = 0.0
    advanced: float = 0.0
    announce: Announce = field(default=unheard, repr=False)
    cases: "CaseDesk" = field(init=False, repr=False)
    products: "ProductDesk" = field(init=False, repr=False)
    parcels: "ParcelDesk" = field(init=False, repr=False)
    stock: "StockDesk" = field(init=False, repr=False)
    hooks: Hooks = field(default_factory=Hooks, repr=False)
    answered: dict[tuple[str, ...], Json] = field(default_factory=dict, repr=False)

    @property
    def now(self) -> float:
        """The time at which things happen, in unix seconds."""
        return self.wall + self.advanced

    @property
    def wall(self) -> float:
        """The time as TikTok's servers have it on the wall, in unix seconds."""
        return self.clock() + self.skew

    @property
    def shops(self) -> tuple[Shop, ...]:
        """All shops of all sellers."""
        return tuple(shop for seller in self.sellers for shop in seller.shops)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that passed every check, as a handler sees it. `shop_given` is None where no cipher belongs."""

    world: World
    operation: Operation
    authorization: Authorization
    shop_given: Shop | None
    path: dict[str, str]
    query: Json
    body: Json
    base_url: str = ""

    @property
    def shop(self) -> Shop:
        """The shop that the cipher names."""
        if self.shop_given is None:
            raise Refusal(106013, "Missing identifier. The 'shop_cipher' query parameter is required.")
        return self.shop_given

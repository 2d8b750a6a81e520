"""What a sandbox is like: its shops, its app, and one switch per point that the documentation leaves open."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mye_tiktok.sandbox.limits import LimitKind

DEFAULT_REDIRECT_URL = "http://127.0.0.1:8787/auth/callback"
DAY = 86_400
SCOPES = (
    "seller.authorization.info",
    "seller.shop.info",
    "seller.product.basic",
    "seller.product.write",
    "seller.order.info",
    "seller.fulfillment.basic",
    "seller.fulfillment.package.write",
    "seller.delivery.status.write",
    "seller.logistics",
    "seller.return_refund.basic",
    "seller.finance.info",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """The settings of a sandbox.

    products, seed: size of each shop, and what its content follows from.
    orders: how many orders each shop has from the twenty days before the start.
    shops, sellers, regions: shops per seller, sellers who may authorize, markets that the shops take in turn.
        A seller with more than one shop is a cross-border seller.
    live, live_speed: orders that each shop gets per minute from the start on, and how many times faster than usual they
        are paid, shipped and delivered.
    app_key, app_secret, service_id: the app that the sandbox knows.
    redirect_url: where the authorize page sends the browser; TikTok keeps it with the app.
    load: a folder of recorded payloads that are served instead of a generated shop.
    latency_ms: wait before each answer. rate_limit: calls per second for each app, shop and endpoint; 0 is no limit.
    webhook_url, webhook_topics: what Partner Center has: where webhooks go, and the events that are ticked (all).

    Switches for what is not established about TikTok:
    access_token_seconds, authorization_seconds: how long an access token and an authorization last (7 and 365 days).
    refresh_token_rotates: a refresh returns a new refresh token (yes).
    old_refresh_token_dies: the refresh token that was replaced is refused from then on (yes).
    old_access_token_survives: the access token from before a refresh stays valid until its end (yes).
    unknown_token_code: refusal of a token nobody issued, 36009004 or 105001 (36009004).
    expired_token_status: HTTP status of 105002, 401 or 200 (401).
    rate_limit_kind: the limit counts by "window", each second anew, or by "bucket", refilled steadily (window).
    retry_after: a 429 for the rate limit carries Retry-After (no).
    sends_granted_scopes: token answers name the scopes (yes).
    sends_total_count: searches count all hits (yes).
    newest_first: searches list the newest product first (yes).
    lists_deleted: a search without a status lists products with status DELETED (no).
    unknown_orders: what an order detail does with an id it does not know or of another shop, "omit" or "refuse" it
        with 21008111 (omit).
    page_tokens: page tokens of orders and after-sales hold the "keyset" of the last item, or an "offset" (keyset).
    audit_seconds: how long the audit of a product takes that is put back on sale (60).
    orders_per_tracking_number: how many orders of a shop one tracking number covers (20).
    corrections_allowed, correction_hours: how often the tracking number of a package may be corrected, and how
        long after it was shipped (once, 72).
    shipping_shows_after: for how many seconds the detail of an order that ships shows it as it was (0).
    late_documents: of four labels one is not ready when it is asked for first (yes).
    announces_partial_shipping: a move to PARTIALLY_SHIPPING sends an order webhook beside that of its packages (no).
    accepts_zero_stock: an update of stock takes 0, to sell out (yes).
    stock_of_active_only: an update of stock needs an ACTIVATE product (no: only FREEZE and DELETED refuse it).
    stock_errors: what is wrong with one SKU is told per "item" and the others are applied, or refuses the whole "call"
        (item).
    stock_shows_after: how many seconds pass until answers show a stock that was set or sold (0).
    announces_stock: each change of stock sends its webhooks (no).
    webhook_times_in_ms: the list of a shop's webhooks has its times in milliseconds (yes), or in seconds.
    webhook_retry_keeps_id: a webhook that is sent again keeps its tts_notification_id (yes).
    """

    products: int = 500
    orders: int = 0
    live: float = 0.0
    live_speed: float = 1.0
    seed: int = 1
    shops: int = 1
    sellers: int = 1
    regions: tuple[str, ...] = ("GB",)
    app_key: str = "6sandboxapp01"
    app_secret: str = field(default="5a6db0c5e4f84d1c9b7f", repr=False)
    service_id: str = "7300000000000000001"
    redirect_url: str = DEFAULT_REDIRECT_URL
    load: Path | None = None
    latency_ms: int = 0
    rate_limit: int = 0
    webhook_url: str = ""
    webhook_topics: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES
    access_token_seconds: int = 7 * DAY
    authorization_seconds: int = 365 * DAY
    refresh_token_rotates: bool = True
    old_refresh_token_dies: bool = True
    old_access_token_survives: bool = True
    unknown_token_code: int = 36009004
    expired_token_status: int = 401
    rate_limit_kind: LimitKind = "window"
    retry_after: bool = False
    sends_granted_scopes: bool = True
    sends_total_count: bool = True
    newest_first: bool = True
    lists_deleted: bool = False
    unknown_orders: Literal["omit", "refuse"] = "omit"
    page_tokens: Literal["keyset", "offset"] = "keyset"
    audit_seconds: int = 60
    orders_per_tracking_number: int = 20
    corrections_allowed: int = 1
    correction_hours: int = 72
    shipping_shows_after: float = 0.0
    late_documents: bool = True
    announces_partial_shipping: bool = False
    accepts_zero_stock: bool = True
    stock_of_active_only: bool = False
    stock_errors: Literal["item", "call"] = "item"
    stock_shows_after: float = 0.0
    announces_stock: bool = False
    webhook_times_in_ms: bool = True
    webhook_retry_keeps_id: bool = True

"""`mye-tiktok sandbox`: a TikTok Shop of our own on a local port."""

import json
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli import trigger
from mye_tiktok.errors import WrongUsageError

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox
    from mye_tiktok.sandbox.server import Server

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A TikTok Shop of our own, to try things on.")


class RateLimitKind(Enum):
    """How the rate limit counts."""

    WINDOW = "window"
    BUCKET = "bucket"


class UnknownOrders(Enum):
    """What an order detail does with an id it does not know."""

    OMIT = "omit"
    REFUSE = "refuse"


class StockErrors(Enum):
    """What an update of stock does when something is wrong with one SKU."""

    ITEM = "item"
    CALL = "call"


class PageTokens(Enum):
    """What page tokens hold."""

    KEYSET = "keyset"
    OFFSET = "offset"


@app.callback()
def sandbox() -> None:
    """A TikTok Shop of our own, to try things on."""


trigger.register(app)


@app.command(
    "serve",
    epilog="Example: mye-tiktok sandbox serve --products 5000 --region VN --latency-ms 150 --rate-limit 50",
)
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8789,
    products: Annotated[int, typer.Option(min=0, help="Products in each shop.")] = 500,
    orders: Annotated[int, typer.Option(min=0, help="Orders of each shop from the twenty days before.")] = 50,
    live: Annotated[float, typer.Option(min=0, help="Orders that each shop gets per minute.")] = 0.0,
    live_speed: Annotated[
        float, typer.Option(min=0.001, help="How many times faster than usual they are paid, shipped, delivered.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="What the content of the shops follows from.")] = 1,
    shops: Annotated[int, typer.Option(min=1, help="Shops of each seller; more than one: cross-border.")] = 1,
    sellers: Annotated[int, typer.Option(min=1, help="Sellers who can authorize.")] = 1,
    region: Annotated[str, typer.Option(help="Country of the shops, or several with commas, taken in turn.")] = "GB",
    load: Annotated[
        Path | None, typer.Option(help="Serve this folder of recorded payloads.", exists=True, file_okay=False)
    ] = None,
    latency_ms: Annotated[int, typer.Option(min=0, help="Wait this long before each answer.")] = 0,
    rate_limit: Annotated[
        int, typer.Option(min=0, help="Calls per second per app, shop and endpoint; 0: no limit.")
    ] = 0,
    redirect_url: Annotated[
        str, typer.Option(help="Where the authorize page sends the browser.")
    ] = "http://127.0.0.1:8787/auth/callback",
    webhook_url: Annotated[str, typer.Option(metavar="URL", help="Send signed webhooks here.")] = "",
    webhook_topic: Annotated[
        list[str] | None,
        typer.Option(metavar="EVENT", help="Tick only this event, given more than once; default: all."),
    ] = None,
    access_token_seconds: Annotated[int, typer.Option(min=1, help="Life of an access token.")] = 604_800,
    authorization_seconds: Annotated[int, typer.Option(min=1, help="Life of an authorization.")] = 31_536_000,
    refresh_token_rotates: Annotated[bool, typer.Option(help="A refresh returns a new refresh token.")] = True,
    old_refresh_token_dies: Annotated[bool, typer.Option(help="A replaced refresh token is refused.")] = True,
    old_access_token_survives: Annotated[bool, typer.Option(help="A refresh leaves the old access token be.")] = True,
    unknown_token_code: Annotated[int, typer.Option(help="Refusal of an unknown token, or 105001.")] = 36009004,
    expired_token_status: Annotated[int, typer.Option(help="HTTP status of an expired token, or 200.")] = 401,
    rate_limit_kind: Annotated[
        RateLimitKind, typer.Option(help="Count calls anew each second, or refill steadily.")
    ] = RateLimitKind.WINDOW,
    retry_after: Annotated[bool, typer.Option(help="Send Retry-After with 429.")] = False,
    sends_granted_scopes: Annotated[bool, typer.Option(help="Token answers name the scopes.")] = True,
    sends_total_count: Annotated[bool, typer.Option(help="Searches count all hits.")] = True,
    newest_first: Annotated[bool, typer.Option(help="Searches list the newest product first.")] = True,
    lists_deleted: Annotated[bool, typer.Option(help="A search without status lists deleted products.")] = False,
    unknown_orders: Annotated[
        UnknownOrders, typer.Option(help="Leave an unknown id out of an order detail, or refuse all of it.")
    ] = UnknownOrders.OMIT,
    page_tokens: Annotated[
        PageTokens, typer.Option(help="Page tokens of orders hold the last item's place, or count items.")
    ] = PageTokens.KEYSET,
    audit_seconds: Annotated[int, typer.Option(min=0, help="How long a product put back on sale is audited.")] = 60,
    accepts_zero_stock: Annotated[bool, typer.Option(help="An update of stock takes 0, to sell out.")] = True,
    stock_of_active_only: Annotated[bool, typer.Option(help="Only products on sale take stock.")] = False,
    stock_errors: Annotated[
        StockErrors, typer.Option(help="Tell what is wrong per item and apply the others, or refuse the call.")
    ] = StockErrors.ITEM,
    stock_shows_after: Annotated[
        float, typer.Option(min=0, help="Seconds until answers show a stock that was set or sold.")
    ] = 0.0,
    announces_stock: Annotated[bool, typer.Option(help="Each change of stock sends its webhooks.")] = False,
    orders_per_tracking_number: Annotated[
        int, typer.Option(min=1, help="Orders of a shop that one tracking number covers.")
    ] = 20,
    corrections_allowed: Annotated[int, typer.Option(min=0, help="Corrections of a tracking number.")] = 1,
    correction_hours: Annotated[int, typer.Option(min=0, help="Hours after shipping in which one is taken.")] = 72,
    shipping_shows_after: Annotated[
        float, typer.Option(min=0, help="Seconds until an order that ships is shown as shipped.")
    ] = 0.0,
    late_documents: Annotated[bool, typer.Option(help="One label of four is not ready at first.")] = True,
    announces_partial_shipping: Annotated[
        bool, typer.Option(help="PARTIALLY_SHIPPING sends a webhook of the order as well.")
    ] = False,
    webhook_times_in_ms: Annotated[bool, typer.Option(help="Times of a shop's webhooks are in milliseconds.")] = True,
    webhook_retry_keeps_id: Annotated[bool, typer.Option(help="A repeated webhook keeps its notification id.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document; `ready` goes to stderr.")] = False,
) -> None:
    """Serve a local TikTok Shop: authorize page, tokens, shops, products, orders, categories, warehouses.

    Prints KEY=value lines to export, then `ready`. The options with a no- form, and those that name a
    token's life, code or status, decide what TikTok's documentation leaves open; each help line says what
    holds by default. Faults and changes on demand: GET /_sandbox/ lists the controls. Ends with 143 on
    SIGTERM and 130 on SIGINT.
    """
    from mye_tiktok.sandbox.options import SandboxOptions
    from mye_tiktok.sandbox.sandbox import Sandbox

    try:
        served = Sandbox(
            SandboxOptions(
                products=products,
                orders=orders,
                live=live,
                live_speed=live_speed,
                seed=seed,
                shops=shops,
                sellers=sellers,
                regions=tuple(part.strip().upper() for part in region.split(",") if part.strip()) or ("GB",),
                load=load,
                latency_ms=latency_ms,
                rate_limit=rate_limit,
                redirect_url=redirect_url,
                access_token_seconds=access_token_seconds,
                authorization_seconds=authorization_seconds,
                refresh_token_rotates=refresh_token_rotates,
                old_refresh_token_dies=old_refresh_token_dies,
                old_access_token_survives=old_access_token_survives,
                unknown_token_code=unknown_token_code,
                expired_token_status=expired_token_status,
                rate_limit_kind="bucket" if rate_limit_kind is RateLimitKind.BUCKET else "window",
                retry_after=retry_after,
                sends_granted_scopes=sends_granted_scopes,
                sends_total_count=sends_total_count,
                newest_first=newest_first,
                lists_deleted=lists_deleted,
                unknown_orders="refuse" if unknown_orders is UnknownOrders.REFUSE else "omit",
                page_tokens="offset" if page_tokens is PageTokens.OFFSET else "keyset",
                audit_seconds=audit_seconds,
                accepts_zero_stock=accepts_zero_stock,
                stock_of_active_only=stock_of_active_only,
                stock_errors="call" if stock_errors is StockErrors.CALL else "item",
                stock_shows_after=stock_shows_after,
                announces_stock=announces_stock,
                orders_per_tracking_number=orders_per_tracking_number,
                corrections_allowed=corrections_allowed,
                correction_hours=correction_hours,
                shipping_shows_after=shipping_shows_after,
                late_documents=late_documents,
                announces_partial_shipping=announces_partial_shipping,
                webhook_url=webhook_url,
                webhook_topics=tuple(webhook_topic or ()),
                webhook_times_in_ms=webhook_times_in_ms,
                webhook_retry_keeps_id=webhook_retry_keeps_id,
            )
        )
    except ValueError as error:
        raise WrongUsageError(str(error), hint="`mye-tiktok sandbox serve --help`") from error
    server = _listen(served, host, port)
    if getattr(ctx.find_root().obj, "verbose", 0):
        served.requests.listener = lambda record: _note(" ".join(str(part) for part in record))
    _introduce(served, server, as_json=as_json)
    raise typer.Exit(_run(server))


def _listen(served: "Sandbox", host: str, port: int) -> "Server":
    from mye_tiktok.sandbox.server import Server

    try:
        return Server(served, host=host, port=port)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise WrongUsageError(message, hint="--port 0 takes a free port") from error


def _introduce(served: "Sandbox", server: "Server", *, as_json: bool) -> None:
    settings = served.settings(server.base_url)
    if served.unused_recordings:
        _note(f"recordings that nothing is made of: {', '.join(served.unused_recordings)}")
    _note(f"authorize page: {server.base_url}/open/authorize?service_id={served.service_id}")
    _note(f"controls: {server.base_url}/_sandbox/   another auth code: curl -X POST {server.base_url}/_sandbox/codes")
    if url := served.world.subscriptions.url:
        _note(f"webhooks go to {url}")
    if as_json:
        sys.stdout.write(json.dumps(settings) + "\n")
        _note("ready")
    else:
        sys.stdout.write("".join(f"{name}={value}\n" for name, value in settings.items()) + "ready\n")
    sys.stdout.flush()


def _run(server: "Server") -> int:
    """Serve until a signal comes; returns the exit code that belongs to it."""
    import signal

    caught: list[int] = []

    def stop(number: int, _: object) -> None:
        caught.append(number)
        server.close()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run()
    return 128 + caught[0] if caught else 0


def _note(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()

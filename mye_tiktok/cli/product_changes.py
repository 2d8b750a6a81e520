"""`mye-tiktok products activate|deactivate|price`: change products at TikTok by hand."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import table
from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime

if TYPE_CHECKING:
    from mye_tiktok.domain.product_command import SkuPrice, StateAction
    from mye_tiktok.jobs.products_by_hand import Changes

AMOUNT = r"[0-9]{1,15}(\.[0-9]{1,4})?"
FORM = re.compile(rf"(?P<sku>.+)=(?P<amount>{AMOUNT})(@(?P<listed>{AMOUNT}))?")
SETS = "What to set: TikTok's SKU id or the seller's SKU, the price, and after @ the struck-through list price."
ProductIds = Annotated[list[str], typer.Argument(metavar="PRODUCT_ID…", help="TikTok's product ids.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look at the products, say what would be sent, send nothing.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("activate", epilog="Example: mye-tiktok products activate 1729592969712207008")(activate)
    app.command("deactivate", epilog="Example: mye-tiktok products deactivate 1729592969712207008 --dry-run")(
        deactivate
    )
    app.command(
        "price", epilog="Example: mye-tiktok products price 1729592969712207008 --set 1729592969712207012=12.90"
    )(price)


def activate(
    ctx: typer.Context,
    product_ids: ProductIds,
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put products on sale; TikTok audits them first, and MYE is told how they stand.

    Exits with 65 when TikTok refuses them, with 1 when it refuses some.
    """
    _change(ctx, channel, "activate", product_ids, dry_run=dry_run, as_json=as_json)


def deactivate(
    ctx: typer.Context,
    product_ids: ProductIds,
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take products off sale; MYE is told how they stand.

    Exits with 65 when TikTok refuses them, with 1 when it refuses some.
    """
    _change(ctx, channel, "deactivate", product_ids, dry_run=dry_run, as_json=as_json)


def price(
    ctx: typer.Context,
    product_id: Annotated[str, typer.Argument(metavar="PRODUCT_ID", help="TikTok's product id.")],
    sets: Annotated[list[str], typer.Option("--set", metavar="SKU=AMOUNT[@LIST]", help=SETS)],
    currency: Annotated[str, typer.Option(help="ISO 4217; without it, the one each SKU has.")] = "",
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Set prices of SKUs of one product, all of them or none; MYE is told what it looks like then.

    The amount is before tax for a local seller, and what the buyer sees for a cross-border one.
    """
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.products_by_hand import set_prices_by_hand

    prices = [parse_price(text, currency.upper()) for text in sets]
    with job_runtime(ctx) as (runtime, signals):
        done, changes = set_prices_by_hand(
            runtime.parts(),
            choose_one(runtime.database, channel),
            product_id,
            prices,
            surroundings(runtime, signals),
            dry_run=dry_run,
        )
    rows = _price_rows(changes)
    _print(rows, as_json=as_json)
    finish(done, as_json=as_json, more={"prices": rows})


def parse_price(text: str, currency: str) -> "SkuPrice":
    """Read SKU=AMOUNT[@LIST]; raises WrongUsageError."""
    from mye_tiktok.domain.money import Money
    from mye_tiktok.domain.product_command import SkuPrice
    from mye_tiktok.errors import WrongUsageError

    found = FORM.fullmatch(text.strip())
    if found is None or not Decimal(found["amount"]):
        raise WrongUsageError(
            f"--set {text!r} is not like SKU=12.90 or SKU=12.90@15.00",
            hint="`mye-tiktok products get PRODUCT_ID` shows SKUs and prices",
        )
    listed = Money(amount=Decimal(found["listed"]), currency=currency) if found["listed"] else None
    return SkuPrice(sku_id=found["sku"], amount=Decimal(found["amount"]), currency=currency, list_price=listed)


def _change(
    ctx: typer.Context,
    channel: str | None,
    action: "StateAction",
    product_ids: list[str],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.products_by_hand import change_states_by_hand

    with job_runtime(ctx) as (runtime, signals):
        done, changes = change_states_by_hand(
            runtime.parts(),
            choose_one(runtime.database, channel),
            action,
            product_ids,
            surroundings(runtime, signals),
            dry_run=dry_run,
        )
    rows = _state_rows(changes)
    _print(rows, as_json=as_json)
    finish(done, as_json=as_json, more={"products": rows})


def _print(rows: list[dict[str, object]], *, as_json: bool) -> None:
    if rows and not as_json:
        table([name.upper().replace("_", " ") for name in rows[0]], [list(row.values()) for row in rows], empty="")


def _state_rows(changes: "Changes") -> list[dict[str, object]]:
    """Return one row per product; without an outcome it would be sent."""
    return [
        {
            "product_id": one.product_id,
            "status": one.status,
            "outcome": one.result.outcome if one.result else "",
            "code": one.result.code if one.result else "",
            "message": one.result.reason if one.result else "",
            "title": one.title,
        }
        for one in changes.states
    ]


def _price_rows(changes: "Changes") -> list[dict[str, object]]:
    return [
        {
            "sku_id": one.sku_id,
            "seller_sku": one.seller_sku,
            "from": format(one.before.amount, "f") if one.before else None,
            "to": format(one.to.amount, "f"),
            "list_price": format(one.to.list_price.amount, "f") if one.to.list_price else None,
            "currency": one.to.currency,
        }
        for one in changes.prices
    ]

"""`mye-tiktok inventory update`: set the stock of some SKUs by hand."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import table
from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime
from mye_tiktok.cli.stock_permission import Force, Why

if TYPE_CHECKING:
    from mye_tiktok.domain.stock import SkuPlan
    from mye_tiktok.jobs.stock_by_hand import Setting, Update

FORM = re.compile(r"(?P<sku>.+)=(?P<quantity>[0-9]{1,9})(@(?P<place>[^@=]+))?")
SETS = "What to set: TikTok's SKU id or the seller's SKU, the pieces, and the warehouse where there are several."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "update", epilog="Example: mye-tiktok inventory update 1729592969712207008 --set 1729592969712207012=5"
    )(update)


def update(
    ctx: typer.Context,
    product_id: Annotated[str, typer.Argument(metavar="PRODUCT_ID", help="TikTok's product id.")],
    sets: Annotated[list[str], typer.Option("--set", metavar="SKU=QTY[@WAREHOUSE]", help=SETS)],
    channel: ChannelOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent and send nothing.")] = False,
    force: Force = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Set the stock of SKUs of one product at TikTok now.

    Warehouses that are not named keep the figure that TikTok shows. Exits with 65 when TikTok refuses it, with 1 when
    it refuses a part. The next wish of MYE for the SKU replaces the figure.
    """
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.cli.stock_permission import permission
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.stock_by_hand import update_by_hand

    settings = [parse_setting(text) for text in sets]
    with job_runtime(ctx) as (runtime, signals):
        done, result = update_by_hand(
            runtime.parts(),
            choose_one(runtime.database, channel),
            product_id,
            settings,
            surroundings(runtime, signals),
            permission=permission(runtime, force=force, why=why),
            dry_run=dry_run,
        )
    rows = plan_rows(result.plans) if dry_run else update_rows(result)
    if rows and not as_json:
        table([name.upper().replace("_", " ") for name in rows[0]], [list(row.values()) for row in rows], empty="")
    finish(done, as_json=as_json, more={"plan" if dry_run else "updates": rows})


def parse_setting(text: str) -> "Setting":
    """Read SKU=QTY[@WAREHOUSE]; raises WrongUsageError."""
    from mye_tiktok.domain.stock_rules import MOST
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.stock_by_hand import Setting

    found = FORM.fullmatch(text.strip())
    if found is None or int(found["quantity"]) > MOST:
        raise WrongUsageError(
            f"--set {text!r} is not like SKU=QTY or SKU=QTY@WAREHOUSE with 0 to {MOST} pieces",
            hint="`mye-tiktok products get PRODUCT_ID` shows SKUs and warehouses",
        )
    return Setting(sku=found["sku"], quantity=int(found["quantity"]), warehouse_id=found["place"] or "")


def plan_rows(plans: "Sequence[SkuPlan]") -> list[dict[str, object]]:
    """Return one row per SKU and warehouse, as `--json` shows a plan."""
    return [
        {
            "channel_uid": plan.channel_uid,
            "product_id": plan.product_id,
            "sku_id": plan.sku_id,
            "warehouse_id": one.warehouse_id,
            "from": one.current,
            "to": one.to,
            "rule": one.rule,
        }
        for plan in plans
        for one in plan.warehouses
    ]


def update_rows(update: "Update") -> list[dict[str, object]]:
    """Return one row per SKU and warehouse with what became of it."""
    return [
        {
            "sku_id": entry.sku_id,
            "seller_sku": entry.seller_sku,
            "warehouse_id": entry.warehouse_id,
            "from": entry.before,
            "to": entry.desired,
            "outcome": entry.outcome,
            "code": entry.code,
            "message": entry.message,
        }
        for outcome in update.outcomes
        for entry in outcome.entries
    ]

"""`mye-tiktok inventory push`: send what MYE says there is, or only show what would be sent."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.inventory_update import plan_rows
from mye_tiktok.cli.output import acknowledge, note, say, table
from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime
from mye_tiktok.cli.spool import Spool
from mye_tiktok.cli.stock_permission import Force, Why, permission

if TYPE_CHECKING:
    from mye_tiktok.domain.channel import Channel
    from mye_tiktok.domain.progress import Progress
    from mye_tiktok.domain.stock import SkuPlan
    from mye_tiktok.domain.stock_guard import Limits
    from mye_tiktok.jobs.fetching import Parts
    from mye_tiktok.jobs.running import Surroundings

SHOWN = 500
"""So many rows fit a terminal; a pipe and JSON get all of them."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("push", epilog="Example: mye-tiktok inventory push --all-channels --dry-run")(push)


def push(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent and write nothing.")] = False,
    force: Force = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Send the stock that is due to TikTok, all SKUs of a product in one call, those just sold first.

    Safe to run as often as you like: what TikTok shows already is not sent. A run that would take away too much stock
    stops before the first call with exit code 65 (INVENTORY_GUARD_SKUS, INVENTORY_GUARD_PERCENT).

    With --dry-run: per SKU and warehouse what TikTok shows, what it would show, and the rule that makes it so; then
    what would be refused, and whether the guard would stop the run.
    """
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.inventory_pushing import push_inventory
    from mye_tiktok.jobs.push_sweep import PushOptions

    with job_runtime(ctx) as (runtime, signals), progress("inventory push") as bar:
        around = surroundings(runtime, signals)
        chosen = fetching.choose(runtime.database, channel, all_channels=all_channels)
        permitted = permission(runtime, force=force, why=why)
        if dry_run:
            _rehearse(runtime.parts(), chosen, around, permitted.limits, bar, as_json=as_json)
            return
        options = PushOptions(permission=permitted, workers=int(runtime.settings.number("PUSH_WORKERS")))
        done = push_inventory(runtime.parts(), chosen, options, around, progress=bar)
    finish(done, as_json=as_json)


def _rehearse(
    parts: "Parts",
    chosen: "Sequence[Channel]",
    around: "Surroundings",
    limits: "Limits",
    bar: "Progress",
    *,
    as_json: bool,
) -> None:
    from mye_tiktok.cli.reports import finish
    from mye_tiktok.jobs.inventory_rehearsing import rehearse_push

    with Spool() as plan, Spool() as refused:

        def take(plans: "Sequence[SkuPlan]") -> None:
            plan.add(plan_rows([one for one in plans if one.verdict == "send"]))
            refused.add(row for one in plans for row in refused_rows(one))

        done = rehearse_push(parts, chosen, around, limits=limits, take=take, progress=bar)
        if not as_json:
            # "nothing to send" would be a lie where nobody could look
            print_plan(plan, refused, empty="" if done.errors else "nothing to send")
        finish(done, as_json=as_json, more={"plan": plan, "rejected": refused})


def refused_rows(plan: "SkuPlan") -> Iterator[dict[str, object]]:
    """Yield one row per reason why wishes for a SKU are refused."""
    reasons = dict.fromkeys((plan.refused or {}).values())
    if plan.verdict == "rejected":
        reasons[plan.code, plan.message] = None
    for code, message in reasons:
        yield {
            "channel_uid": plan.channel_uid,
            "product_id": plan.product_id,
            "sku_id": plan.sku_id,
            "seller_sku": plan.seller_sku,
            "code": code,
            "message": message,
        }


def print_plan(plan: Spool, refused: Spool, *, empty: str) -> None:
    """Print what would be sent, then what would be refused; a pipe gets all of it, a terminal the beginning."""
    if len(plan) or empty:
        _print(plan, empty)
    if len(refused):
        acknowledge("")
        _print(refused, "")


def _print(spool: Spool, empty: str) -> None:
    if not sys.stdout.isatty() and len(spool) > SHOWN:
        _stream(spool)
        return
    rows = list(islice(spool.rows(), SHOWN))
    columns = [name.upper().replace("_", " ") for name in rows[0]] if rows else []
    table(columns, [list(row.values()) for row in rows], empty=empty)
    if len(spool) > SHOWN:
        note(f"… and {len(spool) - SHOWN:,} more; a pipe or --json gets them all")


def _stream(spool: Spool) -> None:
    for number, row in enumerate(spool.rows()):
        if not number:
            say("\t".join(name.upper().replace("_", " ") for name in row))
        say("\t".join("" if value is None else str(value).replace("\t", " ") for value in row.values()))

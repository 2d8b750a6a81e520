"""`mye-tiktok ship combine|uncombine|split`: which units go into which package."""

import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import note, show, table
from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.channel import Channel
    from mye_tiktok.domain.package import Package
    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.fetching import Parts
    from mye_tiktok.jobs.regrouping import Regrouping
    from mye_tiktok.jobs.running import Surroundings

    Job = Callable[[Parts, Channel, Surroundings], tuple[Done, Regrouping]]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Look, and show the call that would be made.")]
EXAMPLES = {
    "combine": "Example: mye-tiktok ship combine 1152000000000000301 1152000000000000302 --dry-run",
    "uncombine": "Example: mye-tiktok ship uncombine 1152000000000000301 --order 577000000000000200",
    "split": "Example: mye-tiktok ship split 577000000000000200 --group 577000000000000201 --group 577000000000000202",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (combine, uncombine, split):
        app.command(command.__name__, epilog=EXAMPLES[command.__name__])(command)


def combine(
    ctx: typer.Context,
    package_ids: Annotated[list[str], typer.Argument(metavar="PACKAGE_ID…", help="Packages of one buyer.")],
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put packages of one buyer and address into one, so that they ship together.

    Shows the packages before and after, and tells MYE of the orders. Exits with 65 when they can't be combined.
    """
    from mye_tiktok.jobs.regrouping import combine_packages

    wanted = list(dict.fromkeys(package_ids))
    _run(
        ctx,
        channel,
        lambda parts, chosen, around: combine_packages(parts, chosen, wanted, around, dry_run=dry_run),
        dry_run=dry_run,
        as_json=as_json,
    )


def uncombine(
    ctx: typer.Context,
    package_id: Annotated[str, typer.Argument(metavar="PACKAGE_ID", help="A package of several orders.")],
    order: Annotated[
        list[str] | None, typer.Option("--order", metavar="ORDER_ID", help="Only this order; may be repeated.")
    ] = None,
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take orders out of a combined package, all of them unless named.

    Shows the packages before and after, and tells MYE of the orders. Exits with 65 when it can't be taken apart.
    """
    from mye_tiktok.jobs.regrouping import uncombine_package

    leaving = list(dict.fromkeys(order or []))
    _run(
        ctx,
        channel,
        lambda parts, chosen, around: uncombine_package(parts, chosen, package_id, leaving, around, dry_run=dry_run),
        dry_run=dry_run,
        as_json=as_json,
    )


def split(
    ctx: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER_ID", help="TikTok's order id.")],
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="ID,ID…", help="Line items of one package; once per package.")
    ] = None,
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Split an order into several packages: each line item that is left to ship goes into one group.

    Without --group it lists those line items and changes nothing. In South-East Asia, Brazil and Mexico all units of a
    SKU stay together. Exits with 65 when it can't be split.
    """
    from mye_tiktok.jobs.regrouping import split_order

    if not group:
        _list_units(ctx, channel, order_id, as_json=as_json)
        return
    groups = [[one.strip() for one in text.split(",") if one.strip()] for text in group]
    _run(
        ctx,
        channel,
        lambda parts, chosen, around: split_order(parts, chosen, order_id, groups, around, dry_run=dry_run),
        dry_run=dry_run,
        as_json=as_json,
    )


def _list_units(ctx: typer.Context, channel: str | None, order_id: str, *, as_json: bool) -> None:
    """Show what a split may be made of."""
    from mye_tiktok.domain.shipping_obstacles import open_units
    from mye_tiktok.jobs.existing import existing_orders
    from mye_tiktok.jobs.fetching import choose_one

    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        units = open_units(existing_orders(runtime.tiktok(), chosen, [order_id])[0])
    names = ("line_item_id", "package_id", "sku_id", "seller_sku")
    show(
        {"order_id": order_id, "line_items": [{name: getattr(one, name) for name in names} for one in units]},
        as_json=as_json,
        plain=lambda: table(
            ("LINE ITEM", "PACKAGE", "SKU"),
            [(one.line_item_id, one.package_id, one.seller_sku or one.sku_id) for one in units],
            empty=f"nothing is left to ship of order {order_id}",
        ),
    )


def _run(ctx: typer.Context, channel: str | None, job: "Job", *, dry_run: bool, as_json: bool) -> None:
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs.fetching import choose_one

    with job_runtime(ctx) as (runtime, signals):
        parts, chosen = runtime.parts(), choose_one(runtime.database, channel)
        done, result = job(parts, chosen, surroundings(runtime, signals))
    if not as_json:
        _print(result, dry_run=dry_run)
        if result.already and not sys.stderr.isatty():
            note("; ".join(done.report.notes))  # at a terminal they stand in the report
    more: dict[str, object] = {
        "dry_run": dry_run,
        "already": result.already,
        "call": result.call,
        "before": [package_json(one) for one in result.before],
        "after": [package_json(one) for one in result.after],
    }
    finish(done, as_json=as_json, more=more)


def package_json(one: "Package") -> dict[str, object]:
    """Return what is in a package."""
    return {
        "package_id": one.package_id,
        "status": one.status,
        "combined": one.is_combined,
        "split": one.is_split,
        "order_ids": one.order_ids,
        "line_item_ids": one.line_item_ids,
    }


def _print(result: "Regrouping", *, dry_run: bool) -> None:
    rows = [*_rows("before", result.before), *_rows("after", result.after)]
    if rows:
        table(("WHEN", "PACKAGE", "UNITS", "HOLDS", "ORDERS"), rows, empty="")
    if dry_run and result.call and not result.already:
        note(f"would be sent: {json.dumps(result.call)}")


def _rows(when: str, packages: "Iterable[Package]") -> list[tuple[object, ...]]:
    return [
        (
            when,
            one.package_id,
            len(one.line_item_ids),
            "several orders" if one.is_combined else "a part" if one.is_split else "",
            ", ".join(one.order_ids),
        )
        for one in packages
    ]

"""`mye-tiktok ship`: what TikTok knows of carriers, packages, warehouses and tracking, live."""

from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import note, show
from mye_tiktok.cli.session import AsJson, ChannelOption, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.channel import Channel
    from mye_tiktok.domain.order import Order
    from mye_tiktok.domain.shipping import TrackedParcel
    from mye_tiktok.runtime import Runtime

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Shipping: every parcel leaves in time.")

PackageId = Annotated[str, typer.Argument(metavar="PACKAGE_ID", help="The package's id, as `ship packages` shows it.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER_ID", help="TikTok's order id.")]


@app.command("providers", epilog="Example: mye-tiktok ship providers --order 577000000000000200")
def providers(
    ctx: typer.Context,
    channel: ChannelOption = None,
    delivery_option_id: Annotated[str, typer.Option(metavar="ID", help="Those that this option allows.")] = "",
    order: Annotated[str, typer.Option(metavar="ORDER_ID", help="Those that may carry this order.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the shipping providers of a delivery option, or of an order's option; their ids go with tracking numbers."""
    from mye_tiktok.cli.ship_view import print_providers, provider_json
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.providers import get_providers

    if bool(delivery_option_id) == bool(order):
        raise WrongUsageError("give either --delivery-option-id or --order")
    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        option = delivery_option_id or _option_of(_order(runtime, chosen, order))
        found = get_providers(runtime.tiktok(), chosen.access, option)
    show(
        {"providers": [provider_json(one) for one in found], "delivery_option_id": option},
        as_json=as_json,
        plain=lambda: print_providers(found, option),
    )


@app.command("package", epilog="Example: mye-tiktok ship package 1152000000000000301 --json")
def package(ctx: typer.Context, package_id: PackageId, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """Show one package as TikTok has it now: its state, orders, tracking number and how it is handed over."""
    from mye_tiktok.cli.ship_view import print_package
    from mye_tiktok.errors import RefusedError
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.package_parser import parse_package
    from mye_tiktok.tiktok.packages import get_raw_package

    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        raw = get_raw_package(runtime.tiktok(), chosen.access, package_id)
    if raw is None:
        raise RefusedError(
            f"TikTok has no package {package_id} in channel {chosen.channel_uid}",
            hint="`mye-tiktok ship packages` shows the packages there are",
            code="no-package",
        )
    show({"package": raw}, as_json=as_json, plain=lambda: print_package(parse_package(raw)))


@app.command("packages", epilog="Example: mye-tiktok ship packages --status TO_FULFILL --limit 50")
def packages(
    ctx: typer.Context,
    channel: ChannelOption = None,
    status: Annotated[str, typer.Option(help="Only packages in this state, such as TO_FULFILL.")] = "",
    order: Annotated[str, typer.Option(metavar="ORDER_ID", help="The packages of this order, in full.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=50, help="Packages per page.")] = 20,
    since: Annotated[str | None, typer.Option(help="From then on; without a zone it is UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Before then; without a zone it is UTC.")] = None,
    updated: Annotated[bool, typer.Option("--updated", help="Sort and filter by the last change.")] = False,
    page_token: Annotated[str, typer.Option(help="next_page_token of the page before.")] = "",
    as_json: AsJson = False,
) -> None:
    """List one page of the shop's packages, live from TikTok, the newest first; or those of one order.

    --since and --until are about when packages were created, with --updated about when they changed.
    """
    from mye_tiktok.cli.moments import parse_bounds
    from mye_tiktok.cli.ship_view import print_packages
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.client import Page
    from mye_tiktok.tiktok.packages import PackageFilter, get_raw_package, list_packages

    first, last = parse_bounds(since, until)
    if order and (status or first or last or updated or page_token):
        raise WrongUsageError("--order lists all packages of one order and takes no other filter")
    wanted = (
        PackageFilter(updated_from=first, updated_before=last, status=status)
        if updated
        else PackageFilter(created_from=first, created_before=last, status=status)
    )
    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        tiktok = runtime.tiktok()
        if order:
            ids = [one.package_id for one in _order(runtime, chosen, order).packages]
            details = [get_raw_package(tiktok, chosen.access, one) for one in ids]
            page = Page(items=[one for one in details if one is not None], total=len(ids), token="")
        else:
            sort_field = "update_time" if updated else "create_time"
            page = list_packages(
                tiktok, chosen.access, wanted=wanted, sort_field=sort_field, page_size=limit, page_token=page_token
            )
    show(
        {"packages": page.items, "next_page_token": page.token, "total_count": page.total},
        as_json=as_json,
        plain=lambda: print_packages(page),
    )


@app.command("warehouses", epilog="Example: mye-tiktok ship warehouses --delivery-options")
def warehouses(
    ctx: typer.Context,
    channel: ChannelOption = None,
    delivery_options: Annotated[
        bool, typer.Option("--delivery-options", help="Also how each warehouse delivers; asks once per warehouse.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the seller's warehouses and, if wanted, the delivery options that each of them offers."""
    from mye_tiktok.cli.ship_view import print_warehouses, warehouse_json
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.warehouses import get_delivery_options, get_raw_warehouses, parse_warehouse

    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        tiktok = runtime.tiktok()
        raw = get_raw_warehouses(tiktok, chosen.access)
        found = [parse_warehouse(one) for one in raw]
        offered = {
            one.warehouse_id: get_delivery_options(tiktok, chosen.access, one.warehouse_id)
            for one in found
            if delivery_options and one.sells
        }
    show(
        {"warehouses": [warehouse_json(one, offered) for one in raw]},
        as_json=as_json,
        plain=lambda: print_warehouses(found, offered),
    )


@app.command("slots", epilog="Example: mye-tiktok ship slots 1152000000000000301")
def slots(ctx: typer.Context, package_id: PackageId, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """Show how a package may be handed to its carrier, and when it can be picked up."""
    from mye_tiktok.cli.ship_view import handover_json, print_handover
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.packages import get_handover

    with opened(ctx) as runtime:
        found = get_handover(runtime.tiktok(), choose_one(runtime.database, channel).access, package_id)
    show(handover_json(package_id, found), as_json=as_json, plain=lambda: print_handover(found))


@app.command("track", epilog="Example: mye-tiktok ship track 577000000000000200")
def track(ctx: typer.Context, order_id: OrderId, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """Show what happened to an order on its way, the latest first; of cross-border shops also parcel by parcel."""
    from mye_tiktok.cli.ship_view import print_tracking, tracking_json
    from mye_tiktok.domain.shipping_choice import CROSS_BORDER
    from mye_tiktok.errors import RefusedError
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.tracking import order_tracking, parcel_tracking

    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        events = order_tracking(runtime.tiktok(), chosen.access, order_id)
        parcels: tuple[TrackedParcel, ...] = ()
        if chosen.seller_type == CROSS_BORDER:
            try:
                parcels = parcel_tracking(runtime.tiktok(), chosen.access, order_id)
            except RefusedError as refusal:
                note(f"warning: parcel by parcel it is not known: {refusal.message}")
    show(
        tracking_json(order_id, events, parcels),
        as_json=as_json,
        plain=lambda: print_tracking(order_id, events, parcels),
    )


def _order(runtime: "Runtime", chosen: "Channel", order_id: str) -> "Order":
    from mye_tiktok.errors import RefusedError
    from mye_tiktok.tiktok.orders import get_orders

    found = get_orders(runtime.tiktok(), chosen.access, [order_id])
    if not found.orders:
        raise RefusedError(
            f"TikTok has no order {order_id} in channel {chosen.channel_uid}",
            hint="`mye-tiktok orders list` shows the orders there are",
            code="no-order",
        )
    return found.orders[0]


def _option_of(order: "Order") -> str:
    from mye_tiktok.errors import RefusedError

    if not order.delivery_option_id:
        raise RefusedError(
            f"TikTok names no delivery option for order {order.order_id}, which is {order.status}",
            hint="`mye-tiktok ship warehouses --delivery-options` lists the options there are",
            code="no-delivery-option",
        )
    return order.delivery_option_id

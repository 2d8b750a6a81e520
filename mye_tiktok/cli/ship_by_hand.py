"""`mye-tiktok ship mark-shipped|update|arrange|create`: ship what a person names, now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime
from mye_tiktok.domain.shipment import Shipment

DryRun = Annotated[bool, typer.Option("--dry-run", help="Look, and show the call that would be made.")]
Tracking = Annotated[str, typer.Option("--tracking", metavar="NUMBER", help="The parcel's tracking number.")]
Provider = Annotated[
    str, typer.Option("--provider", metavar="ID|NAME", help="Who carries it; `ship providers` lists them.")
]
Lines = Annotated[
    list[str] | None,
    typer.Option("--line-item", metavar="ID", help="Only this line item; may be repeated."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    ids = "577000000000000200"
    marked = f"Example: mye-tiktok ship mark-shipped {ids} --tracking RM123456785GB --provider 'Royal Mail'"
    app.command("mark-shipped", epilog=marked)(mark_shipped)
    number = "--tracking RM123456799GB"
    app.command("update", epilog=f"Example: mye-tiktok ship update 1152000000000000301 {number}")(update)
    app.command("arrange", epilog="Example: mye-tiktok ship arrange 1152000000000000301 --drop-off")(arrange)
    app.command("create", epilog=f"Example: mye-tiktok ship create {ids} --dry-run")(create)


def mark_shipped(
    ctx: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER_ID", help="TikTok's order id.")],
    tracking: Tracking,
    provider: Provider,
    channel: ChannelOption = None,
    line_item: Lines = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Tell TikTok that you shipped an order with your own carrier; US, UK, EU and JP.

    The order is read just before: what must not be shipped is refused with the reason, and what was shipped with this
    number before is done. It is never sent twice: when TikTok's answer is lost, the order tells what became of it.
    """
    _check_number(tracking)
    wanted = Shipment(
        channel_uid="",
        kind="mark_shipped",
        order_id=order_id,
        tracking_number=tracking,
        provider=provider,
        line_item_ids=tuple(dict.fromkeys(line_item or ())),
    )
    _ship(ctx, "mark-shipped", channel, [wanted], dry_run=dry_run, as_json=as_json)


def update(
    ctx: typer.Context,
    package_id: Annotated[str, typer.Argument(metavar="PACKAGE_ID", help="A package that you shipped.")],
    tracking: Tracking,
    provider: Annotated[
        str, typer.Option("--provider", metavar="ID|NAME", help="Another carrier; without it the one it has.")
    ] = "",
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Correct the tracking number of a package that you shipped yourself: within 72 hours, and normally once."""
    _check_number(tracking)
    wanted = Shipment(channel_uid="", kind="update", package_id=package_id, tracking_number=tracking, provider=provider)
    _ship(ctx, "update", channel, [wanted], dry_run=dry_run, as_json=as_json)


def arrange(
    ctx: typer.Context,
    package_ids: Annotated[list[str], typer.Argument(metavar="PACKAGE_ID…", help="Packages to be shipped.")],
    pickup: Annotated[bool, typer.Option("--pickup", help="The carrier collects.")] = False,
    drop_off: Annotated[bool, typer.Option("--drop-off", help="You bring it to the carrier.")] = False,
    slot: Annotated[str, typer.Option(metavar="START,END", help="With --pickup: when, as `ship slots` shows it.")] = "",
    tracking: Annotated[str, typer.Option("--tracking", metavar="NUMBER", help="Of your own parcel.")] = "",
    provider: Annotated[str, typer.Option("--provider", metavar="ID|NAME", help="Your own carrier.")] = "",
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Arrange the shipment of packages: South-East Asia, Latin America, and TikTok's shipping in the UK and EU.

    With --tracking and --provider it is your own parcel. Several packages go in one call; those that TikTok refuses
    are named, and the others are shipped. A combined package ships all its orders; it says so before anything is sent.
    """
    from mye_tiktok.errors import WrongUsageError

    if pickup and drop_off:
        raise WrongUsageError("--pickup and --drop-off exclude each other")
    if slot and drop_off:
        raise WrongUsageError("--slot is for --pickup")
    if bool(tracking) != bool(provider):
        raise WrongUsageError("--tracking and --provider go together")
    if tracking:
        _check_number(tracking)
        if len(package_ids) > 1:
            raise WrongUsageError("--tracking is for one package", hint="`mye-tiktok ship bulk FILE.csv` takes many")
    method = "PICKUP" if pickup or slot else "DROP_OFF" if drop_off else ""
    wanted = Shipment(
        channel_uid="", kind="arrange", tracking_number=tracking, provider=provider, method=method, slot=_slot(slot)
    )
    each = [replace(wanted, package_id=one) for one in dict.fromkeys(package_ids)]
    _ship(ctx, "arrange", channel, each, dry_run=dry_run, as_json=as_json)


def create(
    ctx: typer.Context,
    order_id: Annotated[str, typer.Argument(metavar="ORDER_ID", help="TikTok's order id.")],
    service: Annotated[str, typer.Option("--service", metavar="ID", help="Which label; without it TikTok's own.")] = "",
    line_item: Lines = None,
    channel: ChannelOption = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Buy TikTok's label for an order that TikTok ships, which makes its package: US, UK, EU and JP. It costs money.

    It is bought once: when TikTok's answer is lost, the order tells what became of it.
    """
    wanted = Shipment(
        channel_uid="",
        kind="create",
        order_id=order_id,
        service_id=service,
        line_item_ids=tuple(dict.fromkeys(line_item or ())),
    )
    _ship(ctx, "create", channel, [wanted], dry_run=dry_run, as_json=as_json)


def _ship(
    ctx: typer.Context,
    command: str,
    channel: str | None,
    wanted: Sequence[Shipment],
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.cli.shipment_view import plan_json, print_plan, print_shipments, shipment_json, tell_remarks
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.shipping_by_hand import ship_by_hand

    with job_runtime(ctx) as (runtime, signals):
        chosen = choose_one(runtime.database, channel)
        done, by_hand = ship_by_hand(
            runtime.parts(),
            chosen,
            [replace(one, channel_uid=chosen.channel_uid) for one in wanted],
            surroundings(runtime, signals),
            job=f"ship {command}",
            dry_run=dry_run,
            before=tell_remarks,
        )
    if not as_json:
        print_plan(by_hand.plan) if dry_run else print_shipments(by_hand.found)
    name, items = (
        ("plan", [plan_json(one) for one in by_hand.plan])
        if dry_run
        else ("shipments", [shipment_json(one) for one in by_hand.found])
    )
    finish(done, as_json=as_json, more={name: items})


def _check_number(tracking: str) -> None:
    from mye_tiktok.domain.tracking_number import problem
    from mye_tiktok.errors import RefusedError

    if wrong := problem(tracking):
        raise RefusedError(wrong, hint="check the number", code="tracking-number")


def _slot(text: str) -> tuple[int, int] | None:
    from mye_tiktok.cli.moments import parse_moment
    from mye_tiktok.errors import WrongUsageError

    if not text:
        return None
    ends = [int(parse_moment(end, "--slot").timestamp()) for end in text.split(",")]
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise WrongUsageError(f"--slot {text!r} is not START,END", hint="`mye-tiktok ship slots PACKAGE_ID` shows them")
    return ends[0], ends[1]

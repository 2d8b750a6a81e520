"""`mye-tiktok orders`: fetch what changed, list a page of orders live, show some of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import end, show
from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.channel import Channel
    from mye_tiktok.runtime import Runtime

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Orders: what buyers bought, on its way to MYE.")

HOLD_HELP = "From now on: mark announces orders on hold as provisional, release waits, both announces them twice."


@app.command("fetch", epilog="Example: mye-tiktok orders fetch --all-channels")
def fetch(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    days_ago: Annotated[int | None, typer.Option(min=1, max=3650, help="Read the orders of the last N days.")] = None,
    since: Annotated[str | None, typer.Option(help="Read orders created since then; without a zone it is UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="With --since: read orders created before then.")] = None,
    hold_policy: Annotated[str | None, typer.Option(help=HOLD_HELP)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and write nothing.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Look at this many orders only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the orders that changed since the last run and queue them for MYE.

    Safe to run as often as you like: an order that did not change is not sent again. The first run looks at the
    last 30 days; --days-ago or --since reads older orders, day by day, and goes on where it was when it was stopped.
    """
    from mye_tiktok.cli.moments import parse_period
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.order_reading import OrderOptions

    with job_runtime(ctx) as (runtime, signals), progress("orders fetch") as bar:
        period = parse_period(days_ago, since, until, now=runtime.clock())
        parts = runtime.parts()
        chosen = fetching.choose(runtime.database, channel, all_channels=all_channels)
        if hold_policy is not None:
            chosen = _with_policy(runtime, chosen, hold_policy, dry_run=dry_run)
        done = fetching.fetch_orders(
            parts,
            chosen,
            OrderOptions(dry_run=dry_run, limit=limit, period=period),
            surroundings(runtime, signals),
            progress=bar,
        )
    finish(done, as_json=as_json)


@app.command("list", epilog="Example: mye-tiktok orders list --status AWAITING_SHIPMENT --limit 50")
def list_page(
    ctx: typer.Context,
    channel: ChannelOption = None,
    status: Annotated[str, typer.Option(help="Only orders in this state, such as AWAITING_SHIPMENT.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="Orders per page.")] = 20,
    since: Annotated[str | None, typer.Option(help="From then on; without a zone it is UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Before then; without a zone it is UTC.")] = None,
    updated: Annotated[bool, typer.Option("--updated", help="Sort and filter by the last change.")] = False,
    page_token: Annotated[str, typer.Option(help="next_page_token of the page before.")] = "",
    as_json: AsJson = False,
) -> None:
    """List one page of the shop's orders, live from TikTok, the newest first.

    --since and --until are about when orders were created, with --updated about when they changed.
    """
    from mye_tiktok.cli.moments import parse_bounds
    from mye_tiktok.cli.order_view import print_page
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.orders import OrderFilter, list_orders

    first, last = parse_bounds(since, until)
    wanted = (
        OrderFilter(updated_from=first, updated_before=last, status=status)
        if updated
        else OrderFilter(created_from=first, created_before=last, status=status)
    )
    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        page = list_orders(
            runtime.tiktok(),
            chosen.access,
            wanted=wanted,
            sort_field="update_time" if updated else "create_time",
            page_size=limit,
            page_token=page_token,
        )
    show(
        {"orders": page.items, "next_page_token": page.token, "total_count": page.total},
        as_json=as_json,
        plain=lambda: print_page(page),
    )


@app.command("get", epilog="Example: mye-tiktok orders get 577000000000000200 --json")
def get(
    ctx: typer.Context,
    order_ids: Annotated[list[str], typer.Argument(metavar="ORDER_ID…", help="TikTok's order ids.")],
    channel: ChannelOption = None,
    prices: Annotated[bool, typer.Option("--prices", help="Also show how the price of one order was built.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show orders as TikTok has them now: one with all that is known of it, several as a table.

    Ids that TikTok does not know are named, and the exit code is 1.
    """
    from mye_tiktok.cli.order_view import order_json, print_orders
    from mye_tiktok.db import order_changes
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.orders import get_orders, get_price_detail

    wanted = list(dict.fromkeys(order_ids))
    if prices and len(wanted) > 1:
        raise WrongUsageError("--prices is for one order at a time")
    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        tiktok = runtime.tiktok()
        found = get_orders(tiktok, chosen.access, wanted)
        built = get_price_detail(tiktok, chosen.access, wanted[0]) if prices and found.orders else None
        with runtime.database.reading() as session:
            past = order_changes.of_order(session, chosen.channel_uid, wanted[0]) if len(wanted) == 1 else []
        now = runtime.clock()
    show(
        order_json(found, built, alone=len(wanted) == 1),
        as_json=as_json,
        plain=lambda: print_orders(found, past, built, now=now, alone=len(wanted) == 1),
    )
    if found.missing:
        end(1, f"TikTok has no order {', '.join(found.missing)} in channel {chosen.channel_uid}", as_json=as_json)


def _with_policy(runtime: "Runtime", chosen: "list[Channel]", policy: str, *, dry_run: bool) -> "list[Channel]":
    """Return the channels with their new policy, which is remembered unless this is a dry run."""
    from dataclasses import replace

    from mye_tiktok.db import channels
    from mye_tiktok.domain.channel import HOLD_POLICIES
    from mye_tiktok.errors import WrongUsageError

    known = next((one for one in HOLD_POLICIES if one == policy), None)
    if known is None:
        raise WrongUsageError(f"--hold-policy {policy!r} is none of {', '.join(HOLD_POLICIES)}")
    if not dry_run:
        with runtime.database.transaction() as session:
            for channel in chosen:
                channels.set_hold_policy(session, channel.channel_uid, known)
    return [replace(channel, hold_policy=known) for channel in chosen]

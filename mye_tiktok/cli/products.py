"""`mye-tiktok products`: fetch the catalogue, list a page of it live, show one product."""

from typing import Annotated

import typer

from mye_tiktok.cli.output import show
from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime, opened

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Products: TikTok's catalogue on its way to MYE.")


@app.command("fetch-all", epilog="Example: mye-tiktok products fetch-all --all-channels")
def fetch_all(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    full: Annotated[bool, typer.Option("--full", help="Look at every product, also for those that vanished.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Remove products even beyond the removal limit.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Look at this many products only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the products that changed since the last run and queue them for MYE.

    Safe to run as often as you like: a product that did not change is not sent again. The first run
    looks at everything.
    """
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.products import PullOptions

    with job_runtime(ctx) as (runtime, signals), progress("products fetch-all") as bar:
        options = PullOptions(
            full=full,
            dry_run=dry_run,
            force=force,
            limit=limit,
            workers=int(runtime.settings.number("FETCH_WORKERS")),
            removal_limit=runtime.settings.number("REMOVAL_LIMIT_PERCENT") / 100,
        )
        around = surroundings(runtime, signals)
        done = fetching.fetch_all(
            runtime.parts(),
            fetching.choose(runtime.database, channel, all_channels=all_channels),
            options,
            around,
            progress=bar,
        )
    finish(done, as_json=as_json)


@app.command("list", epilog="Example: mye-tiktok products list --channel UID --page-size 20")
def list_page(
    ctx: typer.Context,
    channel: ChannelOption = None,
    page_size: Annotated[int, typer.Option(min=1, max=100, help="Products per page.")] = 20,
    page_token: Annotated[str, typer.Option(help="next_page_token of the page before.")] = "",
    as_json: AsJson = False,
) -> None:
    """List one page of the shop's products, live from TikTok."""
    from mye_tiktok.cli.product_view import print_page
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.products import list_products

    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        page = list_products(runtime.tiktok(), chosen.access, page_size=page_size, page_token=page_token)
    show(
        {"products": page.items, "next_page_token": page.token, "total_count": page.total},
        as_json=as_json,
        plain=lambda: print_page(page),
    )


@app.command("get", epilog="Example: mye-tiktok products get 1729592969712207008 --json")
def get(
    ctx: typer.Context,
    product_id: Annotated[str, typer.Argument(help="TikTok's product id.")],
    channel: ChannelOption = None,
    as_json: AsJson = False,
) -> None:
    """Show one product as TikTok has it now."""
    from mye_tiktok.cli.product_view import print_product
    from mye_tiktok.errors import RefusedError
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.product_parser import parse_product
    from mye_tiktok.tiktok.products import get_raw_product

    with opened(ctx) as runtime:
        chosen = choose_one(runtime.database, channel)
        product = get_raw_product(runtime.tiktok(), chosen.access, product_id)
    if product is None:
        raise RefusedError(
            f"TikTok has no product {product_id} in channel {chosen.channel_uid}",
            hint="`mye-tiktok products list` shows the products there are",
            code="no-product",
        )
    show({"product": product}, as_json=as_json, plain=lambda: print_product(parse_product(product)))

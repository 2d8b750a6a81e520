"""`mye-tiktok inventory requests`: what MYE asked for, and what became of it."""

from typing import Annotated

import typer

from mye_tiktok.cli.output import show
from mye_tiktok.cli.session import AsJson, opened


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("requests", epilog="Example: mye-tiktok inventory requests --status rejected")(requests)


def requests(
    ctx: typer.Context,
    status: Annotated[
        str, typer.Option(help="pending, applied, unchanged, superseded, rejected or failed; none: all.")
    ] = "",
    channel: Annotated[str, typer.Option("--channel", metavar="UID", help="Only for this channel.")] = "",
    sku: Annotated[str, typer.Option(help="Only for this seller SKU, or TikTok's id of a SKU.")] = "",
    request_id: Annotated[str, typer.Option(help="Only those of this request of MYE's.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what MYE asked for, and what became of it.

    A request for every channel has one line until it is sorted in, and then one per channel that lists the SKU.
    """
    from mye_tiktok.cli.inventory_view import parse_state, print_requests, request_json
    from mye_tiktok.db.inventory_requests import RequestFilter, find

    wanted = RequestFilter(state=parse_state(status), channel_uid=channel, sku=sku, request_id=request_id)
    with opened(ctx) as runtime, runtime.database.reading() as session:
        found = find(session, wanted, limit=limit)
    show(
        {"requests": [request_json(request) for request in found]},
        as_json=as_json,
        plain=lambda: print_requests(found),
    )

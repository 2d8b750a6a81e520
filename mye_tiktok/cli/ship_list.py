"""`mye-tiktok ship list|retry`: what is to be shipped, what became of it, and going on with what waits."""

from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import show
from mye_tiktok.cli.session import AsJson, job_runtime, opened

MOST_ID = 2**63 - 1

if TYPE_CHECKING:
    from mye_tiktok.domain.shipment import ShipmentState


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list", epilog="Example: mye-tiktok ship list --state failed")(list_shipments)
    app.command("retry", epilog="Example (cron): mye-tiktok ship retry")(retry)


def list_shipments(
    ctx: typer.Context,
    state: Annotated[
        str, typer.Option(help="pending, sent (answer unknown), shipped, refused or failed; none: all.")
    ] = "",
    channel: Annotated[str, typer.Option("--channel", metavar="UID", help="Only on this channel.")] = "",
    order: Annotated[str, typer.Option(metavar="ORDER_ID", help="Only of this order.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List what was to be shipped, by hand, by file or by message, and what became of it."""
    from mye_tiktok.cli.shipment_view import print_shipments, shipment_json
    from mye_tiktok.db.shipments import ShipmentFilter, find

    wanted = ShipmentFilter(state=_state(state), channel_uid=channel, order_id=order)
    with opened(ctx) as runtime, runtime.database.reading() as session:
        found = find(session, wanted, limit=limit)
    show({"shipments": [shipment_json(one) for one in found]}, as_json=as_json, plain=lambda: print_shipments(found))


def retry(
    ctx: typer.Context,
    shipment_ids: Annotated[
        list[int] | None,
        typer.Argument(
            min=1, max=MOST_ID, metavar="[ID…]", help="Only these, due or not, also those that were refused."
        ),
    ] = None,
    given_up: Annotated[bool, typer.Option("--all", help="Also all that were given up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Go on with shipments that wait and are due: for cron, every few minutes.

    Each order is read first, so that nothing is shipped twice; one whose call got no answer is looked at, not sent
    again. What TikTok can't take now waits for 1, 5, 15, then 60 minutes, and is given up after three days.
    """
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.shipping_retrying import retry_shipments

    if shipment_ids and given_up:
        raise WrongUsageError("ids and --all exclude each other")
    with job_runtime(ctx) as (runtime, signals):
        started = runtime.clock()
        report = retry_shipments(
            runtime.parts(), surroundings(runtime, signals), shipment_ids=shipment_ids or (), given_up=given_up
        )
        done = Done(report=report, seconds=(runtime.clock() - started).total_seconds())
    finish(done, as_json=as_json)


def _state(text: str) -> "ShipmentState | None":
    from mye_tiktok.db.shipments import STATES
    from mye_tiktok.errors import WrongUsageError

    if text and text not in STATES:
        raise WrongUsageError(f"--state {text!r} is none of {', '.join(STATES)}")
    return STATES[text] if text else None

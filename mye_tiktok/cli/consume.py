"""`mye-tiktok consume`: take what arrives and act on it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import note
from mye_tiktok.cli.session import AsJson, job_runtime
from mye_tiktok.cli.stock_permission import Force, Why, permission

if TYPE_CHECKING:
    from mye_tiktok.domain.report import Report

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Take what arrives and act on it.")
IDLE = 0.5


@app.callback()
def consume() -> None:
    """Take what arrives and act on it."""


@app.command("webhooks", epilog="Example (cron): mye-tiktok consume webhooks --once")
def webhooks(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Handle what is due now, then exit.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Handle at most this many, then exit.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Take so many events at a time.")] = 1_000,
    as_json: AsJson = False,
) -> None:
    """Handle webhook events: fetch what they are about and tell MYE what changed.

    Without --once it stays. Several may run at once, also on several hosts.
    """
    from mye_tiktok.jobs import consuming

    _consume(
        ctx,
        "webhooks",
        consuming.consume_once,
        consuming.consume_forever,
        stays=not once and limit is None,
        batch=batch,
        limit=limit,
        as_json=as_json,
    )


@app.command("inventory", epilog="Example (cron): mye-tiktok consume inventory --once")
def inventory(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take what waits now, then exit.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Take at most this many messages, then exit.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Write down so many messages at a time.")] = 500,
    push: Annotated[bool, typer.Option("--push", help="Also send it to TikTok, for a shop of one process.")] = False,
    force: Force = False,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Take what MYE says of its stock off the queue and write it down, for `inventory push` to act on.

    A message that can't be read goes to the dead ones with the reason; of one that can, the good items are kept and
    the bad ones answered. Without --once it stays. Several may run at once, also on several hosts; with --push one
    per channel pushes, and its guard looks at what the last hour took away.
    """
    from contextlib import ExitStack

    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs.companion import Halt
    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.push_company import PushCompany, push_after
    from mye_tiktok.jobs.push_sweep import PushOptions
    from mye_tiktok.jobs.stock_consuming import consume_stock_forever, consume_stock_once

    with job_runtime(ctx) as (runtime, signals):
        around, parts = surroundings(runtime, signals), runtime.parts(asks_tiktok=push)
        workers = int(runtime.settings.number("PUSH_WORKERS"))
        options = PushOptions(permission=permission(runtime, force=force, why=why), workers=workers)
        started = runtime.clock()
        if once or limit is not None:
            done = Done(report=consume_stock_once(parts, around, batch=batch, limit=limit))
            done = push_after(done, parts, options, around) if push else done
        else:
            with ExitStack() as beside:
                if push:
                    company = PushCompany(parts, lambda stop: surroundings(runtime, stop), Halt(), options)
                    beside.enter_context(company)
                report = consume_stock_forever(
                    parts,
                    around,
                    batch=batch,
                    idle=lambda: signals.sleep(IDLE),
                    ready=lambda: note("consuming inventory; ready"),
                )
            done = Done(report=report)
        done = replace(done, seconds=(runtime.clock() - started).total_seconds())
    finish(done, as_json=as_json)


@app.command("products", epilog="Example (cron): mye-tiktok consume products --once")
def products(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take what waits and do what is due now, then exit.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Take at most this many messages, then exit.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Write down so many messages at a time.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Do what MYE wants done to products: refresh, activate, deactivate, price.

    Each command is written down, done, and answered on the product queue (product.settled.v1), after a product message
    when the product changed. What fails for the moment is tried again for four hours; `products commands` lists all.
    What can't be read, has an unknown action, or is create or update, which are not supported, goes to the dead ones
    with the reason. Without --once it stays. Several may run at once, also on several hosts.
    """
    from mye_tiktok.jobs.product_consuming import consume_commands_forever, consume_commands_once

    _consume(
        ctx,
        "products",
        consume_commands_once,
        consume_commands_forever,
        stays=not once and limit is None,
        batch=batch,
        limit=limit,
        as_json=as_json,
    )


@app.command("shipments", epilog="Example (cron): mye-tiktok consume shipments --once")
def shipments(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take what waits and ship what is due now, then exit.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Take at most this many messages, then exit.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Write down so many messages at a time.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Take what MYE shipped off the queue, write it down, and tell TikTok of it once.

    The right call for the order and its market is chosen; the order is read just before. What waits, such as an order
    on hold, is tried again later; `ship list` lists all. What became of it travels with the order to MYE. A message
    that can't be read goes to the dead ones with the reason. Without --once it stays. Several may run at once, also on
    several hosts.
    """
    from mye_tiktok.jobs.shipping_consuming import consume_shipments_forever, consume_shipments_once

    _consume(
        ctx,
        "shipments",
        consume_shipments_once,
        consume_shipments_forever,
        stays=not once and limit is None,
        batch=batch,
        limit=limit,
        as_json=as_json,
    )


def _consume(
    ctx: typer.Context,
    what: str,
    once: "Callable[..., Report]",
    forever: "Callable[..., Report]",
    *,
    stays: bool,
    batch: int,
    limit: int | None,
    as_json: bool,
) -> None:
    """Take what waits, or stay until a signal, and account for it."""
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs.done import Done

    with job_runtime(ctx) as (runtime, signals):
        around, parts = surroundings(runtime, signals), runtime.parts()
        started = runtime.clock()
        if stays:
            idle, ready = lambda: signals.sleep(IDLE), lambda: note(f"consuming {what}; ready")
            report = forever(parts, around, batch=batch, idle=idle, ready=ready)
        else:
            report = once(parts, around, batch=batch, limit=limit)
        done = Done(report=report, seconds=(runtime.clock() - started).total_seconds())
    finish(done, as_json=as_json)

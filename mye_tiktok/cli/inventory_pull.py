"""`mye-tiktok inventory pull`: ask MIAMS for the stock."""

import typer

from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pull", epilog="Example (cron): mye-tiktok inventory pull --all-channels")(pull)


def pull(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    as_json: AsJson = False,
) -> None:
    """Ask MIAMS for the stock of a channel and write it down, for `inventory push` to act on.

    Needs MIAMS_URL and MIAMS_SECRET_KEY. An item that MIAMS dates is written down once, however often it is read.
    """
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.stock_pulling import pull_stock
    from mye_tiktok.mye.miams import Miams, Service

    with job_runtime(ctx) as (runtime, signals):
        settings = runtime.settings
        settings.require("MIAMS_URL", "MIAMS_SECRET_KEY")
        service = Service(
            url=settings.text("MIAMS_URL"),
            path=settings.text("MIAMS_INVENTORY_PATH"),
            secret=settings.text("MIAMS_SECRET_KEY"),
        )
        done = pull_stock(
            runtime.parts(asks_tiktok=False),
            lambda: Miams(service, sleep=runtime.sleep),
            fetching.choose(runtime.database, channel, all_channels=all_channels),
            surroundings(runtime, signals),
        )
    finish(done, as_json=as_json)

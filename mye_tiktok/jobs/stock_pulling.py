"""`inventory pull`: ask MIAMS for the stock of channels, and write it down."""

from collections.abc import Callable, Sequence

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.report import Failure
from mye_tiktok.errors import StoppedError
from mye_tiktok.jobs.channels import on_channels
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.relaying import relay_what_is_due
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.stock_intake import Taken, take_in
from mye_tiktok.mye.miams import Miams, read_items

PULL_STOCK = "inventory pull"


def pull_stock(parts: Parts, miams: Callable[[], Miams], chosen: Sequence[Channel], around: Surroundings) -> Done:
    """Write down what MIAMS says of every chosen channel, a page at a time; an item that did not change is kept once.

    Raises nothing for a channel that fails: that is in the errors.
    """
    started = around.clock()

    def work(channel: Channel, run: RunningJob) -> None:
        client = miams()
        try:
            _pull(parts, client, channel, run, around)
        finally:
            run.report.requests = client.requests
            client.close()

    report, errors = on_channels(parts.database, PULL_STOCK, chosen, work, around)
    if not any(isinstance(error, StoppedError) for error in errors):
        relay_what_is_due(report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
    return Done(report=report, errors=errors, seconds=(around.clock() - started).total_seconds())


def _pull(parts: Parts, client: Miams, channel: Channel, run: RunningJob, around: Surroundings) -> None:
    for items in client.pages(channel.channel_uid):
        run.stop()
        now = around.clock()
        wishes = read_items(items, channel_uid=channel.channel_uid, now=now)
        with parts.database.transaction() as session:
            taken = take_in(session, wishes, now=now)
        _count(run, taken, len(wishes))


def _count(run: RunningJob, taken: Taken, seen: int) -> None:
    run.report.add(seen=seen, created=taken.new, unchanged=seen - taken.new)
    if taken.queued:
        run.report.add(queued=taken.queued)
    for wish in taken.refused:
        named = wish.seller_sku or wish.sku_id or wish.request_id
        run.report.fail(Failure(item=named, code=wish.code, message=wish.reason))

"""`inventory push --dry-run`: what a push would send, what it would refuse, and whether the guard would stop it."""

from collections.abc import Callable, Sequence

from mye_tiktok.db import products
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.stock import SkuPlan
from mye_tiktok.domain.stock_guard import Limits, Tally, in_words, refusal, tally
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.inventory_planning import GOOD_ENOUGH, Planner, rehearse
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient

REHEARSE = "inventory push --dry-run"
Take = Callable[[Sequence[SkuPlan]], None]


def rehearse_push(
    parts: Parts, chosen: Sequence[Channel], around: Surroundings, *, limits: Limits, take: Take, progress: Progress
) -> Done:
    """Hand the plans of everything that is due to `take`, some hundred at a time, from several threads perhaps.

    Of wishes, targets and figures nothing is written; a push may run meanwhile. The notes sum up each channel's plan,
    and a warning tells where the guard would stop it.
    """

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        planner = Planner(
            database=parts.database,
            tiktok=tiktok,
            channel=channel,
            clock=around.clock,
            trust=GOOD_ENOUGH,
            keeping=False,
        )
        counts = Tally()
        for plans in rehearse(planner, now=around.clock(), stop=run.stop):
            counts += tally(plans)
            take(plans)
            progress.at(channel.channel_uid, done=counts.planned, total=None)
        _account(parts, channel, run, counts, limits)

    return fetch(parts, REHEARSE, chosen, work, around, dry_run=True)


def _account(parts: Parts, channel: Channel, run: RunningJob, counts: Tally, limits: Limits) -> None:
    run.report.add(**{name: number for name, number in counts.as_json().items() if number})
    run.report.notes.append(f"channel {channel.channel_uid}: {in_words(counts)}")
    with parts.database.reading() as session:
        listed = products.count_skus(session, channel.channel_uid)
    if reason := refusal(counts, channel_skus=listed, limits=limits):
        run.report.warnings.append(f"the guard would stop a push to channel {channel.channel_uid}: {reason}")

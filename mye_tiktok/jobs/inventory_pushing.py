"""`inventory push`: bring what MYE says to TikTok, one call per product, what was just sold first."""

from collections.abc import Sequence

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Progress
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.push_sweep import Push, PushOptions, Sweep
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient

PUSH = "inventory push"


def push_inventory(
    parts: Parts, chosen: Sequence[Channel], options: PushOptions, around: Surroundings, *, progress: Progress
) -> Done:
    """Push what is due on every chosen channel, then relay the answers; a channel's failure is in `errors`.

    The guard looks at all that is due before the first update: its RefusedError means that nothing was sent. A run
    that was killed is simply run again.
    """

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        push = Push(
            parts=parts, channel=channel, tiktok=tiktok, options=options, run=run, around=around, progress=progress
        )
        Sweep(push).perform()

    return fetch(parts, PUSH, chosen, work, around, dry_run=False)

"""Do a job on several channels at once; the failure of one does not stop the others."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from mye_tiktok.db import authorizations, channels
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.report import Failure, Report
from mye_tiktok.errors import MyeTikTokError, NeedsPersonError, StoppedError
from mye_tiktok.jobs.running import RunningJob, Surroundings, running

PARALLEL = 4
Work = Callable[[Channel, RunningJob], None]
log = logging.getLogger(__name__)


def on_channels(
    database: Database,
    job: str,
    chosen: Sequence[Channel],
    work: Work,
    around: Surroundings,
    *,
    exclusive: bool = True,
) -> tuple[Report, list[MyeTikTokError]]:
    """Run `work` on every channel and return the joint report with what failed, in the channels' order.

    After a signal StoppedError is among the errors, once all channels saved their state. A channel whose error
    says so is parked, so that later jobs stop at once with the command to type. What several may do at once is
    not `exclusive`.
    """

    def one(channel: Channel) -> tuple[Report, MyeTikTokError | None]:
        return _on_channel(database, job, channel, work, around, exclusive=exclusive)

    if len(chosen) == 1:
        done = [one(chosen[0])]
    else:
        with ThreadPoolExecutor(max_workers=PARALLEL, thread_name_prefix="channel") as pool:
            futures = [pool.submit(one, channel) for channel in chosen]
        # only now, for a bug that shows in one channel must not keep the others from being done
        done = [future.result() for future in futures]
    report = Report(job=job)
    for part, _ in done:
        report.include(part)
    errors = [error for _, error in done if error is not None]
    return report, errors


def _on_channel(
    database: Database, job: str, channel: Channel, work: Work, around: Surroundings, *, exclusive: bool
) -> tuple[Report, MyeTikTokError | None]:
    report = Report(job=job, channel_uid=channel.channel_uid)
    try:
        refuse_parked(channel)
        with running(database, job, channel.channel_uid, around, exclusive=exclusive) as run:
            report = run.report
            report.run_id = run.run_id
            work(channel, run)
    except MyeTikTokError as error:
        return _failed(database, report, channel, error, around), error
    return report, None


def _failed(
    database: Database, report: Report, channel: Channel, error: MyeTikTokError, around: Surroundings
) -> Report:
    if isinstance(error, NeedsPersonError):
        # a database that is gone must not hide what the person has to do
        with contextlib.suppress(MyeTikTokError):
            park(database, channel, error, around)
    if not isinstance(error, StoppedError):
        # the command line says it aloud, once; here it is for the log that holds the whole story
        log.info("%s failed on channel %s: %s", report.job, channel.channel_uid, error.message)
    report.failures.append(
        Failure(
            item=channel.channel_uid,
            code=error.code,
            message=error.message,
            hint=error.hint,
            exit_code=error.exit_code,
        )
    )
    report.outcome = "failed"
    return report


def refuse_parked(channel: Channel) -> None:
    """Raise NeedsPersonError (exit 77) when `channel` rests, with the command that wakes it."""
    if channel.state != "active":
        raise NeedsPersonError(
            f"channel {channel.channel_uid} ({channel.shop_name}) is {channel.state}: {channel.reason}",
            hint="let the seller authorize again: `mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`;"
            " where the authorization still stands, as after a shop was inactive,"
            f" `mye-tiktok auth integrate --authorization {channel.authorization_id}` is enough",
            code=channel.state,
        )


def park(database: Database, channel: Channel, error: NeedsPersonError, around: Surroundings) -> None:
    """Let rest what `error` says must rest: this channel, or its authorization with all its channels."""
    if not error.parks:
        return
    with database.transaction() as session:
        if error.parks == "channel":
            channels.park(session, channel.channel_uid, reason=error.message, now=around.clock())
        else:
            authorizations.park(session, channel.authorization_id, reason=error.message, now=around.clock())

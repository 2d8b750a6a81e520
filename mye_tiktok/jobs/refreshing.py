"""`auth refresh`: renew the access tokens of channels before they end."""

from collections.abc import Sequence
from datetime import timedelta

from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.jobs.channels import on_channels
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.tokens import DatabaseTokens

REFRESH = "auth refresh"


def refresh(
    database: Database,
    tokens: DatabaseTokens,
    chosen: Sequence[Channel],
    around: Surroundings,
    *,
    within: timedelta | None,
) -> Done:
    """Renew the token of every chosen channel, or only those that end `within`; channels may share one."""
    started = around.clock()
    # an active channel speaks for all that share its authorization, a resting one only when all of them rest
    active_last = sorted(chosen, key=lambda channel: channel.state == "active")
    one_each = {channel.authorization_id: channel for channel in active_last}

    def work(channel: Channel, run: RunningJob) -> None:
        run.report.add(seen=1)
        _, renewed = tokens.renew(channel.authorization_id, within=within)
        run.report.add(**{"changed" if renewed else "unchanged": 1})
        run.report.requests += int(renewed)

    report, errors = on_channels(database, REFRESH, list(one_each.values()), work, around)
    return Done(report=report, errors=errors, seconds=(around.clock() - started).total_seconds())

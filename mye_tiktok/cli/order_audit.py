"""`mye-tiktok orders verify`: what TikTok has against what we have, for people and as JSON."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import acknowledge, note, say, table
from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime

if TYPE_CHECKING:
    from mye_tiktok.domain.arrivals import TopicArrivals
    from mye_tiktok.domain.completeness import Gap, Hour
    from mye_tiktok.jobs.order_verifying import Verified

HOURS_SHOWN = 48
GAPS_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify", epilog="Example: mye-tiktok orders verify --channel UID --since 2026-11-01")(verify)


def verify(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    since: Annotated[
        str | None, typer.Option(help="Orders created since then; without a zone it is UTC. Default: a day ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="With --since: orders created before then.")] = None,
    days_ago: Annotated[int | None, typer.Option(min=1, max=3650, help="Orders of the last N days.")] = None,
    repair: Annotated[
        bool, typer.Option(help="Store and announce what is missing or outdated; or only name it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Count TikTok's orders against ours, close every gap, and tell how changes reached us.

    Per hour of creation: what TikTok has, what we held, what was missing or outdated. Per webhook topic: how many
    changes arrived by webhook, how many only by the pull, and how long that took. Exits with 1 while gaps are open.
    """
    from mye_tiktok.cli.moments import parse_period
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.domain.period import Period
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.order_verifying import verify_orders

    with job_runtime(ctx) as (runtime, signals), progress("orders verify") as bar:
        now = runtime.clock()
        period = parse_period(days_ago, since, until, now=now) or Period(since=now - timedelta(days=1))
        done, verified = verify_orders(
            runtime.parts(),
            fetching.choose(runtime.database, channel, all_channels=all_channels),
            period,
            surroundings(runtime, signals),
            repair=repair,
            progress=bar,
        )
    if not as_json:
        for one in verified:
            if len(verified) > 1:
                say(f"\nchannel {one.channel_uid}")
            print_audit(one)
    finish(done, as_json=as_json, more=audit_json(verified))


def audit_json(verified: "Sequence[Verified]") -> dict[str, object]:
    """Return what was found as `--json` shows it; delays in seconds."""
    return {
        "hours": [
            {
                "channel_uid": one.channel_uid,
                "hour": hour.start,
                "tiktok": hour.tiktok,
                "ours": hour.ours,
                "missing": hour.missing,
                "outdated": hour.outdated,
            }
            for one in verified
            for hour in one.hours.hours()
        ],
        "gaps": [
            {
                "channel_uid": one.channel_uid,
                "order_id": gap.order_id,
                "lack": gap.lack,
                "status": gap.status,
                "created_at": gap.created_at,
                "updated_at": gap.updated_at,
                "repaired": gap.repaired,
            }
            for one in verified
            for gap in one.gaps
        ],
        "topics": [{"channel_uid": one.channel_uid} | _topic_json(topic) for one in verified for topic in one.topics],
    }


def print_audit(verified: "Verified") -> None:
    """Print orders per hour, or per day where that is long, then the gaps, then how changes arrived."""
    from mye_tiktok.domain.completeness import days

    hours = list(verified.hours.hours())
    by_day = len(hours) > HOURS_SHOWN
    if not hours:
        acknowledge("TikTok has no orders of that time")
    else:
        table(
            ("CREATED (UTC)", "TIKTOK", "OURS", "MISSING", "OUTDATED"),
            [_counts(each, by_day=by_day) for each in (days(hours) if by_day else hours)],
            empty="",
        )
    if verified.gaps:
        acknowledge("")
        table(("GAP", "ORDER", "STATUS", "CREATED", "NOW"), [_row(gap) for gap in verified.gaps[:GAPS_SHOWN]], empty="")
        if len(verified.gaps) > GAPS_SHOWN:
            note(f"… and {len(verified.gaps) - GAPS_SHOWN} more; --json lists them all")
    if verified.topics:
        acknowledge("")
        table(
            (
                "CHANGES TOLD BY",
                "ALL",
                "WEBHOOK",
                "PULL ONLY",
                "VERIFY ONLY",
                "MISSED",
                "WEBHOOK p50/p95",
                "PULL p50/p95",
            ),
            [_arrival(topic) for topic in verified.topics],
            empty="",
        )


def _counts(hour: "Hour", *, by_day: bool) -> tuple[object, ...]:
    start = f"{hour.start:%Y-%m-%d}" if by_day else f"{hour.start:%Y-%m-%d %H:00}"
    return start, hour.tiktok, hour.ours, hour.missing, hour.outdated


def _row(gap: "Gap") -> tuple[object, ...]:
    return gap.lack, gap.order_id, gap.status, gap.created_at, "repaired" if gap.repaired else "open"


def _arrival(topic: "TopicArrivals") -> tuple[object, ...]:
    return (
        topic.topic,
        topic.changes,
        topic.by_webhook,
        topic.by_pull,
        topic.by_verify,
        f"{topic.miss_rate:.1%}",
        f"{_seconds(topic.webhook_p50)}/{_seconds(topic.webhook_p95)}",
        f"{_seconds(topic.pull_p50)}/{_seconds(topic.pull_p95)}",
    )


def _seconds(delay: timedelta | None) -> str:
    return "-" if delay is None else f"{delay.total_seconds():.0f} s"


def _topic_json(topic: "TopicArrivals") -> dict[str, object]:
    delays = {
        "webhook_p50": topic.webhook_p50,
        "webhook_p95": topic.webhook_p95,
        "pull_p50": topic.pull_p50,
        "pull_p95": topic.pull_p95,
    }
    return {
        "topic": topic.topic,
        "changes": topic.changes,
        "by_webhook": topic.by_webhook,
        "by_pull": topic.by_pull,
        "by_verify": topic.by_verify,
        "miss_rate": round(topic.miss_rate, 4),
        "delay_seconds": {name: delay.total_seconds() if delay else None for name, delay in delays.items()},
    }

"""`mye-tiktok inventory verify` and `inventory history`: what TikTok shows, and what was sent before."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import note, say, show, table
from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime, opened

if TYPE_CHECKING:
    from datetime import datetime

    from mye_tiktok.db.inventory_ledger import Approval, Line
    from mye_tiktok.jobs.inventory_verifying import Verified

SHOWN = 200
BARS = "▁▂▃▄▅▆▇█"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("verify", epilog="Example: mye-tiktok inventory verify --all-channels --fix")(verify)
    app.command("history", epilog="Example: mye-tiktok inventory history SKU-1")(history)


def verify(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    fix: Annotated[bool, typer.Option("--fix", help="Let the next push send what differs.")] = False,
    older_than: Annotated[str, typer.Option(help="Exit with 1 when something differs for longer.")] = "15m",
    as_json: AsJson = False,
) -> None:
    """Read back what TikTok shows for every SKU that MYE spoke of, and name what differs.

    TikTok may show a figure late, so only a difference that is old makes the exit code 1. What was read stands in
    `inventory history` afterwards.
    """
    from mye_tiktok.cli.durations import parse_duration
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.inventory_verifying import verify_inventory

    limit = parse_duration(older_than)
    with job_runtime(ctx) as (runtime, signals), progress("inventory verify") as bar:
        done, verified = verify_inventory(
            runtime.parts(),
            fetching.choose(runtime.database, channel, all_channels=all_channels),
            surroundings(runtime, signals),
            older_than=limit,
            fix=fix,
            progress=bar,
        )
        now = runtime.clock()
    if not as_json:
        print_drift(verified, now=now)
    finish(done, as_json=as_json, more={"drift": drift_json(verified, now=now)})


def history(
    ctx: typer.Context,
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The seller's SKU, or TikTok's id of it.")],
    channel: Annotated[str, typer.Option("--channel", metavar="UID", help="Only in this channel.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many entries, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what was sent for a SKU, what TikTok said, and what it showed later: per warehouse, and as a small chart."""
    from mye_tiktok.db import inventory_ledger

    with opened(ctx) as runtime, runtime.database.reading() as session:
        lines = inventory_ledger.of_sku(session, sku, channel_uid=channel, limit=limit)
        approvals = inventory_ledger.approvals(session, {line.run_id for line in lines})
    approved = {(one.run_id, one.channel_uid): one for one in approvals}
    show(
        {"history": [line_json(line, approved) for line in lines]},
        as_json=as_json,
        plain=lambda: print_history(sku, lines, approved),
    )


def drift_json(verified: "Sequence[Verified]", *, now: "datetime") -> list[dict[str, object]]:
    """Return what differs as `--json` shows it."""
    return [
        {
            "channel_uid": drift.channel_uid,
            "product_id": drift.product_id,
            "sku_id": drift.sku_id,
            "seller_sku": drift.seller_sku,
            "warehouse_id": drift.warehouse_id,
            "asked": drift.asked,
            "shows": drift.shows,
            "since": drift.since,
            "age_seconds": round((now - drift.since).total_seconds()),
            "cause": drift.cause,
            "fixed": one.fixed,
        }
        for one in verified
        for drift in one.drifts
    ]


def print_drift(verified: "Sequence[Verified]", *, now: "datetime") -> None:
    """Print a table of what differs; nothing when all is well."""
    rows = [
        (
            drift.seller_sku or drift.sku_id,
            drift.product_id,
            drift.warehouse_id,
            drift.asked,
            drift.shows,
            f"{(now - drift.since).total_seconds() / 60:.0f} min",
            drift.cause or "not known",
        )
        for one in verified
        for drift in one.drifts
    ]
    if rows:
        table(("SKU", "PRODUCT", "WAREHOUSE", "ASKED", "SHOWS", "AGE", "CAUSE"), rows[:SHOWN], empty="")
    if len(rows) > SHOWN:
        note(f"… and {len(rows) - SHOWN} more; --json lists them all")


def line_json(line: "Line", approved: "Mapping[tuple[str, str], Approval]") -> dict[str, object]:
    """Return one entry as `--json` shows it."""
    entry, approval = line.entry, approved.get((line.run_id, line.channel_uid))
    names = ("product_id", "sku_id", "seller_sku", "warehouse_id", "wanted", "desired", "rule", "before", "sent")
    return {
        "at": line.at,
        "channel_uid": line.channel_uid,
        **{name: getattr(entry, name) for name in names},
        "outcome": entry.outcome,
        "code": entry.code,
        "message": entry.message,
        "request_id": line.tiktok_request_id,
        "read_back": line.read_back,
        "read_at": line.read_at,
        "cause": line.cause,
        "run_id": line.run_id,
        "approved": approval and {"who": approval.who, "why": approval.why},
    }


def print_history(sku: str, lines: "Sequence[Line]", approved: "Mapping[tuple[str, str], Approval]") -> None:
    """Print a table, and for people under it one line of bars per channel and warehouse."""
    table(
        ("AT", "CHANNEL", "WAREHOUSE", "WANTED", "DESIRED", "BEFORE", "SENT", "OUTCOME", "READ BACK", "BY", "RULE"),
        [
            (
                line.at,
                line.channel_uid,
                line.entry.warehouse_id,
                line.entry.wanted,
                line.entry.desired,
                line.entry.before,
                line.entry.sent,
                f"{line.entry.outcome} {line.entry.code}".strip(),
                line.read_back,
                f"{line.cause} --force" if (line.run_id, line.channel_uid) in approved else line.cause,
                line.entry.rule,
            )
            for line in lines
        ],
        empty=f"nothing was sent for {sku}: `mye-tiktok inventory requests --sku {sku}` shows what MYE asked for",
    )
    if sys.stdout.isatty():
        _print_charts(lines)


def _print_charts(lines: "Sequence[Line]") -> None:
    places: dict[tuple[str, str, str], list[int]] = {}
    for line in lines:
        key = line.channel_uid, line.entry.sku_id, line.entry.warehouse_id
        places.setdefault(key, []).append(line.entry.desired)
    for (channel_uid, sku_id, warehouse_id), figures in places.items():
        if len(figures) > 1:
            say(f"{channel_uid} {sku_id} {warehouse_id}  {chart(figures)}  {min(figures)} to {max(figures)}")


def chart(figures: Sequence[int]) -> str:
    """Return one bar per figure, from none to the most."""
    most = max(figures) or 1
    return "".join(BARS[round(max(figure, 0) / most * (len(BARS) - 1))] for figure in figures)

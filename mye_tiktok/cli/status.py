"""`mye-tiktok status`: channels, backlog and jobs at a glance."""

from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import end, note, say, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.run import Run
    from mye_tiktok.jobs.overview import Overview

BY_HAND = frozenset(
    f"ship {name}" for name in ("mark-shipped", "update", "arrange", "create", "combine", "uncombine", "split", "label")
)
"""Jobs that a person types, from a pipe too: who typed one that failed has read why."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status", epilog="Example (monitor): mye-tiktok status --check")(status)


def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="One line; exit 1 when something needs a look.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show channels, what waits, and the last run of each job."""
    from mye_tiktok.jobs.overview import overview

    with opened(ctx) as runtime:
        seen = overview(runtime.database, lambda: runtime.broker, runtime.queues)
    worries = _worries(seen)
    show(
        _json(seen), as_json=as_json, plain=lambda: say("; ".join(worries) or "all is well") if check else _print(seen)
    )
    if check and worries:
        end(1, "; ".join(worries), as_json=as_json)


def _worries(seen: "Overview") -> list[str]:
    worries = list(seen.problems)
    worries += [
        f"channel {one.channel_uid} is {one.state}: {one.reason}" for one in seen.channels if one.state != "active"
    ]
    if seen.parked:
        worries.append(f"{seen.parked} message(s) are parked (`mye-tiktok outbox list --state parked`)")
    if seen.webhooks.parked:
        worries.append(f"{seen.webhooks.parked} webhook(s) are parked (`mye-tiktok webhooks list --state parked`)")
    if seen.webhooks.unreadable:
        unreadable = f"{seen.webhooks.unreadable} webhook(s) can't be read"
        worries.append(f"{unreadable} (`mye-tiktok webhooks list --state unreadable`)")
    if seen.dead_letters:
        worries.append(f"{seen.dead_letters} dead letter(s) (`mye-tiktok queue list`)")
    if seen.to_ship.late:
        worries.append(f"{seen.to_ship.late} order(s) are late to ship (`mye-tiktok ship due`)")
    if seen.unshipped:
        worries.append(f"{seen.unshipped} shipment(s) were given up (`mye-tiktok ship list --state failed`)")
    worries += [
        f"{one.job} {one.outcome}: {' '.join(one.error.split())}"
        for one in seen.latest
        # who typed a command that failed has read why
        if one.job not in BY_HAND
        and (one.outcome == "abandoned" or (one.outcome == "failed" and one.trigger != "terminal"))
    ]
    return worries


def _json(seen: "Overview") -> dict[str, object]:
    return {
        "channels": [
            {
                "channel_uid": one.channel_uid,
                "shop_name": one.shop_name,
                "region": one.region,
                "state": one.state,
                "reason": one.reason,
                "access_token_expires_at": seen.authorizations[one.authorization_id].grant.access_token_expires_at,
                "authorization_ends_at": seen.authorizations[one.authorization_id].ends_at,
            }
            for one in seen.channels
        ],
        "backlog": {
            "outbox": seen.outbox,
            "parked": seen.parked,
            "webhooks": seen.webhooks.pending,
            "webhooks_parked": seen.webhooks.parked,
            "webhooks_unreadable": seen.webhooks.unreadable,
            "inventory": seen.inventory,
            "shipments": seen.shipments,
            "shipments_unclear": seen.unclear,
            "shipments_refused": seen.refused,
            "shipments_failed": seen.unshipped,
            "dead_letters": seen.dead_letters,
        },
        "to_ship": {
            "waiting": seen.to_ship.waiting,
            "late": seen.to_ship.late,
            "soon": seen.to_ship.soon,
            "next_ship_by": seen.to_ship.next_at,
        },
        "jobs": [_job(run) for run in seen.latest],
        "problems": seen.problems,
    }


def _job(run: "Run") -> dict[str, object]:
    from mye_tiktok.cli.jobs import run_json

    return run_json(run)


def _print(seen: "Overview") -> None:
    from mye_tiktok.cli.jobs import counts_in_words

    table(
        ("CHANNEL", "SHOP", "REGION", "STATE", "AUTHORIZATION ENDS"),
        [
            (one.channel_uid, one.shop_name, one.region, one.state, seen.authorizations[one.authorization_id].ends_at)
            for one in seen.channels
        ],
        empty="no channel yet; `mye-tiktok auth url` starts to connect a shop",
    )
    for one in seen.channels:
        if one.state != "active":
            note(f"{one.channel_uid} is {one.state}: {one.reason}; `mye-tiktok auth url` starts to connect it again")
    dead = "unknown" if seen.dead_letters is None else seen.dead_letters
    say(f"\noutbox: {seen.outbox} waiting, {seen.parked} parked; dead letters: {dead}")
    unreadable = f", {seen.webhooks.unreadable} unreadable" if seen.webhooks.unreadable else ""
    say(f"webhooks: {seen.webhooks.pending} waiting, {seen.webhooks.parked} parked{unreadable}")
    waiting = "unknown" if seen.shipments is None else seen.shipments - seen.unclear
    refused = f"{seen.refused} refused" + (" (`mye-tiktok ship list --state refused`)" if seen.refused else "")
    say(f"shipments: {waiting} waiting, {seen.unclear} answer unknown, {refused}")
    ship = seen.to_ship
    upcoming = f", next at {ship.next_at:%Y-%m-%d %H:%M} UTC" if ship.next_at else ""
    say(f"to ship: {ship.waiting} with a deadline, {ship.late} late, {ship.soon} due within 12 h{upcoming}\n")
    table(
        ("JOB", "CHANNEL", "STARTED", "OUTCOME", "COUNTS"),
        [
            (
                run.job,
                run.channel_uid or "all",
                run.started_at,
                run.outcome,
                counts_in_words(run),
            )
            for run in seen.latest
        ],
        empty="nothing ran yet",
    )
    for problem in seen.problems:
        note(f"warning: {problem}")

"""`mye-tiktok jobs`: what ran, when, and how it ended."""

from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import fields, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.run import Run

SHOWN = 12  # of a run id; `jobs show` takes its beginning
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Runs of jobs: what ran and how it ended.")


@app.command("list", epilog="Example: mye-tiktok jobs list --job 'products fetch-all'")
def list_runs(
    ctx: typer.Context,
    job: Annotated[str | None, typer.Option(help="Only runs of this job.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="UID", help="Only runs on this channel.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many, the newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the latest runs."""
    from mye_tiktok.db import runs
    from mye_tiktok.db.dialects import shared_time
    from mye_tiktok.jobs.records import as_seen

    with opened(ctx) as runtime, runtime.database.reading() as session:
        stored = runs.list_all(session, job=job, channel_uid=channel, limit=limit)
        found = as_seen(stored, now=shared_time(session))
    rows = [run_json(run) for run in found]
    show(
        {"runs": rows},
        as_json=as_json,
        plain=lambda: table(
            ("RUN", "JOB", "CHANNEL", "STARTED", "ENDED", "OUTCOME", "EXIT", "COUNTS", "ERROR"),
            [
                (
                    run.run_id[:SHOWN],
                    run.job,
                    run.channel_uid or "all",
                    run.started_at,
                    run.finished_at,
                    run.outcome,
                    run.exit_code,
                    counts_in_words(run),
                    run.error,
                )
                for run in found
            ],
            empty="nothing ran yet",
        ),
    )


@app.command("show", epilog="Example: mye-tiktok jobs show 5d3c…")
def show_run(
    ctx: typer.Context,
    run_id: Annotated[str, typer.Argument(help="The run's id, or how it begins.")],
    as_json: AsJson = False,
) -> None:
    """Show one run with everything that is known of it."""
    from mye_tiktok.db import inventory_ledger, runs
    from mye_tiktok.db.dialects import shared_time
    from mye_tiktok.jobs.records import as_seen

    with opened(ctx) as runtime, runtime.database.reading() as session:
        run = as_seen([runs.get(session, run_id)], now=shared_time(session))[0]
        approved = inventory_ledger.approvals(session, [run.run_id])
    data = run_json(run)
    rows = [(name, counts_in_words(run) if name == "counts" else value) for name, value in data.items()]
    rows += [("approved", f"{one.at:%Y-%m-%d %H:%M} by {one.who}: {one.why} ({one.summary})") for one in approved]
    words = [{"at": one.at, "who": one.who, "why": one.why, "summary": one.summary} for one in approved]
    show({**data, "approved": words}, as_json=as_json, plain=lambda: fields(rows))


def run_json(run: "Run") -> dict[str, object]:
    """Return a run record as JSON."""
    return {
        "run_id": run.run_id,
        "job": run.job,
        "channel_uid": run.channel_uid,
        "trigger": run.trigger,
        "holder": run.holder,
        "started_at": run.started_at,
        "heartbeat_at": run.heartbeat_at,
        "finished_at": run.finished_at,
        "outcome": run.outcome,
        "exit_code": run.exit_code,
        "requests": run.requests,
        "counts": dict(run.counts),
        "error": run.error,
    }


def counts_in_words(run: "Run") -> str:
    """Return the counts that are not zero."""
    return ", ".join(f"{number:,} {name}" for name, number in run.counts.items() if number)

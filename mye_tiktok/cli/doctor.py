"""`mye-tiktok doctor`: look at everything the bridge stands on."""

import typer

from mye_tiktok.cli.output import end, note, say, show
from mye_tiktok.cli.session import AsJson, job_runtime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", epilog="Example: mye-tiktok doctor --json")(doctor)


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check configuration, database, broker, TikTok, clock and authorizations.

    Exits with 0, or with the code of the worst finding.
    """
    from mye_tiktok.cli.config import broker_in_words
    from mye_tiktok.cli.reports import surroundings
    from mye_tiktok.jobs.checkup import Patient, examine, worst

    with job_runtime(ctx) as (runtime, signals):
        patient = Patient(
            database=lambda: runtime.database,
            broker=lambda: runtime.broker,
            queue=runtime.queues["product"],
            broker_name=broker_in_words(runtime.settings),
            api_url=runtime.settings.text("TIKTOK_API_URL"),
            auth_url=runtime.settings.text("TIKTOK_AUTH_URL"),
            app=lambda: runtime.app,
            tiktok=runtime.tiktok,
        )
        checks = examine(patient, surroundings(runtime, signals))
    rows = [{"name": one.name, "ok": one.ok, "message": one.message, "hint": one.hint} for one in checks]

    def plain() -> None:
        for one in checks:
            say(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}: {one.message}")
            if one.hint:
                say(f"      next: {one.hint}")

    show({"checks": rows}, as_json=as_json, plain=plain)
    if worst(checks):
        summary = f"{sum(not one.ok for one in checks)} of {len(checks)} checks failed"
        note(summary)
        end(worst(checks), summary, as_json=as_json)

"""`mye-tiktok db`: the schema of the database."""

import typer

from mye_tiktok.cli.output import note, show, table
from mye_tiktok.cli.session import AsJson, opened

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The database and its revision.")


@app.command("upgrade", epilog="Example: mye-tiktok db upgrade")
def upgrade(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Bring the database to this program's revision; safe on several hosts at once."""
    from mye_tiktok.db import migration

    with opened(ctx) as runtime:
        before = migration.current(runtime.database.url)
        after = migration.upgrade(runtime.database.url)
    show(
        {"before": before, "revision": after},
        as_json=as_json,
        plain=lambda: note(f"the database is at revision {after}" + ("" if before != after else " already")),
    )


@app.command("current", epilog="Example: mye-tiktok db current")
def current(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print the database's revision and this program's."""
    from mye_tiktok.db import migration
    from mye_tiktok.db.revision import HEAD

    with opened(ctx) as runtime:
        found = migration.current(runtime.database.url)
    show(
        {"revision": found, "program": HEAD},
        as_json=as_json,
        plain=lambda: table(("DATABASE", "PROGRAM"), [(found or "empty", HEAD)], empty=""),
    )


@app.command("check", epilog="Example: mye-tiktok db check")
def check(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Exit 0 when the database is at this program's revision, else 78 with what to type."""
    from mye_tiktok.db.revision import HEAD

    with opened(ctx) as runtime:
        runtime.database.check()
    show({"revision": HEAD}, as_json=as_json, plain=lambda: note(f"the database is at revision {HEAD}"))

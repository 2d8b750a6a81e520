"""`mye-tiktok config`: what is in force and where it comes from."""

from typing import TYPE_CHECKING

import typer

from mye_tiktok.cli.output import show, table
from mye_tiktok.cli.session import AsJson, settings_of

if TYPE_CHECKING:
    from mye_tiktok.config import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The configuration in force.")


@app.command("show", epilog="Example: mye-tiktok config show --json")
def show_settings(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print every setting with its value and origin; secrets are masked."""
    settings = settings_of(ctx)
    rows = settings_json(settings)
    show(
        {"settings": rows, "database": database_in_words(settings), "broker": broker_in_words(settings)},
        as_json=as_json,
        plain=lambda: table(
            ("NAME", "VALUE", "ORIGIN"), [(row["name"], row["value"], row["origin"]) for row in rows], empty=""
        ),
    )


@app.callback()
def _group() -> None:
    """The configuration in force."""


def settings_json(settings: "Settings") -> list[dict[str, str]]:
    """Return name, masked value, origin and meaning of every setting."""
    from mye_tiktok.config import masked
    from mye_tiktok.config_table import SETTINGS

    return [
        {
            "name": setting.name,
            "value": masked(setting, settings.text(setting.name)),
            "origin": settings.origin(setting.name),
            "meaning": setting.meaning,
        }
        for setting in SETTINGS
    ]


def database_in_words(settings: "Settings") -> str:
    """Say which database is in force, without its password."""
    from mye_tiktok.config import masked
    from mye_tiktok.config_table import BY_NAME

    return masked(BY_NAME["DATABASE_URL"], settings.database_url)


def broker_in_words(settings: "Settings") -> str:
    """Say which broker is in force, without its password."""
    from mye_tiktok.config import masked
    from mye_tiktok.config_table import BY_NAME

    return masked(BY_NAME["RABBIT_URL"], settings.broker_url) or "embedded in the database"

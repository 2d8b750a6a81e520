"""`mye-tiktok schedule`: what runs when, as cron lines or as systemd units, both from one table."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import note, print_json, say
from mye_tiktok.cli.session import AsJson, settings_of
from mye_tiktok.domain.placement import Placement

if TYPE_CHECKING:
    from mye_tiktok.domain.schedule import Job

DEFAULTS = Placement()
CRONTAB = "mye-tiktok.crontab"
Program = Annotated[
    str | None, typer.Option("--program", metavar="PATH", help="Where mye-tiktok is; without it, this very one.")
]
Settings = Annotated[str, typer.Option("--settings", metavar="PATH", help="The file that holds the settings.")]
Install = Annotated[Path | None, typer.Option("--install", metavar="DIR", help="Write into this folder.")]
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What runs when: cron lines or systemd units.")


@app.command("cron", epilog="Example: mye-tiktok schedule cron | crontab -")
def cron(
    ctx: typer.Context,
    program: Program = None,
    settings: Settings = DEFAULTS.env_file,
    mail_to: Annotated[str, typer.Option("--mail-to", metavar="ADDRESS", help="Who reads cron's mail.")] = (
        DEFAULTS.mail_to
    ),
    install: Install = None,
    as_json: AsJson = False,
) -> None:
    """Print the crontab that runs everything; it belongs to the user that owns the state folder.

    CELERY_BEAT_SCHEDULE_TIME sets how often orders are pulled.
    """
    from mye_tiktok.domain.crontab import crontab

    place = Placement(program=program or _this(), env_file=settings, mail_to=mail_to)
    jobs = _jobs(ctx)
    _give({CRONTAB: crontab(jobs, place)}, jobs, install, as_json=as_json)


@app.command("systemd", epilog="Example: mye-tiktok schedule systemd --install /etc/systemd/system")
def systemd(
    ctx: typer.Context,
    program: Program = None,
    settings: Settings = DEFAULTS.env_file,
    credentials: Annotated[
        str, typer.Option("--credentials", metavar="DIR", help="Holds the secrets, a file each, for root only.")
    ] = DEFAULTS.credentials,
    user: Annotated[str, typer.Option("--user", help="Who runs it.")] = DEFAULTS.user,
    install: Install = None,
    as_json: AsJson = False,
) -> None:
    """Print the systemd units that run everything: services that stay, and a timer per job.

    Afterwards: `systemctl daemon-reload`, then `systemctl enable --now mye-tiktok.target` with all its timers.
    """
    from mye_tiktok.domain.schedule import SERVICES
    from mye_tiktok.domain.units import units

    place = Placement(program=program or _this(), env_file=settings, credentials=credentials, user=user)
    jobs = _jobs(ctx)
    _give(units(jobs, SERVICES, place), jobs, install, as_json=as_json)


def _jobs(ctx: typer.Context) -> "tuple[Job, ...]":
    from mye_tiktok.domain.schedule import scheduled

    return scheduled(timedelta(seconds=settings_of(ctx).number("CELERY_BEAT_SCHEDULE_TIME")))


def _this() -> str:
    return str(Path(sys.argv[0]).absolute())


def _give(files: Mapping[str, str], jobs: "tuple[Job, ...]", install: Path | None, *, as_json: bool) -> None:
    if install is not None:
        written = [_write(install, name, content) for name, content in files.items()]
    if as_json:
        table = [{"name": job.name, "command": job.arguments, "when": job.cadence.in_words} for job in jobs]
        print_json({"jobs": table, "files": written if install is not None else dict(files)})
    elif install is not None:
        note(f"{len(files)} file(s) written to {install}")
    else:
        for name, content in files.items():
            say(content.rstrip("\n") if len(files) == 1 else f"# {name}\n{content}")


def _write(folder: Path, name: str, content: str) -> str:
    from mye_tiktok.errors import RefusedError

    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}") from None
    return str(path)

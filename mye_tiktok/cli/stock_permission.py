"""The options that let a stock run through although a guard stops it."""

import getpass
import socket
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mye_tiktok.jobs.stock_guarding import Permission
    from mye_tiktok.runtime import Runtime

Force = Annotated[bool, typer.Option("--force", help="Go on although a guard stops it; who and why is recorded.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="With --force: the reason, for the record.")]


def permission(runtime: "Runtime", *, force: bool, why: str) -> "Permission":
    """Return what this run may take away, and who says so; raises WrongUsageError."""
    from mye_tiktok.domain.stock_guard import Limits
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs.stock_guarding import Permission

    if why and not force:
        raise WrongUsageError("--why is the reason for --force, which is not given", hint="--force --why TEXT")
    limits = Limits(
        skus=int(runtime.settings.number("INVENTORY_GUARD_SKUS")),
        percent=runtime.settings.number("INVENTORY_GUARD_PERCENT"),
    )
    return Permission(limits=limits, force=force, who=f"{_user()}@{socket.gethostname()}", why=why)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"

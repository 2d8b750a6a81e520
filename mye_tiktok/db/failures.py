"""Turns SQLAlchemy's errors into ours, at the border, without any value that was stored."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from mye_tiktok.errors import MyeTikTokError, UnreachableError, WrongSettingsError

MISSING_TABLE = "42P01"


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise our errors in place of SQLAlchemy's; `place` names the database for people."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        # PostgreSQL repeats whole rows in its details: the traceback stays, the original text goes
        raise _ours(error, place).with_traceback(error.__traceback__) from None


def lacks_table(error: exc.SQLAlchemyError) -> bool:
    """Tell whether the database said that a table is not there."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "pgcode", None) == MISSING_TABLE or "no such table" in str(cause)


def _ours(error: exc.SQLAlchemyError, place: str) -> MyeTikTokError:
    reason = _reason(error)
    if lacks_table(error):
        return WrongSettingsError(f"{place} lacks a table ({reason})", hint="type: mye-tiktok db upgrade")
    if "file is not a database" in reason:
        return WrongSettingsError(f"{place} is not one of SQLite", hint="correct DATABASE_URL, or move that file away")
    if isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError) or (
        isinstance(error, exc.DBAPIError) and error.connection_invalidated
    ):
        return UnreachableError(
            f"{place} could not be used: {reason}",
            hint="is it running and do DATABASE_URL or DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASS fit?"
            " `mye-tiktok doctor` looks closer",
        )
    return MyeTikTokError(f"{place} refused a statement: {type(error).__name__}: {reason}")


def _reason(error: exc.SQLAlchemyError) -> str:
    """Return the driver's first line; what follows may repeat stored values."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__

"""Whether a database fits this program: it is behind, ahead, or just right."""

import os

from sqlalchemy import URL, Engine, String, column, exc, select, table

from mye_tiktok.db import engine as engines
from mye_tiktok.db.failures import lacks_table
from mye_tiktok.db.revision import HEAD, REVISIONS
from mye_tiktok.errors import WrongSettingsError

VERSION = table("alembic_version", column("version_num", String)).c.version_num


def make_ready(url: URL) -> Engine:
    """Return an engine on a database of revision HEAD.

    A SQLite file that is missing or behind is migrated first; two processes may do that at once.
    """
    engine = engines.make_engine(url)
    try:
        found = stored_revision(engine)
        if found != HEAD and engines.sqlite_path(url) is not None and is_behind(found):
            from mye_tiktok.db.migration import upgrade

            upgrade(url)
            found = stored_revision(engine)
        require_head(found, place=engines.place(url))
    except BaseException:
        engine.dispose()
        raise
    return engine


def stored_revision(engine: Engine) -> str | None:
    """Return the revision the database is at; None when it has none yet."""
    path = engines.sqlite_path(engine.url)
    # unlike Path.exists this says no, too, where we may not look: to make the file then tells why
    if path is not None and not os.path.exists(path):
        return None
    try:
        with engine.connect().execution_options(**{engines.READING: True}) as connection:
            return connection.scalars(select(VERSION)).one_or_none()
    except (exc.ProgrammingError, exc.OperationalError) as error:
        if lacks_table(error):
            return None
        raise


def is_behind(found: str | None) -> bool:
    """Tell whether `found` is an earlier revision; one we never heard of is ahead of us."""
    return found is None or (found in REVISIONS and found != HEAD)


def require_head(found: str | None, *, place: str) -> None:
    """Raise WrongSettingsError that says which of the two, program or database, has to move."""
    if found == HEAD:
        return
    if is_behind(found):
        raise WrongSettingsError(
            f"{place} is at revision {found or 'none'}, this program needs {HEAD}",
            hint="`mye-tiktok db upgrade`",
        )
    raise WrongSettingsError(
        f"{place} is at revision {found}, which this program does not know: the program is older than the database",
        hint="install the release of mye-tiktok that the other hosts use",
    )

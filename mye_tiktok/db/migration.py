"""Moves a database to the newest revision. Alembic is imported here and nowhere else."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, text

from mye_tiktok.db import engine as engines
from mye_tiktok.db.failures import translated
from mye_tiktok.db.readiness import require_head, stored_revision
from mye_tiktok.db.revision import REVISIONS

SCRIPTS = Path(__file__).with_name("migrations")
ONE_UPGRADE_AT_A_TIME = 7_309_461_234


def upgrade(url: str | URL, *, to: str = "head") -> str:
    """Bring the database to revision `to`, in one transaction, and return the revision it is at then.

    Cut short, it changed nothing. A second upgrade at the same time waits for the first and finds nothing
    to do. Raises UnreachableError, and WrongSettingsError when the database is newer than this program.
    """
    parsed = engines.parse_url(url) if isinstance(url, str) else url
    place = engines.place(parsed)
    engine = engines.make_engine(parsed, pooled=False)
    with translated(place), _alone(engine) as connection:
        before = _revision(connection)
        if before is not None and before not in REVISIONS:
            require_head(before, place=place)
        config = config_for(connection)
        command.upgrade(config, to)
        return _revision(connection) or ""


def current(url: str | URL) -> str | None:
    """Return the revision of the database; None when it is empty. Raises UnreachableError."""
    parsed = engines.parse_url(url) if isinstance(url, str) else url
    with translated(engines.place(parsed)):
        return stored_revision(engines.make_engine(parsed, pooled=False))


def revisions() -> tuple[str, ...]:
    """Return every revision that has a script, oldest first."""
    scripts = ScriptDirectory.from_config(config_for(None))
    return tuple(reversed([script.revision for script in scripts.walk_revisions()]))


def config_for(connection: Connection | None) -> Config:
    """Return Alembic's configuration; its scripts run on `connection`, inside the transaction open there."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    path = engines.sqlite_path(engine.url)
    if path is not None:
        with _file_lock(path), engine.begin() as connection:
            yield connection
        return
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_UPGRADE_AT_A_TIME})
        yield connection


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Hold a lock beside the SQLite file: of two first starts one makes the file and turns WAL on."""
    engines.create_file(path)
    beside = path.with_name(f"{path.name}.upgrade")
    engines.create_file(beside)
    with beside.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        engines.turn_wal_on(path)
        yield


def _revision(connection: Connection) -> str | None:
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()

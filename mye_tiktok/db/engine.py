"""Engines for PostgreSQL and SQLite, set up so that transactions mean the same on both."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from mye_tiktok.errors import WrongSettingsError

BUSY_SECONDS = 30
READING = "mye_reading"
FORGETTABLE = "mye_forgettable"


def parse_url(text: str) -> URL:
    """Return the URL with its driver; raises WrongSettingsError without ever showing a password."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise WrongSettingsError(
            "DATABASE_URL can't be read", hint="it looks like postgresql://user:password@host:5432/name"
        ) from None
    name = url.get_backend_name()
    if name in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg2")
    if name == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite+pysqlite")
    raise WrongSettingsError(
        f"DATABASE_URL names {url.drivername!r}, which can't hold our data",
        hint="use postgresql://user:password@host:5432/name or sqlite:///path/to/file",
    )


def place(url: URL) -> str:
    """Return where the database is, for people: no user, no password."""
    if url.get_backend_name() == "sqlite":
        return f"the database file {url.database}"
    return f"the database {url.database} at {url.host or 'localhost'}:{url.port or 5432}"


def sqlite_path(url: URL) -> Path | None:
    """Return the file of a SQLite database."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def make_engine(url: URL, *, pooled: bool = True) -> Engine:
    """Return an engine that never shows values in its errors; nothing is connected yet."""
    path = sqlite_path(url)
    options: dict[str, Any] = {"hide_parameters": True}
    if not pooled:
        options["poolclass"] = NullPool
    if path is not None:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # a network that falls silent ends a statement after about a minute, and not after TCP's own quarter of an hour
    alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
    connect = {"connect_timeout": 10, "application_name": "mye-tiktok", **alive}
    # a connection that died while it rested (a restart, a firewall) is replaced before it is used
    engine = create_engine(url, connect_args=connect, pool_pre_ping=True, **options)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def create_file(path: Path) -> None:
    """Make the folder and an empty file that only its owner can read; raises WrongSettingsError when it can't."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise WrongSettingsError(
            f"the file {path} can't be made or written: {error.strerror}",
            hint="let XDG_STATE_HOME (or DATABASE_URL) name a folder that this user may write to",
        ) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # the driver must not open transactions by itself: `_begin_sqlite` says which kind
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns into a writer is what fails with "database is locked"."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if options.get(FORGETTABLE) else 'FULL'}")
    connection.exec_driver_sql("BEGIN" if options.get(READING) else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    """Let a forgettable transaction end before its log is on the disk; those after it still wait for both."""
    if connection.get_execution_options().get(FORGETTABLE):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def turn_wal_on(path: Path) -> None:
    """Let readers and the one writer work side by side from now on; the file remembers it."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()

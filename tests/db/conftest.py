"""The database under test: SQLite and PostgreSQL, each test on empty tables of the newest revision."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from mye_tiktok.db.cipher import TokenCipher, new_key
from mye_tiktok.db.database import Database
from mye_tiktok.db.migration import upgrade
from mye_tiktok.db.tables.metadata import metadata

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
KEY = new_key()


def execute(url: str, statement: str) -> None:
    """Run one statement on a PostgreSQL database, outside of any transaction."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_admin_url: str) -> Iterator[str]:
    """One PostgreSQL database for the session, at the newest revision."""
    name = f"mye_tiktok_db_{uuid.uuid4().hex[:12]}"
    execute(postgres_admin_url, f'CREATE DATABASE "{name}"')
    url = postgres_admin_url.rsplit("/", 1)[0] + f"/{name}"
    upgrade(url)
    yield url
    execute(postgres_admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest revision, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the newest revision, once per kind."""
    if request.param == "sqlite":
        path = tmp_path / "mye.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    url = request.getfixturevalue("migrated_postgres")
    yield url
    execute(url, "TRUNCATE " + ", ".join(table.name for table in metadata.sorted_tables) + " RESTART IDENTITY")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database under test."""
    database = Database(database_url, cipher=TokenCipher([KEY]))
    yield database
    database.close()


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a single table, once per kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url

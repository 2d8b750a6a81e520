"""Transactions, the errors that leave them, and the check of the revision."""

import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from mye_tiktok.db import engine, migration, watermarks, webhooks
from mye_tiktok.db.database import Database, in_transaction
from mye_tiktok.db.revision import HEAD
from mye_tiktok.errors import MyeTikTokError, UnreachableError, WrongSettingsError
from tests.db.conftest import execute
from tests.db.samples import MINUTE, NOON


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def test_a_transaction_keeps_all_or_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.transaction() as session:
            watermarks.advance(session, "uid-1", "products", NOON, now=NOON)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with database.transaction() as session:
        assert watermarks.get(session, "uid-1", "products") is None
        watermarks.advance(session, "uid-1", "products", NOON, now=NOON)

    with database.reading() as session:
        assert watermarks.get(session, "uid-1", "products") == NOON


def test_one_statement_can_be_a_transaction_of_its_own(database: Database) -> None:
    with database.statement() as session:
        webhooks.count(session, "refused", 2, now=NOON)

    with database.reading() as session:
        assert webhooks.counters(session) == {"refused": 2}


def test_nothing_is_kept_of_what_a_reader_writes(database: Database) -> None:
    with database.reading() as session:
        watermarks.advance(session, "uid-1", "products", NOON, now=NOON)

    with database.reading() as session:
        assert watermarks.get(session, "uid-1", "products") is None


def test_a_transaction_inside_another_is_a_bug_that_shows_at_once(database: Database) -> None:
    with database.transaction(), pytest.raises(RuntimeError, match="open already"), database.transaction():
        pass


def test_one_can_see_whether_a_transaction_is_open_in_this_thread(database: Database) -> None:
    assert not in_transaction()
    with database.transaction():
        assert in_transaction()
        with ThreadPoolExecutor(1) as pool:
            assert not pool.submit(in_transaction).result()
    with pytest.raises(KeyError), database.reading():
        raise KeyError
    assert not in_transaction()


def test_a_reader_does_not_wait_for_a_writer(database: Database, database_url: str) -> None:
    with opened(database_url) as other, database.transaction() as writer:
        watermarks.advance(writer, "uid-1", "products", NOON, now=NOON)

        with other.reading() as reader:
            assert watermarks.get(reader, "uid-1", "products") is None


def test_writers_of_one_sqlite_file_queue_up_and_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mye.sqlite3'}"

    def count_up(_: int) -> None:
        with opened(url) as own, own.transaction() as session:
            before = session.execute(text("SELECT number FROM counters")).scalar_one()
            session.execute(text("UPDATE counters SET number = :after"), {"after": before + 1})

    with opened(url) as database, database.transaction() as session:
        session.execute(text("CREATE TABLE counters (number INTEGER)"))
        session.execute(text("INSERT INTO counters VALUES (0)"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(40)))

    with opened(url) as database, database.reading() as session:
        assert session.execute(text("SELECT number FROM counters")).scalar_one() == 40


def test_threads_of_a_process_write_in_turn_and_do_not_leave_that_to_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'mye.sqlite3'}"
    with opened(url) as database:
        database.check()
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0)
    with opened(url) as database:
        together = Barrier(8)

        def write(number: int) -> None:
            together.wait()
            for minute in range(20):
                with database.transaction() as session:
                    watermarks.advance(session, f"uid-{number}", "products", NOON + minute * MINUTE, now=NOON)

        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(write, range(8)))

        with database.reading() as session:
            marks = [watermarks.get(session, f"uid-{number}", "products") for number in range(8)]
    assert marks == [NOON + 19 * MINUTE] * 8


def test_times_come_back_aware_and_naive_ones_are_refused(database: Database) -> None:
    with database.transaction() as session:
        watermarks.advance(session, "uid-1", "products", NOON, now=NOON)
        found = watermarks.get(session, "uid-1", "products")

    assert found == NOON
    assert found.utcoffset() == 0 * MINUTE
    with pytest.raises(MyeTikTokError, match="naive"), database.transaction() as session:
        watermarks.advance(session, "uid-1", "products", datetime(2026, 3, 1), now=NOON)  # noqa: DTZ001


def test_a_statement_the_database_refuses_is_told_without_the_values(database: Database) -> None:
    statement = text("INSERT INTO queue_declarations VALUES (:queue, 'x', 'x')")
    rows = [{"queue": "Jane Doe, 1 Elm Street"}] * 2

    with pytest.raises(MyeTikTokError) as refused, database.transaction() as session:
        session.execute(statement, rows)

    assert refused.value.exit_code == 70
    assert "Jane" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_missing_table_says_what_to_type(database: Database) -> None:
    with pytest.raises(WrongSettingsError) as refused, database.transaction() as session:
        session.execute(text("SELECT * FROM no_such_table"))

    assert "mye-tiktok db upgrade" in refused.value.hint


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        database = Database(f"postgresql://mye:s3cret@127.0.0.1:{port}/mye")

        with pytest.raises(UnreachableError) as gone:
            database.check()

    assert f"127.0.0.1:{port}" in gone.value.message
    assert "s3cret" not in gone.value.message + gone.value.hint + repr(database)


@pytest.mark.postgres
def test_only_a_forgettable_transaction_spares_postgresql_the_wait_for_the_disk(migrated_postgres: str) -> None:
    waits = text("SHOW synchronous_commit")
    with opened(migrated_postgres) as database:
        with database.transaction(forgettable=True) as session:
            assert session.execute(waits).scalar_one() == "off"

        with database.transaction() as session:
            assert session.execute(waits).scalar_one() == "on"


@pytest.mark.postgres
def test_a_connection_that_died_at_rest_is_replaced_unnoticed(migrated_postgres: str) -> None:
    with opened(migrated_postgres) as database:
        with database.reading() as session:
            own = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        execute(migrated_postgres, f"SELECT pg_terminate_backend({own})")

        with database.reading() as session:
            assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != own


@pytest.mark.postgres
def test_a_connection_that_dies_in_a_transaction_ends_it_and_the_next_one_works(migrated_postgres: str) -> None:
    def lose_the_connection(database: Database) -> None:
        with database.transaction() as session:
            own = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            execute(migrated_postgres, f"SELECT pg_terminate_backend({own})")
            session.execute(text("SELECT 1"))

    with opened(migrated_postgres) as database:
        with pytest.raises(UnreachableError):
            lose_the_connection(database)

        with database.transaction() as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.parametrize("url", ["mysql://root@localhost/mye", "sqlite://", "sqlite:///:memory:", "no url at all"])
def test_a_url_that_can_not_hold_our_data_is_refused(url: str) -> None:
    with pytest.raises(WrongSettingsError, match="DATABASE_URL"):
        Database(url)


def test_a_sqlite_file_is_made_and_migrated_on_first_use(tmp_path: Path) -> None:
    path = tmp_path / "state" / "mye.sqlite3"

    with opened(f"sqlite:///{path}") as database:
        database.check()

    assert migration.current(f"sqlite:///{path}") == HEAD
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_several_first_starts_on_one_sqlite_file_all_succeed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mye.sqlite3'}"

    def first_start(number: int) -> None:
        with opened(url) as database, database.transaction() as session:
            watermarks.advance(session, f"uid-{number}", "products", NOON, now=NOON)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(first_start, range(4)))

    with opened(url) as database, database.reading() as session:
        assert all(watermarks.get(session, f"uid-{number}", "products") for number in range(4))


@pytest.mark.postgres
def test_a_postgresql_database_that_is_behind_stops_with_the_command_to_type(postgres_url: str) -> None:
    with opened(postgres_url) as database:
        with pytest.raises(WrongSettingsError, match="is at revision none") as behind:
            database.check()
        migration.upgrade(postgres_url)

        database.check()

    assert (behind.value.exit_code, behind.value.hint) == (78, "`mye-tiktok db upgrade`")


def test_a_database_that_is_ahead_is_left_alone(database_url: str) -> None:
    with opened(database_url) as database, database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with opened(database_url) as database, pytest.raises(WrongSettingsError, match="older than the database"):
            database.check()
        with pytest.raises(WrongSettingsError, match="older than the database"):
            migration.upgrade(database_url)
        assert migration.current(database_url) == "9999"
    finally:
        _set_revision(database_url, HEAD)


def _set_revision(url: str, revision: str) -> None:
    from mye_tiktok.db import engine as engines

    with engines.make_engine(engines.parse_url(url), pooled=False).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

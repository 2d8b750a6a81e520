"""Deadlines of orders: found without looking at every order there is."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from mye_tiktok.db import ship_deadlines
from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Database
from tests.db.conftest import KEY
from tests.db.samples import NOON

DAY = timedelta(days=1)


@pytest.mark.parametrize("channel_uids", [(), ("uid-1", "uid-2")])
def test_only_orders_that_wait_are_looked_at(
    migrated_sqlite: Path, tmp_path: Path, channel_uids: tuple[str, ...]
) -> None:
    # what PostgreSQL plans depends on what is in the tables
    shutil.copy(migrated_sqlite, tmp_path / "mye.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'mye.sqlite3'}", cipher=TokenCipher([KEY]))
    asked: list[tuple[str, Any]] = []
    with database.reading() as session:
        connection = session.connection()

        @event.listens_for(connection, "before_cursor_execute")
        def note(_: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
            asked.append((statement, parameters))

        ship_deadlines.to_ship(session, now=NOON, until=NOON + DAY, channel_uids=channel_uids)
        ship_deadlines.due(session, until=NOON + DAY, limit=5, channel_uids=channel_uids)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in asked[:2]]
    database.close()

    for steps in plans:
        assert any("INDEX ix_orders_ship_by" in step[-1] for step in steps), steps
        assert not any("TEMP B-TREE" in step[-1] for step in steps), steps

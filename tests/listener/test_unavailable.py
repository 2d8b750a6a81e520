"""A database that can't be used: TikTok is told to repeat, and nothing of it is lost or believed."""

import sqlite3
from pathlib import Path

import pytest

from mye_tiktok import config
from mye_tiktok.runtime import Runtime
from tests.listener.events import APP, order_event
from tests.listener.visitor import Visitor


def runtime_on(url: str, folder: Path) -> Runtime:
    names = {"DATABASE_URL": url, "XDG_STATE_HOME": str(folder), "APP_KEY": APP.app_key, "APP_SECRET": APP.app_secret}
    return Runtime(config.load(names))


def test_an_event_is_not_acknowledged_while_the_database_is_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = runtime_on("postgresql://nobody@127.0.0.1:1/nothing", tmp_path)

    assert Visitor(runtime).deliver(order_event(1), order_event(2)) == [503, 503]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "TikTok repeats" in caplog.text


def test_a_database_that_hangs_is_answered_for_before_tiktok_gives_up(migrated_sqlite: Path, tmp_path: Path) -> None:
    path = tmp_path / "held.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    runtime = runtime_on(f"sqlite:///{path}", tmp_path)
    runtime.database.check()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    visitor = Visitor(runtime, before_closing=holder.close)

    assert visitor.deliver(order_event(1)) == [503]

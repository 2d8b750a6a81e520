"""Every way up to the newest revision, on both databases; there is no way down."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text

from mye_tiktok.db import engine as engines
from mye_tiktok.db import migration
from mye_tiktok.db.migrations.environment import url_of_the_environment
from mye_tiktok.db.revision import HEAD, REVISIONS
from mye_tiktok.db.tables.metadata import metadata
from mye_tiktok.db.tables.orders import OrderRow
from mye_tiktok.errors import MyeTikTokError

ROOT = Path(__file__).parents[2]


def test_the_program_knows_every_revision_there_is() -> None:
    assert migration.revisions() == REVISIONS


def test_an_empty_database_comes_up_and_is_then_what_the_models_say(empty_url: str) -> None:
    assert migration.current(empty_url) is None

    assert migration.upgrade(empty_url) == HEAD

    assert migration.current(empty_url) == HEAD
    assert _drift(empty_url) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_earlier_revision_comes_up(empty_url: str, revision: str) -> None:
    migration.upgrade(empty_url, to=revision)
    assert migration.current(empty_url) == revision

    migration.upgrade(empty_url)

    assert _drift(empty_url) == []


def test_orders_that_wait_get_their_deadline_on_the_way_up(empty_url: str) -> None:
    migration.upgrade(empty_url, to="0003")
    hour = 3600
    waiting = {"status": "AWAITING_SHIPMENT", "rts_sla_time": 9 * hour, "tts_sla_time": 8 * hour}
    _orders(
        empty_url,
        [
            *({**waiting, "rts_sla_time": number * hour} for number in range(1, 4)),
            {**waiting, "rts_sla_time": 2 * hour * 1000 + 10**15, "tts_sla_time": str(5 * hour)},
            {**waiting, "fulfillment_type": "FULFILLMENT_BY_TIKTOK"},
            {**waiting, "shipping_type": "TIKTOK_DIGITAL"},
            {**waiting, "status": "DELIVERED"},
            {"status": "PARTIALLY_SHIPPING", "rts_sla_time": None, "tts_sla_time": "soon"},
        ],
    )

    migration.upgrade(empty_url)

    with engines.make_engine(engines.parse_url(empty_url), pooled=False).connect() as connection:
        found = connection.scalars(select(OrderRow.ship_by).order_by(OrderRow.order_id)).all()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [(at - epoch).total_seconds() / hour if at else None for at in found] == [1, 2, 3, 5, *[None] * 4]


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    migration.upgrade(empty_url)

    assert migration.upgrade(empty_url) == HEAD


def test_upgrades_at_the_same_time_wait_for_each_other(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        command = [sys.executable, "-c", f"from mye_tiktok.db.migration import upgrade; print(upgrade({empty_url!r}))"]
        other = pool.submit(subprocess.run, command, capture_output=True, text=True, check=False, cwd=ROOT)

        assert migration.upgrade(empty_url) == HEAD
        finished = other.result()

    assert (finished.returncode, finished.stdout.strip()) == (0, HEAD), finished.stderr


def test_an_upgrade_that_fails_at_its_last_table_leaves_nothing_behind(empty_url: str) -> None:
    engine = engines.make_engine(engines.parse_url(empty_url), pooled=False)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE request_budgets (in_the_way INTEGER)"))

    with pytest.raises(MyeTikTokError, match="request_budgets"):
        migration.upgrade(empty_url)

    assert inspect(engine).get_table_names() == ["request_budgets"]


def test_a_developer_can_run_alembic_by_its_own_name(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mye.sqlite3'}"
    environment = os.environ | {"DATABASE_URL": url}

    subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], env=environment, cwd=ROOT, check=True)

    assert migration.current(url) == HEAD


def test_alembic_finds_the_database_in_the_same_variables_as_the_program() -> None:
    parts = {"DB_HOST": "db", "DB_PORT": "5433", "DB_NAME": "mye", "DB_USER": "mye", "DB_PASS": "a/b@c"}

    assert url_of_the_environment(parts) == "postgresql://mye:a%2Fb%40c@db:5433/mye"
    assert url_of_the_environment(parts | {"DATABASE_URL": "sqlite:///x"}) == "sqlite:///x"
    with pytest.raises(SystemExit, match="DATABASE_URL"):
        url_of_the_environment({})


def _drift(url: str) -> list[object]:
    with engines.make_engine(engines.parse_url(url), pooled=False).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def _orders(url: str, told: list[dict[str, object]]) -> None:
    """Store orders as revision 0003 did."""
    shared = "'uid', :id, :status, 'd', :raw, 1, '', :at, :at, :at"
    columns = "channel_uid, order_id, status, digest, raw, version, announced, read_at, first_seen_at, stored_at"
    rows = [
        {"id": str(number), "status": order["status"], "raw": json.dumps(order), "at": datetime(2026, 1, 1)}  # noqa: DTZ001
        for number, order in enumerate(told)
    ]
    with engines.make_engine(engines.parse_url(url), pooled=False).begin() as connection:
        connection.execute(text(f"INSERT INTO orders ({columns}) VALUES ({shared})"), rows)

"""A listener in this process on SQLite and PostgreSQL, each test on empty tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mye_tiktok import config
from mye_tiktok.runtime import Runtime
from tests.db.conftest import database_url, migrated_postgres, migrated_sqlite
from tests.listener.events import APP
from tests.listener.visitor import Visitor

__all__ = ["database_url", "migrated_postgres", "migrated_sqlite"]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """What the environment of a listener holds."""
    return {
        "DATABASE_URL": database_url,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "APP_KEY": APP.app_key,
        "APP_SECRET": APP.app_secret,
    }


@pytest.fixture
def runtime(settings: dict[str, str]) -> Iterator[Runtime]:
    """The runtime that a listener would have."""
    made = Runtime(config.load(settings))
    yield made
    made.close()


@pytest.fixture
def visitor(runtime: Runtime) -> Visitor:
    """Somebody who sends requests to the listener."""
    return Visitor(runtime)

"""Request budgets in the database: one decision at a time, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from mye_tiktok.db.budgets import DatabaseBudgets
from mye_tiktok.db.database import Database
from mye_tiktok.domain.budget import Budget
from tests.db.samples import MINUTE, NOON


def start_or_add(budget: Budget | None, now: datetime) -> tuple[Budget, float]:
    rate = budget.rate + 1 if budget else 1
    return Budget(rate=rate, next_slot_at=now, raised_at=now), rate


def test_a_budget_is_kept_as_it_was_decided(database: Database) -> None:
    budgets = DatabaseBudgets(database, clock=lambda: NOON)
    decided = Budget(rate=7.5, next_slot_at=NOON, raised_at=NOON - MINUTE, ceiling=9, blocked_until=NOON + MINUTE)

    assert budgets.change("app:shop:read", lambda before, _: (decided, before)) is None

    assert budgets.change("app:shop:read", lambda before, _: (decided, before)) == decided
    assert budgets.change("app:shop:write", lambda before, _: (decided, before)) is None


def test_nobody_decides_in_between(database: Database, database_url: str) -> None:
    def change(_: int) -> float:
        own = Database(database_url)
        try:
            return DatabaseBudgets(own).change("app:shop:read", start_or_add)
        finally:
            own.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(change, range(24))) == [float(number) for number in range(1, 25)]


def test_a_decision_that_raises_changes_nothing(database: Database) -> None:
    budgets = DatabaseBudgets(database)
    budgets.change("app:shop:read", start_or_add)

    def raises(_: Budget | None, __: datetime) -> tuple[Budget, None]:
        raise KeyError

    with pytest.raises(KeyError):
        budgets.change("app:shop:read", raises)

    assert budgets.change("app:shop:read", start_or_add) == 2


@pytest.mark.postgres
def test_hosts_that_share_postgresql_share_its_clock(migrated_postgres: str) -> None:
    database = Database(migrated_postgres)
    wrong_clock = DatabaseBudgets(database, clock=lambda: NOON)

    now = wrong_clock.change("test clock", lambda _, now: (Budget(rate=1, next_slot_at=now, raised_at=now), now))

    database.close()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(days=1)
    assert now != NOON

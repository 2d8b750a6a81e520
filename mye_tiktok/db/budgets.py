"""The request budgets, kept in the database so that all processes and hosts share them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from mye_tiktok.db.database import Database, Session
from mye_tiktok.db.dialects import insert_into, is_postgresql, lock, shared_time
from mye_tiktok.db.tables.budgets import BudgetRow
from mye_tiktok.domain.budget import Budget

T = TypeVar("T")


class DatabaseBudgets:
    """A BudgetStore on the database. `clock` counts on SQLite only: PostgreSQL has one for all hosts."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._clock = database, clock

    def change(self, key: str, decide: Callable[[Budget | None, datetime], tuple[Budget, T]]) -> T:
        """Replace the budget of `key` by what `decide` returns, in a transaction that nobody else is in."""
        with self._database.transaction(forgettable=True) as session:
            before, now = self._read(session, key)
            after, answer = decide(before, now)
            if after != before:
                _store(session, key, after)
        return answer

    def _read(self, session: Session, key: str) -> tuple[Budget | None, datetime]:
        if not is_postgresql(session):
            return _budget(session.get(BudgetRow, key)), self._clock()
        # the row may not exist yet, so a lock of its name keeps the others out
        lock(session, f"budget {key}")
        now = shared_time(session)
        return _budget(session.get(BudgetRow, key)), now


def _store(session: Session, key: str, budget: Budget) -> None:
    values = {
        "rate": budget.rate,
        "next_slot_at": budget.next_slot_at,
        "raised_at": budget.raised_at,
        "ceiling": budget.ceiling,
        "blocked_until": budget.blocked_until,
    }
    insert = insert_into(session, BudgetRow).values(key=key, **values)
    session.execute(insert.on_conflict_do_update(index_elements=[BudgetRow.key], set_=values))


def _budget(row: BudgetRow | None) -> Budget | None:
    if row is None:
        return None
    return Budget(
        rate=row.rate,
        next_slot_at=row.next_slot_at,
        raised_at=row.raised_at,
        ceiling=row.ceiling,
        blocked_until=row.blocked_until,
    )

"""Table `request_budgets`: how fast TikTok lets us call, shared by all processes and hosts."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from mye_tiktok.db.tables.base import Base, IdentifierKey


class BudgetRow(Base):
    """One domain Budget. Unlogged on PostgreSQL: it changes with every request and a crash may forget it."""

    __tablename__ = "request_budgets"

    key: Mapped[IdentifierKey]
    rate: Mapped[float]
    next_slot_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    ceiling: Mapped[float | None]
    blocked_until: Mapped[datetime | None]

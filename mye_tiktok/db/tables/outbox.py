"""Table `outbox`: what MYE is told, written in the transaction of its reason."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier

PENDING = text("state = 'pending'")
WAITING = text("state = 'pending' AND attempts > 0")
PARKED = text("state = 'parked'")


class OutboxMessageRow(Base):
    """One message. `position` is the order in which messages of one `key` leave."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "destination", "position", postgresql_where=PENDING, sqlite_where=PENDING),
        Index("ix_outbox_waiting", "destination", "key", postgresql_where=WAITING, sqlite_where=WAITING),
        Index("ix_outbox_parked", "position", postgresql_where=PARKED, sqlite_where=PARKED),
        {"sqlite_autoincrement": True},
    )

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[Identifier] = mapped_column(unique=True)
    type: Mapped[str]
    subject: Mapped[str]
    key: Mapped[Identifier]
    source: Mapped[str]
    destination: Mapped[Identifier]
    time: Mapped[datetime]
    dataschema: Mapped[str]
    headers: Mapped[dict[str, str]]
    body: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str]

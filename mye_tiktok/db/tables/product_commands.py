"""Table `product_commands`: what MYE wants done to products, written down before it is done."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier

PENDING = text("state = 'pending'")


class ProductCommandRow(Base):
    """One command. `fingerprint` is the same for a message that is delivered again.

    `payload` is the message's own, as JSON text. `state` is "pending" until it has its answer: "done", "unchanged",
    "superseded", "refused" (for good) or "failed" (given up). Whoever takes it claims it until `claimed_until`.
    """

    __tablename__ = "product_commands"
    __table_args__ = (
        Index("ix_product_commands_due", "next_attempt_at", "id", postgresql_where=PENDING, sqlite_where=PENDING),
        Index(
            "ix_product_commands_pending",
            "channel_uid",
            "product_id",
            postgresql_where=PENDING,
            sqlite_where=PENDING,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    fingerprint: Mapped[Identifier] = mapped_column(unique=True)
    message_id: Mapped[Identifier]
    action: Mapped[str]
    channel_uid: Mapped[Identifier]
    product_id: Mapped[Identifier]
    payload: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    claimed_by: Mapped[str]
    claimed_until: Mapped[datetime | None]
    code: Mapped[str]
    reason: Mapped[str]
    settled_at: Mapped[datetime | None]

"""Table `shipments`: what is to be shipped, written down before TikTok is told of it."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier

OPEN = text("state IN ('pending', 'sent')")
FAILED = text("state = 'failed'")


class ShipmentRow(Base):
    """One intention. `fingerprint` is the same for the same intention, however often it is given.

    `state` is "pending", "sent" (the call was made at `sent_at`, its answer is unknown), "shipped", "refused" or
    "failed". `details` are what a person chose, such as the slot. `origin` is "hand", "file" or "queue", `source` the
    line of the file or the id of the message. Whoever takes it claims it until `claimed_until`.
    """

    __tablename__ = "shipments"
    __table_args__ = (
        Index("ix_shipments_due", "next_attempt_at", "shipment_id", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_shipments_failed", "shipment_id", postgresql_where=FAILED, sqlite_where=FAILED),
        Index(None, "channel_uid", "order_id"),
        {"sqlite_autoincrement": True},
    )

    shipment_id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    fingerprint: Mapped[Identifier] = mapped_column(unique=True)
    channel_uid: Mapped[Identifier]
    kind: Mapped[str]
    order_id: Mapped[Identifier]
    package_id: Mapped[Identifier]
    line_item_ids: Mapped[list[str]]
    tracking_number: Mapped[str]
    provider_id: Mapped[str]
    provider_name: Mapped[str]
    details: Mapped[dict[str, str]]
    origin: Mapped[str]
    source: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    claimed_by: Mapped[str]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    code: Mapped[str]
    message: Mapped[str]
    tiktok_request_id: Mapped[str]
    package_ids: Mapped[list[str]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

"""Tables `webhook_events` and `webhook_counters`: what TikTok told us, written down before it is acted on."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey

PENDING = text("state = 'pending'")
RESTING = "state IN ('parked', 'unreadable')"


class WebhookEventRow(Base):
    """One verified event. `body` is what was signed, byte for byte.

    `fingerprint` is `tts_notification_id`, or the SHA-256 of the body where there is none; a replay gets one of its
    own. `type` is -1 and `state` "unreadable" when the body is no envelope. `subject` is the id of what the event is
    about (an order, a product, a conversation …), `occurred_at` TikTok's time of the change. A row is due at
    `next_attempt_at`; whoever takes it pushes that forward first, so a row that kills its reader blocks nobody.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("ix_webhook_events_due", "next_attempt_at", "id", postgresql_where=PENDING, sqlite_where=PENDING),
        Index("ix_webhook_events_resting", "state", postgresql_where=text(RESTING), sqlite_where=text(RESTING)),
        Index(None, "subject"),
        Index(None, "received_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    fingerprint: Mapped[Identifier] = mapped_column(unique=True)
    notification_id: Mapped[str]
    type: Mapped[int]
    shop_id: Mapped[Identifier]
    open_id: Mapped[Identifier]
    subject: Mapped[Identifier]
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    claimed_by: Mapped[str]
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str]
    error: Mapped[str]
    replay_of: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))


class WebhookCounterRow(Base):
    """How often something arrived that is not kept: "refused" for a bad signature, "duplicate" for a repetition."""

    __tablename__ = "webhook_counters"

    name: Mapped[IdentifierKey]
    value: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]

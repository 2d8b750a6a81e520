"""Tables `queue_messages` and `queue_declarations`: the embedded broker."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey


class QueueMessageRow(Base):
    """One message in a queue. Nobody else sees it while `claimed_until` is ahead; dead ones wait for a person."""

    __tablename__ = "queue_messages"
    __table_args__ = (Index(None, "queue", "dead", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    queue: Mapped[Identifier]
    exchange: Mapped[str]
    message_id: Mapped[Identifier]
    type: Mapped[str]
    subject: Mapped[str]
    time: Mapped[datetime]
    key: Mapped[str]
    source: Mapped[str]
    dataschema: Mapped[str]
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes]
    dead: Mapped[bool]
    reason: Mapped[str]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    deliveries: Mapped[int]
    enqueued_at: Mapped[datetime]


class QueueDeclarationRow(Base):
    """A queue that exists. Publishing to another one is refused, as a broker would."""

    __tablename__ = "queue_declarations"

    queue: Mapped[IdentifierKey]
    exchange: Mapped[str]
    name: Mapped[str]

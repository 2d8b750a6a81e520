"""Tables `orders`, `order_changes`, `after_sales` and `backfills`: what buyers bought and what became of it."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey
from mye_tiktok.db.tables.products import ROOM_TO_CHANGE

TO_SHIP = text("ship_by IS NOT NULL")


class OrderRow(Base):
    """One order as we last saw it. `raw` is TikTok's object as text, `digest` the fingerprint of what it says.

    `version` counts the changes we saw. `read_at` is when the call that brought this state was sent: of two states
    with the same `updated_at` the one read later is newer. `announced` is how MYE knows the order: "" not at all,
    "provisional" as one on hold and never otherwise, "final". `ship_by` is the earliest deadline of an order that waits
    to be shipped by the seller, and empty in every other.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index(None, "channel_uid", "created_at"),
        Index(None, "channel_uid", "updated_at"),
        # in the order of a list of what is due, and with all that a count needs
        Index(None, "ship_by", "order_id", "channel_uid", postgresql_where=TO_SHIP, sqlite_where=TO_SHIP),
        ROOM_TO_CHANGE,
    )

    channel_uid: Mapped[IdentifierKey]
    order_id: Mapped[IdentifierKey]
    status: Mapped[str]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    digest: Mapped[str]
    raw: Mapped[str]
    version: Mapped[int]
    announced: Mapped[str]
    read_at: Mapped[datetime]
    first_seen_at: Mapped[datetime]
    stored_at: Mapped[datetime]
    ship_by: Mapped[datetime | None]


class OrderChangeRow(Base):
    """One change of an order. `topic` is the webhook topic that tells of such a change, `source` how it reached us.

    `updated_at` is TikTok's time of the change, `seen_at` ours.
    """

    __tablename__ = "order_changes"
    __table_args__ = (Index(None, "channel_uid", "seen_at"),)

    channel_uid: Mapped[IdentifierKey]
    order_id: Mapped[IdentifierKey]
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str]
    previous_status: Mapped[str | None]
    topic: Mapped[str]
    source: Mapped[str]
    updated_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class AfterSaleRow(Base):
    """One cancellation or return of an order as we last saw it."""

    __tablename__ = "after_sales"
    __table_args__ = (Index(None, "channel_uid", "order_id"),)

    channel_uid: Mapped[IdentifierKey]
    kind: Mapped[IdentifierKey]
    case_id: Mapped[IdentifierKey]
    order_id: Mapped[Identifier]
    status: Mapped[str]
    updated_at: Mapped[datetime | None]
    digest: Mapped[str]
    raw: Mapped[str]
    read_at: Mapped[datetime]
    stored_at: Mapped[datetime]


class BackfillRow(Base):
    """A backfill that is under way: everything created from `since` up to `reached` was read.

    `started_at` is when its first run began: what changed after that is for the next pull to find.
    """

    __tablename__ = "backfills"

    channel_uid: Mapped[IdentifierKey]
    since: Mapped[datetime]
    reached: Mapped[datetime]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]

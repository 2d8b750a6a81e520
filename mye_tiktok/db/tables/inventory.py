"""Tables of stock: what MYE asked for, what it says there is, what is to be sent, by which rules, and what was sent."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey
from mye_tiktok.db.tables.products import ROOM_TO_CHANGE

COUNTER = BigInteger().with_variant(Integer(), "sqlite")
NEW = text("state = 'new'")
PENDING = text("state = 'pending'")
DUE = text("due_at IS NOT NULL")


class InventoryRequestRow(Base):
    """One wish: the stock that MYE wants one SKU to have. Written down as it arrives, before anything else is done.

    `state` is "new" until it was sorted in, then "pending" until it has its answer: "applied", "unchanged",
    "superseded", "rejected" (refused for good) or "failed" (given up). `fingerprint` is the same for a message that is
    delivered again. `channel_uid` is empty in a wish for every channel that lists the SKU; sorting in fills in the
    channel and the SKU that are meant, one row for each: `copy_of` is the row that the wish arrived as, where that is
    another one. `warehouse_id` is MYE's name of the place, or empty. `origin`: "queue", "file", "miams" or "hand".
    """

    __tablename__ = "inventory_requests"
    __table_args__ = (
        Index("ix_inventory_requests_new", "id", postgresql_where=NEW, sqlite_where=NEW),
        Index(
            "ix_inventory_requests_pending",
            "channel_uid",
            "product_id",
            "sku_id",
            "seller_sku",
            postgresql_where=PENDING,
            sqlite_where=PENDING,
        ),
        Index(None, "request_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    fingerprint: Mapped[Identifier] = mapped_column(unique=True)
    request_id: Mapped[Identifier]
    channel_uid: Mapped[Identifier]
    seller_sku: Mapped[Identifier]
    product_id: Mapped[Identifier]
    sku_id: Mapped[Identifier]
    warehouse_id: Mapped[Identifier]
    quantity: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    origin: Mapped[str]
    state: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    settled_at: Mapped[datetime | None]
    copy_of: Mapped[int | None] = mapped_column(COUNTER)


class StockNewsRow(Base):
    """A product that came, changed or went since stock was last sorted in: wishes may wait for its SKUs."""

    __tablename__ = "stock_news"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    channel_uid: Mapped[Identifier]
    product_id: Mapped[Identifier]


class StockLevelRow(Base):
    """The newest wish per SKU and place, as MYE named them: what MYE says there is.

    `channel_uid` is empty where MYE named none; a SKU is named by `seller_sku`, or by `product_id` and `sku_id`, and
    the other is empty. It stays after the wish is settled: rules that change, a SKU that is listed later and what was
    sold are worked out from it. `wish_id` is the wish's row, which with `occurred_at` tells which of two is newer.
    `origin` is the wish's: what a person set by hand at TikTok stands here, too, until MYE speaks again.
    """

    __tablename__ = "stock_levels"
    __table_args__ = (ROOM_TO_CHANGE,)

    channel_uid: Mapped[IdentifierKey]
    seller_sku: Mapped[IdentifierKey]
    product_id: Mapped[IdentifierKey]
    sku_id: Mapped[IdentifierKey]
    warehouse_id: Mapped[IdentifierKey]
    quantity: Mapped[int] = mapped_column(BigInteger)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    request_id: Mapped[Identifier]
    wish_id: Mapped[int] = mapped_column(COUNTER)
    origin: Mapped[str]


class StockTargetRow(Base):
    """One SKU of a shop whose stock we keep: the unit that a push works on.

    It is due at `due_at`; nothing is to do where that is NULL. `revision` grows with everything that makes it due, so
    that what comes during a call is not ticked off with it. `lane` says who goes first: 0 just sold, 1 near zero, 2 the
    rest; `hot_until` is when a sale is no longer news. `figures` is what TikTok showed per warehouse at `read_at`,
    `sent` what it accepted at `sent_at`. Whoever pushes claims the row until `claimed_until`.
    """

    __tablename__ = "stock_targets"
    __table_args__ = (
        Index("ix_stock_targets_due", "channel_uid", "lane", "due_at", postgresql_where=DUE, sqlite_where=DUE),
        Index(None, "seller_sku"),
        ROOM_TO_CHANGE,
    )

    channel_uid: Mapped[IdentifierKey]
    product_id: Mapped[IdentifierKey]
    sku_id: Mapped[IdentifierKey]
    seller_sku: Mapped[Identifier]
    lane: Mapped[int]
    hot_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(BigInteger)
    attempts: Mapped[int]
    claimed_by: Mapped[str]
    claimed_until: Mapped[datetime | None]
    figures: Mapped[dict[str, int]] = mapped_column(JSON())
    read_at: Mapped[datetime | None]
    sent: Mapped[dict[str, int]] = mapped_column(JSON())
    sent_at: Mapped[datetime | None]
    code: Mapped[str]
    message: Mapped[str]


class InventoryRuleRow(Base):
    """One rule. `channel_uid` empty: every channel; `pattern`: a seller SKU, or one with `*` and `?`.

    `place` is TikTok's warehouse (empty: all) for a "buffer", "buffer_percent", "threshold" or "cap" of `value`; for a
    "map" it is MYE's name of the place, and `warehouse_id` the TikTok warehouse that is meant.
    """

    __tablename__ = "inventory_rules"

    kind: Mapped[IdentifierKey]
    channel_uid: Mapped[IdentifierKey]
    pattern: Mapped[IdentifierKey]
    place: Mapped[IdentifierKey]
    warehouse_id: Mapped[Identifier]
    value: Mapped[int] = mapped_column(BigInteger)
    set_at: Mapped[datetime]


class InventoryLedgerRow(Base):
    """What one push came to for one SKU and warehouse; never changed but for what was read back later.

    `wanted` is what MYE says, `desired` what the rules make of it, `before` what TikTok showed, `sent` what was sent.
    `cause`: "push" or "hand". `tiktok_request_id` is the id of TikTok's answer.
    """

    __tablename__ = "inventory_ledger"
    __table_args__ = (
        Index(None, "channel_uid", "product_id", "sku_id", "id"),
        Index(None, "seller_sku", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    run_id: Mapped[str]
    cause: Mapped[str]
    channel_uid: Mapped[Identifier]
    product_id: Mapped[Identifier]
    sku_id: Mapped[Identifier]
    seller_sku: Mapped[Identifier]
    warehouse_id: Mapped[Identifier]
    wanted: Mapped[int | None] = mapped_column(BigInteger)
    desired: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[str]
    before: Mapped[int | None] = mapped_column(BigInteger)
    sent: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str]
    code: Mapped[str]
    message: Mapped[str]
    tiktok_request_id: Mapped[str]
    read_back: Mapped[int | None] = mapped_column(BigInteger)
    read_at: Mapped[datetime | None]


class InventoryApprovalRow(Base):
    """A push that went on with --force although a guard had stopped it: who, why, and what the guard had to say."""

    __tablename__ = "inventory_approvals"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    run_id: Mapped[str]
    channel_uid: Mapped[Identifier]
    who: Mapped[str]
    why: Mapped[str]
    summary: Mapped[str]


class SoldUnitsRow(Base):
    """The pieces of a SKU that an order holds; an order that was cancelled holds none and has no row.

    A sale lowers TikTok's figure at once, while a wish that came before it does not know of it.
    """

    __tablename__ = "sold_units"
    __table_args__ = (Index(None, "channel_uid", "sku_id", "ordered_at"),)

    channel_uid: Mapped[IdentifierKey]
    order_id: Mapped[IdentifierKey]
    sku_id: Mapped[IdentifierKey]
    product_id: Mapped[Identifier]
    seller_sku: Mapped[Identifier]
    quantity: Mapped[int]
    ordered_at: Mapped[datetime]

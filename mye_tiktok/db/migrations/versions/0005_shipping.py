"""Shipping: until when each order has to be shipped, and what is to be shipped."""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.String()
TIME = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('pending', 'sent')")
FAILED = sa.text("state = 'failed'")
TO_SHIP = sa.text("ship_by IS NOT NULL")
WAITING = ("AWAITING_SHIPMENT", "PARTIALLY_SHIPPING")
NOT_OURS = frozenset({"FULFILLMENT_BY_TIKTOK", "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"})
DEADLINES = ("rts_sla_time", "shipping_due_time", "cancel_order_sla_time", "tts_sla_time", "collection_due_time")
AT_ONCE = 500
MILLISECONDS_FROM = 10**11
ORDERS = sa.table(
    "orders",
    *(sa.column(name, sa.String) for name in ("channel_uid", "order_id", "status", "raw")),
    sa.column("ship_by", TIME),
)


def upgrade() -> None:
    """Give each order that waits its deadline, find those in time however many there are, and make `shipments`."""
    op.add_column("orders", sa.Column("ship_by", TIME, nullable=True))
    _fill()
    op.create_index(
        "ix_orders_ship_by_order_id_channel_uid",
        "orders",
        ["ship_by", "order_id", "channel_uid"],
        postgresql_where=TO_SHIP,
        sqlite_where=TO_SHIP,
    )
    _make_shipments()


def _make_shipments() -> None:
    op.create_table(
        "shipments",
        sa.Column("shipment_id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("fingerprint", ID, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("package_id", ID, nullable=False),
        sa.Column("line_item_ids", sa.JSON(), nullable=False),
        sa.Column("tracking_number", TEXT, nullable=False),
        sa.Column("provider_id", TEXT, nullable=False),
        sa.Column("provider_name", TEXT, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("claimed_by", TEXT, nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("tiktok_request_id", TEXT, nullable=False),
        sa.Column("package_ids", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("shipment_id", name="pk_shipments"),
        sa.UniqueConstraint("fingerprint", name="uq_shipments_fingerprint"),
        sqlite_autoincrement=True,
    )
    due = ["next_attempt_at", "shipment_id"]
    op.create_index("ix_shipments_due", "shipments", due, postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index("ix_shipments_failed", "shipments", ["shipment_id"], postgresql_where=FAILED, sqlite_where=FAILED)
    op.create_index("ix_shipments_channel_uid_order_id", "shipments", ["channel_uid", "order_id"])


def _fill() -> None:
    connection = op.get_bind()
    key = sa.tuple_(ORDERS.c.channel_uid, ORDERS.c.order_id)
    columns = (ORDERS.c.channel_uid, ORDERS.c.order_id, ORDERS.c.raw)
    waiting = sa.select(*columns).where(ORDERS.c.status.in_(WAITING)).order_by(ORDERS.c.channel_uid, ORDERS.c.order_id)
    write = (
        sa.update(ORDERS)
        .where(ORDERS.c.channel_uid == sa.bindparam("uid"), ORDERS.c.order_id == sa.bindparam("id"))
        .values(ship_by=sa.bindparam("at"))
    )
    after = ("", "")
    while rows := connection.execute(waiting.where(key > sa.tuple_(*after)).limit(AT_ONCE)).all():
        found = [{"uid": uid, "id": order_id, "at": _ship_by(json.loads(raw))} for uid, order_id, raw in rows]
        if told := [one for one in found if one["at"] is not None]:
            connection.execute(write, told)
        after = (rows[-1].channel_uid, rows[-1].order_id)


def _ship_by(order: dict[str, Any]) -> datetime | None:
    if order.get("fulfillment_type") in NOT_OURS or order.get("shipping_type") == "TIKTOK_DIGITAL":
        return None
    return min(filter(None, (_moment(order.get(name)) for name in DEADLINES)), default=None)


def _moment(value: object) -> datetime | None:
    try:
        ticks = int(str(value))
        seconds = ticks / 1000 if ticks >= MILLISECONDS_FROM else ticks
        return datetime.fromtimestamp(seconds, tz=UTC) if ticks > 0 else None
    except (ValueError, OverflowError, OSError):
        return None

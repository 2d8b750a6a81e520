"""Stock: wishes, levels, targets, rules, the ledger of what was sent, and what was sold."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.String()
TIME = sa.DateTime(timezone=True)
COUNT = sa.BigInteger()
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NEW = sa.text("state = 'new'")
PENDING = sa.text("state = 'pending'")
DUE = sa.text("due_at IS NOT NULL")
ROOM_TO_CHANGE = {"fillfactor": 70}


def upgrade() -> None:
    """Make the tables of stock."""
    _requests()
    _levels()
    _targets()
    _rules()
    _ledger()
    _sold()


def _requests() -> None:
    op.create_table(
        "inventory_requests",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("fingerprint", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("seller_sku", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("quantity", COUNT, nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("copy_of", COUNTER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inventory_requests"),
        sa.UniqueConstraint("fingerprint", name="uq_inventory_requests_fingerprint"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inventory_requests_new", "inventory_requests", ["id"], postgresql_where=NEW, sqlite_where=NEW)
    op.create_index(
        "ix_inventory_requests_pending",
        "inventory_requests",
        ["channel_uid", "product_id", "sku_id", "seller_sku"],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    op.create_index("ix_inventory_requests_request_id", "inventory_requests", ["request_id"])
    op.create_table(
        "stock_news",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_news"),
        sqlite_autoincrement=True,
    )


def _levels() -> None:
    op.create_table(
        "stock_levels",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("seller_sku", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("quantity", COUNT, nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("wish_id", COUNTER, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "channel_uid", "seller_sku", "product_id", "sku_id", "warehouse_id", name="pk_stock_levels"
        ),
        postgresql_with=ROOM_TO_CHANGE,
    )


def _targets() -> None:
    op.create_table(
        "stock_targets",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("seller_sku", ID, nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("hot_until", TIME, nullable=True),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("revision", COUNT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", TEXT, nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "product_id", "sku_id", name="pk_stock_targets"),
        postgresql_with=ROOM_TO_CHANGE,
    )
    op.create_index(
        "ix_stock_targets_due",
        "stock_targets",
        ["channel_uid", "lane", "due_at"],
        postgresql_where=DUE,
        sqlite_where=DUE,
    )
    op.create_index("ix_stock_targets_seller_sku", "stock_targets", ["seller_sku"])


def _rules() -> None:
    op.create_table(
        "inventory_rules",
        sa.Column("kind", ID, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("pattern", ID, nullable=False),
        sa.Column("place", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("value", COUNT, nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", "channel_uid", "pattern", "place", name="pk_inventory_rules"),
    )


def _ledger() -> None:
    op.create_table(
        "inventory_ledger",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("seller_sku", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("wanted", COUNT, nullable=True),
        sa.Column("desired", COUNT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("before", COUNT, nullable=True),
        sa.Column("sent", COUNT, nullable=True),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("tiktok_request_id", TEXT, nullable=False),
        sa.Column("read_back", COUNT, nullable=True),
        sa.Column("read_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inventory_ledger"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inventory_ledger_channel_uid_product_id_sku_id_id",
        "inventory_ledger",
        ["channel_uid", "product_id", "sku_id", "id"],
    )
    op.create_index("ix_inventory_ledger_seller_sku_id", "inventory_ledger", ["seller_sku", "id"])
    op.create_table(
        "inventory_approvals",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inventory_approvals"),
        sqlite_autoincrement=True,
    )


def _sold() -> None:
    op.create_table(
        "sold_units",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("seller_sku", ID, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("ordered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "order_id", "sku_id", name="pk_sold_units"),
    )
    op.create_index(
        "ix_sold_units_channel_uid_sku_id_ordered_at", "sold_units", ["channel_uid", "sku_id", "ordered_at"]
    )

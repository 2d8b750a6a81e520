"""Orders with their history and after-sales, webhook events, and how each channel treats orders on hold."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING = sa.text("state = 'pending'")
RESTING = sa.text("state IN ('parked', 'unreadable')")

# lz4 is several times faster than the default; servers before 14, and those built without it, keep that
COMPRESS_FASTER = """
DO $$ BEGIN
    EXECUTE 'ALTER TABLE {table} ALTER COLUMN raw SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL;
END $$
"""


def upgrade() -> None:
    """Make the tables of orders and webhooks."""
    op.add_column("channels", sa.Column("hold_policy", sa.String(), nullable=False, server_default="mark"))
    _orders()
    _webhooks()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("orders", "after_sales"):
            op.execute(COMPRESS_FASTER.format(table=table))


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=True),
        sa.Column("updated_at", TIME, nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("announced", sa.String(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "order_id", name="pk_orders"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_orders_channel_uid_created_at", "orders", ["channel_uid", "created_at"])
    op.create_index("ix_orders_channel_uid_updated_at", "orders", ["channel_uid", "updated_at"])
    op.create_table(
        "order_changes",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("previous_status", sa.String(), nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("updated_at", TIME, nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "order_id", "version", name="pk_order_changes"),
    )
    op.create_index("ix_order_changes_channel_uid_seen_at", "order_changes", ["channel_uid", "seen_at"])
    op.create_table(
        "after_sales",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("updated_at", TIME, nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "kind", "case_id", name="pk_after_sales"),
    )
    op.create_index("ix_after_sales_channel_uid_order_id", "after_sales", ["channel_uid", "order_id"])
    op.create_table(
        "backfills",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("reached", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", name="pk_backfills"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("fingerprint", ID, nullable=False),
        sa.Column("notification_id", sa.String(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("shop_id", ID, nullable=False),
        sa.Column("open_id", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("occurred_at", TIME, nullable=True),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("handled_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("replay_of", COUNTER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.UniqueConstraint("fingerprint", name="uq_webhook_events_fingerprint"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_webhook_events_due",
        "webhook_events",
        ["next_attempt_at", "id"],
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    op.create_index(
        "ix_webhook_events_resting", "webhook_events", ["state"], postgresql_where=RESTING, sqlite_where=RESTING
    )
    op.create_index("ix_webhook_events_subject", "webhook_events", ["subject"])
    op.create_index("ix_webhook_events_received_at", "webhook_events", ["received_at"])
    op.create_table(
        "webhook_counters",
        sa.Column("name", ID, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_webhook_counters"),
    )

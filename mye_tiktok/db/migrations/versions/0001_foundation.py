"""The foundation: authorizations, channels, catalogue, outbox, embedded queues, watermarks, runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING = sa.text("state = 'pending'")
WAITING = sa.text("state = 'pending' AND attempts > 0")
PARKED = sa.text("state = 'parked'")
RUNNING = sa.text("outcome = 'running'")

# lz4 is several times faster than the default; servers before 14, and those built without it, keep that
COMPRESS_FASTER = """
DO $$ BEGIN
    EXECUTE 'ALTER TABLE {table} ALTER COLUMN {column} SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN NULL;
END $$
"""


def upgrade() -> None:
    """Make every table of the first release."""
    _people()
    _catalogue()
    _messages()
    _work()
    if op.get_bind().dialect.name == "postgresql":
        for table, column in (("products", "raw"), ("outbox", "body"), ("queue_messages", "body")):
            op.execute(COMPRESS_FASTER.format(table=table, column=column))


def _people() -> None:
    """Who let us in, and to which shops."""
    op.create_table(
        "authorizations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("app_key", ID, nullable=False),
        sa.Column("open_id", ID, nullable=False),
        sa.Column("seller_name", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("user_type", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("access_token", sa.String(), nullable=False),
        sa.Column("access_token_expires_at", TIME, nullable=False),
        sa.Column("refresh_token", sa.String(), nullable=False),
        sa.Column("refresh_token_expires_at", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("renewing_by", sa.String(), nullable=True),
        sa.Column("renewing_until", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_authorizations"),
        sa.UniqueConstraint("app_key", "open_id", name="uq_authorizations_app_key_open_id"),
    )
    op.create_table(
        "oauth_states",
        sa.Column("digest", ID, nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_oauth_states"),
    )
    op.create_table(
        "channels",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("app_key", ID, nullable=False),
        sa.Column("authorization_id", sa.Integer(), nullable=False),
        sa.Column("shop_id", ID, nullable=False),
        sa.Column("shop_name", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("seller_type", sa.String(), nullable=False),
        sa.Column("shop_cipher", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("integrated_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["authorization_id"], ["authorizations.id"], name="fk_channels_authorization_id"),
        sa.PrimaryKeyConstraint("channel_uid", name="pk_channels"),
        sa.UniqueConstraint("app_key", "shop_id", name="uq_channels_app_key_shop_id"),
    )
    op.create_index("ix_channels_authorization_id", "channels", ["authorization_id"])


def _catalogue() -> None:
    """What the shops sell, and how far we read."""
    op.create_table(
        "products",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", TIME, nullable=True),
        sa.Column("updated_at", TIME, nullable=True),
        sa.Column("listing_digest", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("parts_digest", sa.String(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen_run", sa.String(), nullable=True),
        sa.Column("stored_at", TIME, nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("channel_uid", "product_id", name="pk_products"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "skus",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seller_sku", ID, nullable=False),
        sa.Column("price", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("list_price", sa.String(), nullable=True),
        sa.Column("list_currency", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attributes", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "product_id", "sku_id", name="pk_skus"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_skus_channel_uid_seller_sku", "skus", ["channel_uid", "seller_sku"])
    op.create_table(
        "stock",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "product_id", "sku_id", "warehouse_id", name="pk_stock"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "watermarks",
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("value", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_uid", "name", name="pk_watermarks"),
    )


def _messages() -> None:
    """What leaves, and the embedded broker."""
    op.create_table(
        "outbox",
        sa.Column("position", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("destination", ID, nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("dataschema", sa.String(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_pending", "outbox", ["destination", "position"], postgresql_where=PENDING, sqlite_where=PENDING
    )
    op.create_index(
        "ix_outbox_waiting", "outbox", ["destination", "key"], postgresql_where=WAITING, sqlite_where=WAITING
    )
    op.create_index("ix_outbox_parked", "outbox", ["position"], postgresql_where=PARKED, sqlite_where=PARKED)
    op.create_table(
        "queue_messages",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("queue", ID, nullable=False),
        sa.Column("exchange", sa.String(), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("dataschema", sa.String(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("enqueued_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queue_messages"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_queue_messages_queue_dead_id", "queue_messages", ["queue", "dead", "id"])
    op.create_table(
        "queue_declarations",
        sa.Column("queue", ID, nullable=False),
        sa.Column("exchange", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("queue", name="pk_queue_declarations"),
    )


def _work() -> None:
    """Jobs, their leases, and how fast we may call."""
    op.create_table(
        "runs",
        sa.Column("run_id", ID, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_index("ix_runs_job_channel_uid_started_at", "runs", ["job", "channel_uid", "started_at"])
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    op.create_index("ix_runs_running", "runs", ["job", "channel_uid"], postgresql_where=RUNNING, sqlite_where=RUNNING)
    op.create_table(
        "leases",
        sa.Column("job", ID, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("job", "channel_uid", name="pk_leases"),
    )
    unlogged = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_table(
        "request_budgets",
        sa.Column("key", ID, nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("next_slot_at", TIME, nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("ceiling", sa.Double(), nullable=True),
        sa.Column("blocked_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_request_budgets"),
        prefixes=unlogged,
    )

"""Commands about products."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.String()
TIME = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    """Make the table of commands."""
    op.create_table(
        "product_commands",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("fingerprint", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("channel_uid", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("claimed_by", TEXT, nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_product_commands"),
        sa.UniqueConstraint("fingerprint", name="uq_product_commands_fingerprint"),
        sqlite_autoincrement=True,
    )
    for name, columns in {"due": ["next_attempt_at", "id"], "pending": ["channel_uid", "product_id"]}.items():
        op.create_index(
            f"ix_product_commands_{name}",
            "product_commands",
            columns,
            postgresql_where=PENDING,
            sqlite_where=PENDING,
        )

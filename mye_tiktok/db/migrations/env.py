"""Alembic's entry: runs the scripts on the connection it is given, or on the one the environment names."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection

from mye_tiktok.db.migrations.environment import url_of_the_environment
from mye_tiktok.db.tables.base import UtcTime
from mye_tiktok.db.tables.metadata import metadata


def plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write a revision without our types, which may change after it was released."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


def migrate(connection: Connection) -> None:
    """Run the scripts inside the transaction that is open on `connection`."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_item=plainly)
    with context.begin_transaction():
        context.run_migrations()


def migrate_from_the_command_line() -> None:
    """Serve `alembic …` for developers."""
    from mye_tiktok.db import engine as engines

    with engines.make_engine(engines.parse_url(url_of_the_environment()), pooled=False).begin() as connection:
        migrate(connection)


given = context.config.attributes.get("connection")
if context.is_offline_mode():
    raise SystemExit("offline mode is not supported: revisions look at the dialect of a live connection")
if given is None:
    migrate_from_the_command_line()
else:
    migrate(given)

"""What the tables have in common: the metadata, how ids compare, and how times are kept."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Ids compare byte by byte: no locale gives them an order, and their indexes are faster for it.
IDENTIFIER = String().with_variant(String(collation="C"), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite keeps no time zone, so a naive one is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; raises ValueError when nobody knows which time zone it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime can't be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return what was stored, aware and in UTC."""
        return None if value is None else in_utc(value)


def in_utc(value: datetime) -> datetime:
    """Return a time as a driver read it, aware and in UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Identifier = Annotated[str, mapped_column(IDENTIFIER)]
IdentifierKey = Annotated[str, mapped_column(IDENTIFIER, primary_key=True)]


class Base(DeclarativeBase):
    """The one metadata; a `str` is unlimited text and a `datetime` is a UtcTime."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime(),
        dict[str, str]: JSON(),
        dict[str, int]: JSON(),
        list[str]: JSON(),
    }

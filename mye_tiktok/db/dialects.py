"""What PostgreSQL and SQLite spell differently, said once."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    LargeBinary,
    Text,
    any_,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.expression import SQLColumnExpression


def is_postgresql(session: Session) -> bool:
    """Tell on which of the two the session is."""
    return session.get_bind().dialect.name == "postgresql"


def shared_time(session: Session) -> datetime:
    """Return the time that all users of the database share: PostgreSQL's own clock, for SQLite this host's."""
    if is_postgresql(session):
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now.astimezone(UTC)
    return datetime.now(UTC)


def insert_into(session: Session, table: type[DeclarativeBase]) -> postgresql.Insert:
    """Return an INSERT that knows ON CONFLICT; the two classes share their methods but no base."""
    if is_postgresql(session):
        return postgresql.insert(table)
    return sqlite.insert(table)  # type: ignore[return-value]


def among(session: Session, attribute: SQLColumnExpression[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Return `attribute IN values` with one parameter, however many values there are."""
    if is_postgresql(session):
        return attribute == any_(cast(literal(list(values), ARRAY(Text)), ARRAY(Text)))
    listed = func.json_each(json.dumps(list(values))).table_valued(column("value", Text))
    return attribute.in_(select(listed.c.value))


def holds(session: Session, attribute: SQLColumnExpression[bytes], part: bytes) -> ColumnElement[bool]:
    """Return whether the bytes of `attribute` hold `part`."""
    sought = literal(part, LargeBinary())
    # PostgreSQL's `position` takes its arguments with a word between them
    place = sought.op("IN")(attribute) if is_postgresql(session) else attribute
    return func.position(place) > 0 if is_postgresql(session) else func.instr(attribute, sought) > 0


def resembles(session: Session, attribute: SQLColumnExpression[str], pattern: str) -> ColumnElement[bool]:
    """Return whether `attribute` is like `pattern`, in which `*` is any text and `?` one sign; case matters."""
    if is_postgresql(session):
        for sign, instead in (("\\", "\\\\"), ("%", "\\%"), ("_", "\\_"), ("*", "%"), ("?", "_")):
            pattern = pattern.replace(sign, instead)
        return attribute.like(pattern)
    return attribute.op("GLOB", is_comparison=True)(pattern.replace("[", "[[]"))


def lock(session: Session, name: str) -> None:
    """Keep everybody else out of what `name` stands for until the transaction ends; SQLite has one writer anyway."""
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def lock_shared(session: Session, name: str) -> None:
    """Keep out only those who `lock` what `name` stands for; whoever shares it goes on beside the others."""
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock_shared(func.hashtextextended(name, 0))))


def count_up(session: Session, *tables: FromClause) -> None:
    """Let PostgreSQL look at what these tables hold by now: without, it plans as if there was next to nothing."""
    if is_postgresql(session):
        names = ", ".join(str(table) for table in tables)
        session.connection().exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {names}")


def give_room(session: Session) -> None:
    """Let PostgreSQL sort and join some ten thousand rows in memory until the transaction ends."""
    if is_postgresql(session):
        session.connection().exec_driver_sql("SET LOCAL work_mem = '64MB'")


def affected(session: Session, statement: Executable) -> int:
    """Execute an UPDATE, DELETE or INSERT and return how many rows it touched."""
    # past the session: rows are read into values at once, so it holds no objects to keep in step
    session.flush()
    return session.connection().execute(statement).rowcount

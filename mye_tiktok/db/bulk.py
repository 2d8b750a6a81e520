"""Many rows in one statement.

On PostgreSQL every column travels as one array and is unnested there: twice as fast as a VALUES list, as fast
as COPY into a temporary table for a page of a hundred products, and without one (bench/README.md).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    cast,
    func,
    inspect,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.type_api import TypeEngine

from mye_tiktok.db.dialects import is_postgresql
from mye_tiktok.db.tables.base import Base, UtcTime

Row = tuple[Any, ...]
# a control character of the kind that titles do not hold; when one does, values are escaped one by one
SEPARATOR = "\x1f"
LONG = 200
Existing = tuple[str, ...] | Literal["kept", "none"]


def write(
    session: Session,
    table: type[Base],
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    existing: Existing,
    same: Mapping[str, object],
) -> int:
    """Insert `rows` of `columns`, each with the values of `same`, and return how many were written.

    `existing` says what happens to a row that is there already: "kept" leaves it alone, names of columns
    replace those when one of them differs, and "none" promises that there is no such row, which is a third
    faster. No key may occur twice among `rows` unless it is "kept".
    """
    if not rows:
        return 0
    if is_postgresql(session):
        statement = _from_arrays(table, columns, tuple(same), existing)
        arrays = {name: _array(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}
        result = session.connection().execute(statement, {**same, **arrays})
    else:
        named = [{**same, **dict(zip(columns, map(storable, row), strict=True))} for row in rows]
        result = session.connection().execute(_row_by_row(table, (*same, *columns), existing), named)
    return result.rowcount


def storable(value: Any) -> Any:
    """Return text without what no database takes: NUL, and halves of a character."""
    if not isinstance(value, str):
        return value
    text = value.replace("\x00", "") if "\x00" in value else value
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


@lru_cache(maxsize=64)
def _from_arrays(
    table: type[Base], columns: tuple[str, ...], same: tuple[str, ...], existing: Existing
) -> postgresql.Insert:
    types = table.__table__.c
    arrays = [cast(bindparam(name, type_=Text()), ARRAY(_plain(types[name].type))) for name in columns]
    source = func.unnest(*arrays).table_valued(*columns).render_derived(name="incoming")
    shared = [bindparam(name, type_=types[name].type) for name in same]
    # rows come out of the arrays in order, so a counter counts in the order they were given
    insert = postgresql.insert(table).from_select([*same, *columns], select(*shared, *source.c))
    return _on_conflict(insert, table, existing)


@lru_cache(maxsize=64)
def _row_by_row(table: type[Base], columns: tuple[str, ...], existing: Existing) -> postgresql.Insert:
    insert = sqlite.insert(table).values({name: bindparam(name) for name in columns})
    # SQLite's and PostgreSQL's statements share the methods but no class
    return _on_conflict(insert, table, existing)  # type: ignore[arg-type]


def _on_conflict(insert: postgresql.Insert, table: type[Base], existing: Existing) -> postgresql.Insert:
    if existing == "none":
        return insert
    if existing == "kept":
        return insert.on_conflict_do_nothing()
    mine, new = table.__table__.c, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=list(inspect(table).primary_key),
        set_={name: new[name] for name in existing},
        where=or_(*(mine[name].is_distinct_from(new[name]) for name in existing)),
    )


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the array's element type: without a collation, which a cast can't name."""
    if isinstance(kind, UtcTime):
        return DateTime(timezone=True)
    if isinstance(kind, JSON | BigInteger | Integer | Double | LargeBinary):
        return kind
    return Text()


def _array(values: Sequence[Any]) -> str | list[str]:
    """Return PostgreSQL's text form of an array; for short values it is several times faster than the driver's own.

    A column is nearly always all text or all numbers, and then whole columns are joined and escaped at once. Long
    texts, TikTok's objects and our messages, are left to the driver, which looks at each character only once.
    """
    kinds = set(map(type, values))
    if kinds == {str} and sum(map(len, values)) > LONG * len(values):
        return [storable(value) for value in values]
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {bytes}:
        return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"
    if kinds != {str}:
        element = _moment if kinds == {datetime} else _element
        return "{" + ",".join(map(element, values)) + "}"
    text = storable(SEPARATOR.join(values))
    if text.count(SEPARATOR) != len(values) - 1:
        return "{" + ",".join([_quoted(storable(value)) for value in values]) + "}"
    return "{" + _quoted(text).replace(SEPARATOR, '","') + "}"


def _element(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case str():
            return _quoted(storable(value))
        case bytes():
            return f'"\\\\x{value.hex()}"'
        case dict() | list():
            return _quoted(json.dumps(value))
        case datetime():
            return _moment(value)
        case _:
            return str(value)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"a naive datetime can't be stored: {value!r}")
    return f'"{value.isoformat()}"'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""The operations the sandbox knows: one entry each in one of two tables, and one handler."""

import functools
from collections.abc import Mapping
from importlib import resources
from typing import Literal

import msgspec

from mye_tiktok.sandbox.answers import Refusal
from mye_tiktok.sandbox.fields import Field

TABLES = ("operations.json", "shipping_operations.json")
Cipher = Literal["required", "forbidden"]


class Operation(msgspec.Struct, frozen=True):
    """One call: where it lives, any of which scopes it needs, and what it accepts."""

    name: str
    method: str
    path: str
    scopes: tuple[str, ...]
    cipher: Cipher
    query: dict[str, Field] = {}
    body: dict[str, Field] | None = None
    multipart: bool = False


@functools.cache
def table() -> tuple[Operation, ...]:
    """Return every operation."""
    found: tuple[Operation, ...] = ()
    for name in TABLES:
        raw = resources.files(__package__).joinpath(name).read_bytes()
        found += msgspec.json.decode(raw, type=tuple[Operation, ...])
    return found


@functools.cache
def _by_shape() -> Mapping[tuple[str, int], tuple[tuple[Operation, tuple[str, ...]], ...]]:
    shapes: dict[tuple[str, int], tuple[tuple[Operation, tuple[str, ...]], ...]] = {}
    for operation in table():
        parts = tuple(operation.path.split("/")[1:])
        key = (parts[0], len(parts))
        shapes[key] = (*shapes.get(key, ()), (operation, parts))
    return shapes


def find(method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Return the operation behind method and path, and the values in the path.

    Refuses in this order: a path nobody knows, a method it does not take, a version it never had.
    """
    given = tuple(path.split("/")[1:])
    candidates = _on_path(given)
    if not candidates:
        raise Refusal(36009009, f"Invalid path. The path '{path}' does not exist.")
    candidates = [(operation, parts) for operation, parts in candidates if operation.method == method]
    if not candidates:
        raise Refusal(36009010, f"Invalid method. The method '{method}' is not allowed on this path.")
    for operation, parts in candidates:
        if parts[1] == given[1]:
            named = zip(parts, given, strict=True)
            return operation, {part[1:-1]: value for part, value in named if part[0] == "{"}
    raise Refusal(36009014, f"Invalid API version. The version '{given[1]}' is invalid or retired.")


def _on_path(given: tuple[str, ...]) -> list[tuple[Operation, tuple[str, ...]]]:
    """Return what lives on a path in any version; /products/search is not the product called "search"."""
    fitting = [
        (operation, parts)
        for operation, parts in _by_shape().get((given[0], len(given)), ())
        if all(part == value or part[0] == "{" for part, value in zip(parts[2:], given[2:], strict=True))
    ]
    fewest = min((_placeholders(parts) for _, parts in fitting), default=0)
    return [(operation, parts) for operation, parts in fitting if _placeholders(parts) == fewest]


def _placeholders(parts: tuple[str, ...]) -> int:
    return sum(part[0] == "{" for part in parts)

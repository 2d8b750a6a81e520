"""What the fields of a request must be like, and the refusal when they are not."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from mye_tiktok.sandbox.answers import Refusal

MISSING, INVALID = 36009004, 98001004
INTEGER = re.compile(r"-?[0-9]{1,20}")
LOCALES = (
    *("cs-CZ", "de-AT", "de-BE", "de-DE", "el-GR", "en-GB", "en-IE", "en-US", "es-ES", "es-MX", "fr-BE", "fr-FR"),
    *(
        "hu-HU",
        "id-ID",
        "it-IT",
        "ja-JP",
        "ms-MY",
        "nl-BE",
        "nl-NL",
        "pl-PL",
        "pt-BR",
        "pt-PT",
        "th-TH",
        "vi-VN",
        "zh-CN",
    ),
)
KINDS: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


NAMES = {"max_items": "maxItems", "max_length": "maxLength", "range": "x-range", "reference": "$ref"}


class Field(msgspec.Struct, frozen=True, rename=NAMES):
    """One field: a small part of JSON Schema. `code` refuses a bad value, `range` is that of a number in a string."""

    type: str = "string"
    required: bool = False
    minimum: int | None = None
    maximum: int | None = None
    max_items: int | None = None
    max_length: int | None = None
    range: tuple[str, str] | None = None
    enum: tuple[str, ...] = ()
    items: "Field | None" = None
    properties: "dict[str, Field]" = {}
    code: int = INVALID
    reference: str = ""


LOCALE = Field(enum=LOCALES)


def check_query(query: Mapping[str, str], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the known query parameters as values of their types; unknown ones pass by."""
    values = {name: _read(name, query[name], field) for name, field in fields.items() if name in query}
    check_object(values, fields)
    return values


def check_object(values: Mapping[str, Any], fields: Mapping[str, Field], inside: str = "") -> None:
    """Refuse an object with a missing or invalid field; unknown fields pass by."""
    for name, field in fields.items():
        value = values.get(name)
        if value is not None:
            _check(f"{inside}{name}", value, field)
        elif field.required:
            raise Refusal(MISSING, f"{_spoken(name)} is a required field and has not been provided.")


def _check(name: str, value: Any, field: Field) -> None:
    if field.reference == "locale":
        field = LOCALE
    kind = KINDS[field.type]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _invalid(name, field)
    if isinstance(value, int) and not _in_range(value, field):
        raise _invalid(name, field)
    if isinstance(value, str) and not _spelt(value, field):
        raise _invalid(name, field)
    if isinstance(value, list):
        _check_list(name, value, field)
    elif isinstance(value, dict):
        check_object(value, field.properties, f"{name}.")


def _check_list(name: str, values: list[Any], field: Field) -> None:
    if field.max_items is not None and len(values) > field.max_items:
        raise _invalid(name, field)
    if field.items is not None:
        for value in values:
            _check(name, value, field.items)


def _spelt(text: str, field: Field) -> bool:
    if field.enum and text not in field.enum:
        return False
    if field.max_length is not None and len(text) > field.max_length:
        return False
    if field.range is None:
        return True
    return bool(INTEGER.fullmatch(text)) and int(field.range[0]) <= int(text) <= int(field.range[1])


def _in_range(value: int, field: Field) -> bool:
    return (field.minimum is None or value >= field.minimum) and (field.maximum is None or value <= field.maximum)


def _read(name: str, text: str, field: Field) -> Any:
    if field.type == "integer":
        if not INTEGER.fullmatch(text):
            raise _invalid(name, field)
        return int(text)
    if field.type == "boolean":
        if text.lower() not in {"true", "false"}:
            raise _invalid(name, field)
        return text.lower() == "true"
    return text.split(",") if field.type == "array" else text


def _invalid(name: str, field: Field) -> Refusal:
    return Refusal(field.code, f"Invalid parameter. The '{name}' parameter is invalid.")


def _spoken(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))

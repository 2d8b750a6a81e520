"""A file that says what was shipped, line by line: CSV with a header."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.domain.tracking_number import ORDERS_PER_NUMBER, problem
from mye_tiktok.errors import RefusedError

COLUMNS = (
    "order_id",
    "package_id",
    "tracking_number",
    "provider_id",
    "provider_name",
    "line_item_ids",
    "channel_uid",
)
ALIASES: Mapping[str, str] = MappingProxyType({"tracking": "tracking_number", "provider": "provider_name"})
HINT = "columns: order_id or package_id; tracking_number; provider_id or provider_name; line_item_ids, channel_uid"
DELIMITERS = ",;\t"
WHOLE = ""
"""In place of a line item: all of the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that holds something: what is to be shipped, or the `problem` with it."""

    number: int
    shipment: Shipment | None = None
    subject: str = ""
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class Checker:
    """Tells what is wrong with lines, also with two of them together.

    `channel_uid` is for lines without one, "" when there must be one; `known` are the channels there are.
    """

    known: Collection[str]
    channel_uid: str
    source: str
    _parcels: dict[tuple[str, str], dict[str, tuple[int, str]]] = field(default_factory=dict)
    _numbers: dict[str, set[str]] = field(default_factory=dict)

    def read(self, number: int, fields: Mapping[str, str]) -> Line:
        """Return what a line says."""
        subject = fields.get("order_id") or fields.get("package_id") or ""
        shipment = Shipment(
            channel_uid=fields.get("channel_uid") or self.channel_uid,
            kind="ship",
            order_id=fields.get("order_id", ""),
            package_id=fields.get("package_id", ""),
            line_item_ids=_several(fields.get("line_item_ids", "")),
            tracking_number=fields.get("tracking_number", ""),
            provider=fields.get("provider_id") or fields.get("provider_name") or "",
            origin="file",
            source=f"{self.source}:{number}",
        )
        wrong = self._wrong(shipment) or self._clash(number, shipment)
        return Line(number=number, shipment=None if wrong else shipment, subject=subject, problem=wrong)

    def _wrong(self, one: Shipment) -> str:
        ids = {"order_id": (one.order_id,), "package_id": (one.package_id,), "line_item_ids": one.line_item_ids}
        found = [
            f"{name} {each!r} is no id: TikTok's ids are digits (spreadsheets round them)"
            for name, values in ids.items()
            for each in values
            if each and not (each.isascii() and each.isdigit())
        ]
        if not (one.order_id or one.package_id):
            found.append("needs order_id or package_id")
        if not one.provider:
            found.append("needs provider_id or provider_name")
        if one.channel_uid not in self.known:
            named = f"there is no channel {one.channel_uid}"
            found.append(named if one.channel_uid else "needs channel_uid: there are several channels")
        return "; ".join(filter(None, [*found, problem(one.tracking_number)]))

    def _clash(self, number: int, one: Shipment) -> str:
        """Return how a line contradicts one before: an order may go in several parcels, each line item in one."""
        subject = one.order_id or f"package {one.package_id}"
        others = self._parcels.setdefault((one.channel_uid, subject), {})
        for item in one.line_item_ids or [WHOLE, *others]:
            first = others.get(item) or others.get(WHOLE)
            if first is not None and first[1] != one.tracking_number:
                what = f"line item {item} of {subject}" if item in one.line_item_ids and item in others else subject
                return f"line {first[0]} ships {what} with another number, {first[1]}"
        for item in one.line_item_ids or (WHOLE,):
            others.setdefault(item, (number, one.tracking_number))
        covered = self._numbers.setdefault(one.tracking_number, set())
        covered.add(subject)
        if len(covered) > ORDERS_PER_NUMBER:
            return f"number {one.tracking_number} is given to more than {ORDERS_PER_NUMBER} orders"
        return ""


def read_lines(raw: Iterable[bytes], checker: Checker) -> Iterator[Line]:
    """Yield the lines that hold something; raises RefusedError when the header does not do."""
    texts = (line.decode("utf-8-sig", "replace") for line in raw)
    header = next((text for text in texts if text.strip()), "")
    if not header:
        return
    if "\0" in header or "\r" in header.rstrip("\r\n"):
        words = "the file is UTF-16 or has the line ends of old Macs"
        raise RefusedError(words, hint="save it as CSV in UTF-8", code="header")
    delimiter = max(DELIMITERS, key=header.count)
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter))]
    columns = [ALIASES.get(name, name) for name in names]
    _check(columns)
    rows = csv.reader(texts, delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number=rows.line_num + 1, problem=str(error))
            continue
        number = rows.line_num + 1
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(columns):
            yield Line(number=number, problem=f"{len(row)} fields, and the header has {len(columns)}")
            continue
        yield checker.read(number, {name: cell.strip() for name, cell in zip(columns, row, strict=False)})


def _check(columns: Sequence[str]) -> None:
    has = set(columns)
    missing = [
        wanted
        for wanted, one_of in (
            ("order_id or package_id", {"order_id", "package_id"}),
            ("tracking_number", {"tracking_number"}),
            ("provider_id or provider_name", {"provider_id", "provider_name"}),
        )
        if not has & one_of
    ]
    if missing:
        raise RefusedError(f"the header lacks {', '.join(missing)}", hint=HINT, code="header")
    if twice := sorted(name for name in has if columns.count(name) > 1 and name):
        raise RefusedError(f"the header names columns twice: {', '.join(twice)}", hint=HINT, code="header")
    if unknown := sorted(has - set(COLUMNS)):
        raise RefusedError(f"the header has columns nobody knows: {', '.join(unknown)}", hint=HINT, code="header")


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in text.replace("|", ";").split(";") if each.strip()))

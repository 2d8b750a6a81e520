"""A file that says how much stock there is, line by line: CSV with a header, or JSON Lines."""

import csv
import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from mye_tiktok.domain.stock import Wish
from mye_tiktok.errors import RefusedError
from mye_tiktok.mye.inbound import NOT_READABLE, AwareTime, Text
from mye_tiktok.mye.stock_wishes import Envelope, Item, bad_item, no_whole_number, read_item, read_wishes, wishes

OF_ITEM = ("seller_sku", "product_id", "sku_id", "quantity", "warehouse_id")
OF_HEAD = ("request_id", "occurred_at", "channel_uid")
DELIMITERS = ",;\t"
WHOLE = re.compile(r"[+-]?[0-9]+")
LIKE_THIS = "2026-10-01T12:00:00Z or 2026-10-01T12:00:00+02:00"
HINT = "columns: seller_sku, or product_id and sku_id; quantity; and if you like " + ", ".join(
    ("warehouse_id", *OF_HEAD)
)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a line says beside its one item."""

    request_id: Text | msgspec.UnsetType = msgspec.UNSET
    occurred_at: AwareTime | msgspec.UnsetType = msgspec.UNSET
    channel_uid: Text | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line holds: wishes, of which some may have a reason why they can't be, or the problem with all of it."""

    number: int
    wishes: Sequence[Wish] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where lines come from: when the file was written (None for a stream), whose they are when they do not say."""

    written_at: datetime | None
    received_at: datetime
    channel_uid: str
    run: str = ""

    def envelope(self, number: int, text: bytes, *, dated: bool) -> Envelope:
        """Return what stands for the envelope of one line.

        Its id is made of the line, its number, and when the file was written or, for a `dated` line, of the line's own
        time, which is part of it: the same file again makes the same ids. A line of a stream that has no time speaks
        of the moment it is read, and is new each time.
        """
        at = "" if dated else self.written_at.isoformat() if self.written_at else self.run
        made = hashlib.blake2b(f"{number}\x1f{at}\x1f".encode() + text, digest_size=12).hexdigest()
        return Envelope(message_id=f"file-{made}", time=self.written_at, received_at=self.received_at, origin="file")


def read_lines(raw: Iterable[bytes], *, written_at: datetime | None, now: datetime, channel_uid: str) -> Iterator[Line]:
    """Yield the lines that hold something; raises RefusedError when the header of a CSV file does not do.

    A file whose first character is a brace is JSON Lines: a message as MYE sends it, or an item with what else there
    is to say. `channel_uid` is for lines without one.
    """
    source = Source(written_at=written_at, received_at=now, channel_uid=channel_uid, run=uuid.uuid4().hex)
    numbered = ((number, line) for number, line in enumerate(raw, start=1) if line.strip(b" \t\r\n\xef\xbb\xbf"))
    first = next(numbered, None)
    if first is None:
        return
    _check_encoding(first[1])
    lines = chain([(first[0], first[1].removeprefix(b"\xef\xbb\xbf"))], numbered)
    yield from (
        _json_lines(lines, source) if first[1].lstrip(b" \t\xef\xbb\xbf")[:1] == b"{" else _csv_lines(lines, source)
    )


def _json_lines(lines: Iterable[tuple[int, bytes]], source: Source) -> Iterator[Line]:
    for number, text in lines:
        try:
            yield Line(number=number, wishes=_json_line(number, text.strip(), source))
        except RefusedError as error:
            yield Line(number=number, problem=error.message)


def _json_line(number: int, text: bytes, source: Source) -> list[Wish]:
    try:
        fields = msgspec.json.decode(text, type=dict[str, Any])
    except NOT_READABLE as error:
        raise RefusedError(str(error)) from None
    if "items" not in fields:
        return _wishes(number, text, fields, source, strict=True)
    found = read_wishes(text, source.envelope(number, text, dated="occurred_at" in fields))
    return [_of_channel(wish, source.channel_uid) for wish in found]


def _csv_lines(lines: Iterator[tuple[int, bytes]], source: Source) -> Iterator[Line]:
    at = [0]

    def texts() -> Iterator[str]:
        for number, text in lines:
            at[0] = number
            yield text.decode("utf-8", "surrogateescape")

    unread = texts()
    header = next(unread)
    delimiter = max(DELIMITERS, key=header.count)
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter))]
    _check(columns)
    rows = csv.reader(unread, delimiter=delimiter)
    while True:
        try:
            row = next(rows)
            yield Line(number=at[0], wishes=_csv_line(at[0], columns, row, source))
        except StopIteration:
            return
        except (RefusedError, csv.Error, UnicodeEncodeError) as error:
            yield Line(number=at[0], problem="it is not UTF-8" if isinstance(error, UnicodeEncodeError) else str(error))


def _csv_line(number: int, columns: Sequence[str], row: Sequence[str], source: Source) -> list[Wish]:
    text = "\x1f".join(row).encode()
    if len(row) > len(columns):
        raise RefusedError(f"it has {len(row)} cells, and the header {len(columns)}")
    fields = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()}
    return _wishes(number, text, fields, source, strict=False)


def _wishes(number: int, text: bytes, fields: Mapping[str, Any], source: Source, *, strict: bool) -> list[Wish]:
    """Return the one wish of a line that is an item."""
    try:
        head = msgspec.convert({name: fields[name] for name in OF_HEAD if name in fields}, Head)
    except NOT_READABLE as error:
        raise RefusedError(_reason(fields, str(error))) from None
    item = _item({name: fields[name] for name in OF_ITEM if name in fields}, strict=strict)
    [wish] = wishes(head, [item], source.envelope(number, text, dated=bool(head.occurred_at)))
    return [_of_channel(wish, source.channel_uid)]


def _reason(fields: Mapping[str, Any], error: str) -> str:
    """Say what is wrong with the head of a line."""
    if not error.endswith("- at `$.occurred_at`"):
        return error
    return f"occurred_at {fields['occurred_at']!r} is no time such as {LIKE_THIS}"


def _item(fields: Mapping[str, Any], *, strict: bool) -> Item:
    """Return the item of a line; text that is a number in another way, such as 1e2, is none."""
    quantity = fields.get("quantity")
    if not strict and quantity is not None and not WHOLE.fullmatch(quantity):
        return bad_item(fields, no_whole_number(quantity))
    return read_item(fields, strict=strict)


def _of_channel(wish: Wish, channel_uid: str) -> Wish:
    """Return a wish without a channel as one for `channel_uid`; its fingerprint, too, is another one then."""
    if wish.channel_uid or not channel_uid:
        return wish
    fingerprint = hashlib.blake2b(f"{channel_uid}\x1f{wish.fingerprint}".encode(), digest_size=16).hexdigest()
    return replace(wish, channel_uid=channel_uid, fingerprint=fingerprint)


def _check_encoding(first: bytes) -> None:
    """Raise RefusedError unless the first line is UTF-8; UTF-16 betrays itself by its mark, or by zeros."""
    wide = first.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in first
    try:
        first.decode()
    except UnicodeDecodeError:
        pass
    else:
        if not wide:
            return
    raise RefusedError(f"it is {'UTF-16' if wide else 'not UTF-8'}; save it as UTF-8 CSV", code="encoding")


def _check(columns: Sequence[str]) -> None:
    missing = [] if "quantity" in columns else ["quantity"]
    if "seller_sku" not in columns and not {"product_id", "sku_id"} <= set(columns):
        missing.append("seller_sku")
    if missing:
        raise RefusedError(
            f"the first line names no column {' and no '.join(missing)}: {', '.join(columns)}", hint=HINT
        )

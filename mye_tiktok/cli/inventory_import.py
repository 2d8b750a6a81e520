"""`mye-tiktok inventory import`: stock from a file."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from mye_tiktok.cli.session import AsJson, job_runtime
from mye_tiktok.errors import RefusedError

CHANNEL = "The channel of lines that name none; without it they are for every channel that lists the SKU."
PIECE = 1 << 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", epilog="Example: mye-tiktok inventory import stock.csv")(import_file)


def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON Lines; - reads stdin.")],
    channel: Annotated[str | None, typer.Option("--channel", metavar="UID", help=CHANNEL)] = None,
    as_json: AsJson = False,
) -> None:
    """Take in stock from a file, as if MYE had sent it, for `inventory push` to act on.

    Columns or fields: seller_sku, or product_id and sku_id; quantity; and warehouse_id, channel_uid, request_id,
    occurred_at. Bad lines are named and the others kept (exit 1). A line without occurred_at tells what was so when the
    file was last written, one of stdin what is so now. A line without request_id gets one made of its text, its number
    and that time: to import the same file twice changes nothing.
    """
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.db import channels
    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.stock_import import IMPORT, import_stock
    from mye_tiktok.mye.stock_files import read_lines

    with job_runtime(ctx) as (runtime, signals), progress(IMPORT) as bar, _opened(file) as stream:
        started = runtime.clock()
        if channel is not None:
            with runtime.database.reading() as session:
                channels.get(session, channel)
        lines = read_lines(stream, written_at=_written_at(stream), now=started, channel_uid=channel or "")
        name = "stdin" if str(file) == "-" else str(file)
        report = import_stock(
            runtime.database,
            lines,
            surroundings(runtime, signals),
            progress=bar,
            total=_count(stream) if sys.stderr.isatty() else None,
            name=name,
        )
    finish(Done(report=report, seconds=(runtime.clock() - started).total_seconds()), as_json=as_json)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}") from None
    with stream:
        yield stream


def _written_at(stream: BinaryIO) -> datetime | None:
    """Return when a file was last written; a pipe was not."""
    status = _status(stream)
    return datetime.fromtimestamp(status.st_mtime, UTC) if status else None


def _count(stream: BinaryIO) -> int | None:
    """Return how many lines a file has; nobody knows how many a pipe will have."""
    if _status(stream) is None:
        return None
    start = stream.tell()
    lines = sum(piece.count(b"\n") for piece in iter(lambda: stream.read(PIECE), b""))
    stream.seek(start)
    return lines


def _status(stream: BinaryIO) -> os.stat_result | None:
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None

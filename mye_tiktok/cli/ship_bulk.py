"""`mye-tiktok ship bulk`: ship what a file names."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime

if TYPE_CHECKING:
    from mye_tiktok.jobs.shipping_bulk import LineResult
    from mye_tiktok.mye.shipment_files import Line

HEAD = ("line", "order", "state", "code", "message")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bulk", epilog="Example: mye-tiktok ship bulk parcels.csv --out result.csv")(bulk)


def bulk(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV with a header.")],
    channel: ChannelOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check file and orders, and send nothing.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="RESULT.csv", help="Write what became of each line.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Send nothing when one line is bad (exit 65).")] = False,
    as_json: AsJson = False,
) -> None:
    """Ship what a file names, each parcel once: the whole file is checked first, then its good lines are shipped.

    Columns: order_id or package_id; tracking_number; provider_id or provider_name; and line_item_ids (; between them),
    channel_uid. Bad lines are named by number (exit 1). Cut short, the same file again goes on where it was.
    """
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.db import channels
    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.shipping_bulk import BULK, Bulk, ship_bulk
    from mye_tiktok.mye.shipment_files import Checker, read_lines

    with job_runtime(ctx) as (runtime, signals), progress(BULK) as bar, _results(out) as tell:
        started = runtime.clock()
        with runtime.database.reading() as session:
            known = {one.channel_uid: one for one in channels.list_all(session) if one.state != "removed"}
        only = choose_one(runtime.database, channel).channel_uid if channel or len(known) < 2 else ""

        def lines() -> "Iterator[Line]":
            checker = Checker(known=known, channel_uid=only, source=file.name)
            with _opened(file) as stream:
                yield from read_lines(stream, checker)

        work = Bulk(
            lines=lines, name=str(file), channels=known, progress=bar, tell=tell, strict=strict, dry_run=dry_run
        )
        report = ship_bulk(runtime.parts(), work, surroundings(runtime, signals))
    finish(Done(report=report, seconds=(runtime.clock() - started).total_seconds()), as_json=as_json)


@contextmanager
def _opened(file: Path) -> "Iterator[Iterator[bytes]]":
    from mye_tiktok.errors import RefusedError

    try:
        stream = file.open("rb")
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}") from None
    with stream:
        yield iter(stream)


@contextmanager
def _results(out: Path | None) -> "Iterator[Callable[[LineResult], None]]":
    """Yield what writes a result; the file stands there whole, under its name, or not at all."""
    from mye_tiktok.errors import RefusedError

    if out is None:
        yield lambda _: None
        return
    part = out.with_name(f"{out.name}.part")
    try:
        stream = part.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise RefusedError(f"{out} cannot be written: {error.strerror}") from None
    try:
        with stream:
            writer = csv.writer(stream)
            writer.writerow(HEAD)
            yield lambda one: writer.writerow((one.number, one.subject, one.state, one.code, one.message))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)

"""What commands print: tables and JSON on stdout, errors on stderr."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from mye_tiktok import logs
from mye_tiktok.cli.spool import Spool
from mye_tiktok.errors import MyeTikTokError, UnfinishedError

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST_TEXT = 24
INTERRUPTED = 130


def show(data: Mapping[str, object], *, as_json: bool, plain: Callable[[], None]) -> None:
    """Print `data` as one JSON document, or let `plain` print it for people."""
    if as_json:
        print_json(data)
    else:
        plain()


def print_json(data: Mapping[str, object]) -> None:
    """Print one JSON document: indented for a terminal, on one line in a pipe. A Spool is a list that comes last."""
    indent = 2 if sys.stdout.isatty() else None
    held = {name: value for name, value in data.items() if not isinstance(value, Spool)}
    text = json.dumps(held, ensure_ascii=False, indent=indent, default=_plain)
    sys.stdout.write(text.removesuffix("}").rstrip())
    for name, spool in data.items():
        if isinstance(spool, Spool):
            _print_spool(name, spool)
    sys.stdout.write("\n}\n" if indent else "}\n")


def _print_spool(name: str, spool: Spool) -> None:
    sys.stdout.write(f', "{name}": [')
    for number, item in enumerate(spool.json_items()):
        sys.stdout.write(("," if number else "") + item)
    sys.stdout.write("]")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print a table on a terminal and tab-separated lines in a pipe; `empty` says what is missing.

    Where the terminal is too narrow for the table, each row becomes a block of lines.
    """
    if not rows:
        note(empty)
        return
    texts = [[_text(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in [list(columns), *texts]:
            say("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in line))
        return
    if _needed(columns, texts) <= console().width:
        _draw(columns, texts)
    else:
        _blocks(columns, texts)


def _needed(columns: Sequence[str], texts: Sequence[Sequence[str]]) -> int:
    """Return the width of the table when only its last column, which is free text, may fold."""
    from rich.cells import cell_len

    widths = [max(cell_len(cell) for cell in column) for column in zip(columns, *texts, strict=True)]
    return sum(width + 2 for width in widths[:-1]) + min(widths[-1], NARROWEST_TEXT)


def _draw(columns: Sequence[str], texts: Sequence[Sequence[str]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns[:-1]:
        drawn.add_column(column, no_wrap=True)
    drawn.add_column(columns[-1], overflow="fold")
    for text in texts:
        drawn.add_row(*(escape(cell) for cell in text))
    console().print(drawn)


def _blocks(columns: Sequence[str], texts: Sequence[Sequence[str]]) -> None:
    width = max(len(column) for column in columns)
    for number, text in enumerate(texts):
        if number:
            say("")
        for column, cell in zip(columns, text, strict=True):
            if cell:
                say(f"{column:<{width}}  {cell}")


def fields(rows: Iterable[tuple[str, object]]) -> None:
    """Print names with their values: aligned on a terminal, where empty ones are left out, tab-separated in a pipe."""
    texts = [(name, _text(value)) for name, value in rows]
    if not sys.stdout.isatty():
        for name, text in texts:
            say(f"{name}\t{text}")
        return
    width = max(len(name) for name, _ in texts)
    for name, text in texts:
        if text:
            say(f"{name:<{width}}  {text}")


def say(line: str) -> None:
    """Print a line of data on stdout."""
    sys.stdout.write(line + "\n")


def note(line: str) -> None:
    """Print a remark for people on stderr."""
    sys.stderr.write(line + "\n")


def counted(number: int, one: str, several: str) -> str:
    """Return `1 SKU is` or `12 SKUs are`."""
    return f"{number:,} {one if number == 1 else several}"


def acknowledge(line: str) -> None:
    """Tell a person at the terminal that it is done; under cron, success is silent."""
    if sys.stderr.isatty():
        note(line)


def console(*, stderr: bool = False) -> "Console":
    """Return a rich console; it honours NO_COLOR and the width of the terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def end(code: int, message: str, *, as_json: bool) -> NoReturn:
    """Exit with `code` after stdout told what is not well: `message` sums it up for whoever reads only JSON errors."""
    import typer

    if as_json:
        raise UnfinishedError(message, exit_code=code)
    raise typer.Exit(code)


def fail(error: MyeTikTokError, *, as_json: bool) -> None:
    """Print one clear block on stderr, or one JSON object on its last line."""
    if as_json:
        shown = {name: logs.redacted(it) if isinstance(it, str) else it for name, it in error.as_json().items()}
        note(json.dumps({"error": shown}, ensure_ascii=False))
        return
    end_interrupted_line(error.exit_code)
    bold, end = ("\033[1;31m", "\033[0m") if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    note(f"{bold}error{end}: {logs.redacted(error.message)}")
    if error.request_id:
        note(f"  TikTok's code {error.code}, request {error.request_id}")
    if error.hint:
        note(f"  next: {logs.redacted(error.hint)}")


def end_interrupted_line(code: int) -> None:
    """Leave the line on which a terminal echoed ^C."""
    if code == INTERRUPTED and sys.stderr.isatty():
        note("")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(cell)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)

"""`mye-tiktok`: the tree of commands, and the one place where errors become exit codes."""

import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from mye_tiktok import __version__, logs
from mye_tiktok.cli.output import end_interrupted_line, fail, note
from mye_tiktok.cli.session import Globals, starting
from mye_tiktok.cli.streams import lost, open_streams
from mye_tiktok.cli.tree import plant
from mye_tiktok.errors import MyeTikTokError, StoppedError, WrongUsageError

VERBOSE = "Log every request to TikTok."

MARKUP: Literal["markdown", "rich"] | None = None


def program(arguments: Sequence[str] | None = None) -> typer.Typer:
    """Return the command line: the branch that `arguments` lead to, or all of it."""
    app = typer.Typer(
        name="mye-tiktok",
        no_args_is_help=True,
        rich_markup_mode=MARKUP,
        pretty_exceptions_enable=False,
        help="The bridge between MYE and TikTok Shop.",
        epilog="Start with: mye-tiktok demo",
    )
    app.callback()(options)
    plant(app, arguments)
    return app


def options(
    ctx: typer.Context,
    env_file: Annotated[Path | None, typer.Option("--env-file", help="Read settings from this file, not .env.")] = None,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, show_default=False, help=VERBOSE)] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log errors only.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=lambda given: _version() if given else None, help="Print the version."
        ),
    ] = False,
) -> None:
    """The bridge between MYE and TikTok Shop."""
    ctx.obj = Globals(env_file=env_file, verbose=verbose, quiet=quiet)


def run() -> None:
    """Run the command line and exit with the code that CONTRACT of the README documents."""
    starting()
    open_streams()
    code = exit_code(sys.argv[1:])
    if reason := lost():
        note(f"error: the output could not be written: {reason}")
        code = code or 1
    sys.exit(code)


def exit_code(arguments: list[str]) -> int:
    """Run one command and return its exit code; every failure ends here as one clear block."""
    as_json = "--json" in arguments
    logs.configure(level="warning", form="text")
    try:
        result = typer.main.get_command(program(arguments)).main(
            args=arguments, prog_name="mye-tiktok", standalone_mode=False
        )
    except MyeTikTokError as error:
        fail(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted(as_json=as_json)
    except Exception as error:
        return _unexpected(error, as_json=as_json)
    # inside of a command Typer turns a KeyboardInterrupt into this code, or into the Abort below
    if result == 130:
        return _interrupted(as_json=as_json)
    return result if isinstance(result, int) else 0


def _interrupted(*, as_json: bool) -> int:
    if as_json:
        fail(StoppedError("stopped", signal_number=signal.SIGINT), as_json=True)
    else:
        end_interrupted_line(130)
        note("stopped")
    return 130


def _unexpected(error: Exception, *, as_json: bool) -> int:
    """Tell Typer's own usage errors from bugs of ours."""
    if type(error).__name__ == "NoArgsIsHelpError":
        note(str(error))
        return 2
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "mye-tiktok"
        fail(WrongUsageError(error.format_message(), hint=f"`{path} --help`"), as_json=as_json)
        return 2
    if type(error).__name__ == "Abort":
        return _interrupted(as_json=as_json)
    logging.getLogger("mye_tiktok").error("a bug in mye-tiktok", exc_info=error)
    fail(
        MyeTikTokError(
            f"a bug in mye-tiktok: {type(error).__name__}",
            hint="run it again with -v and report the traceback above",
            code="bug",
        ),
        as_json=as_json,
    )
    return 70


def _version() -> None:
    sys.stdout.write(f"mye-tiktok {__version__}\n")
    raise typer.Exit

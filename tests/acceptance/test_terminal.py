"""What a person at a terminal sees, 80 columns wide and 200."""

import errno
import fcntl
import os
import pty
import re
import signal
import struct
import termios

import pytest

from tests.acceptance.program import Program, SandboxProcess

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def seen(program: Program, *arguments: str, columns: int, **settings: str) -> tuple[int, str]:
    """Run a command on a terminal of so many columns; returns exit code and everything that was drawn."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with (
        open(theirs, "w", encoding="utf-8") as terminal,
        program.having(TERM="xterm-256color", **settings).start(
            *arguments, stdout=terminal, stderr=terminal
        ) as process,
    ):
        terminal.close()
        drawn = b""
        while chunk := _read(ours):
            drawn += chunk
        code = process.wait(timeout=60)
    os.close(ours)
    return code, drawn.decode("utf-8").replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError as error:
        # Linux ends a terminal whose last writer left with EIO
        if error.errno != errno.EIO:
            raise
        return b""


@pytest.mark.parametrize("columns", [80, 200])
def test_no_line_is_wider_than_the_terminal(connected: Program, columns: int) -> None:
    for command in ("auth channels", "products list --page-size 99", "jobs list", "--help", "auth login --help"):
        code, drawn = seen(connected, *command.split(), columns=columns)

        assert code == 0, drawn
        assert [line for line in ESCAPES.sub("", drawn).splitlines() if len(line) > columns] == []


def test_a_wide_terminal_shows_an_id_in_one_piece(connected: Program, sandbox: SandboxProcess) -> None:
    _, drawn = seen(connected, "products", "list", columns=200)

    assert {product_id for product_id in sandbox.product_ids() if product_id in drawn}


def test_a_job_on_a_terminal_shows_its_progress_and_its_result(connected: Program) -> None:
    code, drawn = seen(connected, "products", "fetch-all", columns=120)

    assert code == 0
    assert "40/40" in drawn or "/40" in drawn
    assert re.search(r"products fetch-all: ok: 40 seen, .*40 sent", ESCAPES.sub("", drawn))


def test_a_failure_is_red_unless_no_color_is_set(program: Program) -> None:
    _, coloured = seen(program, "products", "fetch-all", columns=80)
    _, plain = seen(program, "products", "fetch-all", columns=80, NO_COLOR="1")

    assert "\x1b[1;31merror" in coloured
    assert COLOUR.search(plain) is None
    assert COLOUR.sub("", coloured).splitlines()[-1] == plain.splitlines()[-1]


def test_no_color_leaves_a_table_without_colours(connected: Program) -> None:
    _, drawn = seen(connected, "auth", "channels", columns=200, NO_COLOR="1")

    assert re.search(r"\x1b\[[0-9;]*3[0-9]m", drawn) is None
    assert "uk-1" in drawn


def test_json_on_a_terminal_is_indented_and_parses(connected: Program) -> None:
    code, drawn = seen(connected, "auth", "channels", "--json", columns=80)

    assert code == 0
    assert drawn.startswith('{\n  "channels": [')


def test_what_is_due_can_be_watched_until_somebody_has_seen_enough(connected: Program) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    with (
        open(theirs, "w", encoding="utf-8") as terminal,
        connected.having(TERM="xterm-256color").start(
            *("ship", "due", "--watch", "--every", "1s"), stdout=terminal, stderr=terminal
        ) as process,
    ):
        terminal.close()
        drawn = ""
        while drawn.count("0 late, 0 due") < 2 and (chunk := _read(ours)):
            drawn += ESCAPES.sub("", chunk.decode())
        process.send_signal(signal.SIGINT)
        while _read(ours):
            pass
        assert process.wait(timeout=60) == 130
    os.close(ours)

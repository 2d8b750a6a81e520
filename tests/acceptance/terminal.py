"""Commands typed at a terminal, and what it shows."""

import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Sequence
from pathlib import Path

DEFAULT_PORT = "8789"
END = "\x1e"
LONGEST = 180.0


def perform(commands: Sequence[str], folder: Path) -> list[str]:
    """Type `commands` one after the other in `folder`, as a newcomer would; return what each one showed.

    The sandbox gets a free port, which is shown as its usual one. Whatever was left running is ended.
    """
    port = _free_port()
    script = "".join(f"{_on_port(command, port)}\nprintf '{END}'\n" for command in commands)
    shown = _terminal(script, folder).replace("\r\n", "\n").replace(port, DEFAULT_PORT)
    return shown.split(END)[: len(commands)]


def _on_port(command: str, port: str) -> str:
    return command.replace("sandbox serve", f"sandbox serve --port {port}").replace(DEFAULT_PORT, port)


def _terminal(script: str, folder: Path) -> str:
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    shell = subprocess.Popen(
        ["bash", "--norc", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
    )
    os.close(terminal)
    watchdog = threading.Timer(LONGEST, os.killpg, (shell.pid, signal.SIGKILL))
    watchdog.start()
    try:
        return _everything(master)
    finally:
        watchdog.cancel()
        shell.wait()
        os.close(master)


def _everything(master: int) -> str:
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # this is how a terminal says that nobody writes to it any more
            part = b""
        if not part:
            return shown.decode()
        shown += part


def environment(folder: Path) -> dict[str, str]:
    """Return what a fresh shell has: nothing of ours, and this program on its PATH."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "COLUMNS": "120",
        "LINES": "40",
        "NO_COLOR": "1",
    }


def _free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])

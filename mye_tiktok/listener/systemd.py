"""What a service of `Type=notify` tells systemd: that it is ready, that it stops, and that it is alive."""

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Tell systemd `READY=1`, `STOPPING=1` or `WATCHDOG=1`; nothing happens where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # a name that begins with @ stands for one in the abstract namespace, which begins with NUL
    where = "\0" + address[1:] if address.startswith("@") else address
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect(where)
        sender.sendall(state.encode())


def watchdog_seconds() -> float:
    """Return how often systemd wants to hear from this process: half of what it waits; 0 when it does not."""
    microseconds, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not microseconds.isdigit() or pid not in {"", str(os.getpid())}:
        return 0.0
    return int(microseconds) / 1_000_000 / 2

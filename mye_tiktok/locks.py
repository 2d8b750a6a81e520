"""Who holds a lock: the identity of this process, and whether another one on this host is gone."""

import os
import socket
from pathlib import Path


def holder() -> str:
    """Return `host:pid:start` of this process; the start keeps a reused pid apart.

    Where it is known the host carries the namespace of the pid, `host/4026531836`: containers may share the name of
    their host, and none of them sees the processes of another.
    """
    return f"{_here()}:{os.getpid()}:{_started(os.getpid())}"


def in_words(other: str) -> str:
    """Return `process PID on HOST` of what `holder` returned there."""
    host, pid, _ = (*other.rsplit(":", 2), "", "")[:3]
    return f"process {pid} on {host.partition('/')[0]}"


def is_gone(other: str) -> bool:
    """Tell whether `other` was a process of this host that no longer runs; False when that can't be known."""
    host, pid, started = (*other.rsplit(":", 2), "", "")[:3]
    if host != _here() or not pid.isdigit():
        return False
    if started:
        return _started(int(pid)) != started
    return not _alive(int(pid))


def _here() -> str:
    try:
        namespace = os.readlink("/proc/self/ns/pid").strip("pid:[]")
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{namespace}"


def _started(pid: int) -> str:
    """Return the start of a process in clock ticks since boot (Linux), or nothing where that is unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

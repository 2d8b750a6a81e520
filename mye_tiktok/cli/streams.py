"""What stdout and stderr are to us: text in UTF-8 that survives a reader who leaves early."""

import io
import os
import sys


class Stream(io.TextIOWrapper):
    """Text in UTF-8, whatever the locale says.

    Once it can't be written any more, what follows is dropped and the command goes on: a job must not stop
    half-way because `| head` had enough. `failure` says why, unless it was just such a reader.
    """

    failure = ""

    def write(self, text: str) -> int:
        """Write, or drop what nobody can read."""
        try:
            return super().write(text)
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what nobody can read."""
        try:
            super().flush()
        except OSError as error:
            self._drop(error)

    def _drop(self, error: OSError) -> None:
        if not isinstance(error, BrokenPipeError):
            self.failure = error.strerror or type(error).__name__
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self.fileno())
        os.close(nothing)


def open_streams() -> None:
    """Put such streams in the place of stdout and stderr; one that was closed (`>&-`) leads nowhere."""
    sys.stdout, sys.stderr = _stream(sys.stdout, 1), _stream(sys.stderr, 2)


def lost() -> str:
    """Flush stdout and tell why it could not be written, if so."""
    sys.stdout.flush()
    return sys.stdout.failure if isinstance(sys.stdout, Stream) else ""


def _stream(given: object, number: int) -> Stream:
    if not isinstance(given, io.TextIOWrapper):
        if given is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        return Stream(open(number, "wb", closefd=False), encoding="utf-8", errors="backslashreplace")
    by_line = given.isatty() or number == 2
    return Stream(given.detach(), encoding="utf-8", errors="backslashreplace", line_buffering=by_line)

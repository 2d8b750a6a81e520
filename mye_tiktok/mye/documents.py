"""Messages in a file: one JSON document, or JSON Lines."""

from collections.abc import Callable

import msgspec

from mye_tiktok.errors import RefusedError

SHOWN = 10


def split(data: bytes, *, check: Callable[[bytes], None]) -> list[bytes]:
    """Return the body of each message, as it stands in the file.

    Raises RefusedError that names the bad lines: all or nothing, so that a corrected file can be sent again.
    """
    numbered = _numbered(data)
    if not numbered:
        raise RefusedError("the file holds no message", hint="write one JSON object per line")
    problems = []
    for number, body in numbered:
        try:
            check(body)
        except RefusedError as error:
            problems.append(f"line {number}: {error.message}")
    if problems:
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise RefusedError(
            "\n  ".join(["nothing was sent, because of", *problems[:SHOWN], *more]),
            hint="correct these lines and send the file again; `mye-tiktok schema` prints what each queue takes",
        )
    return [body for _, body in numbered]


def _numbered(data: bytes) -> list[tuple[int, bytes]]:
    """Return bodies with the line each begins at."""
    if data.strip() and _is_json(data):
        return [(1, data.strip())]
    lines = enumerate(data.splitlines(), start=1)
    return [(number, line.strip()) for number, line in lines if line.strip()]


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True

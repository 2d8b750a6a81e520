"""Messages in a file: one JSON document, or JSON Lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from mye_tiktok.errors import RefusedError

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One message as it stands in a file, and the line it begins at."""

    line: int
    body: bytes


def split(data: bytes) -> list[Document]:
    """Return every message of a file; raises RefusedError when it holds none."""
    documents = [Document(line=line, body=body) for line, body in _numbered(data)]
    if not documents:
        raise RefusedError("the file holds no message", hint="write one JSON object per line")
    return documents


def problems(documents: Sequence[Document], check: Callable[[bytes], None]) -> list[str]:
    """Return what `check` has against each of them, with its line."""
    found = []
    for document in documents:
        try:
            check(document.body)
        except RefusedError as error:
            found.append(f"line {document.line}: {error.message}")
    return found


def keep_back(problems: Sequence[str]) -> None:
    """Raise RefusedError that names the bad lines, if any: a corrected file can be sent again as a whole."""
    if problems:
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise RefusedError(
            "\n  ".join(["nothing was sent, because of", *problems[:SHOWN], *more]),
            hint="correct these lines and send the file again; `mye-tiktok schema` prints what each queue takes",
        )


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

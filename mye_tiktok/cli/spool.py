"""Rows by the million on their way to the terminal: kept in a temporary file until the job is through."""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Self


class Spool:
    """Takes rows from several threads and gives them back in that order. Nothing is printed of a job that fails."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    def __enter__(self) -> Self:
        import tempfile

        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Keep rows; their values are text and numbers."""
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        with self._lock:
            self._file.writelines(lines)
            self._count += len(lines)

    def json_items(self) -> Iterator[str]:
        """Return the rows as JSON texts."""
        self._file.seek(0)
        return (line.rstrip("\n") for line in self._file)

    def rows(self) -> Iterator[dict[str, object]]:
        """Return the rows."""
        return map(json.loads, self.json_items())

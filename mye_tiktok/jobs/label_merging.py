"""Several labels as one PDF, for a printer that takes one job; the only place where pypdf is spoken."""

import io
from collections.abc import Sequence
from pathlib import Path

from mye_tiktok.errors import NotUnderstoodError
from mye_tiktok.jobs.label_files import exists, writing


def merge(paths: Sequence[Path], target: Path, *, force: bool) -> bool:
    """Write all pages of these PDFs into one, in their order; returns False when it was there before, alike.

    Raises RefusedError when something else is there, without `force`, and NotUnderstoodError for a PDF that can't be
    read.
    """
    content = _merged(paths)
    if target.is_file() and target.read_bytes() == content:
        return False
    if target.exists() and not force:
        raise exists(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with writing(target, force=force) as file:
        file.write(content)
    return True


def count_pages(path: Path) -> int:
    """Return how many pages a PDF has; raises NotUnderstoodError for one that can't be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        return len(PdfReader(path).pages)
    except (PyPdfError, ValueError, KeyError) as error:
        raise NotUnderstoodError(f"{path} cannot be read as a PDF: {error}", code="no-document") from error


def _merged(paths: Sequence[Path]) -> bytes:
    from pypdf import PdfWriter
    from pypdf.errors import PyPdfError

    with PdfWriter() as writer:
        for path in paths:
            try:
                writer.append(path, import_outline=False)
            except (PyPdfError, ValueError, KeyError) as error:
                words = f"{path} cannot be read as a PDF: {error}"
                raise NotUnderstoodError(words, hint="fetch it anew with --force", code="no-document") from error
        into = io.BytesIO()
        writer.write(into)
        return into.getvalue()

"""Documents as files: never half of one under its name, and none overwritten unless it is wished."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from mye_tiktok.domain.media import HEAD, TAIL, Media, begins_as, ends_as
from mye_tiktok.errors import RefusedError

PREFIX, SUFFIX = ".mye-tiktok-", ".part"
LEFT_BEHIND = timedelta(hours=1)
"""A part that nobody wrote to for so long belongs to a run that was killed."""


def prepare(folder: Path, *, now: datetime) -> Mapping[str, Path]:
    """Make the folder where it is missing and return the files in it, by name without the order.

    What runs left behind that were killed is removed. Raises RefusedError for a folder that can't be used.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for part in folder.glob(f"{PREFIX}*{SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                if part.stat().st_mtime < (now - LEFT_BEHIND).timestamp():
                    part.unlink()
        return {path.name.partition("-")[2]: path for path in folder.iterdir()}


def is_whole(path: Path, media: Media) -> bool:
    """Tell whether a file begins and ends as its media does."""
    with _told(path):
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(HEAD)
            file.seek(max(0, path.stat().st_size - TAIL))
            return begins_as(media, head) and ends_as(media, file.read(TAIL))


@contextmanager
def writing(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Yield a file that becomes `target` at once and whole when the block ends well; else nothing is left of it.

    A kill leaves at most a hidden part, which a later run removes. Raises RefusedError when there is a target already,
    without `force`, and when the disk says no.
    """
    part = target.with_name(f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}")
    try:
        with _told(target):
            with part.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _settle(part, target, force=force)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def exists(target: Path) -> RefusedError:
    """Return the error that a file is in the way."""
    return RefusedError(f"{target} exists and is something else", hint="--force overwrites it", code="exists")


def _settle(part: Path, target: Path, *, force: bool) -> None:
    if force:
        part.replace(target)
    else:
        try:
            target.hardlink_to(part)
        except FileExistsError:
            raise exists(target) from None
        except OSError:
            # a file system without links
            if target.exists():
                raise exists(target) from None
            part.replace(target)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    """Have the name on the disk too; some file systems have no such thing."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        words = f"{path} cannot be used: {error.strerror or error}"
        raise RefusedError(words, hint="check the path, its rights and the disk", code="file") from error

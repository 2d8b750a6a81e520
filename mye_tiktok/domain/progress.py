"""How a job tells how far it is, and how it is asked to stop."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Shown as a bar on a terminal, and not at all under cron."""

    def at(self, channel_uid: str, *, done: int, total: int | None) -> None:
        """Tell that `done` of `total` items of a channel are behind us; None: nobody knows how many there are."""


class Silence:
    """A Progress that nobody sees."""

    def at(self, channel_uid: str, *, done: int, total: int | None) -> None:
        """Say nothing."""


# Called between two items; raises StoppedError once a signal asked the run to stop, or the lease was lost.
Stop = Callable[[], None]


def never() -> None:
    """A Stop that never stops."""

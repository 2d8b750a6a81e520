"""The label of a package as a file: what is wanted, what it is called, and what became of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from mye_tiktok.domain.media import Media, media_of
from mye_tiktok.errors import MyeTikTokError

LabelState = Literal["fetched", "kept", "not-ready", "failed"]
USUAL_SIZE = "A6"
NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z]")
LONGEST_ID = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWish:
    """Documents of one kind for some packages, into one folder; `merge` is the file that holds them all.

    `patience` is how long to wait for those that TikTok is still making.
    """

    package_ids: tuple[str, ...]
    folder: Path
    kind: str = "SHIPPING_LABEL"
    size: str = ""
    form: str = ""
    patience: timedelta = timedelta(seconds=60)
    merge: Path | None = None
    force: bool = False

    @property
    def media(self) -> Media:
        """What comes for this kind."""
        return media_of(self.kind, self.form)

    def name(self, package_id: str, order_ids: Sequence[str]) -> str:
        """Return the name of a document's file: ORDER-PACKAGE-TYPE.pdf, of several orders ORDER+2-PACKAGE-TYPE.pdf.

        Whatever the ids hold, it is a name in a folder and never a path.
        """
        first = _clean(order_ids[0] if order_ids else "") or "order"
        more = f"+{len(order_ids) - 1}" if len(order_ids) > 1 else ""
        return f"{first}{more}-{self.tail(package_id)}"

    def tail(self, package_id: str) -> str:
        """Return that part of the name which says without the order which document it is."""
        size = "" if self.size in ("", USUAL_SIZE) else f"-{self.size}"
        return f"{_clean(package_id)}-{self.kind}{size}.{self.media.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What became of the document of one package; `error` says why there is no file.

    "kept": it was there before, and was not asked for again.
    """

    package_id: str
    state: LabelState
    order_ids: tuple[str, ...] = ()
    tracking_number: str = ""
    path: Path | None = None
    error: MyeTikTokError | None = None


def _clean(text: str) -> str:
    return NOT_IN_A_NAME.sub("", text)[:LONGEST_ID]

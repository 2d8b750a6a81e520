"""What a document is made of, told by how it begins and ends and never by its name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Media = Literal["PDF", "PNG", "ZPL"]
HEAD, TAIL = 1024, 2048
"""How many bytes of beginning and end tell."""
BEGINS: Mapping[Media, tuple[bytes, ...]] = MappingProxyType({"PDF": (b"%PDF-",), "PNG": (b"\x89PNG\r\n\x1a\n",)})
ENDS: Mapping[Media, bytes] = MappingProxyType({"PDF": b"%%EOF", "PNG": b"IEND", "ZPL": b"^XZ"})


def media_of(kind: str, form: str = "PDF") -> Media:
    """Return what TikTok sends for a type of document ("Get Package Shipping Document": PICTURE is PNG)."""
    if kind.endswith("_PICTURE"):
        return "PNG"
    return "ZPL" if form == "ZPL" else "PDF"


def begins_as(media: Media, head: bytes) -> bool:
    """Tell whether a document begins as its media does."""
    if media == "ZPL":
        return b"^XA" in head and not _is_page(head)
    return head.startswith(BEGINS[media])


def ends_as(media: Media, tail: bytes) -> bool:
    """Tell whether the end is there; where not, it was cut off."""
    return ENDS[media] in tail


def described(head: bytes) -> str:
    """Say what something is that was meant to be a document."""
    if not head.strip():
        return "empty"
    for media, marks in BEGINS.items():
        if head.startswith(marks):
            return f"a {media}"
    return "an HTML page" if _is_page(head) else "something else"


def _is_page(head: bytes) -> bool:
    return head.lstrip().startswith(b"<")

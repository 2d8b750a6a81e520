"""What a finished job hands to whoever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mye_tiktok.domain.report import Report
from mye_tiktok.errors import MyeTikTokError


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A finished job: its report, what failed, and how long it took."""

    report: Report
    errors: Sequence[MyeTikTokError] = ()
    seconds: float = 0.0

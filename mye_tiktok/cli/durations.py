"""Lengths of time as operators type them: 90m, 24h, 3d."""

import re
from datetime import timedelta

from mye_tiktok.errors import WrongUsageError

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(text: str) -> timedelta:
    """Read `90m`, `24h`, `3d` or `45s`; raises WrongUsageError for anything else."""
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", text.strip().lower())
    if found is None:
        raise WrongUsageError(f"{text!r} is not a length of time", hint="write a number and s, m, h or d, such as 24h")
    return timedelta(**{UNITS[found[2]]: int(found[1])})

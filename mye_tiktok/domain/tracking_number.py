"""Tracking numbers: what TikTok takes for one."""

import re

PATTERN = re.compile(r"[A-Za-z0-9._/-]{4,50}")
ORDERS_PER_NUMBER = 20
"""One tracking number may cover at most so many orders."""


def problem(number: str) -> str:
    """Say what is wrong with a tracking number, "" when nothing is ("Update Shipping Info": 4 to 50 characters)."""
    if PATTERN.fullmatch(number):
        return ""
    if not 4 <= len(number) <= 50:
        return f"a tracking number has 4 to 50 characters, {number!r} has {len(number)}"
    return f"tracking number {number!r} may hold letters, digits, - _ . / only"

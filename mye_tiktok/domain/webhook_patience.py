"""How long an event waits: in the hands of a reader, and between two attempts."""

from datetime import timedelta

MOST_ATTEMPTS = 12
FIRST_LEASE, LONGEST_LEASE = timedelta(seconds=60), timedelta(hours=1)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=5), timedelta(hours=1)


def lease(attempts: int) -> timedelta:
    """Return how long a reader may keep an event that was tried `attempts` times before: a minute, doubling.

    An event that kills its readers comes back ever more seldom.
    """
    return min(FIRST_LEASE * (1 << min(attempts, 10)), LONGEST_LEASE)


def delay(attempts: int) -> timedelta:
    """Return how long an event waits after its attempt number `attempts`: 5 s, doubling, an hour at most."""
    return min(FIRST_DELAY * (1 << min(max(attempts - 1, 0), 10)), LONGEST_DELAY)


def is_last(attempts: int) -> bool:
    """Tell whether an event that was tried so often has had its chances: four hours went by."""
    return attempts >= MOST_ATTEMPTS

"""How long a message waits that the broker did not take."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.jobs.outbox import MOST_ATTEMPTS, backoff


@given(st.integers(min_value=0, max_value=MOST_ATTEMPTS * 2))
def test_the_wait_grows_from_five_seconds_to_an_hour(attempts: int) -> None:
    assert timedelta(seconds=5) <= backoff(attempts) <= backoff(attempts + 1) <= timedelta(hours=1)

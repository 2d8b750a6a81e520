"""When a person has to act on an authorization."""

from datetime import UTC, datetime, timedelta

import pytest

from mye_tiktok.domain.authorization import Authorization, State, TokenGrant
from mye_tiktok.jobs.authorization import health

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def an_authorization(*, ends_in: timedelta, state: State = "active", reason: str = "") -> Authorization:
    grant = TokenGrant(
        access_token="access",
        access_token_expires_at=NOON,
        refresh_token="refresh",
        refresh_token_expires_at=NOON + ends_in,
        open_id="seller",
    )
    return Authorization(authorization_id=1, app_key="app", grant=grant, state=state, reason=reason)


@pytest.mark.parametrize(
    ("ends_in", "problem"),
    [
        (timedelta(days=14), ""),
        (timedelta(days=14) - timedelta(seconds=1), "ends in 13 days, on 2026-10-15"),
        (timedelta(hours=3), "ends in 0 days, on 2026-10-01"),
        (timedelta(days=-2), "ended 2026-09-29"),
    ],
)
def test_an_authorization_that_ends_within_two_weeks_is_a_problem(ends_in: timedelta, problem: str) -> None:
    assert health(an_authorization(ends_in=ends_in), (), now=NOON).problem == problem


@pytest.mark.parametrize("state", ["parked", "removed"])
def test_an_authorization_that_rests_is_a_problem_with_its_reason(state: State) -> None:
    resting = an_authorization(ends_in=timedelta(days=300), state=state, reason="105001")

    assert health(resting, (), now=NOON).problem == f"{state}: 105001"

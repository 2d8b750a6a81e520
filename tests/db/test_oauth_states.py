"""The `state` of an authorization link is good once, for a while, and not readable in the table."""

from sqlalchemy import text

from mye_tiktok.db import oauth_states
from mye_tiktok.db.database import Database
from tests.db.samples import DAY, MINUTE, NOON


def test_a_state_is_good_once(database: Database) -> None:
    with database.transaction() as session:
        oauth_states.issue(session, "state-1", region="us", now=NOON, ttl=MINUTE)

        assert oauth_states.use(session, "state-1", now=NOON) == "good"
        assert oauth_states.use(session, "state-1", now=NOON) == "used"
        assert oauth_states.use(session, "state-2", now=NOON) == "unknown"


def test_a_state_ends_and_is_forgotten_in_the_end(database: Database) -> None:
    with database.transaction() as session:
        oauth_states.issue(session, "state-1", region="us", now=NOON, ttl=MINUTE)
        assert oauth_states.use(session, "state-1", now=NOON + MINUTE) == "expired"

        oauth_states.issue(session, "state-2", region="us", now=NOON + 30 * DAY, ttl=MINUTE)

        assert oauth_states.use(session, "state-1", now=NOON + 30 * DAY) == "unknown"


def test_the_table_does_not_tell_the_state(database: Database) -> None:
    with database.transaction() as session:
        oauth_states.issue(session, "state-1", region="us", now=NOON, ttl=MINUTE)

        assert "state-1" not in str(session.execute(text("SELECT * FROM oauth_states")).all())

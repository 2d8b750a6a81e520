"""Rules as they are kept, and whom they are about."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from mye_tiktok.db.database import Database
from mye_tiktok.db.dialects import resembles
from mye_tiktok.domain.stock_rules import Rulebook
from tests.unit.domain.test_stock_rules import a_rule

signs = st.text("aA*?%_[]\\.^-", max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(signs.filter(bool), signs)
def test_the_database_reads_a_pattern_as_the_rules_do(database: Database, pattern: str, text: str) -> None:
    with database.reading() as session:
        told = session.execute(select(resembles(session, literal(text), pattern))).scalar_one()

    assert bool(told) == bool(Rulebook([a_rule("cap", 1, pattern=pattern)]).of("c-1", text))

"""Many rows in one statement: whatever the text, it comes back as it was."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mye_tiktok.db import bulk
from mye_tiktok.db.database import Database
from mye_tiktok.db.tables.products import SkuRow

COLUMNS = ("sku_id", "seller_sku", "price", "position")
REST = {"channel_uid": "uid-1", "product_id": "p-1", "status": "NORMAL", "attributes": "[]"}
anything = st.text(alphabet=st.characters() | st.sampled_from('"\\{},\x00\x1f\n\t \ud800'), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(anything, st.none() | anything, st.integers(-(2**31), 2**31 - 1)), max_size=5))
def test_rows_come_back_as_they_went_in(database: Database, rows: list[tuple[str, str | None, int]]) -> None:
    with database.reading() as session:
        given_rows = [(str(number), *row) for number, row in enumerate(rows)]

        bulk.write(session, SkuRow, COLUMNS, given_rows, existing="none", same=REST)

        columns = (SkuRow.sku_id, SkuRow.seller_sku, SkuRow.price, SkuRow.position)
        found = [tuple(row) for row in session.execute(select(*columns).order_by(SkuRow.sku_id))]
        assert found == [tuple(bulk.storable(value) for value in row) for row in given_rows]


def test_only_rows_that_differ_are_written_again(database: Database) -> None:
    with database.transaction() as session:
        first = bulk.write(
            session, SkuRow, COLUMNS, [("1", "a", None, 0), ("2", "b", "1.5", 1)], existing="none", same=REST
        )
        again = [("1", "a", None, 0), ("2", "b", "1.6", 1)]

        assert first == 2
        assert bulk.write(session, SkuRow, COLUMNS, again, existing="kept", same=REST) == 0
        assert bulk.write(session, SkuRow, COLUMNS, again, existing=("seller_sku", "price"), same=REST) in {1, 2}
        assert list(session.scalars(select(SkuRow.price).order_by(SkuRow.sku_id))) == [None, "1.6"]

"""Watermarks go forward only."""

from mye_tiktok.db import watermarks
from mye_tiktok.db.database import Database
from tests.db.samples import DAY, NOON


def test_a_watermark_never_goes_back(database: Database) -> None:
    with database.transaction() as session:
        assert watermarks.get(session, "uid-1", "products") is None
        for value in (NOON, NOON + DAY, NOON - DAY):
            watermarks.advance(session, "uid-1", "products", value, now=NOON)

        assert watermarks.get(session, "uid-1", "products") == NOON + DAY
        assert watermarks.get(session, "uid-1", "orders") is None
        assert watermarks.get(session, "uid-2", "products") is None

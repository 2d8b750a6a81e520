"""How far a channel was read."""

from datetime import datetime

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import insert_into
from mye_tiktok.db.tables.watermarks import WatermarkRow


def get(session: Session, channel_uid: str, name: str) -> datetime | None:
    """Return the watermark `name` ("products", "orders") of a channel; None before the first full read."""
    row = session.get(WatermarkRow, (channel_uid, name), populate_existing=True)
    return row.value if row else None


def advance(session: Session, channel_uid: str, name: str, value: datetime, *, now: datetime) -> None:
    """Move the watermark to `value`; it never goes back."""
    insert = insert_into(session, WatermarkRow).values(channel_uid=channel_uid, name=name, value=value, updated_at=now)
    new = insert.excluded
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[WatermarkRow.channel_uid, WatermarkRow.name],
            set_={"value": new.value, "updated_at": new.updated_at},
            where=WatermarkRow.value < new.value,
        )
    )

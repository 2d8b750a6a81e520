"""Table `watermarks`: up to which moment a channel was read."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from mye_tiktok.db.tables.base import Base, IdentifierKey


class WatermarkRow(Base):
    """`value` is in TikTok's time, `updated_at` in ours."""

    __tablename__ = "watermarks"

    channel_uid: Mapped[IdentifierKey]
    name: Mapped[IdentifierKey]
    value: Mapped[datetime]
    updated_at: Mapped[datetime]

"""Table `channels`: the shops that are connected to MYE."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey


class ChannelRow(Base):
    """One shop of one app, under the name MYE gave it. A shop is connected once, however often it is integrated.

    `hold_policy` says what MYE is told about orders on hold.
    """

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("app_key", "shop_id"),)

    channel_uid: Mapped[IdentifierKey]
    app_key: Mapped[Identifier]
    authorization_id: Mapped[int] = mapped_column(ForeignKey("authorizations.id"), index=True)
    shop_id: Mapped[Identifier]
    shop_name: Mapped[str]
    region: Mapped[str]
    seller_type: Mapped[str]
    shop_cipher: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    hold_policy: Mapped[str] = mapped_column(server_default="mark")
    integrated_at: Mapped[datetime]
    updated_at: Mapped[datetime]

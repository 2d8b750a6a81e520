"""Tables `authorizations` and `oauth_states`: who let us in, and whom we sent to TikTok to ask."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey


class AuthorizationRow(Base):
    """One TikTok authorization. Both tokens are encrypted; an empty one was erased.

    `renewing_by` holds the claim of whoever renews the tokens right now; it is void after `renewing_until`.
    """

    __tablename__ = "authorizations"
    __table_args__ = (UniqueConstraint("app_key", "open_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    app_key: Mapped[Identifier]
    open_id: Mapped[Identifier]
    seller_name: Mapped[str]
    region: Mapped[str]
    user_type: Mapped[int]
    scopes: Mapped[list[str]]
    access_token: Mapped[str]
    access_token_expires_at: Mapped[datetime]
    refresh_token: Mapped[str]
    refresh_token_expires_at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str]
    generation: Mapped[int]
    renewing_by: Mapped[str | None]
    renewing_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OauthStateRow(Base):
    """One `state` sent along to TikTok, as its SHA-256; good for one return."""

    __tablename__ = "oauth_states"

    digest: Mapped[IdentifierKey]
    region: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

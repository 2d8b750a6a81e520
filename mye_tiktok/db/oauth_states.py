"""How the `state` of an authorization link is kept: as a digest, for one return, for a while."""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, update

from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected
from mye_tiktok.db.tables.authorizations import OauthStateRow

Use = Literal["good", "unknown", "used", "expired"]
KEPT = timedelta(days=7)


def issue(session: Session, state: str, *, region: str, now: datetime, ttl: timedelta) -> None:
    """Remember `state` for `ttl`; those that ended a week ago are forgotten."""
    affected(session, delete(OauthStateRow).where(OauthStateRow.expires_at < now - KEPT))
    session.add(OauthStateRow(digest=_digest(state), region=region, created_at=now, expires_at=now + ttl))
    session.flush()


def use(session: Session, state: str, *, now: datetime) -> Use:
    """Take `state` back, once: of two returns at the same time one is "good" and the other "used"."""
    good = (OauthStateRow.digest == _digest(state), OauthStateRow.used_at.is_(None), OauthStateRow.expires_at > now)
    if affected(session, update(OauthStateRow).where(*good).values(used_at=now)) == 1:
        return "good"
    row = session.get(OauthStateRow, _digest(state), populate_existing=True)
    if row is None:
        return "unknown"
    return "used" if row.used_at else "expired"


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()

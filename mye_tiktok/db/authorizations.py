"""How authorizations are kept: both tokens encrypted, renewed by one claim at a time."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Session
from mye_tiktok.db.dialects import affected, lock
from mye_tiktok.db.tables.authorizations import AuthorizationRow
from mye_tiktok.db.tables.channels import ChannelRow
from mye_tiktok.domain.authorization import Authorization, State, TokenGrant
from mye_tiktok.errors import NeedsPersonError, WrongSettingsError

STATES: dict[str, State] = {"active": "active", "parked": "parked", "removed": "removed"}


def save_grant(session: Session, app_key: str, grant: TokenGrant, *, now: datetime) -> Authorization:
    """Store what a seller just allowed; the same seller again renews the authorization he has.

    It is active afterwards whatever it was; its channels stay as they are until they are connected again.
    """
    # a row that is not there yet can't be locked: of two hosts the second renews what the first stored
    lock(session, f"seller {grant.open_id}")
    seller = (AuthorizationRow.app_key == app_key, AuthorizationRow.open_id == grant.open_id)
    row = session.scalars(select(AuthorizationRow).where(*seller).with_for_update()).one_or_none()
    if row is None:
        row = AuthorizationRow(app_key=app_key, open_id=grant.open_id, generation=0, created_at=now)
        session.add(row)
    _renew(row, grant, cipher_of(session), now=now)
    session.flush()
    return _authorization(row, cipher_of(session))


def get(session: Session, authorization_id: int) -> Authorization:
    """Return one authorization; raises NeedsPersonError when it is not there."""
    row = session.get(AuthorizationRow, authorization_id, populate_existing=True)
    if row is None:
        raise NeedsPersonError(
            f"authorization {authorization_id} is not stored",
            hint="let the seller authorize: `mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`",
            code="missing",
        )
    return _authorization(row, cipher_of(session))


def list_all(session: Session) -> list[Authorization]:
    """Return every authorization, the oldest first, removed ones too."""
    rows = session.scalars(select(AuthorizationRow).order_by(AuthorizationRow.id))
    return [_authorization(row, cipher_of(session)) for row in rows]


def open_ids(session: Session) -> dict[int, str]:
    """Return who the seller of each authorization is, without reading any token."""
    return dict(session.execute(select(AuthorizationRow.id, AuthorizationRow.open_id)).all())


def note_end(session: Session, authorization_id: int, ends_at: datetime, *, as_of: datetime) -> bool:
    """Remember the end that TikTok told of at `as_of`; False when the authorization was renewed after that."""
    older = (AuthorizationRow.id == authorization_id, AuthorizationRow.updated_at <= as_of)
    ends = update(AuthorizationRow).where(*older, AuthorizationRow.state == "active")
    return affected(session, ends.values(refresh_token_expires_at=ends_at)) == 1


def claim_renewal(
    session: Session, authorization_id: int, *, generation: int, holder: str, now: datetime, lease: timedelta
) -> bool:
    """Take the right to renew, until `now + lease`; False when somebody renews it or did so already."""
    free = or_(AuthorizationRow.renewing_by.is_(None), AuthorizationRow.renewing_until <= now)
    claimable = (
        AuthorizationRow.id == authorization_id,
        AuthorizationRow.generation == generation,
        AuthorizationRow.state == "active",
        free,
    )
    claim = update(AuthorizationRow).where(*claimable).values(renewing_by=holder, renewing_until=now + lease)
    return affected(session, claim) == 1


def store_renewal(
    session: Session, authorization_id: int, grant: TokenGrant, *, holder: str, now: datetime
) -> Authorization:
    """Store both new tokens, end the claim, and return what is stored then.

    Whoever lost the claim meanwhile still stores a grant that lasts longer than the stored one, and takes
    back what the other may have parked: of two renewals the later tokens are the ones TikTok knows.
    """
    row = session.get(AuthorizationRow, authorization_id, populate_existing=True, with_for_update=True)
    if row is None:
        return get(session, authorization_id)
    newer = row.access_token_expires_at < grant.access_token_expires_at
    if row.state != "removed" and (row.renewing_by == holder or newer):
        was_parked = row.state == "parked"
        _renew(row, grant, cipher_of(session), now=now)
        session.flush()
        if was_parked:
            _set_channels(session, authorization_id, "parked", "active", reason="", now=now)
    return _authorization(row, cipher_of(session))


def release_renewal(session: Session, authorization_id: int, *, holder: str) -> None:
    """Give the claim back after a renewal that failed; nothing happens when it is somebody else's."""
    mine = (AuthorizationRow.id == authorization_id, AuthorizationRow.renewing_by == holder)
    affected(session, update(AuthorizationRow).where(*mine).values(renewing_by=None, renewing_until=None))


def park(session: Session, authorization_id: int, *, reason: str, now: datetime) -> None:
    """Let an active authorization and all its active channels rest until a person acted."""
    _set(session, authorization_id, "active", "parked", reason=reason, now=now)
    _set_channels(session, authorization_id, "active", "parked", reason=reason, now=now)


def remove(session: Session, authorization_id: int, *, now: datetime) -> None:
    """Erase both tokens and retire the authorization with all its channels; their products stay stored."""
    for state in ("active", "parked"):
        _set(session, authorization_id, state, "removed", reason="", now=now)
        _set_channels(session, authorization_id, state, "removed", reason="", now=now)
    gone = update(AuthorizationRow).where(AuthorizationRow.id == authorization_id)
    affected(session, gone.values(access_token="", refresh_token=""))


def rekey(session: Session) -> int:
    """Encrypt every token anew with the newest key; returns how many authorizations that were."""
    cipher, rows = cipher_of(session), session.scalars(select(AuthorizationRow).with_for_update()).all()
    for row in rows:
        row.access_token = cipher.rotate(row.access_token)
        row.refresh_token = cipher.rotate(row.refresh_token)
    session.flush()
    return len(rows)


def cipher_of(session: Session) -> TokenCipher:
    """Return the cipher the database was opened with."""
    cipher = session.info.get("cipher")
    if not isinstance(cipher, TokenCipher):
        raise WrongSettingsError("tokens can't be read or stored without a key", hint="set TOKEN_KEY")
    return cipher


def _set(session: Session, authorization_id: int, before: str, after: State, *, reason: str, now: datetime) -> None:
    rows = (AuthorizationRow.id == authorization_id, AuthorizationRow.state == before)
    changed = {"state": after, "reason": reason, "updated_at": now, "renewing_by": None, "renewing_until": None}
    affected(session, update(AuthorizationRow).where(*rows).values(changed))


def _set_channels(
    session: Session, authorization_id: int, before: str, after: State, *, reason: str, now: datetime
) -> None:
    rows = (ChannelRow.authorization_id == authorization_id, ChannelRow.state == before)
    affected(session, update(ChannelRow).where(*rows).values(state=after, reason=reason, updated_at=now))


def _renew(row: AuthorizationRow, grant: TokenGrant, cipher: TokenCipher, *, now: datetime) -> None:
    row.access_token = cipher.encrypt(grant.access_token)
    row.access_token_expires_at = grant.access_token_expires_at
    row.refresh_token = cipher.encrypt(grant.refresh_token)
    row.refresh_token_expires_at = grant.refresh_token_expires_at
    # a renewal may leave out who the seller is and what he granted; what is known stays known
    row.seller_name = grant.seller_name or row.seller_name or ""
    row.region = grant.seller_base_region or row.region or ""
    row.user_type = grant.user_type
    row.scopes = list(grant.granted_scopes) or row.scopes or []
    row.state, row.reason, row.updated_at = "active", "", now
    row.generation += 1
    row.renewing_by = row.renewing_until = None


def _authorization(row: AuthorizationRow, cipher: TokenCipher) -> Authorization:
    grant = TokenGrant(
        access_token=cipher.decrypt(row.access_token),
        access_token_expires_at=row.access_token_expires_at,
        refresh_token=cipher.decrypt(row.refresh_token),
        refresh_token_expires_at=row.refresh_token_expires_at,
        open_id=row.open_id,
        seller_name=row.seller_name,
        seller_base_region=row.region,
        user_type=row.user_type,
        granted_scopes=tuple(row.scopes),
    )
    return Authorization(
        authorization_id=row.id,
        app_key=row.app_key,
        grant=grant,
        state=STATES[row.state],
        reason=row.reason,
        generation=row.generation,
    )

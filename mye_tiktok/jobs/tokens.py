"""Access tokens that are always valid: renewed once for all threads, processes and hosts."""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from mye_tiktok import locks, logs
from mye_tiktok.db import authorizations
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.authorization import Authorization, TokenGrant
from mye_tiktok.errors import MyeTikTokError, NeedsPersonError, TryLaterError, UnreachableError
from mye_tiktok.tiktok.auth import AuthClient

MARGIN = timedelta(minutes=5)
CLAIM = timedelta(seconds=60)
PATIENCE = timedelta(seconds=90)
STORE_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


class DatabaseTokens:
    """The TokenKeeper that all parts share; the stored authorization is the truth.

    A renewal claims the authorization's row by a conditional update, calls TikTok outside of any
    transaction, and stores both new tokens before the first is used. Whoever comes second waits and then
    uses the winner's token. A claim that its holder never finished is void after a minute.
    """

    def __init__(
        self,
        database: Database,
        auth: AuthClient,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._database, self._auth, self._clock, self._sleep = database, auth, clock, sleep
        self._known: dict[int, Authorization] = {}
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def token(self, authorization_id: int) -> str:
        """Return an access token that is good for five minutes at least."""
        known = self._known.get(authorization_id)
        if known is None or known.grant.access_token_expires_at - self._clock() < MARGIN:
            known = self._fresh(authorization_id, lambda stored: self._expires(stored, MARGIN))
        return known.grant.access_token

    def renewed(self, authorization_id: int, refused: str) -> str:
        """Return a token other than `refused`, which TikTok called expired."""
        return self._fresh(authorization_id, lambda stored: stored.grant.access_token == refused).grant.access_token

    def replaced(self, authorization_id: int, refused: str) -> bool:
        """Tell whether another process renewed since `refused` was read; `token` returns the new one then."""
        with self._database.transaction() as session:
            stored = authorizations.get(session, authorization_id)
        newer = stored.state == "active" and stored.grant.access_token != refused
        if newer:
            self._remember(stored)
        return newer

    def renew(self, authorization_id: int, *, within: timedelta | None = None) -> tuple[Authorization, bool]:
        """Renew now, or only when the access token ends `within`; tell whether that was needed."""
        with self._database.transaction() as session:
            before = authorizations.get(session, authorization_id)

        def stale(stored: Authorization) -> bool:
            wanted = within is None or self._expires(stored, within)
            return wanted and stored.generation == before.generation

        after = self._fresh(authorization_id, stale)
        return after, after.generation != before.generation

    def _expires(self, stored: Authorization, within: timedelta) -> bool:
        return stored.grant.access_token_expires_at - self._clock() < within

    def _fresh(self, authorization_id: int, stale: Callable[[Authorization], bool]) -> Authorization:
        with self._locks[authorization_id]:
            patience_ends = self._clock() + PATIENCE
            while True:
                with self._database.transaction() as session:
                    stored = authorizations.get(session, authorization_id)
                    due = _usable(stored) and stale(stored)
                    claimed = due and self._claim(session, stored)
                if claimed:
                    stored = self._renew(stored)
                if claimed or not due:
                    return self._remember(stored)
                if self._clock() > patience_ends:
                    raise TryLaterError(
                        f"another process is renewing authorization {authorization_id} and does not end",
                        hint="try again in a minute; `mye-tiktok auth status --check` shows the authorization",
                    )
                self._sleep(0.25)

    def _claim(self, session: Session, stored: Authorization) -> bool:
        return authorizations.claim_renewal(
            session,
            stored.authorization_id,
            generation=stored.generation,
            holder=locks.holder(),
            now=self._clock(),
            lease=CLAIM,
        )

    def _renew(self, claimed: Authorization) -> Authorization:
        try:
            grant = self._auth.refresh(claimed.grant.refresh_token)
        except NeedsPersonError as error:
            return self._overtaken(claimed, error)
        except BaseException:
            # what went wrong first is what to tell; a claim that can't be given back is void after a minute
            with contextlib.suppress(MyeTikTokError), self._database.transaction() as session:
                authorizations.release_renewal(session, claimed.authorization_id, holder=locks.holder())
            raise
        return self._store(claimed.authorization_id, grant)

    def _overtaken(self, claimed: Authorization, refused: NeedsPersonError) -> Authorization:
        """Return what somebody else renewed while we were slow; else park what TikTok refused, and raise it."""
        with self._database.transaction() as session:
            stored = authorizations.get(session, claimed.authorization_id)
            if stored.generation == claimed.generation and refused.parks:
                authorizations.park(session, stored.authorization_id, reason=refused.message, now=self._clock())
            authorizations.release_renewal(session, stored.authorization_id, holder=locks.holder())
        if stored.generation == claimed.generation or not _usable(stored):
            raise refused
        return stored

    def _store(self, authorization_id: int, grant: TokenGrant) -> Authorization:
        """Store both tokens. TikTok may know no others by now, so a database that is away is waited for."""
        pauses = iter(STORE_PAUSES)
        while True:
            try:
                with self._database.transaction() as session:
                    return authorizations.store_renewal(
                        session, authorization_id, grant, holder=locks.holder(), now=self._clock()
                    )
            except UnreachableError:
                pause = next(pauses, None)
                if pause is None:
                    raise
                self._sleep(pause)

    def _remember(self, stored: Authorization) -> Authorization:
        logs.hide((stored.grant.access_token, stored.grant.refresh_token))
        self._known[stored.authorization_id] = stored
        return stored


def _usable(stored: Authorization) -> bool:
    """Return True, or raise with the command that brings a resting authorization back."""
    if stored.state == "active":
        return True
    raise NeedsPersonError(
        f"authorization {stored.authorization_id} of {stored.grant.seller_name or stored.grant.open_id} is"
        f" {stored.state}: {stored.reason or 'no reason stored'}",
        hint="let the seller authorize again: `mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`",
        code=stored.state,
    )

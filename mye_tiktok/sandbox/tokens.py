"""Auth codes, access tokens and refresh tokens: who may do what until when."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.shops import Seller, Shop

CODE_SECONDS = 30 * 60


@dataclass(slots=True, kw_only=True)
class Authorization:
    """What one seller allowed: these shops and scopes from `starts_at` until `ends_at`, unless revoked."""

    seller: Seller
    shops: tuple[Shop, ...]
    scopes: set[str]
    starts_at: float
    ends_at: float
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class AccessToken:
    """An access token's authorization and end."""

    authorization: Authorization
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    seller: Seller
    shops: tuple[Shop, ...]
    minted_at: float


@dataclass(slots=True, kw_only=True)
class Tokens:
    """Everything that was issued. Safe to use from many threads."""

    options: SandboxOptions
    now: Callable[[], float]
    _codes: dict[str, _Code] = field(default_factory=dict, repr=False)
    _access: dict[str, AccessToken] = field(default_factory=dict, repr=False)
    _refresh: dict[str, Authorization] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    authorizations: list[Authorization] = field(default_factory=list)

    def mint(self, seller: Seller, shops: tuple[Shop, ...]) -> str:
        """Return an auth code for some shops of a seller: single use, good for 30 minutes."""
        code = f"{_prefix(seller)}{secrets.token_urlsafe(24)}"
        with self._lock:
            self._codes[code] = _Code(seller=seller, shops=shops, minted_at=self.now())
        return code

    def exchange(self, code: str) -> Json:
        """Take an auth code for the first pair of tokens; refuses a bad, used or expired code."""
        with self._lock:
            minted = self._codes.pop(code, None)
            if minted is None or self.now() - minted.minted_at > CODE_SECONDS:
                raise Refusal(36004004, "invalid auth code", status=200)
            authorization = Authorization(
                seller=minted.seller,
                shops=minted.shops,
                scopes=set(self.options.scopes),
                starts_at=self.now(),
                ends_at=self.now() + self.options.authorization_seconds,
            )
            self.authorizations.append(authorization)
            return self._pair(authorization, refresh_token="")

    def renew(self, refresh_token: str) -> Json:
        """Take a refresh token for a new pair; refuses one that is unknown, replaced, revoked or past its end."""
        with self._lock:
            authorization = self._refresh.get(refresh_token)
            if authorization is None or authorization.revoked or authorization.ends_at <= self.now():
                raise Refusal(36004005, "refresh token is invalid or has expired", status=200)
            if not self.options.old_access_token_survives:
                self._expire(authorization)
            if not self.options.refresh_token_rotates:
                return self._pair(authorization, refresh_token=refresh_token)
            if self.options.old_refresh_token_dies:
                del self._refresh[refresh_token]
            return self._pair(authorization, refresh_token="")

    def find(self, access_token: str) -> AccessToken | None:
        """Return what is known about an access token."""
        return self._access.get(access_token)

    def expire_access_tokens(self) -> int:
        """Let every access token end now; returns how many were still good."""
        with self._lock:
            return sum(self._expire(authorization) for authorization in self.authorizations)

    def revoke(self, authorization: Authorization | None = None) -> list[Authorization]:
        """Withdraw one authorization, or all, as a seller who removes the app; returns those that were in force."""
        with self._lock:
            chosen = [each for each in self.authorizations if each is authorization or authorization is None]
            withdrawn = [each for each in chosen if not each.revoked]
            for each in withdrawn:
                each.revoked = True
            return withdrawn

    def _expire(self, authorization: Authorization) -> int:
        good = [t for t in self._access.values() if t.authorization is authorization and t.expires_at > self.now()]
        for token in good:
            token.expires_at = self.now()
        return len(good)

    def _pair(self, authorization: Authorization, *, refresh_token: str) -> Json:
        prefix = _prefix(authorization.seller)
        access_token = f"{prefix}{secrets.token_urlsafe(36)}"
        refresh_token = refresh_token or f"{prefix}{secrets.token_urlsafe(36)}"
        expires_at = int(min(self.now() + self.options.access_token_seconds, authorization.ends_at))
        self._access[access_token] = AccessToken(authorization=authorization, expires_at=expires_at)
        self._refresh[refresh_token] = authorization
        pair: Json = {
            "access_token": access_token,
            "access_token_expire_in": expires_at,
            "refresh_token": refresh_token,
            "refresh_token_expire_in": int(authorization.ends_at),
            "open_id": authorization.seller.open_id,
            "seller_name": authorization.seller.name,
            "seller_base_region": authorization.seller.region,
            "user_type": 0,
        }
        if self.options.sends_granted_scopes:
            pair["granted_scopes"] = sorted(authorization.scopes)
        return pair


def _prefix(seller: Seller) -> str:
    return "TTP_" if seller.region == "US" else "ROW_"

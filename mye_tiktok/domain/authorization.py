"""What a seller allowed the app to do: one authorization carries the tokens and may cover several shops."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

State = Literal["active", "parked", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrant:
    """What TikTok's token endpoints return. Both times are absolute."""

    access_token: str = field(repr=False)
    access_token_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_token_expires_at: datetime
    open_id: str
    seller_name: str = ""
    seller_base_region: str = ""
    user_type: int = 0
    granted_scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A stored TokenGrant. `generation` grows by one with each renewal."""

    authorization_id: int
    app_key: str
    grant: TokenGrant
    state: State
    reason: str = ""
    generation: int = 1

    @property
    def ends_at(self) -> datetime:
        """The end of what the seller allowed; after it only the seller can renew."""
        return self.grant.refresh_token_expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop that an authorization covers, as TikTok lists it."""

    shop_id: str
    name: str
    region: str
    seller_type: str
    cipher: str = field(repr=False)
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one API call is made for: whose token signs in and, where the call needs it, which shop."""

    authorization_id: int
    shop_id: str = ""
    shop_cipher: str = field(default="", repr=False)


class TokenKeeper(Protocol):
    """Hands out access tokens; shared by the threads of a process, and one renewal at a time for all hosts."""

    def token(self, authorization_id: int) -> str:
        """Return an access token that is valid now; raises NeedsPersonError when the authorization is parked."""

    def renewed(self, authorization_id: int, refused: str) -> str:
        """Return a token newer than `refused`, renewing it unless somebody else just did."""

    def replaced(self, authorization_id: int, refused: str) -> bool:
        """Tell whether somebody else put a newer token in the place of `refused`; renews nothing."""


def missing_scopes(grant: TokenGrant, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return what of `wanted` was not granted; empty when TikTok did not say what was."""
    if not grant.granted_scopes:
        return ()
    return tuple(scope for scope in wanted if scope not in grant.granted_scopes)

"""How a seller allows the app to act, and how tokens come and are renewed."""

import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mye_tiktok.domain.authorization import TokenGrant
from mye_tiktok.domain.json import Json
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError
from mye_tiktok.tiktok.answer import Answer
from mye_tiktok.tiktok.app import AUTH_URL, App
from mye_tiktok.tiktok.clock import utc_now
from mye_tiktok.tiktok.fields import mapping, moment, number, text, texts
from mye_tiktok.tiktok.judgement import judge
from mye_tiktok.tiktok.operations import TOKEN_GET, TOKEN_REFRESH, Operation
from mye_tiktok.tiktok.patience import Patience
from mye_tiktok.tiktok.signing import encoded
from mye_tiktok.tiktok.trace import OnRequest
from mye_tiktok.tiktok.wire import TIMEOUT, Wire

if TYPE_CHECKING:
    import httpx

Region = Literal["us", "row"]
SERVICES = {"us": "https://services.us.tiktokshop.com", "row": "https://services.tiktokshop.com"}
SHORTEST_UNIX_TIME = 10**9


def authorize_url(service_id: str, *, state: str, region: Region = "row", auth_url: str = AUTH_URL) -> str:
    """Return the page where a seller allows the app to act ("Authorization overview").

    An `auth_url` other than TikTok's own (a sandbox) serves that page itself.
    """
    host = SERVICES[region] if auth_url.rstrip("/") == AUTH_URL else auth_url.rstrip("/")
    return f"{host}/open/authorize?{encoded({'service_id': service_id, 'state': state})}"


class AuthClient:
    """Calls the token host. These calls are not signed: app_secret travels in the query and is never logged."""

    def __init__(
        self,
        app: App,
        auth_url: str = AUTH_URL,
        *,
        transport: "httpx.BaseTransport | None" = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        randomness: random.Random | None = None,
        on_request: OnRequest | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._app = app
        self._sleep = sleep
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._wire = Wire(auth_url, transport=transport, clock=clock, on_request=on_request, timeout=timeout)

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._wire.requests

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def exchange_code(self, code: str) -> TokenGrant:
        """Trade an authorization code (30 minutes, single use) for the first pair of tokens.

        Raises NeedsPersonError when TikTok does not take the code.
        """
        return self._grant(TOKEN_GET, {"auth_code": code, "grant_type": "authorized_code"})

    def refresh(self, refresh_token: str) -> TokenGrant:
        """Trade a refresh token for a new pair; store both before using either, the old one may be dead.

        Raises NeedsPersonError(parks="authorization") when TikTok does not take it.
        """
        return self._grant(TOKEN_REFRESH, {"refresh_token": refresh_token, "grant_type": "refresh_token"})

    def _grant(self, operation: Operation, query: Mapping[str, str]) -> TokenGrant:
        app = {"app_key": self._app.app_key, "app_secret": self._app.app_secret}
        target = f"{operation.path}?{encoded({**app, **query})}"
        secrets = (self._app.app_secret, query.get("auth_code", ""), query.get("refresh_token", ""))
        patience = Patience(random=self._random, sleep=self._sleep)
        while True:
            outcome = self._wire.send(operation.method, target, attempt=patience.attempts + 1, secrets=secrets)
            verdict = judge(outcome, operation)
            if verdict.kind == "ok" and isinstance(outcome, Answer):
                return parse_grant(mapping(outcome.data))
            if verdict.kind not in ("repeat", "wait") or not patience.lasts(verdict.after):
                raise verdict.failure or MyeTikTokError(f"no verdict on {operation.name}")


def parse_grant(data: Json) -> TokenGrant:
    """Read the data of a token answer. Raises NotUnderstoodError when a token or an end is missing."""
    return TokenGrant(
        access_token=_token(data, "access_token"),
        access_token_expires_at=_end(data, "access_token_expire_in"),
        refresh_token=_token(data, "refresh_token"),
        refresh_token_expires_at=_end(data, "refresh_token_expire_in"),
        open_id=text(data.get("open_id")),
        seller_name=text(data.get("seller_name")),
        seller_base_region=text(data.get("seller_base_region")),
        user_type=number(data.get("user_type")) or 0,
        granted_scopes=texts(data.get("granted_scopes")),
    )


def _token(data: Json, name: str) -> str:
    value = data.get(name)
    if isinstance(value, str) and value:
        return value
    raise NotUnderstoodError(f"TikTok's token answer has no {name}", hint="try again; report it if it stays")


def _end(data: Json, name: str) -> datetime:
    """Read an absolute Unix time; despite the name `*_expire_in` is no duration."""
    end = moment(data.get(name))
    if end is None or end.timestamp() < SHORTEST_UNIX_TIME:
        raise NotUnderstoodError(f"TikTok's token answer has no usable {name}", hint="try again; report it if it stays")
    return end

"""The TikTok client: sign, send, judge, and repeat what may be repeated."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from mye_tiktok.domain.authorization import Access, TokenKeeper
from mye_tiktok.domain.json import Json
from mye_tiktok.errors import MyeTikTokError, NeedsPersonError, NotUnderstoodError
from mye_tiktok.tiktok.answer import Answer, Silence
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.clock import utc_now
from mye_tiktok.tiktok.judgement import judge
from mye_tiktok.tiktok.limiter import Endpoint, Limiter
from mye_tiktok.tiktok.operations import Operation
from mye_tiktok.tiktok.patience import Patience
from mye_tiktok.tiktok.signing import signed_target
from mye_tiktok.tiktok.trace import OnRequest
from mye_tiktok.tiktok.verdict import Verdict
from mye_tiktok.tiktok.wire import TIMEOUT, Wire

if TYPE_CHECKING:
    import httpx

Query = Mapping[str, str | int | Sequence[str]]
NOTHING: Mapping[str, str] = {}
JSON_HEADER = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a search. `total` counts all hits, where TikTok says so; `token` asks for the next page."""

    items: list[Json]
    total: int | None
    token: str


class TikTokClient:
    """Calls the API host for every shop of one app; made to be shared by threads.

    Failures arrive as our errors: UnreachableError, TryLaterError, RefusedError (an item), NeedsPersonError,
    WrongSettingsError, NotUnderstoodError. `timeout` is in seconds and holds for connecting, sending and each read.
    """

    def __init__(
        self,
        app: App,
        api_url: str,
        keeper: TokenKeeper,
        limiter: Limiter,
        *,
        transport: "httpx.BaseTransport | None" = None,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        randomness: random.Random | None = None,
        on_request: OnRequest | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._app = app
        self._keeper = keeper
        self._limiter = limiter
        self._sleep = sleep
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._wire = Wire(api_url, transport=transport, clock=clock, on_request=on_request, timeout=timeout)

    @property
    def requests(self) -> int:
        """How many requests were sent so far, repeated ones included."""
        return self._wire.requests

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def call(
        self,
        access: Access,
        operation: Operation,
        *,
        path: Mapping[str, str] = NOTHING,
        query: Query = NOTHING,
        body: Json | None = None,
    ) -> Json:
        """Return `data` of TikTok's answer, `{}` when it sent none."""
        return self.ask(access, operation, path=path, query=query, body=body).data or {}

    def ask(
        self,
        access: Access,
        operation: Operation,
        *,
        path: Mapping[str, str] = NOTHING,
        query: Query = NOTHING,
        body: Json | None = None,
    ) -> Answer:
        """Return TikTok's answer whole, for those who keep its request id; it is a success.

        What may be repeated is repeated on transient failures; a refusal by the rate limit or for an expired token
        is repeated in any case, for TikTok did nothing.
        """
        request = _Request.of(access, operation, path, query, body)
        patience = Patience(random=self._random, sleep=self._sleep)
        endpoint = Endpoint(
            key=f"{self._app.app_key}:{access.shop_id}:{operation.name}", first_rate=operation.first_rate
        )
        while True:
            started = self._limiter.acquire(endpoint)
            token = self._keeper.token(access.authorization_id)
            outcome = self._send(request, token, patience)
            verdict = judge(outcome, operation, request.path)
            if verdict.kind == "wait":
                self._limiter.refused(endpoint, started=started, after=verdict.after)
            elif isinstance(outcome, Answer):
                self._limiter.passed(endpoint)
            if verdict.kind == "ok" and isinstance(outcome, Answer):
                return outcome
            self._go_on_or_raise(verdict, outcome, request, token, patience)

    def page(
        self, access: Access, operation: Operation, *, items: str, body: Json | None = None, query: Query = NOTHING
    ) -> Page:
        """Return one page; `query` holds `page_size` and, after the first, `page_token`."""
        return _page(self.call(access, operation, query=query, body=body), operation, items)

    def pages(
        self,
        access: Access,
        operation: Operation,
        *,
        items: str,
        body: Json | None = None,
        query: Query = NOTHING,
        page_size: int = 100,
    ) -> Iterator[Page]:
        """Yield page after page of the list that `data` holds under `items`, until TikTok has no more.

        Raises NotUnderstoodError when a page token comes back twice: a loud stop is better than a job that never
        ends.
        """
        token, seen = "", set[str]()
        while True:
            turn = {**query, "page_size": page_size, **({"page_token": token} if token else {})}
            page = self.page(access, operation, items=items, body=body, query=turn)
            yield page
            if not page.token:
                return
            if page.token in seen:
                raise NotUnderstoodError(f"{operation.name} handed out the same page token twice", hint="run it again")
            seen.add(page.token)
            token = page.token

    def _send(self, request: "_Request", token: str, patience: Patience) -> Answer | Silence:
        timestamp = int(self._wire.now().timestamp())
        target = signed_target(self._app, request.path, request.query, request.body, timestamp)
        headers = ((b"x-tts-access-token", token.encode()), JSON_HEADER)
        attempt = patience.attempts + patience.refusals + 1
        return self._wire.send(
            request.operation.method,
            target,
            headers=headers,
            body=request.body,
            attempt=attempt,
            secrets=(token, self._app.app_secret, request.access.shop_cipher),
        )

    def _go_on_or_raise(
        self, verdict: Verdict, outcome: Answer | Silence, request: "_Request", token: str, patience: Patience
    ) -> None:
        """Return when the call is to be tried again."""
        if verdict.kind == "wait" and patience.bears_refusal(verdict.after):
            return
        if verdict.kind == "refresh" and not patience.renewed:
            patience.renewed = True
            self._keeper.renewed(request.access.authorization_id, token)
            return
        if verdict.kind == "person" and not patience.renewed and self._outdated(verdict, request.access, token):
            patience.renewed = True
            return
        harmless = request.operation.repeatable or (isinstance(outcome, Silence) and not outcome.sent)
        if verdict.kind == "repeat" and harmless and patience.lasts(verdict.after):
            return
        raise verdict.failure or MyeTikTokError(f"no verdict on {request.operation.name}")

    def _outdated(self, verdict: Verdict, access: Access, token: str) -> bool:
        """Tell whether only our copy of the token is dead: whether a renewal ends the old one is not documented."""
        parks = verdict.failure.parks if isinstance(verdict.failure, NeedsPersonError) else ""
        return parks == "authorization" and self._keeper.replaced(access.authorization_id, token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One call, ready to be signed; the body is serialised once."""

    access: Access
    operation: Operation
    path: str
    query: Mapping[str, str]
    body: bytes

    @classmethod
    def of(
        cls, access: Access, operation: Operation, path: Mapping[str, str], query: Query, body: Json | None
    ) -> "_Request":
        return cls(
            access=access,
            operation=operation,
            path=operation.at(path),
            query=_query(access, operation, query),
            body=b"" if body is None or operation.method == "GET" else msgspec.json.encode(body),
        )


def _query(access: Access, operation: Operation, query: Query) -> dict[str, str]:
    """Return decoded query values: lists joined by commas, and the shop's cipher where the call takes it."""
    joined = {name: str(value) if isinstance(value, str | int) else ",".join(value) for name, value in query.items()}
    if not operation.shop_cipher:
        return joined
    if not access.shop_cipher:
        raise NeedsPersonError(
            f"{operation.name} needs the cipher of shop {access.shop_id or '(none)'}, and none is known",
            hint="`mye-tiktok auth url`, then `mye-tiktok auth integrate --code CODE`",
            parks="channel",
        )
    return {**joined, "shop_cipher": access.shop_cipher}


def _page(data: Json, operation: Operation, items: str) -> Page:
    found = data.get(items) or []
    if not isinstance(found, list):
        raise NotUnderstoodError(f"{operation.name}: `{items}` is no list", hint="`mye-tiktok doctor`")
    total, token = data.get("total_count"), data.get("next_page_token")
    return Page(
        items=[item for item in found if isinstance(item, dict)],
        total=total if isinstance(total, int) else None,
        token=str(token) if token else "",
    )

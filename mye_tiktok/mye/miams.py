"""MIAMS over HTTP: the stock of a channel, page by page."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
import msgspec

from mye_tiktok import __version__
from mye_tiktok.domain.stock import Wish
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError, UnreachableError, WrongSettingsError
from mye_tiktok.mye.inbound import NOT_READABLE
from mye_tiktok.mye.stock_files import OF_HEAD, OF_ITEM, Head
from mye_tiktok.mye.stock_wishes import INVALID_ITEM, Envelope, read_item, wishes

TIMEOUT = 30.0
PAUSES = (1.0, 2.0, 4.0)
LONGEST_PAUSE = 60.0
SHOWN = 200
HINT = "check MIAMS_URL, and that it runs"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What MIAMS answers (schemas/miams.inventory.v1.json); of the items nothing is asked yet."""

    items: list[Any]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where MIAMS is, and what it knows us by."""

    url: str
    path: str
    secret: str


class Miams:
    """A client of MIAMS. Safe calls are repeated a few times, as long as it says with Retry-After."""

    def __init__(self, service: Service, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._service, self._sleep = service, sleep
        self.requests = 0
        headers = {"Authorization": f"Bearer {service.secret}", "User-Agent": f"mye-tiktok/{__version__}"}
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT)
        # httpx tells each URL at INFO
        logging.getLogger("httpx").setLevel(logging.WARNING)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def pages(self, channel_uid: str) -> Iterator[Sequence[Any]]:
        """Yield the items of each page until there are no more; raises NotUnderstoodError for a cursor seen before."""
        cursor, seen = "", {""}
        while True:
            page = self._page(channel_uid, cursor)
            yield page.items
            cursor = page.next_cursor or ""
            if not cursor:
                return
            if cursor in seen:
                raise NotUnderstoodError(f"MIAMS repeated the cursor {cursor[:SHOWN]!r}")
            seen.add(cursor)

    def _page(self, channel_uid: str, cursor: str) -> Page:
        url = self._service.url.rstrip("/") + "/" + self._service.path.lstrip("/")
        for pause in (*PAUSES, None):
            try:
                self.requests += 1
                answer = self._client.get(url, params={"channel_uid": channel_uid, "cursor": cursor})
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure: MyeTikTokError = UnreachableError(f"MIAMS cannot be reached at {url}: {error}", hint=HINT)
                asked = 0.0
            else:
                if answer.status_code == 200:
                    return _read(answer)
                failure, asked = _failure(answer, url), _asked(answer)
            if pause is None or not isinstance(failure, UnreachableError):
                raise failure
            self._sleep(min(max(pause, asked), LONGEST_PAUSE))
        raise AssertionError("the last attempt raises")


def read_items(items: Sequence[Any], *, channel_uid: str, now: datetime) -> list[Wish]:
    """Return the wishes that a page holds; bad items as rejected ones.

    An item with its own time is the same wish whenever it is read; one without is a new one each time.
    """
    return [_wish(raw, channel_uid=channel_uid, now=now) for raw in items]


def _wish(raw: Any, *, channel_uid: str, now: datetime) -> Wish:
    fields: dict[str, Any] = raw if isinstance(raw, dict) else {}
    head, problem = _head(fields)
    told = "\x1f".join(str(fields.get(name, "")) for name in (*OF_ITEM, "occurred_at"))
    made = uuid.uuid5(uuid.NAMESPACE_OID, f"{channel_uid}\x1f{told}") if head.occurred_at else uuid.uuid4()
    envelope = Envelope(message_id=f"miams-{made.hex}", time=None, received_at=now, origin="miams")
    given = {name: fields[name] for name in OF_ITEM if name in fields}
    of_channel = msgspec.structs.replace(head, channel_uid=channel_uid)
    [wish] = wishes(of_channel, [read_item(given if fields else raw)], envelope)
    return replace(wish, code=INVALID_ITEM, reason=problem) if problem and not wish.reason else wish


def _failure(answer: httpx.Response, url: str) -> MyeTikTokError:
    """Return what an answer that is none means."""
    said = f"MIAMS answered {answer.status_code} to GET {url}: {answer.text[:SHOWN]!r}"
    if answer.status_code in (401, 403):
        return WrongSettingsError(said, hint="check MIAMS_SECRET_KEY")
    if answer.status_code == 404:
        return WrongSettingsError(said, hint="check MIAMS_URL and MIAMS_INVENTORY_PATH")
    if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
        return UnreachableError(said, hint=HINT)
    if answer.is_redirect:
        return WrongSettingsError(said, hint="point MIAMS_URL at where it redirects to")
    return RefusedError(said) if answer.status_code >= 400 else NotUnderstoodError(said)


def _asked(answer: httpx.Response) -> float:
    """Return for how many seconds MIAMS asks us to wait."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0


def _read(answer: httpx.Response) -> Page:
    try:
        return msgspec.json.decode(answer.content, type=Page)
    except NOT_READABLE as error:
        raise NotUnderstoodError(f"MIAMS answered something else than a page of stock: {error}") from None


def _head(fields: dict[str, Any]) -> tuple[Head, str]:
    try:
        return msgspec.convert({name: fields[name] for name in OF_HEAD[:2] if name in fields}, Head), ""
    except NOT_READABLE as error:
        return Head(), str(error)

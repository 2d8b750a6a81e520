"""Keep what was fetched: a page of products with their messages per transaction."""

import contextvars
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from mye_tiktok.db import outbox, products
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.product import Listing, Product, ProductChange
from mye_tiktok.domain.report import Failure
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError
from mye_tiktok.jobs.running import RunningJob
from mye_tiktok.mye.products import product_message

DESTINATION = "product"
FORGIVABLE = (RefusedError, NotUnderstoodError)
WORDS = {"created": "created", "updated": "changed", "removed": "removed"}
Details = Sequence[tuple[Listing, "Future[Product | None]"]]


@dataclass(slots=True, kw_only=True)
class _Page:
    arrived: list[tuple[Listing, Product]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    fatal: MyeTikTokError | None = None


class Keeper:
    """Stores pages one after the other, on a thread of its own: the next ones are fetched meanwhile.

    Counts and failures go to `run.report`, on the caller's thread, once a page is committed.
    """

    def __init__(self, database: Database, channel: Channel, run: RunningJob, *, clock: Callable[[], datetime]) -> None:
        self._database, self._channel, self._run, self._clock = database, channel, run, clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keep")
        self._in_hand: tuple[_Page, Future[Sequence[ProductChange]]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # nothing is in hand here unless something else failed, and that is the failure to tell
        with suppress(MyeTikTokError):
            self.settle()
        self._thread.shutdown()

    def keep(self, details: Details, *, seen: Sequence[str] = ()) -> None:
        """Wait for `details` and for the page before, then store what arrived and queue its messages.

        Raises what failed on the page before, or, once what arrived is stored, what stopped the other details.
        """
        page = self._collect(details)
        self.settle()
        # a line logged there belongs to this run, too
        stored = self._thread.submit(contextvars.copy_context().run, self._store, page, seen, self._clock())
        self._in_hand = page, stored
        if page.fatal is not None:
            self.settle()
            raise page.fatal

    def settle(self) -> None:
        """Wait until the page in hand is stored, and count it."""
        if self._in_hand is None:
            return
        (page, stored), self._in_hand = self._in_hand, None
        changes = stored.result()
        for change in changes:
            self._run.report.add(**{WORDS[change.change]: 1})
        self._run.report.add(unchanged=len(page.arrived) + len(page.gone) - len(changes), queued=len(changes))

    def _collect(self, details: Details) -> _Page:
        page = _Page()
        # one wait for all of them: to be woken for each takes as long as to parse it
        wait([future for _, future in details], return_when=FIRST_EXCEPTION)
        for listing, future in details:
            if page.fatal is not None and future.cancel():
                continue
            try:
                product = future.result()
            except FORGIVABLE as error:
                self._run.report.fail(_failure(listing.product_id, error))
            except MyeTikTokError as error:
                page.fatal = page.fatal or error
            else:
                if product is None:
                    page.gone.append(listing.product_id)
                else:
                    page.arrived.append((listing, product))
        return page

    def _store(self, page: _Page, seen: Sequence[str], now: datetime) -> Sequence[ProductChange]:
        channel_uid = self._channel.channel_uid
        with self._database.transaction() as session:
            changes = keep(session, self._channel, page.arrived, page.gone, now=now)
            if seen:
                products.mark_seen(session, channel_uid, seen, run_id=self._run.run_id)
        return changes


def keep(
    session: Session,
    channel: Channel,
    arrived: Sequence[tuple[Listing, Product]],
    gone: Sequence[str],
    *,
    now: datetime,
) -> Sequence[ProductChange]:
    """Store what arrived and what TikTok no longer has, and queue a message for each change; the caller commits."""
    changes = products.upsert(session, channel.channel_uid, arrived, now=now)
    changes += products.mark_removed(session, channel.channel_uid, gone, now=now)
    outbox.add(session, [(DESTINATION, _message(change, channel, now)) for change in changes], now=now)
    return changes


def _message(change: ProductChange, channel: Channel, now: datetime) -> Message:
    return product_message(change, channel, now=now, message_id=uuid.uuid4().hex)


def arrived(details: Details) -> Details:
    """Return those of `details` that are there, without waiting."""
    return [(listing, future) for listing, future in details if _is_there(future)]


def _is_there(future: "Future[Product | None]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _failure(product_id: str, error: MyeTikTokError) -> Failure:
    return Failure(item=product_id, code=error.code, message=error.message, hint=error.hint, exit_code=error.exit_code)

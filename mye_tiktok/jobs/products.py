"""Bring a shop's catalogue into the database and every new or changed product onto the outbox."""

import contextlib
import contextvars
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mye_tiktok.db import catalogue, products, watermarks
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.product import GONE, Listing, Product
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import Planned
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError
from mye_tiktok.jobs.keeping import Details, Keeper, arrived
from mye_tiktok.jobs.running import RunningJob
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.products import get_product, search_products

# update_time ticks in seconds and TikTok's index may lag behind it
OVERLAP = timedelta(minutes=5)
PAGES_AHEAD = 2
# kept in one transaction: much of what it takes is the same for one page and for two
PAGES_TOGETHER = 2
WATERMARK = "products"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """`full`: look at everything, not only at what changed. `removal_limit`: the share that may vanish."""

    full: bool = False
    dry_run: bool = False
    force: bool = False
    limit: int | None = None
    workers: int = 16
    removal_limit: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """One run of the fetch on one channel: everything its steps need to know."""

    tiktok: TikTokClient
    database: Database
    channel: Channel
    options: PullOptions
    clock: Callable[[], datetime]
    progress: Progress
    run: RunningJob
    # a dry run can't mark what it saw in the database
    listed: set[str] = field(default_factory=set)


def pull_products(pull: Pull) -> None:
    """Store every product that is new or changed since the last run, and queue a message for each.

    The first run, and one with `full`, look at the whole catalogue and find what vanished. Products and their
    messages commit together, two pages at a time, the watermark last: a run cut short is repeated, and what is
    already held is neither asked for, stored nor announced again. Counts go to `pull.run.report`.
    """
    started = pull.clock()
    with pull.database.transaction() as session:
        since = watermarks.get(session, pull.channel.channel_uid, WATERMARK)
    full = pull.options.full or since is None
    _walk(pull, None if full or since is None else since - OVERLAP, full=full)
    if full and not _cut_short(pull):
        _foretell_vanished(pull) if pull.options.dry_run else _remove_vanished(pull)
    if pull.run.report.outcome == "ok" and not pull.options.dry_run:
        with pull.database.transaction() as session:
            watermarks.advance(session, pull.channel.channel_uid, WATERMARK, started, now=pull.clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A page of the search whose details are on their way."""

    listings: Sequence[Listing]
    total: int | None
    details: Details


def _walk(pull: Pull, updated_from: datetime | None, *, full: bool) -> None:
    waiting: deque[_Asked] = deque()
    workers = ThreadPoolExecutor(max_workers=pull.options.workers, thread_name_prefix="detail")
    with workers as pool, _keeper(pull) as keeper:
        try:
            for listings, total in _pages(pull, updated_from):
                pull.run.stop()
                waiting.append(_Asked(listings=listings, total=total, details=_ask(pull, pool, listings)))
                if len(waiting) >= PAGES_AHEAD + PAGES_TOGETHER:
                    _store(pull, keeper, _next(waiting), full=full)
            while waiting:
                pull.run.stop()
                _store(pull, keeper, _next(waiting), full=full)
            keeper.settle()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            # what was fetched is kept, unless the database is what failed
            with contextlib.suppress(MyeTikTokError):
                for asked in waiting:
                    keeper.keep(arrived(asked.details))
            raise


def _pages(pull: Pull, updated_from: datetime | None) -> Iterator[tuple[Sequence[Listing], int | None]]:
    """Yield the listings page by page, at most `limit` in all, with how many there are; and count them."""
    report, limit = pull.run.report, pull.options.limit
    for page in search_products(pull.tiktok, pull.channel.access, now=pull.clock(), updated_from=updated_from):
        listings = page.listings if limit is None else page.listings[: limit - report.counts.get("seen", 0)]
        report.add(seen=len(listings))
        yield listings, page.total
        if limit is not None and report.counts["seen"] >= limit:
            report.outcome = "partial"
            report.warnings.append(f"stopped after {limit} products, as --limit says; the rest was not looked at")
            return


def _cut_short(pull: Pull) -> bool:
    return pull.options.limit is not None and pull.run.report.counts.get("seen", 0) >= pull.options.limit


def _ask(pull: Pull, pool: ThreadPoolExecutor, listings: Sequence[Listing]) -> Details:
    """Ask for the details of those listings that are new or differ from what we hold."""
    report, channel_uid = pull.run.report, pull.channel.channel_uid
    with pull.database.reading() as session:
        changed = products.changed(session, channel_uid, listings)
    report.add(unchanged=len(listings) - len(changed))
    if pull.options.dry_run:
        pull.listed.update(listing.product_id for listing in listings)
        _foretell(pull, changed)
        return []
    return [(listing, _detail(pull, pool, listing.product_id)) for listing in changed]


def _foretell(pull: Pull, changed: Sequence[Listing]) -> None:
    """Count and name what a run without --dry-run would ask for."""
    with pull.database.reading() as session:
        known = products.versions(session, pull.channel.channel_uid, [listing.product_id for listing in changed])
    for listing in changed:
        word = "removed" if listing.status == GONE else "changed" if listing.product_id in known else "created"
        if word != "removed" or listing.product_id in known:
            _plan(pull, listing, word)


def _plan(pull: Pull, item: Listing | Product, word: str) -> None:
    pull.run.report.plan.append(Planned(item=item.product_id, title=item.title, change=word))
    pull.run.report.add(**{word: 1})


def _detail(pull: Pull, pool: ThreadPoolExecutor, product_id: str) -> "Future[Product | None]":
    # a thread of the pool knows the run and the channel of its log lines only from us
    return pool.submit(contextvars.copy_context().run, _fetch, pull, product_id)


def _fetch(pull: Pull, product_id: str) -> Product | None:
    return fetch_product(pull.tiktok, pull.channel, product_id)


def fetch_product(tiktok: TikTokClient, channel: Channel, product_id: str) -> Product | None:
    """Return the product in full, None when TikTok no longer has it; raises NotUnderstoodError for another one."""
    product = get_product(tiktok, channel.access, product_id)
    if product is None or product.product_id == product_id:
        return product
    raise NotUnderstoodError(
        f"TikTok was asked for product {product_id} and answered with {product.product_id or 'none'}",
        hint="the next run asks again; report it if it stays",
    )


def _keeper(pull: Pull) -> Keeper:
    return Keeper(pull.database, pull.channel, pull.run, clock=pull.clock)


def _next(waiting: deque[_Asked]) -> Sequence[_Asked]:
    """Take out the pages that are kept together."""
    return [waiting.popleft() for _ in range(min(PAGES_TOGETHER, len(waiting)))]


def _store(pull: Pull, keeper: Keeper, pages: Sequence[_Asked], *, full: bool) -> None:
    if not pull.options.dry_run:
        details = [detail for page in pages for detail in page.details]
        keeper.keep(details, seen=[listing.product_id for page in pages for listing in page.listings] if full else [])
    counts = pull.run.report.counts
    done = sum(counts.get(word, 0) for word in ("created", "changed", "removed", "unchanged", "failed"))
    pull.progress.at(pull.channel.channel_uid, done=done, total=pages[-1].total)


def _remove_vanished(pull: Pull) -> None:
    """Confirm by its own call each product that the full search did not list, then mark it removed."""
    channel_uid = pull.channel.channel_uid
    with pull.database.transaction() as session:
        vanished = products.unseen(session, channel_uid, run_id=pull.run.run_id)
        held = products.count(session, channel_uid)
    _guard(pull, len(vanished), held)
    workers = ThreadPoolExecutor(max_workers=pull.options.workers, thread_name_prefix="vanished")
    with workers as pool, _keeper(pull) as keeper:
        for start in range(0, len(vanished), 100):
            pull.run.stop()
            part = vanished[start : start + 100]
            keeper.keep([(unlisted(product_id), _detail(pull, pool, product_id)) for product_id in part])
        keeper.settle()


def _foretell_vanished(pull: Pull) -> None:
    """Name what a run without --dry-run would ask TikTok about and then mark removed."""
    channel_uid = pull.channel.channel_uid
    with pull.database.transaction() as session:
        unseen = products.unseen(session, channel_uid, run_id=pull.run.run_id)
        vanished = catalogue.load(session, channel_uid, [one for one in unseen if one not in pull.listed])
        held = products.count(session, channel_uid)
    for product in vanished:
        _plan(pull, product, "removed")
    _guard(pull, len(vanished), held)


def unlisted(product_id: str) -> Listing:
    """Return the listing of a product that no search showed; the next search that has it will differ."""
    return Listing(product_id=product_id, status="", title="", created_at=None, updated_at=None, digest="")


def _guard(pull: Pull, vanished: int, held: int) -> None:
    if pull.options.force or vanished <= held * pull.options.removal_limit:
        return
    raise RefusedError(
        f"channel {pull.channel.channel_uid}: TikTok's search no longer lists {vanished} of {held} products,"
        f" more than the limit of {pull.options.removal_limit:.0%}; none of them was marked removed",
        hint="look at the shop in Seller Center; if this is right, `mye-tiktok products fetch-all --full --force`",
        code="removal-limit",
    )

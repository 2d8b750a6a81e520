"""Look at products anew after something was done to them, keep what TikTok shows, and tell MYE what changed."""

import contextvars
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from mye_tiktok.db import products
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.product import Product
from mye_tiktok.errors import RefusedError, TryLaterError
from mye_tiktok.jobs.keeping import keep
from mye_tiktok.jobs.products import fetch_product, unlisted
from mye_tiktok.tiktok.client import TikTokClient

TIMES_OVERTAKEN = 5
AT_ONCE = 8


@dataclass(slots=True, kw_only=True)
class Truth:
    """What TikTok shows. `gone` it does not have, `refused` it does not show, with why; `changed` MYE is told of."""

    shown: dict[str, Product] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    refused: dict[str, RefusedError] = field(default_factory=dict)
    changed: int = 0


Also = Callable[[Session, Truth], None]


def nothing(session: Session, truth: Truth) -> None:
    """Do no more than keep the products."""


def look_anew(
    database: Database,
    tiktok: TikTokClient,
    channel: Channel,
    product_ids: Sequence[str],
    *,
    clock: Callable[[], datetime],
    also: Also = nothing,
) -> Truth:
    """Ask for products, keep them and queue a message for each that changed; `also` happens in the same transaction.

    Raises TryLaterError for products that change again and again while they are read.
    """
    for _ in range(TIMES_OVERTAKEN):
        before = _versions(database, channel, product_ids)
        truth = read_products(tiktok, channel, product_ids)
        with database.transaction() as session:
            if not _overtaken(session, channel, truth, before):
                arrived = [(unlisted(product_id), product) for product_id, product in truth.shown.items()]
                truth.changed = len(keep(session, channel, arrived, truth.gone, now=clock()))
                also(session, truth)
                return truth
    raise TryLaterError(f"products {', '.join(product_ids[:3])} changed again and again while they were read")


def read_products(tiktok: TikTokClient, channel: Channel, product_ids: Sequence[str]) -> Truth:
    """Return what TikTok shows of these products, keeping nothing."""
    truth = Truth()

    def read(product_id: str) -> Product | RefusedError | None:
        try:
            return fetch_product(tiktok, channel, product_id)
        except RefusedError as refusal:
            return refusal

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="product") as pool:
        asked = [(one, pool.submit(contextvars.copy_context().run, read, one)) for one in dict.fromkeys(product_ids)]
    for product_id, future in asked:
        match future.result():
            case None:
                truth.gone.append(product_id)
            case RefusedError() as refusal:
                truth.refused[product_id] = refusal
            case product:
                truth.shown[product_id] = product
    return truth


def _versions(database: Database, channel: Channel, product_ids: Sequence[str]) -> Mapping[str, int]:
    with database.reading() as session:
        return products.versions(session, channel.channel_uid, product_ids)


def _overtaken(session: Session, channel: Channel, truth: Truth, before: Mapping[str, int]) -> bool:
    """Tell whether one of the products was stored by somebody else meanwhile: what we read may be older."""
    read = [*truth.shown, *truth.gone]
    return any(
        products.overtaken(session, channel.channel_uid, product_id, before=before.get(product_id))
        for product_id in read
    )

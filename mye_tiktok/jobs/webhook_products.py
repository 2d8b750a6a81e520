"""Events about products and their stock: ask for the product, keep what changed."""

import logging

from mye_tiktok.db import products
from mye_tiktok.db.database import Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.product import Product
from mye_tiktok.domain.webhook_plan import Work
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.keeping import keep
from mye_tiktok.jobs.order_sales import is_news, let_go_first
from mye_tiktok.jobs.products import fetch_product, unlisted
from mye_tiktok.jobs.webhook_desk import Desk, Effect, Kept, OvertakenError, settled
from mye_tiktok.tiktok.stock_events import sold_sku

log = logging.getLogger(__name__)
Found = list[tuple[Channel, str, int | None, Product | None]]


def fetch_and_keep(desk: Desk, work: Work) -> Effect:
    """Ask every channel of `work` for its product; one that TikTok no longer has is marked removed."""
    found: Found = []
    refusals: list[RefusedError] = []
    for channel_uid, product_id in sorted(work.targets):
        channel = desk.channels[channel_uid]
        before = _version(desk, channel_uid, product_id)
        try:
            with desk.asking(channel):
                found.append((channel, product_id, before, fetch_product(desk.tiktok, channel, product_id)))
        except RefusedError as refusal:
            refusals.append(refusal)
    if refusals and not found:
        raise refusals[0]
    for one in refusals:
        log.info("one of several channels refused: %s", one.message)
    return lambda session: _keep(desk, work, found, session)


def _version(desk: Desk, channel_uid: str, product_id: str) -> int | None:
    with desk.database.reading() as session:
        return products.versions(session, channel_uid, [product_id]).get(product_id)


def _keep(desk: Desk, work: Work, found: Found, session: Session) -> Kept:
    changed = set()
    for channel, product_id, before, product in found:
        if products.overtaken(session, channel.channel_uid, product_id, before=before):
            raise OvertakenError
        arrived = [] if product is None else [(unlisted(product_id), product)]
        gone = [product_id] if product is None else []
        if keep(session, channel, arrived, gone, now=desk.now()):
            changed.add((channel.channel_uid, product_id))
        if product is not None:
            let_go_first(session, channel.channel_uid, _in_demand(desk, work, product), now=desk.now())
    return Kept(outcomes=settled(work, changed), changed=len(changed), queued=len(changed))


def _in_demand(desk: Desk, work: Work, product: Product) -> list[str]:
    """Return the seller SKUs of those that the events show to be in demand just now."""
    letters = [desk.letters[event_id] for event_id in work.event_ids]
    fresh = [one for one in letters if is_news(one.stored.event.occurred_at or one.stored.received_at, now=desk.now())]
    sku_ids = {sold_sku(letter.envelope) for letter in fresh}
    return [sku.seller_sku for sku in product.skus if sku.sku_id in sku_ids]

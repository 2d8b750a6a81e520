"""Read orders anew after we changed something about them, keep what TikTok says now, and tell MYE."""

from collections.abc import Sequence

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import Order
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.order_keeping import keep_orders
from mye_tiktok.jobs.order_refetch import refetch_orders
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient


def keep_anew(
    parts: Parts,
    tiktok: TikTokClient,
    channel: Channel,
    order_ids: Sequence[str],
    *,
    after_sales: bool,
    run: RunningJob,
    around: Surroundings,
) -> tuple[Order, ...]:
    """Fetch these orders, store them with their messages, count it in the report of `run`, and return them."""
    found = refetch_orders(tiktok, channel, order_ids, after_sales=after_sales, clock=around.clock)
    with parts.database.transaction() as session:
        changes = keep_orders(
            session,
            channel,
            found.orders,
            found.after_sales,
            source="command",
            read_at=found.read_at,
            now=around.clock(),
        )
    queued = sum(change.told is not None for change in changes)
    run.report.add(seen=len(found.orders), changed=len(changes), queued=queued)
    run.report.warnings.extend(found.warnings)
    return found.orders

"""What the history of orders and the webhooks that arrived say about how changes reached us."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, select

from mye_tiktok.db.database import Session
from mye_tiktok.db.tables.channels import ChannelRow
from mye_tiktok.db.tables.orders import OrderChangeRow
from mye_tiktok.db.tables.webhooks import WebhookEventRow
from mye_tiktok.db.webhook_history import OF_SEVERAL_ORDERS
from mye_tiktok.domain.arrivals import Seen, Told

ASKED_FOR = "command"
AT_ONCE = 1_000
# nobody sees a change before it happens, but for the difference of two clocks
CLOCKS = timedelta(minutes=10)


def seen_changes(session: Session, channel_uid: str, *, since: datetime, until: datetime | None) -> list[Seen]:
    """Return the changes that happened at TikTok in the period and that some webhook would tell of.

    What a person asked for (a backfill, a decision) says nothing about webhooks and is left out, and so is what
    happened before the shop was connected.
    """
    connected_at = session.scalars(select(ChannelRow.integrated_at).where(ChannelRow.channel_uid == channel_uid)).one()
    # TikTok's times are whole seconds
    since = max(since, connected_at.replace(microsecond=0))
    mine = (
        OrderChangeRow.channel_uid == channel_uid,
        OrderChangeRow.seen_at >= since - CLOCKS,
        OrderChangeRow.updated_at >= since,
        OrderChangeRow.topic != "",
        OrderChangeRow.source != ASKED_FOR,
        *((OrderChangeRow.updated_at < until,) if until else ()),
    )
    rows = select(
        OrderChangeRow.order_id,
        OrderChangeRow.topic,
        OrderChangeRow.source,
        OrderChangeRow.updated_at,
        OrderChangeRow.seen_at,
    ).where(*mine)
    return [
        Seen(order_id=order_id, topic=topic, source=source, updated_at=updated_at, seen_at=seen_at)
        for order_id, topic, source, updated_at, seen_at in session.execute(rows)
        if updated_at is not None
    ]


def told_events(
    session: Session, shop_id: str, *, topics: Mapping[int, str], since: datetime
) -> Iterator[tuple[Told, bytes | None]]:
    """Yield the events of a shop about the change of an order that arrived since.

    Those that may be about several orders come with their body. `topics` names the types that count. A replay is no
    arrival.
    """
    rows = select(
        WebhookEventRow.type,
        WebhookEventRow.subject,
        WebhookEventRow.occurred_at,
        WebhookEventRow.received_at,
        case((WebhookEventRow.type.in_(OF_SEVERAL_ORDERS), WebhookEventRow.body)),
    ).where(
        WebhookEventRow.shop_id == shop_id,
        WebhookEventRow.type.in_(topics),
        WebhookEventRow.received_at >= since,
        WebhookEventRow.replay_of.is_(None),
    )
    for type_, subject, occurred_at, received_at, body in session.execute(rows.execution_options(yield_per=AT_ONCE)):
        told = Told(
            order_id=subject, topic=topics[type_], occurred_at=occurred_at or received_at, received_at=received_at
        )
        yield told, body

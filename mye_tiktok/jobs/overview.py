"""`status`: the state of all channels, what waits, and the last run of each job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mye_tiktok.db import authorizations, channels, outbox, runs, ship_deadlines, shipments, webhooks
from mye_tiktok.db.database import Database
from mye_tiktok.db.dialects import shared_time
from mye_tiktok.domain.authorization import Authorization
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker, Queue, QueueDepth
from mye_tiktok.domain.run import Run
from mye_tiktok.errors import MyeTikTokError
from mye_tiktok.jobs.records import as_seen
from mye_tiktok.jobs.shipping_due import SOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the broker holds is None when it could not be asked; `problems` then says why.

    `inventory` are the messages that MYE sent and that wait in their queue, `shipments` these and what is written down
    and waits; of the latter `unclear` got no answer yet. `refused` is for good, `unshipped` were given up.
    """

    channels: list[Channel]
    authorizations: dict[int, Authorization]
    outbox: int
    parked: int
    webhooks: webhooks.WebhookBacklog
    inventory: int | None
    shipments: int | None
    unclear: int
    refused: int
    unshipped: int
    dead_letters: int | None
    to_ship: ship_deadlines.ToShip
    latest: list[Run]
    problems: list[str] = field(default_factory=list)


def overview(database: Database, broker: Callable[[], Broker], queues: Mapping[str, Queue]) -> Overview:
    """Read everything that `status` shows."""
    with database.reading() as session:
        known = channels.list_all(session)
        stored = {one.authorization_id: one for one in authorizations.list_all(session)}
        waiting = outbox.backlog(session)
        events = webhooks.backlog(session)
        now = shared_time(session)
        latest = as_seen(runs.latest_of_each(session), now=now)
        unshipped = shipments.counts(session)
        to_ship = ship_deadlines.to_ship(session, now=now, until=now + SOON)
    problems: list[str] = []
    depths: dict[str, QueueDepth] = {}
    try:
        depths = {name: broker().depth(queue) for name, queue in queues.items()}
    except MyeTikTokError as error:
        problems.append(f"what waits in the queues is unknown: {error.message}")
    return Overview(
        channels=[channel for channel in known if channel.state != "removed"],
        authorizations=stored,
        outbox=waiting.pending,
        parked=waiting.parked,
        webhooks=events,
        inventory=_ready(depths, "inventory"),
        shipments=None
        if (queued := _ready(depths, "shipment")) is None
        else queued + unshipped["pending"] + unshipped["sent"],
        unclear=unshipped["sent"],
        refused=unshipped["refused"],
        unshipped=unshipped["failed"],
        dead_letters=sum(depth.dead or 0 for depth in depths.values()) if depths else None,
        to_ship=to_ship,
        latest=latest,
        problems=problems,
    )


def _ready(depths: Mapping[str, QueueDepth], name: str) -> int | None:
    return depths[name].ready or 0 if name in depths else None

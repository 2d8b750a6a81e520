"""`status`: the state of all channels, what waits, and the last run of each job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mye_tiktok.db import authorizations, channels, outbox, runs
from mye_tiktok.db.database import Database
from mye_tiktok.domain.authorization import Authorization
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker, Queue
from mye_tiktok.domain.run import Run
from mye_tiktok.errors import MyeTikTokError


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`dead_letters` is None when the broker could not be asked; `problems` then says why."""

    channels: list[Channel]
    authorizations: dict[int, Authorization]
    outbox: int
    parked: int
    dead_letters: int | None
    latest: list[Run]
    problems: list[str] = field(default_factory=list)


def overview(database: Database, broker: Callable[[], Broker], queues: Mapping[str, Queue]) -> Overview:
    """Read everything that `status` shows."""
    with database.transaction() as session:
        known = channels.list_all(session)
        stored = {one.authorization_id: one for one in authorizations.list_all(session)}
        waiting = outbox.backlog(session)
        latest = runs.latest_of_each(session)
    problems: list[str] = []
    dead: int | None = None
    try:
        dead = sum(broker().depth(queue).dead or 0 for queue in queues.values())
    except MyeTikTokError as error:
        problems.append(f"dead letters are unknown: {error.message}")
    return Overview(
        channels=[channel for channel in known if channel.state != "removed"],
        authorizations=stored,
        outbox=waiting.pending,
        parked=waiting.parked,
        dead_letters=dead,
        latest=latest,
        problems=problems,
    )

"""What the handlers of webhook events share: the parts they work with and how they give account."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.webhook_plan import Target, Work
from mye_tiktok.errors import NeedsPersonError
from mye_tiktok.jobs.channels import park
from mye_tiktok.jobs.running import Surroundings
from mye_tiktok.jobs.webhook_routes import Letter, why_parked
from mye_tiktok.tiktok.client import TikTokClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One batch of events. `claimed_by` is whose claim it is; `parked` are the channels that had to rest meanwhile."""

    database: Database
    tiktok: TikTokClient
    around: Surroundings
    claimed_by: str
    claimed_at: datetime
    channels: Mapping[str, Channel]
    letters: Mapping[int, Letter]
    parked: dict[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the time."""
        return self.around.clock()

    def refuse_parked(self, work: Work) -> None:
        """Raise NeedsPersonError when a channel of `work` has been parked since the batch was claimed."""
        for channel_uid, _ in work.targets:
            if reason := self.parked.get(channel_uid):
                raise NeedsPersonError(why_parked(self.channels[channel_uid], reason), code="parked")

    @contextmanager
    def asking(self, channel: Channel) -> Iterator[None]:
        """Call TikTok for `channel`; when a person must act for it, it is parked before the error goes on."""
        try:
            yield
        except NeedsPersonError as error:
            if not error.parks:
                raise
            park(self.database, channel, error, self.around)
            self.parked[channel.channel_uid] = error.message
            raise NeedsPersonError(
                why_parked(channel, error.message), code=error.code, request_id=error.request_id
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an effect did: a word per event, and those it could not settle yet, each with why."""

    outcomes: Mapping[int, str]
    waiting: Mapping[int, str] = field(default_factory=dict)
    changed: int = 0
    queued: int = 0


Effect = Callable[[Session], Kept]
"""What happens in one transaction with the ticking off of the events. It may run twice."""
Handler = Callable[[Desk, Work], Effect]
"""Asks TikTok, outside of any transaction, and returns the effect of what came back."""


class OvertakenError(Exception):
    """Somebody stored something newer between our call and our transaction: ask again."""


def settled(work: Work, changed: frozenset[Target] | set[Target]) -> dict[int, str]:
    """Return a word per event: whether anything it is about had changed."""
    return {
        event_id: "unchanged" if changed.isdisjoint(part.targets) else "changed"
        for part in work.parts
        for event_id in part.event_ids
    }

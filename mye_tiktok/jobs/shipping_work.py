"""Fulfil shipments that were written down: claimed, then round by round, each call made once."""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mye_tiktok.db import channels, shipments
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.shipment import Outcome, Shipment
from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    RefusedError,
    StoppedError,
    WrongSettingsError,
)
from mye_tiktok.jobs.channels import park, refuse_parked
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.shipping_calls import Carriers
from mye_tiktok.jobs.shipping_round import Before, Round, as_refused, nothing
from mye_tiktok.jobs.shipping_settling import Refused, Settler, Verdict
from mye_tiktok.tiktok.client import TikTokClient

LEASE = timedelta(minutes=10)
CALLS_AT_ONCE = 8
log = logging.getLogger(__name__)
AT_ONCE = 25
"""How many are read, sent and settled together: so the look at an order is seconds old when its call is made."""


@dataclass(slots=True, kw_only=True)
class ShippingDesk:
    """One worker on shipments: several may be at work at once, on several hosts. Counts go to `run.report`.

    `aloud`: each refusal is a warning in the log, for a worker that nobody waits for to end. `before` sees the calls
    that are about to be made. `told`: the refusals that MYE knows already.
    """

    parts: Parts
    around: Surroundings
    run: RunningJob
    tiktok: TikTokClient
    aloud: bool = False
    before: Before = nothing
    told: Collection[Refused] = ()
    _carriers: Carriers = field(init=False)
    _settler: Settler = field(init=False)
    # the same threads for all rounds, for each thread has connections of its own
    _pool: Executor = field(default_factory=lambda: ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="shipping"))

    def __post_init__(self) -> None:
        self._carriers = Carriers(self.tiktok)
        self._settler = Settler(parts=self.parts, around=self.around, run=self.run, aloud=self.aloud, told=self.told)

    def round(self, channel: Channel) -> Round:
        """Return a round over shipments of a channel."""
        return Round(
            tiktok=self.tiktok,
            carriers=self._carriers,
            settler=self._settler,
            channel=channel,
            pool=self._pool,
            before=self.before,
        )

    def work_on_due(self, *, due_by: datetime | None = None, limit: int = AT_ONCE) -> int:
        """Fulfil some that are due, and return how many they were."""
        with self.parts.database.reading() as session:
            now = self.around.lease_time(session)
            due = shipments.due_ids(session, due_by=due_by or now, now=now, limit=min(limit, AT_ONCE))
        return len(self.work(due)) if due else 0

    def work(self, shipment_ids: Sequence[int]) -> dict[int, Outcome]:
        """Fulfil these shipments, at most AT_ONCE of them, as far as nobody else holds them; returns what became.

        What is stopped before its call is given back. Raises UnreachableError when the database is gone; what was
        sent by then is found as such by the next worker, which looks before it does anything.
        """
        with self.parts.database.transaction() as session:
            now = self.around.lease_time(session)
            claimed = shipments.claim(session, shipment_ids, claimed_by=self._settler.name, now=now, lease=LEASE)
            known = {one.channel_uid: one for one in channels.list_all(session)} if claimed else {}
        found: dict[int, Outcome] = {}
        by_channel: dict[str, list[Shipment]] = {}
        for one in claimed:
            by_channel.setdefault(one.channel_uid, []).append(one)
        left = {one.shipment_id for one in claimed}
        try:
            for channel_uid, group in by_channel.items():
                self.run.stop()
                found |= self._on_channel(known.get(channel_uid), group)
                left -= {one.shipment_id for one in group}
        except (StoppedError, WrongSettingsError):
            self._release(left)
            raise
        finally:
            self.run.report.requests = self.tiktok.requests
        return found

    def _on_channel(self, channel: Channel | None, group: Sequence[Shipment]) -> dict[int, Outcome]:
        if channel is None:
            words = f"there is no channel {group[0].channel_uid}"
            gone = Outcome(
                state="refused", code="unknown-channel", message=words, hint="`mye-tiktok auth channels` lists them"
            )
            return self._settler.settle(None, [Verdict(shipment=one, outcome=gone) for one in group])
        try:
            refuse_parked(channel)
            return self.round(channel).fulfil(group)
        except (StoppedError, WrongSettingsError):
            raise
        except RefusedError as refusal:
            if len(group) > 1:
                # which of them it was that could not even be read is found by reading each alone
                return {key: value for one in group for key, value in self._on_channel(channel, [one]).items()}
            return self._fail(channel, group, refusal)
        except MyeTikTokError as error:
            if isinstance(error, NeedsPersonError):
                park(self.parts.database, channel, error, self.around)
            return self._fail(channel, group, error)
        except Exception as error:
            log.exception("a bug, at %s", ", ".join(one.subject for one in group))
            bug = MyeTikTokError(
                f"a bug in mye-tiktok: {type(error).__name__}", hint="report it with the log", code="bug"
            )
            return self._fail(channel, group, bug)

    def _fail(self, channel: Channel, group: Sequence[Shipment], error: MyeTikTokError) -> dict[int, Outcome]:
        """Settle what could not even be looked at: refused when it was, else put off in the state it is in."""
        refusal = as_refused(error)
        verdicts = [
            Verdict(
                shipment=one,
                outcome=refusal if isinstance(error, RefusedError) else replace(refusal, state=one.state),
                order_ids=(one.order_id,) if one.order_id else (),
            )
            for one in group
        ]
        return self._settler.settle(channel, verdicts)

    def _release(self, shipment_ids: set[int]) -> None:
        if shipment_ids:
            with self.parts.database.transaction() as session:
                shipments.release(session, sorted(shipment_ids), claimed_by=self._settler.name)

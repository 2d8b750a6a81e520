"""Settle shipments: note what became of them, keep their orders and tell MYE, in one transaction."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from mye_tiktok import locks
from mye_tiktok.db import shipments
from mye_tiktok.db.database import Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.shipment import SETTLED, UNCLEAR_FOR, Outcome, Shipment, ShipmentNews, delay, given_up
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.order_keeping import keep_orders
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.shipping_facts import Reading

FAILURES_KEPT = 100
Refused = tuple[int, str]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a shipment in this round, and the orders to tell MYE of."""

    shipment: Shipment
    outcome: Outcome
    order_ids: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Settler:
    """Settles what one worker claimed. Counts go to `run.report`.

    `aloud`: each refusal is a warning in the log, for a worker that nobody waits for to end. `told`: the refusals that
    MYE knows already, by shipment and code.
    """

    parts: Parts
    around: Surroundings
    run: RunningJob
    aloud: bool = False
    told: Collection[Refused] = ()
    holder: str = field(default_factory=locks.holder)

    @property
    def name(self) -> str:
        """Whose claims ours are."""
        return f"{self.run.run_id} {self.holder}"

    def settle(
        self, channel: Channel | None, verdicts: Sequence[Verdict], readings: Sequence[Reading] = ()
    ) -> dict[int, Outcome]:
        """Note what became of each and return that, without those that are not ours any more.

        `readings` are the orders as they were read, the latest last; they are kept.
        """
        now = self.around.clock()
        with self.parts.database.transaction() as session:
            found = {
                one.shipment.shipment_id: outcome
                for one in verdicts
                if shipments.settle(
                    session,
                    one.shipment.shipment_id,
                    outcome := self._final(session, one),
                    claimed_by=self.name,
                    now=now,
                )
            }
            told = self._keep(session, channel, _news(verdicts, found, self.told), readings) if channel else []
        self.run.report.add(queued=sum(told), changed=len(told))
        for one in verdicts:
            if settled := found.get(one.shipment.shipment_id):
                self._count(one.shipment, settled)
        return found

    def _keep(
        self,
        session: Session,
        channel: Channel,
        news: dict[str, list[ShipmentNews]],
        readings: Sequence[Reading],
    ) -> list[bool]:
        """Keep each order as it was read last; returns for each change whether MYE is told."""
        now = self.around.clock()
        changes = []
        for place, reading in enumerate(readings):
            later = {order.order_id for other in readings[place + 1 :] for order in other.orders}
            orders = [order for order in reading.orders if order.order_id not in later]
            about = {order.order_id: news.pop(order.order_id) for order in orders if order.order_id in news}
            changes += keep_orders(
                session, channel, orders, (), source="command", read_at=reading.read_at, now=now, shipments=about
            )
        if news:
            changes += keep_orders(session, channel, (), (), source="command", read_at=now, now=now, shipments=news)
        return [bool(change.told) for change in changes]

    def _final(self, session: Session, verdict: Verdict) -> Outcome:
        """Return the outcome with the time of the next attempt, or as given up when there were too many."""
        one, outcome = verdict.shipment, verdict.outcome
        if outcome.state in SETTLED:
            return outcome
        if given_up(one.attempts):
            words = f"given up after {one.attempts} attempts: {outcome.message}"
            hint = f"once it is mended: `mye-tiktok ship retry {one.shipment_id}`"
            return replace(outcome, state="failed", message=words, hint=hint, retry_at=None)
        now = self.around.lease_time(session)
        # whether a call came through is asked soon, and first of all
        pause = UNCLEAR_FOR if outcome.state == "sent" and one.state != "sent" else delay(one.attempts)
        return replace(outcome, retry_at=max(outcome.retry_at or now, now + pause))

    def _count(self, one: Shipment, outcome: Outcome) -> None:
        report = self.run.report
        report.add(**{"waiting" if outcome.state in ("pending", "sent") else outcome.state: 1})
        if outcome.state == "shipped":
            log.debug("shipment %d, %s: shipped", one.shipment_id, one.subject)
            return
        waits = outcome.state not in SETTLED
        words = f"{'waits' if waits else outcome.state}: {outcome.message}"
        hint = outcome.hint or f"`mye-tiktok ship list --order {one.order_id}`"
        if len(report.failures) < FAILURES_KEPT:
            report.failures.append(Failure(item=one.subject, code=outcome.code, message=words, hint=hint))
        if report.outcome == "ok":
            report.outcome = "partial"
        level = logging.WARNING if self.aloud and not waits else logging.INFO
        log.log(level, "shipment %d, %s: %s", one.shipment_id, one.subject, words)


def _news(
    verdicts: Sequence[Verdict], found: dict[int, Outcome], told: Collection[Refused]
) -> dict[str, list[ShipmentNews]]:
    news: dict[str, list[ShipmentNews]] = {}
    for one in verdicts:
        outcome = found.get(one.shipment.shipment_id)
        if outcome is None or (outcome.state == "refused" and (one.shipment.shipment_id, outcome.code) in told):
            continue
        if outcome.state in SETTLED:
            for order_id in one.order_ids:
                news.setdefault(order_id, []).append(_one(one.shipment, outcome))
    return news


def _one(one: Shipment, outcome: Outcome) -> ShipmentNews:
    return ShipmentNews(
        state=outcome.state,
        code=outcome.code,
        message=outcome.text,
        tracking_number=one.tracking_number,
        package_ids=outcome.package_ids,
        line_item_ids=one.line_item_ids,
        origin=one.origin,
        source=one.source,
    )

"""What a push takes in hand: what is new is sorted in, what is due is claimed and planned, the rest is given back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from mye_tiktok import locks
from mye_tiktok.db import stock_settling, stock_targets
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.stock import HOT, SkuPlan, Target
from mye_tiktok.domain.stock_outcome import Outcome, outcome_of
from mye_tiktok.jobs.inventory_planning import Planner
from mye_tiktok.jobs.inventory_settling import settle
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.jobs.stock_sending import Sent
from mye_tiktok.tiktok.inventory import SKUS_PER_SEARCH, SKUS_PER_UPDATE

CLAIM = timedelta(minutes=5)
Lanes = tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """SKUs of one product that are sent in one call; ours until `until`."""

    plans: tuple[SkuPlan, ...]
    until: datetime

    @property
    def lane(self) -> int:
        """The lane of its most urgent SKU."""
        return min(plan.lane for plan in self.plans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look came to: pieces to send, and SKUs that were settled without a call. `lanes` were looked at."""

    lanes: Lanes
    pieces: tuple[Piece, ...] = ()
    settled: tuple[Outcome, ...] = ()
    report: Report = field(default_factory=lambda: Report(job=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What one run holds of one channel. `claimed_by` names the run and its process."""

    database: Database
    channel: Channel
    planner: Planner
    run_id: str
    stop: Stop

    @property
    def claimed_by(self) -> str:
        """Who claims: the run, and the process by which others see whether it is still there."""
        return f"{self.run_id}@{locks.holder()}"

    def free_the_dead(self) -> None:
        """Give back what runs of this host held when they were killed; those of others end by themselves."""
        channel_uid = self.channel.channel_uid
        with self.database.reading() as session:
            others = stock_settling.claimers(session, channel_uid)
        for other in others:
            if locks.is_gone(other.partition("@")[2]):
                with self.database.transaction() as session:
                    stock_targets.release(session, channel_uid, claimed_by=other)

    def look(self, lanes: Lanes, products: int) -> Look:
        """Sort in what is new, claim what is due of so many products, plan it and settle what needs no call."""
        report = Report(job="")
        sort_in(self.database, self.planner.clock, self.stop, report)
        now = self.planner.clock()
        with self.database.transaction() as session:
            targets = stock_targets.claim(
                session,
                self.channel.channel_uid,
                claimed_by=self.claimed_by,
                now=now,
                until=now + CLAIM,
                limit_products=products,
                lanes=lanes,
            )
        plans = self._plan(targets)
        settled = self._settle([plan for plan in plans if plan.verdict != "send"], report)
        pieces = _pieces([plan for plan in plans if plan.verdict == "send"], until=now + CLAIM)
        return Look(lanes=lanes, pieces=pieces, settled=settled, report=report)

    def still_right(self, piece: Piece) -> tuple[SkuPlan, ...]:
        """Return what of a piece is to be sent, and give back what was sold since it was planned.

        What was planned as just sold is sent in any case: there may be a sale every moment.
        """
        if piece.lane == HOT:
            return piece.plans
        with self.database.reading() as session:
            sold = stock_targets.sold_meanwhile(session, piece.plans)
        if sold:
            with self.database.transaction() as session:
                stock_targets.give_back(session, sold)
        return tuple(plan for plan in piece.plans if plan.key not in sold)

    def release(self) -> None:
        """Give back what was claimed and not dealt with."""
        with self.database.transaction() as session:
            stock_targets.release(session, self.channel.channel_uid, claimed_by=self.claimed_by)

    def _plan(self, targets: Sequence[Target]) -> list[SkuPlan]:
        starts = range(0, len(targets), SKUS_PER_SEARCH)
        return [plan for start in starts for plan in self.planner.plan(targets[start : start + SKUS_PER_SEARCH])]

    def _settle(self, plans: Sequence[SkuPlan], report: Report) -> tuple[Outcome, ...]:
        outcomes = tuple(outcome_of(plan, {}) for plan in plans)
        if outcomes:
            sent, now = Sent(outcomes=outcomes, request_id=""), self.planner.clock()
            with self.database.transaction() as session:
                report.add(queued=settle(session, self.channel.channel_uid, sent, run_id=self.run_id, now=now))
        return outcomes


def _pieces(plans: Sequence[SkuPlan], *, until: datetime) -> tuple[Piece, ...]:
    """Return one piece per product, several where it has more SKUs than a call takes."""
    pieces = []
    for _, group in groupby(plans, key=lambda plan: plan.product_id):
        skus = tuple(group)
        pieces += [
            Piece(plans=skus[start : start + SKUS_PER_UPDATE], until=until)
            for start in range(0, len(skus), SKUS_PER_UPDATE)
        ]
    return tuple(pieces)

"""`inventory verify`: read back what TikTok shows, and name or queue what differs from what it should."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mye_tiktok.db import inventory_ledger, inventory_rules, sold_units, stock_targets, stock_verifying
from mye_tiktok.db.database import Database
from mye_tiktok.db.stock_verifying import Standing
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Progress, Stop
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.stock import Known, SkuPlan
from mye_tiktok.domain.stock_drift import Drift, drifts
from mye_tiktok.domain.stock_rules import Rulebook
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.inventory_planning import Planner, known
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.inventory import SKUS_PER_SEARCH

VERIFY = "inventory verify"
READ_NOW = timedelta(seconds=-1)
MOST_FAILURES = 200


@dataclass(slots=True, kw_only=True)
class Verified:
    """What differs in one channel; with `fixed` it will be sent by the next push."""

    channel_uid: str
    fixed: bool
    drifts: list[Drift] = field(default_factory=list)


def verify_inventory(
    parts: Parts,
    chosen: Sequence[Channel],
    around: Surroundings,
    *,
    older_than: timedelta,
    fix: bool,
    progress: Progress,
) -> tuple[Done, list[Verified]]:
    """Compare every SKU that MYE spoke of with what TikTok shows, 600 per call; `fix` makes the differences due.

    What was read stands in the ledger afterwards. The report is partial when a difference is older than `older_than`.
    """
    verified = {channel.channel_uid: Verified(channel_uid=channel.channel_uid, fixed=fix) for channel in chosen}

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        check = _Check(parts.database, channel, tiktok, around.clock)
        mine = verified[channel.channel_uid]
        for skus, found in check.pages(run.stop):
            run.report.add(seen=skus, drifted=len({drift.sku_id for drift in found}))
            mine.drifts += found
            if fix:
                run.report.add(fixed=_queue(parts.database, found, now=around.clock()))
            progress.at(channel.channel_uid, done=run.report.counts["seen"], total=None)
        _judge(run, mine.drifts, before=around.clock() - older_than)

    done = fetch(parts, VERIFY, chosen, work, around, dry_run=True)
    return done, list(verified.values())


@dataclass(frozen=True, slots=True)
class _Check:
    database: Database
    channel: Channel
    tiktok: TikTokClient
    clock: Callable[[], datetime]

    def pages(self, stop: Stop) -> Iterator[tuple[int, list[Drift]]]:
        """Yield how many SKUs were looked at, with what differs among them."""
        after = ("", "")
        while True:
            stop()
            with self.database.reading() as session:
                standing = stock_verifying.standing(
                    session, self.channel.channel_uid, limit=SKUS_PER_SEARCH, after=after
                )
            if not standing:
                return
            yield len(standing), self._page(standing)
            after = (standing[-1].target.product_id, standing[-1].target.sku_id)

    def _page(self, standing: Sequence[Standing]) -> list[Drift]:
        channel_uid, targets = self.channel.channel_uid, [one.target for one in standing]
        with self.database.reading() as session:
            rules = Rulebook(inventory_rules.list_all(session, channel_uid))
            found = known(session, channel_uid, targets)
            sent = {one.sku_id: one.sent_at for one in targets if one.sent_at is not None}
            sold = sold_units.sold_since(session, channel_uid, sent)
        planner = Planner(
            database=self.database, tiktok=self.tiktok, channel=self.channel, clock=self.clock, trust=READ_NOW
        )
        plans = planner.decide(found, rules)
        self._note(plans)
        return [drift for one in zip(plans, found, standing, strict=True) for drift in self._drifts(*one, sold)]

    def _drifts(self, plan: SkuPlan, known: Known, standing: Standing, sold: Mapping[str, int]) -> Iterator[Drift]:
        return drifts(
            plan,
            known,
            status=standing.status,
            is_due=standing.due_at is not None,
            code=standing.code,
            message=standing.message,
            sold=sold.get(plan.sku_id, 0),
            now=self.clock(),
        )

    def _note(self, plans: Sequence[SkuPlan]) -> None:
        """Write down beside the last figure that was sent what TikTok shows by now."""
        shown = {(plan.sku_id, one.warehouse_id): one.current for plan in plans for one in plan.warehouses}
        with self.database.transaction() as session:
            lines = stock_verifying.last_sent(session, self.channel.channel_uid, [plan.sku_id for plan in plans])
            read = {line: figure for key, line in lines.items() if (figure := shown.get(key)) is not None}
            inventory_ledger.read_back(session, read, now=self.clock())


def _queue(database: Database, found: Sequence[Drift], *, now: datetime) -> int:
    keys = list(dict.fromkeys((one.channel_uid, one.product_id, one.sku_id) for one in found if one.mendable))
    with database.transaction() as session:
        return stock_targets.mark_keys(session, keys, now=now)


def _judge(run: RunningJob, found: Sequence[Drift], *, before: datetime) -> None:
    """Make the report partial when something differs for too long."""
    old = [one for one in found if one.mendable and one.since <= before]
    if not old:
        return
    run.report.outcome = "partial"
    run.report.failures += [
        Failure(
            item=f"SKU {one.seller_sku or one.sku_id} in warehouse {one.warehouse_id}",
            code="drift",
            message=f"TikTok shows {one.shows} in place of {one.asked} since {one.since:%Y-%m-%d %H:%M} UTC"
            + (f": {one.cause}" if one.cause else ""),
            hint="`mye-tiktok inventory verify --fix` queues it, `mye-tiktok inventory push` sends it",
        )
        for one in old[:MOST_FAILURES]
    ]

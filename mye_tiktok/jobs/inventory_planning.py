"""Plan what is due: read what MYE says, what the rules are and what TikTok shows, and decide SKU by SKU."""

import pickle
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from mye_tiktok.db import inventory_rules, sold_units, stock_levels, stock_matching, stock_sorting, stock_targets
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Stop
from mye_tiktok.domain.stock import Known, SkuPlan, Target
from mye_tiktok.domain.stock_plan import plan_sku, spoke_at
from mye_tiktok.domain.stock_rules import Rulebook
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.inventory import SKUS_PER_SEARCH, search_inventory

FRESH, GOOD_ENOUGH = timedelta(seconds=60), timedelta(minutes=10)
"""How old TikTok's figures may be: for a push, and for a plan that is only looked at."""
AT_ONCE = 5 * SKUS_PER_SEARCH
"""So many SKUs are looked up at a time when all that is due is planned: what is asked per look-up weighs less."""
Figures = Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans the targets of one channel. `trust` is how old TikTok's figures may be before they are read again.

    One that is not `keeping` them leaves no trace in the database.
    """

    database: Database
    tiktok: TikTokClient
    channel: Channel
    clock: Callable[[], datetime]
    trust: timedelta = FRESH
    keeping: bool = True

    def plan(self, targets: Sequence[Target]) -> list[SkuPlan]:
        """Plan these targets, 600 at most, in the order given; they may be claimed or not."""
        with self.database.reading() as session:
            rules = Rulebook(inventory_rules.list_all(session, self.channel.channel_uid))
            found = known(session, self.channel.channel_uid, targets)
        return self.decide(found, rules)

    def plan_due(self, *, now: datetime, stop: Stop) -> Iterator[list[SkuPlan]]:
        """Yield the plans of everything that is due at `now`, 600 SKUs at a time, claimed or not; nothing is claimed.

        What is made due meanwhile may be among them.
        """
        channel_uid, after = self.channel.channel_uid, ("", "")
        while True:
            stop()
            with self.database.reading() as session:
                rules = Rulebook(inventory_rules.list_all(session, channel_uid))
                due = stock_targets.due(session, channel_uid, now=now, limit=AT_ONCE, after=after)
                found = known(session, channel_uid, due)
            if not found:
                return
            for some in _in_searches(found):
                stop()
                yield self.decide(some, rules)
            after = (due[-1].product_id, due[-1].sku_id)

    def decide(self, found: Sequence[Known], rules: Rulebook) -> list[SkuPlan]:
        """Read the figures that are too old, in one call, and decide."""
        now = self.clock()
        stale = [one.target for one in found if self._is_stale(one, now)]
        read = self._read(stale)
        return [plan_sku(one, rules, _figures(one.target, read), now=now) for one in found]

    def _is_stale(self, known: Known, now: datetime) -> bool:
        target = known.target
        if target.read_at is None or target.read_at + self.trust < now:
            return True
        return target.sent_at is not None and target.sent_at >= target.read_at

    def _read(self, targets: Sequence[Target]) -> dict[stock_targets.Key, Figures]:
        """Return what TikTok shows for these, None for a SKU that it does not know."""
        if not targets:
            return {}
        read_at = self.clock()
        shown = search_inventory(self.tiktok, self.channel.access, sku_ids=[target.sku_id for target in targets])
        by_sku = {figures.sku_id: figures.available for figures in shown}
        read: dict[stock_targets.Key, Figures] = {target.key: by_sku.get(target.sku_id) for target in targets}
        if self.keeping:
            with self.database.transaction() as session:
                kept = {key: figures or {} for key, figures in read.items()}
                stock_targets.keep_figures(session, kept, read_at=read_at)
        return read


def known(session: Session, channel_uid: str, targets: Sequence[Target]) -> list[Known]:
    """Gather what the plans of these targets are made from, in one query each."""
    seller_skus = {target.seller_sku for target in targets} - {""}
    ambiguous = stock_matching.ambiguous(session, channel_uid, list(seller_skus))
    levels = stock_levels.of_targets(session, channel_uid, targets, ambiguous=ambiguous)
    waiting = stock_levels.waiting(session, channel_uid, targets)
    told = {sku_id: at for sku_id, mine in levels.items() if (at := spoke_at(mine))}
    sales = sold_units.sales_since(session, channel_uid, told)
    return [
        Known(
            target=target,
            levels=levels.get(target.sku_id, ()),
            waiting=waiting.get(target.sku_id, ()),
            sales=sales.get(target.sku_id, ()),
            ambiguous=target.seller_sku in ambiguous,
        )
        for target in targets
    ]


def rehearse(planner: Planner, *, now: datetime, stop: Stop) -> Iterator[list[SkuPlan]]:
    """Yield the plans of everything that is due or would be once the new wishes are sorted in; nothing is changed.

    Sorting in is done and undone in one transaction, which notes what there is to plan in a temporary file: while
    TikTok is asked afterwards, nobody has to wait.
    """
    channel_uid = planner.channel.channel_uid
    with tempfile.TemporaryFile() as notes:
        try:
            with planner.database.transaction() as session:
                rules = Rulebook(inventory_rules.list_all(session, channel_uid))
                _note_down(session, channel_uid, notes, now=now, stop=stop)
                raise _UndoneError
        except _UndoneError:
            notes.seek(0)
        for found in _notes(notes):
            stop()
            for some in _in_searches(found):
                yield planner.decide(some, rules)


class _UndoneError(Exception):
    """Undoes a transaction that was only tried."""


def _note_down(session: Session, channel_uid: str, notes: IO[bytes], *, now: datetime, stop: Stop) -> None:
    taken, more = 0, True
    while more:
        stop()
        done = stock_sorting.sort_in(session, now=now)
        taken, more = taken + done.taken, done.more
    stock_sorting.look_over(session, taken)
    after = ("", "")
    while due := stock_targets.due(session, channel_uid, now=now, limit=AT_ONCE, after=after):
        stop()
        pickle.dump(known(session, channel_uid, due), notes, pickle.HIGHEST_PROTOCOL)
        after = (due[-1].product_id, due[-1].sku_id)


def _notes(notes: IO[bytes]) -> Iterator[list[Known]]:
    while True:
        try:
            # our own file, which nobody else can open
            found: list[Known] = pickle.load(notes)  # noqa: S301
        except EOFError:
            return
        yield found


def _in_searches(found: Sequence[Known]) -> Iterator[Sequence[Known]]:
    """Yield as many at a time as TikTok shows in one call."""
    for start in range(0, len(found), SKUS_PER_SEARCH):
        yield found[start : start + SKUS_PER_SEARCH]


def _figures(target: Target, read: Mapping[stock_targets.Key, Figures]) -> Figures:
    return read.get(target.key, target.figures)

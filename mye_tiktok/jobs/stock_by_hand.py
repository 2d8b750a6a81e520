"""Set the stock of some SKUs of one product by hand: the same guard, call, reading of errors and ledger as a push."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mye_tiktok.db import inventory_ledger, stock_settling, stock_sorting
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.stock import ORDINARY, SkuFigures, SkuPlan, WarehousePlan, Wish
from mye_tiktok.domain.stock_guard import tally
from mye_tiktok.domain.stock_outcome import MOST_ATTEMPTS, Outcome
from mye_tiktok.errors import MyeTikTokError, RefusedError, TryLaterError
from mye_tiktok.jobs.channels import on_channels
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.stock_guarding import Permission, guard
from mye_tiktok.jobs.stock_sending import send
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.inventory import SKUS_PER_UPDATE, search_inventory

UPDATE = "inventory update"
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One figure to set; `sku` is TikTok's id or the seller's SKU, `warehouse_id` may be empty where there is one."""

    sku: str
    quantity: int
    warehouse_id: str = ""


@dataclass(slots=True, kw_only=True)
class Update:
    """What was planned, and what became of it; nothing yet in a dry run."""

    plans: list[SkuPlan] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    request_ids: list[str] = field(default_factory=list)


def update_by_hand(
    parts: Parts,
    channel: Channel,
    product_id: str,
    settings: Sequence[Setting],
    around: Surroundings,
    *,
    permission: Permission,
    dry_run: bool,
) -> tuple[Done, Update]:
    """Set the stock; warehouses that are not named keep the figure that TikTok shows just before.

    Fails, as the job's error, with RefusedError for a SKU or warehouse that the product does not have, when the guard
    stops it, and when TikTok refuses all of it. What TikTok refuses in part makes the report partial.
    """
    update = Update()
    started = around.clock()

    def work(channel: Channel, run: RunningJob) -> None:
        tiktok = parts.tiktok()
        try:
            shown = search_inventory(tiktok, channel.access, product_ids=[product_id])
            update.plans = planned(shown, channel, product_id, settings)
            run.report.add(seen=len(update.plans))
            if not dry_run:
                counts, now = tally(update.plans), around.clock()
                guard(parts.database, channel, counts, permission=permission, run_id=run.run_id, now=now)
                _perform(_Work(parts, channel, tiktok, run, around), update)
        finally:
            run.report.requests = tiktok.requests

    report, errors = on_channels(parts.database, UPDATE, [channel], work, around)
    return Done(report=report, errors=errors, seconds=(around.clock() - started).total_seconds()), update


def planned(
    shown: Sequence[SkuFigures], channel: Channel, product_id: str, settings: Sequence[Setting]
) -> list[SkuPlan]:
    """Return what is to be sent for each SKU named, with all its warehouses."""
    if not shown:
        raise RefusedError(
            f"TikTok shows no stock of a product {product_id} in channel {channel.channel_uid}",
            hint="`mye-tiktok products list` shows the products there are",
            code="no-product",
        )
    wanted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    by_id = {figures.sku_id: figures for figures in shown}
    for setting in settings:
        figures = _sku(shown, setting.sku, product_id)
        wanted[figures.sku_id][_warehouse(figures, setting)] = setting.quantity
    return [_plan(channel, product_id, by_id[sku_id], figures) for sku_id, figures in wanted.items()]


def _sku(shown: Sequence[SkuFigures], named: str, product_id: str) -> SkuFigures:
    found = [one for one in shown if one.sku_id == named] or [one for one in shown if one.seller_sku == named]
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{one.sku_id} ({one.seller_sku})" if one.seller_sku else one.sku_id for one in shown)
    lack = f"{len(found)} SKUs named" if found else "no SKU"
    raise RefusedError(f"product {product_id} has {lack} {named!r}", hint=f"its SKUs are {there}", code="no-sku")


def _warehouse(figures: SkuFigures, setting: Setting) -> str:
    if setting.warehouse_id in figures.available:
        return setting.warehouse_id
    if not setting.warehouse_id and len(figures.available) == 1:
        return next(iter(figures.available))
    there = ", ".join(f"{place} (shows {quantity})" for place, quantity in figures.available.items()) or "none"
    lack = f"is not kept in warehouse {setting.warehouse_id}" if setting.warehouse_id else "has several warehouses"
    if not figures.available:
        lack = "has no warehouse that TikTok shows a figure for"
    raise RefusedError(
        f"SKU {figures.sku_id} {lack}",
        hint=f"its warehouses are {there}; name one: --set {setting.sku}={setting.quantity}@WAREHOUSE_ID",
        code="no-warehouse",
    )


def _plan(channel: Channel, product_id: str, figures: SkuFigures, wanted: Mapping[str, int]) -> SkuPlan:
    return SkuPlan(
        channel_uid=channel.channel_uid,
        product_id=product_id,
        sku_id=figures.sku_id,
        seller_sku=figures.seller_sku,
        revision=0,
        lane=ORDINARY,
        # nobody repeats it: what may pass has failed
        attempts=MOST_ATTEMPTS,
        verdict="send",
        warehouses=tuple(
            WarehousePlan(
                warehouse_id=place,
                current=current,
                wanted=wanted.get(place),
                to=wanted.get(place, current),
                rule=BY_HAND if place in wanted else "as TikTok shows it",
            )
            for place, current in figures.available.items()
        ),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    parts: Parts
    channel: Channel
    tiktok: TikTokClient
    run: RunningJob
    around: Surroundings


def _perform(work: _Work, update: Update) -> None:
    channel_uid, run_id = work.channel.channel_uid, work.run.run_id
    for start in range(0, len(update.plans), SKUS_PER_UPDATE):
        sent = send(work.tiktok, work.channel, update.plans[start : start + SKUS_PER_UPDATE])
        now = work.around.clock()
        entries = [(entry, sent.request_id) for one in sent.outcomes for entry in one.entries]
        with work.parts.database.transaction() as session:
            stock_sorting.set_by_hand(session, list(_wishes(sent.outcomes, run_id, now)), now=now)
            inventory_ledger.add(session, channel_uid, entries, now=now, run_id=run_id, cause="hand")
            stock_settling.note_sent(session, channel_uid, sent.outcomes, now=now)
        update.outcomes += sent.outcomes
        update.request_ids.append(sent.request_id)
        if sent.error is not None:
            raise sent.error
    _report(work.run, update)


def _wishes(outcomes: Sequence[Outcome], run_id: str, now: datetime) -> Iterator[Wish]:
    """Yield what a person wanted and TikTok took: it stands until MYE says otherwise."""
    for outcome in outcomes:
        plan, accepted = outcome.plan, outcome.accepted
        for one in plan.warehouses:
            if one.wanted is None or one.warehouse_id not in accepted:
                continue
            yield Wish(
                fingerprint=f"hand-{run_id}-{plan.sku_id}-{one.warehouse_id}",
                request_id=f"hand-{run_id}",
                channel_uid=plan.channel_uid,
                seller_sku=plan.seller_sku,
                product_id=plan.product_id,
                sku_id=plan.sku_id,
                warehouse_id=one.warehouse_id,
                quantity=one.wanted,
                occurred_at=now,
                origin="hand",
            )


def _report(run: RunningJob, update: Update) -> None:
    """Count what was applied; raises when nothing was."""
    refused = [one for one in update.outcomes if one.code]
    run.report.add(applied=len(update.outcomes) - len(refused))
    if not refused:
        return
    if not any(one.accepted for one in update.outcomes):
        raise _refusal(refused[0], update.request_ids[0])
    for one in refused:
        error = _refusal(one, "")
        run.report.fail(
            Failure(
                item=one.plan.sku_id, code=one.code, message=one.message, hint=error.hint, exit_code=error.exit_code
            )
        )


def _refusal(outcome: Outcome, request_id: str) -> MyeTikTokError:
    words = f"TikTok refused the stock of SKU {outcome.plan.sku_id} with {outcome.code}: {outcome.message}"
    if outcome.word == "failed":
        return TryLaterError(words, hint="it may pass: try again later", code=outcome.code, request_id=request_id)
    hint = f"`mye-tiktok explain {outcome.code}` says more"
    return RefusedError(words, hint=hint, code=outcome.code, request_id=request_id)

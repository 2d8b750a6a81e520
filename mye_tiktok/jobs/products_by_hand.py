"""Activate, deactivate or price products by hand, then tell MYE what they are like now."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.money import Money
from mye_tiktok.domain.product import Product
from mye_tiktok.domain.product_command import STANDING, Result, SkuPrice, StateAction
from mye_tiktok.domain.report import Failure, Planned
from mye_tiktok.errors import MyeTikTokError, RefusedError, TryLaterError
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.product_prices import completed, set_prices, sku_of
from mye_tiktok.jobs.product_states import ask_for_states, gone, in_truth
from mye_tiktok.jobs.product_truth import Truth, look_anew, read_products
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """One product and what became of it; `status` is TikTok's word as it stands now, empty where it shows none."""

    product_id: str
    title: str
    status: str
    result: Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """One SKU, the price that TikTok showed before, and the one it was given."""

    sku_id: str
    seller_sku: str
    before: Money | None
    to: SkuPrice


@dataclass(slots=True, kw_only=True)
class Changes:
    """What was done, or would be in a dry run."""

    states: list[StateChange] = field(default_factory=list)
    prices: list[PriceChange] = field(default_factory=list)


def change_states_by_hand(
    parts: Parts,
    channel: Channel,
    action: StateAction,
    product_ids: Sequence[str],
    around: Surroundings,
    *,
    dry_run: bool,
) -> tuple[Done, Changes]:
    """Activate or deactivate products; a dry run only looks at them.

    Products that stand so already are not sent. Fails, as the job's error, when all were refused; when some were, the
    report is partial.
    """
    changes = Changes()

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        wanted = list(dict.fromkeys(product_ids))
        before = read_products(tiktok, channel, wanted)
        run.report.add(seen=len(wanted))
        said = _before(action, wanted, before)
        due = [product_id for product_id in wanted if product_id not in said]
        if dry_run:
            run.report.plan += [Planned(item=one, title=before.shown[one].title, change=f"{action}d") for one in due]
            changes.states = [_change(one, before, said.get(one)) for one in wanted]
            return
        said |= ask_for_states(tiktok, channel, action, due)
        truth = look_anew(parts.database, tiktok, channel, wanted, clock=around.clock)
        results = in_truth(action, said, truth)
        changes.states = [_change(one, truth, results[one]) for one in wanted]
        run.report.add(changed=truth.changed, queued=truth.changed)
        _account(run, action, results)

    done = fetch(parts, f"products {action}", [channel], work, around, dry_run=dry_run)
    return done, changes


def set_prices_by_hand(
    parts: Parts,
    channel: Channel,
    product_id: str,
    prices: Sequence[SkuPrice],
    around: Surroundings,
    *,
    dry_run: bool,
) -> tuple[Done, Changes]:
    """Set the prices of SKUs of one product, all or none; a dry run only looks at it.

    SKUs may go by the seller's own code. Without a currency the SKU's own is meant.
    """
    changes = Changes()

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        product = _shown(read_products(tiktok, channel, [product_id]), product_id)
        wanted = completed(product, prices)
        run.report.add(seen=len(wanted))
        changes.prices = [_priced(product, one) for one in wanted]
        if dry_run:
            run.report.plan.append(Planned(item=product_id, title=product.title, change="priced"))
            return
        set_prices(tiktok, channel, product_id, wanted)
        truth = look_anew(parts.database, tiktok, channel, [product_id], clock=around.clock)
        run.report.add(applied=len(wanted), changed=truth.changed, queued=truth.changed)
        run.report.warnings += _dropped(truth.shown.get(product_id), wanted)

    done = fetch(parts, "products price", [channel], work, around, dry_run=dry_run)
    return done, changes


def _before(action: StateAction, wanted: Sequence[str], before: Truth) -> dict[str, Result]:
    """Return the answers that need no call: products that stand so already, and those that TikTok does not show."""
    return {
        one: Result(outcome="unchanged") if one in before.shown else gone(one, before)
        for one in wanted
        if one not in before.shown or before.shown[one].status in STANDING[action]
    }


def _change(product_id: str, truth: Truth, result: Result | None) -> StateChange:
    product = truth.shown.get(product_id)
    return StateChange(
        product_id=product_id,
        title=product.title if product else "",
        status=product.status if product else "",
        result=result,
    )


def _account(run: RunningJob, action: StateAction, results: dict[str, Result]) -> None:
    """Count what was done; raises the first refusal when nothing was."""
    refused = {product_id: result for product_id, result in results.items() if result.outcome == "refused"}
    run.report.add(applied=sum(result.outcome == "done" for result in results.values()))
    errors = {product_id: _error(action, product_id, result) for product_id, result in refused.items()}
    if errors and len(errors) == len(results):
        raise next(iter(errors.values()))
    for product_id, error in errors.items():
        run.report.fail(
            Failure(item=product_id, code=error.code, message=error.message, hint=error.hint, exit_code=error.exit_code)
        )


def _error(action: StateAction, product_id: str, result: Result) -> MyeTikTokError:
    words = f"product {product_id} was not {action}d: {result.reason}"
    if result.later:
        return TryLaterError(words, hint="it may pass: try again later", code=result.code, request_id=result.request_id)
    hint = f"`mye-tiktok explain {result.code}` says more" if result.code.isdigit() else _LOOK
    return RefusedError(words, hint=hint, code=result.code, request_id=result.request_id)


_LOOK = "`mye-tiktok products list` shows the products there are"


def _shown(truth: Truth, product_id: str) -> Product:
    if product_id in truth.shown:
        return truth.shown[product_id]
    if product_id in truth.refused:
        raise truth.refused[product_id]
    raise RefusedError(gone(product_id, truth).reason, hint=_LOOK, code="no-product")


def _priced(product: Product, price: SkuPrice) -> PriceChange:
    sku = sku_of(product, price.sku_id)
    return PriceChange(sku_id=sku.sku_id, seller_sku=sku.seller_sku, before=sku.price, to=price)


def _dropped(product: Product | None, wanted: Sequence[SkuPrice]) -> list[str]:
    """Name list prices that TikTok does not show although it took them."""
    if product is None:
        return []
    shown = {sku.sku_id: sku.list_price for sku in product.skus}
    return [
        f"TikTok does not show the list price {one.list_price.amount:f} of SKU {one.sku_id}: it drops what it dislikes"
        for one in wanted
        if one.list_price is not None and shown.get(one.sku_id) != one.list_price
    ]

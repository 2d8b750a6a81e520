"""Combine packages, take them apart, split an order: looked at first, sent once, and told to MYE afterwards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import Order
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.regrouping import (
    are_apart,
    are_combined,
    combine_obstacle,
    combined_obstacle,
    is_split,
    split_obstacle,
    uncombine_obstacle,
)
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.shipping import ItemRefusal
from mye_tiktok.domain.shipping_obstacles import Obstacle
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError, TryLaterError, UnreachableError
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.existing import existing_orders, existing_package
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.order_anew import keep_anew
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.regrouping import combine, split, uncombine

COMBINE, UNCOMBINE, SPLIT = "ship combine", "ship uncombine", "ship split"
LOST = (UnreachableError, TryLaterError, NotUnderstoodError)
"""After these nobody knows whether TikTok did it: the orders tell."""


@dataclass(slots=True, kw_only=True)
class Regrouping:
    """The packages before and after, and the call between them. `already`: it was so before, and nothing was sent."""

    call: Mapping[str, object] = field(default_factory=dict)
    before: tuple[Package, ...] = ()
    after: tuple[Package, ...] = ()
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is wanted of `packages` and `orders`. `holds` tells of orders, as read anew, whether it came about."""

    call: Mapping[str, object]
    packages: tuple[Package, ...]
    orders: tuple[Order, ...]
    obstacle: Obstacle | None
    send: Callable[[], tuple[ItemRefusal, ...]]
    holds: Callable[[Sequence[Order]], bool]


Look = Callable[[Channel, TikTokClient], _Plan]


def combine_packages(
    parts: Parts, channel: Channel, package_ids: Sequence[str], around: Surroundings, *, dry_run: bool
) -> tuple[Done, Regrouping]:
    """Merge packages of one buyer into one; fails, as the job's error, with RefusedError when they can't be."""

    def look(channel: Channel, tiktok: TikTokClient) -> _Plan:
        packages = _packages(tiktok, channel, package_ids)
        orders = existing_orders(tiktok, channel, _order_ids(packages))
        wanted = {one.package_id: one.order_ids for one in packages}
        listed = [{"id": package_id, "order_ids": list(order_ids)} for package_id, order_ids in wanted.items()]
        return _Plan(
            call={"operation": "combine_package", "combinable_packages": listed},
            packages=packages,
            orders=orders,
            obstacle=combine_obstacle(packages, orders),
            send=lambda: combine(tiktok, channel.access, wanted)[1],
            holds=are_combined,
        )

    return _regroup(parts, COMBINE, channel, look, around, dry_run=dry_run)


def uncombine_package(
    parts: Parts,
    channel: Channel,
    package_id: str,
    order_ids: Sequence[str],
    around: Surroundings,
    *,
    dry_run: bool,
) -> tuple[Done, Regrouping]:
    """Take orders out of a combined package, all unless named; fails with RefusedError when they can't be."""

    def look(channel: Channel, tiktok: TikTokClient) -> _Plan:
        (package,) = _packages(tiktok, channel, [package_id])

        def send() -> tuple[ItemRefusal, ...]:
            uncombine(tiktok, channel.access, package_id, order_ids)
            return ()

        leaving = order_ids or package.order_ids
        return _Plan(
            call={"operation": "uncombine_packages", "package_id": package_id, "order_ids": list(leaving)},
            packages=(package,),
            orders=existing_orders(tiktok, channel, package.order_ids),
            obstacle=uncombine_obstacle(package, order_ids),
            send=send,
            holds=lambda orders: are_apart(orders, leaving),
        )

    return _regroup(parts, UNCOMBINE, channel, look, around, dry_run=dry_run)


def split_order(
    parts: Parts,
    channel: Channel,
    order_id: str,
    groups: Sequence[Sequence[str]],
    around: Surroundings,
    *,
    dry_run: bool,
) -> tuple[Done, Regrouping]:
    """Give each group of an order's line items a package of its own; fails with RefusedError when that can't be."""
    named = {str(number): tuple(ids) for number, ids in enumerate(groups, 1)}

    def look(channel: Channel, tiktok: TikTokClient) -> _Plan:
        orders = existing_orders(tiktok, channel, [order_id])
        packages = _packages(tiktok, channel, [one.package_id for one in orders[0].packages])

        def send() -> tuple[ItemRefusal, ...]:
            split(tiktok, channel.access, order_id, named)
            return ()

        listed = [{"id": name, "order_line_item_ids": list(ids)} for name, ids in named.items()]
        rules = {"region": channel.region, "seller_type": channel.seller_type}
        return _Plan(
            call={"operation": "confirm_order_split", "order_id": order_id, "splittable_groups": listed},
            packages=packages,
            orders=orders,
            obstacle=combined_obstacle(packages) or split_obstacle(orders[0], named, **rules),
            send=send,
            holds=lambda orders: all(is_split(order, named) for order in orders),
        )

    return _regroup(parts, SPLIT, channel, look, around, dry_run=dry_run)


def _regroup(
    parts: Parts, job: str, channel: Channel, look: Look, around: Surroundings, *, dry_run: bool
) -> tuple[Done, Regrouping]:
    result = Regrouping()

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        plan = look(channel, tiktok)
        result.call = {"channel_uid": channel.channel_uid, **plan.call}
        result.before = plan.packages
        if plan.obstacle is not None:
            result.already = plan.holds(plan.orders)
            if not result.already:
                raise RefusedError(plan.obstacle.message, hint=plan.obstacle.hint, code=plan.obstacle.code)
        elif plan.holds(plan.orders):
            result.already = True
        if result.already:
            run.report.notes.append(_already(plan))
        elif dry_run:
            run.report.add(planned=1)
        else:
            _perform(plan, result, parts=parts, channel=channel, tiktok=tiktok, run=run, around=around)

    return fetch(parts, job, [channel], work, around, dry_run=dry_run), result


def _already(plan: _Plan) -> str:
    if plan.obstacle is not None and plan.obstacle.code == "not-combined":
        return f"{plan.obstacle.message}: there is nothing to do"
    return "it is so already: nothing was sent"


def _perform(
    plan: _Plan,
    result: Regrouping,
    *,
    parts: Parts,
    channel: Channel,
    tiktok: TikTokClient,
    run: RunningJob,
    around: Surroundings,
) -> None:
    """Send it once; whatever came of it, the orders are read anew and MYE is told."""
    lost: MyeTikTokError | None = None
    refusals: tuple[ItemRefusal, ...] = ()
    run.stop()
    try:
        refusals = plan.send()
    except LOST as error:
        lost = error
    order_ids = [order.order_id for order in plan.orders]
    orders = keep_anew(parts, tiktok, channel, order_ids, after_sales=False, run=run, around=around)
    ids = dict.fromkeys(unit.package_id for order in orders for unit in order.units if unit.package_id)
    result.after = _packages(tiktok, channel, list(ids))
    holds = plan.holds(orders)
    if lost is not None and not holds:
        lost.hint = "the orders show that it was not done: run it again"
        raise lost
    if lost is not None:
        run.report.notes.append("TikTok's answer was lost, and the orders show that it was done")
    _tell(run, refusals, holds=holds)


def _tell(run: RunningJob, refusals: Sequence[ItemRefusal], *, holds: bool) -> None:
    """Note packages that TikTok refused although it took the call; raises when nothing came about."""
    for one in refusals:
        what = f"package {one.package_id}" if one.package_id else "a package"
        words = f"TikTok refused {what} with {one.code}: {one.message}"
        hint = f"buyer, address, warehouse and way of delivery have to be the same; `mye-tiktok explain {one.code}`"
        if not holds:
            raise RefusedError(words, hint=hint, code=one.code)
        item = one.package_id or "unknown"
        run.report.fail(Failure(item=item, code=one.code, message=words, hint=hint, exit_code=65))


def _packages(tiktok: TikTokClient, channel: Channel, package_ids: Sequence[str]) -> tuple[Package, ...]:
    return tuple(existing_package(tiktok, channel, package_id) for package_id in dict.fromkeys(package_ids))


def _order_ids(packages: Sequence[Package]) -> list[str]:
    return list(dict.fromkeys(order_id for package in packages for order_id in package.order_ids))

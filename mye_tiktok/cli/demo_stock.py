"""The third act of `mye-tiktok demo`: MYE's stock reaches the shop, a wrong item gets its answer, nothing drifts."""

import json
from typing import TYPE_CHECKING

from mye_tiktok.cli.demo_scene import Scene, Teller
from mye_tiktok.cli.session import Signals
from mye_tiktok.errors import MyeTikTokError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mye_tiktok.domain.report import Report
    from mye_tiktok.domain.stock import SkuPlan
    from mye_tiktok.jobs.running import Surroundings

SKUS = 3
WRONG = -1
REQUEST = "demo-stock-1"


def play_stock(on: Scene, channel_uid: str, signals: Signals, tell: Teller) -> dict[str, object]:
    """Let MYE send stock for three SKUs and one wrong item; plan, push, read back; return what came of it."""
    from mye_tiktok.cli.reports import surroundings

    around = surroundings(on.runtime, signals)
    wanted = _wanted(on)
    _send(on, wanted)
    consumed = _consume(on, around)
    tell.step(
        f"MYE says how many pieces there are: a message with {SKUS} SKUs and one wrong item, consume inventory",
        f"{consumed.counts.get('created', 0)} items written down; {len(consumed.failures)} is answered at once:"
        f" {consumed.failures[0].message if consumed.failures else 'none'}",
    )
    plan = _rehearse(on, channel_uid, around)
    tell.rows(
        "inventory push --dry-run: what it would do",
        ("SKU", "WAREHOUSE", "TIKTOK SHOWS", "TO", "RULE"),
        [
            (one.seller_sku, where.warehouse_id, where.current, where.to, where.rule)
            for one in plan
            for where in one.warehouses
        ],
    )
    pushed = _push(on, channel_uid, around)
    answers = _answers(on)
    tell.step(
        "inventory push: one call per product; every item has its answer on the result queue",
        f"{pushed.counts.get('applied', 0)} applied; "
        + ", ".join(f"{answer['seller_sku']} {answer['outcome']}" for answer in answers),
    )
    verified = _verify(on, channel_uid, around)
    tell.step(
        "inventory verify reads back what TikTok shows",
        f"{verified.counts.get('seen', 0)} SKUs compared, {verified.counts.get('drifted', 0)} drift",
    )
    _check(on, wanted, answers, verified)
    return {
        "planned": len(plan),
        "applied": pushed.counts.get("applied", 0),
        "rejected": sum(answer["outcome"] == "rejected" for answer in answers),
        "drift": verified.counts.get("drifted", 0),
    }


def _wanted(on: Scene) -> dict[str, tuple[str, int]]:
    """Return SKUs that lie in one warehouse, each with its code of the seller's and a new figure: two pieces fewer."""
    found: dict[str, tuple[str, int]] = {}
    catalogue = on.sandbox.shop().catalogue
    for position in range(len(catalogue)):
        product = catalogue.listing(position)
        for sku in product.get("skus") or []:
            levels = [each.get("quantity") or 0 for each in sku.get("inventory") or []]
            if product.get("status") == "ACTIVATE" and sku.get("seller_sku") and len(levels) == 1 and levels[0] > SKUS:
                found[str(sku["id"])] = (str(sku["seller_sku"]), levels[0] - 2)
        if len(found) >= SKUS:
            return dict(list(found.items())[:SKUS])
    raise MyeTikTokError("the demo shop has too few SKUs in stock")


def _send(on: Scene, wanted: dict[str, tuple[str, int]]) -> None:
    from mye_tiktok.mye import inbound

    items = [{"seller_sku": seller_sku, "quantity": pieces} for seller_sku, pieces in wanted.values()]
    body = {"request_id": REQUEST, "items": [*items, {"seller_sku": "DEMO-WRONG", "quantity": WRONG}]}
    queue = on.runtime.queues["inventory"]
    on.runtime.broker.declare([queue])
    message = inbound.message("inventory", json.dumps(body).encode(), now=on.runtime.clock())
    on.runtime.broker.publish(queue, [message])


def _consume(on: Scene, around: "Surroundings") -> "Report":
    from mye_tiktok.jobs.stock_consuming import consume_stock_once

    return consume_stock_once(on.runtime.parts(asks_tiktok=False), around)


def _rehearse(on: Scene, channel_uid: str, around: "Surroundings") -> "list[SkuPlan]":
    from mye_tiktok.cli.stock_permission import permission
    from mye_tiktok.domain.progress import Silence
    from mye_tiktok.jobs.fetching import choose
    from mye_tiktok.jobs.inventory_rehearsing import rehearse_push

    plans: list[SkuPlan] = []
    done = rehearse_push(
        on.runtime.parts(),
        choose(on.runtime.database, channel_uid, all_channels=False),
        around,
        limits=permission(on.runtime, force=False, why="").limits,
        take=plans.extend,
        progress=Silence(),
    )
    if done.errors:
        raise done.errors[0]
    return plans


def _push(on: Scene, channel_uid: str, around: "Surroundings") -> "Report":
    from mye_tiktok.cli.stock_permission import permission
    from mye_tiktok.domain.progress import Silence
    from mye_tiktok.jobs.fetching import choose
    from mye_tiktok.jobs.inventory_pushing import push_inventory
    from mye_tiktok.jobs.push_sweep import PushOptions

    done = push_inventory(
        on.runtime.parts(),
        choose(on.runtime.database, channel_uid, all_channels=False),
        PushOptions(permission=permission(on.runtime, force=False, why=""), workers=4),
        around,
        progress=Silence(),
    )
    if done.errors:
        raise done.errors[0]
    return done.report


def _verify(on: Scene, channel_uid: str, around: "Surroundings") -> "Report":
    from datetime import timedelta

    from mye_tiktok.domain.progress import Silence
    from mye_tiktok.jobs.fetching import choose
    from mye_tiktok.jobs.inventory_verifying import verify_inventory

    done, _ = verify_inventory(
        on.runtime.parts(),
        choose(on.runtime.database, channel_uid, all_channels=False),
        around,
        older_than=timedelta(),
        fix=False,
        progress=Silence(),
    )
    if done.errors:
        raise done.errors[0]
    return done.report


def _answers(on: Scene) -> "list[dict[str, object]]":
    waiting = on.runtime.broker.peek(on.runtime.queues["inventory-result"], limit=100)
    return sorted((json.loads(message.body) for message in waiting), key=lambda answer: str(answer["seller_sku"]))


def _check(
    on: Scene,
    wanted: dict[str, tuple[str, int]],
    answers: "Sequence[dict[str, object]]",
    verified: "Report",
) -> None:
    shown = {sku_id: sum(on.sandbox.stock_of(sku_id).values()) for sku_id in wanted}
    outcomes = {str(answer["seller_sku"]): answer["outcome"] for answer in answers}
    right = {seller_sku: "applied" for seller_sku, _ in wanted.values()} | {"DEMO-WRONG": "rejected"}
    if shown != {sku_id: pieces for sku_id, (_, pieces) in wanted.items()} or outcomes != right:
        raise MyeTikTokError(f"the demo did not end as it should: TikTok shows {shown}, answers {outcomes}")
    if verified.counts.get("drifted", 0):
        raise MyeTikTokError(f"the demo did not end as it should: {verified.counts['drifted']} SKUs drift")

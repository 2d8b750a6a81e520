"""From wishes to a plan: what is due, by which rules, and what TikTok shows."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest

from mye_tiktok.db import inventory_requests, inventory_rules, stock_targets
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import never
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.stock import SkuPlan, Wish
from mye_tiktok.domain.stock_rules import Rule, RuleKind
from mye_tiktok.jobs.inventory_planning import Planner
from mye_tiktok.jobs.inventory_sorting import sort_in
from tests.flows.world import World, body

SECOND = timedelta(seconds=1)


@pytest.fixture
def listed(world: World, channel: Channel) -> list[str]:
    """Fetch the catalogue and return its seller SKUs."""
    world.fetch()
    found = [world.product(channel, row.message.subject) for row in world.outbox()]
    return [sku.seller_sku for product in found if product for sku in product.skus]


def wish(world: World, channel: Channel, **figures: int) -> Report:
    """Let MYE say what there is, and sort it in."""
    wishes = [
        Wish(
            fingerprint=uuid.uuid4().hex,
            request_id=uuid.uuid4().hex,
            channel_uid=channel.channel_uid,
            seller_sku=sku,
            product_id="",
            sku_id="",
            warehouse_id="",
            quantity=quantity,
            occurred_at=world.clock(),
            origin="queue",
        )
        for sku, quantity in figures.items()
    ]
    with world.database.transaction() as session:
        inventory_requests.add(session, wishes, world.clock())
    report = Report(job="test")
    sort_in(world.database, world.clock, never, report)
    return report


def shown(world: World, channel: Channel, **figures: int) -> None:
    """Let these figures be what was just read."""
    with world.database.transaction() as session:
        due = stock_targets.due(session, channel.channel_uid, now=world.clock(), limit=100)
        kept = {target.key: {"w-1": figures[target.seller_sku]} for target in due if target.seller_sku in figures}
        stock_targets.keep_figures(session, kept, read_at=world.clock())


def plans(world: World, channel: Channel) -> dict[str, SkuPlan]:
    tiktok = world.process().tiktok()
    planner = Planner(database=world.database, tiktok=tiktok, channel=channel, clock=world.clock)
    return {plan.seller_sku: plan for chunk in planner.plan_due(now=world.clock(), stop=never) for plan in chunk}


def set_rule(world: World, kind: RuleKind, pattern: str, value: int) -> int:
    rule = Rule(
        kind=kind, channel_uid="", pattern=pattern, place="", warehouse_id="", value=value, set_at=world.clock()
    )
    with world.database.transaction() as session:
        return inventory_rules.set_rule(session, rule)


def test_what_is_due_is_planned_from_what_tiktok_showed_a_moment_ago(
    world: World, channel: Channel, listed: Sequence[str]
) -> None:
    first, second = listed[:2]
    wish(world, channel, **{first: 7, second: 8})
    shown(world, channel, **{first: 7, second: 9})
    world.sandbox.requests.clear()

    planned = plans(world, channel)

    assert {sku: plan.verdict for sku, plan in planned.items()} == {first: "unchanged", second: "send"}
    assert [(one.current, one.to) for one in planned[second].warehouses] == [(9, 8)]
    assert world.asked() == 0


def test_a_wish_that_is_superseded_is_answered_with_it(world: World, channel: Channel, listed: Sequence[str]) -> None:
    wish(world, channel, **{listed[0]: 7})
    world.clock.advance(SECOND)

    report = wish(world, channel, **{listed[0]: 6})

    (answer,) = [body(row.message) for row in world.outbox() if row.destination == "inventory-result"]
    assert (answer["asked"], answer["outcome"], answer["seller_sku"]) == (7, "superseded", listed[0])
    assert report.counts == {"sorted": 1, "superseded": 1, "queued": 1}


def test_a_rule_that_changes_makes_what_it_is_about_due(world: World, channel: Channel, listed: Sequence[str]) -> None:
    wish(world, channel, **{listed[0]: 7, listed[1]: 8})
    shown(world, channel, **{listed[0]: 7, listed[1]: 8})
    done = [(plan, None) for plan in plans(world, channel).values()]
    with world.database.transaction() as session:
        stock_targets.finish(session, done, now=world.clock())
    assert plans(world, channel) == {}

    assert set_rule(world, "buffer", listed[0], 2) == 1

    (plan,) = plans(world, channel).values()
    assert [(one.to, one.rule) for one in plan.warehouses] == [(5, "MYE 7, buffer 2")]


def test_a_buffer_in_percent_takes_the_place_of_one_in_pieces(world: World, channel: Channel) -> None:
    set_rule(world, "buffer", "*", 2)
    set_rule(world, "buffer_percent", "*", 10)

    with world.database.transaction() as session:
        (rule,) = inventory_rules.list_all(session, channel.channel_uid)
        assert (rule.kind, rule.value) == ("buffer_percent", 10)
        assert inventory_rules.remove(session, rule) == 0
        assert inventory_rules.remove(session, rule) is None

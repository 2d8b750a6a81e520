"""Whatever happens on the way, TikTok ends with the newest wish, and every wish has one answer."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from mye_tiktok import locks
from mye_tiktok.db import stock_targets
from mye_tiktok.db.tables.metadata import metadata
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import Broker
from mye_tiktok.jobs.inventory_planning import Planner
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.jobs.stock_sending import send
from mye_tiktok.sandbox.faults import Fault, Kind
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.stock_desk import StockDesk
from tests.flows.world import stop_after

# each lies in one warehouse; three of product 5, two of product 4
SKUS = {f"SKU-5-{number}": f"172900000000000500{number + 1}" for number in (0, 2, 3)} | {
    f"SKU-4-{number}": f"172900000000000400{number + 1}" for number in (0, 1)
}
WAREHOUSE = "7540540950799107000"
EMPTIED = (
    "inventory_requests",
    "stock_levels",
    "stock_targets",
    "inventory_ledger",
    "outbox",
    "leases",
    "runs",
)
DEAD = locks.holder().rsplit(":", 2)[0] + ":1:0"
"""A process of this host that is gone: there is a process 1, but it started at another time."""
NAMES, PIECES = st.sampled_from(sorted(SKUS)), st.integers(0, 12)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(
    ["lost", "drop", "bad_gateway", "timeout", "rate_limited", "internal", "html"]
)


@dataclass(frozen=True, slots=True)
class Said:
    """One wish as MYE sent it."""

    message_id: str
    seller_sku: str
    quantity: int
    occurred_at: datetime


class Stock(RuleBasedStateMachine):
    """MYE, TikTok, their faults, and processes that die."""

    desk: StockDesk
    channel: Channel

    def __init__(self) -> None:
        super().__init__()
        self.world = self.desk.world
        self.said: list[Said] = []
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self._reset()

    @rule(sku=NAMES, quantity=PIECES, late=st.integers(0, 5))
    def say(self, sku: str, quantity: int, late: int) -> None:
        """MYE says a figure; some messages are `late` minutes late."""
        occurred_at = self.world.clock() - timedelta(minutes=late)
        body = {"occurred_at": occurred_at.isoformat(), "items": [{"seller_sku": sku, "quantity": quantity}]}
        message_id = self.desk.say(body)
        self.bodies.append((message_id, body))
        self.said.append(Said(message_id, sku, quantity, occurred_at))

    @rule(number=st.integers(0, 20))
    def say_again(self, number: int) -> None:
        """A message is delivered twice."""
        if self.bodies:
            message_id, body = self.bodies[number % len(self.bodies)]
            self.desk.say(body, message_id=message_id)

    @rule()
    def consume(self) -> None:
        """What MYE said is taken in."""
        self.desk.consume()

    @rule(workers=st.integers(1, 3), calls=st.one_of(st.none(), st.integers(0, 12)))
    def push(self, workers: int, calls: int | None) -> None:
        """A push runs through, or is stopped on its way."""
        if calls is None:
            self.desk.push(workers=workers)
        else:
            self.desk.push(workers=workers, stop=stop_after(calls))

    @rule(sku=NAMES, quantity=PIECES)
    def push_while_mye_speaks(self, sku: str, quantity: int) -> None:
        """A newer figure comes while TikTok works on the one before."""
        self.say(sku, quantity + 1, 0)
        self.desk.consume()
        done = False

        def before(request: httpx.Request) -> None:
            nonlocal done
            if request.url.path.endswith("inventory/update") and not done:
                done = True
                self.say(sku, quantity, 0)
                self.desk.consume()
                sort_in(self.world.database, self.world.clock, lambda: None)

        self.world.transport.before = before
        try:
            self.desk.push(workers=1)
        finally:
            self.world.transport.before = None

    @rule(performed=st.booleans(), pieces=st.integers(1, 2))
    def die(self, performed: bool, pieces: int) -> None:
        """A push is killed after it claimed, perhaps also after TikTok performed its call."""
        now, tiktok = self.world.clock(), self.world.process().tiktok()
        sort_in(self.world.database, self.world.clock, lambda: None)
        with self.world.database.transaction() as session:
            targets = stock_targets.claim(
                session,
                self.channel.channel_uid,
                claimed_by=f"run@{DEAD}",
                now=now,
                until=now + timedelta(minutes=5),
                limit_products=pieces,
            )
        self.world.sandbox.faults.clear()
        planner = Planner(database=self.world.database, tiktok=tiktok, channel=self.channel, clock=self.world.clock)
        plans = [plan for plan in planner.plan(targets) if plan.verdict == "send"]
        for product_id in {plan.product_id for plan in plans} if performed else ():
            send(tiktok, self.channel, [plan for plan in plans if plan.product_id == product_id])

    @rule(kind=KINDS, times=st.integers(1, 8))
    def fail(self, kind: Kind, times: int) -> None:
        """TikTok fails, or does it and does not say so."""
        self.world.sandbox.faults.add(Fault(kind=kind, operation="update_inventory", times=times))

    @rule(sku=NAMES, locked=st.booleans())
    def lock(self, sku: str, locked: bool) -> None:
        """A promotion begins or ends."""
        room = self._room()
        (room.locked.add if locked else room.locked.discard)(SKUS[sku])

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.world.clock.advance(timedelta(minutes=minutes))

    def teardown(self) -> None:
        """All is well again: now everything has to come right."""
        self.world.sandbox.faults.clear()
        self._room().locked.clear()
        self.desk.consume()
        for _ in range(3):
            self.world.clock.advance(timedelta(hours=2))
            self.desk.push()
        shown = {sku: list(self._levels(sku).values()) for sku in SKUS}
        newest = self._newest()
        assert {sku: shown[sku] for sku in newest} == {sku: [one.quantity] for sku, one in newest.items()}
        requests = self.desk.requests()
        assert len(requests) == len({(one.message_id) for one in self.said})
        assert {one.state for one in requests} <= {"applied", "unchanged", "superseded"}
        told = Counter(row.message.id for row in self.world.outbox() if row.destination == "inventory-result")
        assert (len(told), set(told.values())) == (len(requests), {1} if requests else set())
        assert Counter(answer["outcome"] for answer in self.desk.answers()) == Counter(one.state for one in requests)
        super().teardown()

    def _newest(self) -> dict[str, Said]:
        # of two with the same time the one that was taken in later counts
        place = {request.request_id: number for number, request in enumerate(self.desk.requests())}
        in_order = sorted(self.said, key=lambda one: (one.occurred_at, place[one.message_id]))
        return {one.seller_sku: one for one in in_order}

    def _room(self) -> Any:
        return self.world.sandbox.stock.room(self.world.sandbox.shops[0])

    def _levels(self, sku: str) -> dict[str, int]:
        return self.world.sandbox.stock.levels(self.world.sandbox.shops[0], SKUS[sku])

    def _reset(self) -> None:
        self.world.sandbox.faults.clear()
        room, shop = self._room(), self.world.sandbox.shops[0]
        room.locked.clear()
        for sku_id in SKUS.values():
            position, _ = room.find(sku_id)
            self.world.sandbox.stock.set(shop, position, {sku_id: {WAREHOUSE: 6}})
        with self.world.database.transaction() as session:
            for name in EMPTIED:
                session.execute(metadata.tables[name].delete())
        # tokens, and figures that were sent, are of no concern to the next life
        self.world.clock.advance(timedelta(hours=1))


def machine(make_world: MakeWorld) -> type[Stock]:
    """Return the machine in one shop, which lives on from example to example; its stock begins anew each time."""
    world = make_world(SandboxOptions(products=6))
    shop = world.connect()
    world.fetch(shop)

    class Life(Stock):
        desk, channel = StockDesk(world=world), shop

    return Life


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_tiktok_ends_with_the_newest_wish_whatever_happens(make_world: MakeWorld) -> None:
    run_state_machine_as_test(
        machine(make_world),
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


class TestOnServers:
    """The same on PostgreSQL and RabbitMQ, a little."""

    @pytest.fixture
    def inner_broker(self, rabbit: Broker) -> Broker:
        return rabbit

    @pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
    def test_tiktok_ends_with_the_newest_wish_whatever_happens(self, make_world: MakeWorld) -> None:
        run_state_machine_as_test(
            machine(make_world),
            settings=settings(
                max_examples=3, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )

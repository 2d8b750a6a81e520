"""Whatever happens on the way, TikTok takes each shipment once, and MYE is told of it once."""

import contextlib
from datetime import timedelta

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.tables.metadata import metadata
from mye_tiktok.domain.message import Broker
from mye_tiktok.errors import StoppedError
from mye_tiktok.sandbox.faults import Fault, Kind
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.shipment_desk import ALREADY_SHIPPED, REGION, ShipmentDesk
from tests.flows.test_consuming_kills import Killed, MortalDatabase
from tests.flows.world import stop_after

ORDERS = st.integers(0, 3)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(
    ["lost", "drop", "bad_gateway", "timeout", "rate_limited", "internal", "html"]
)
OPERATIONS = st.sampled_from(["mark_package_as_shipped", "mark_package_as_shipped", "get_order_detail"])
EMPTIED = ("shipments", "outbox", "leases", "runs", "orders", "order_changes", "queue_messages")


class Parcels(RuleBasedStateMachine):
    """MYE and a person who want orders shipped, a TikTok that fails or lies, and processes that die."""

    desk: ShipmentDesk
    url: str
    cipher: TokenCipher

    def __init__(self) -> None:
        super().__init__()
        self.world = self.desk.world
        self.world.sandbox.heal()
        self.world.sandbox.requests.clear()
        with self.world.database.transaction() as session:
            for name in EMPTIED:
                if name in metadata.tables:
                    session.execute(metadata.tables[name].delete())
        self.orders = [self.desk.order(count=1 + number % 2) for number in range(4)]
        self.said: list[tuple[str, str]] = []
        self.wanted: set[str] = set()

    @rule(number=ORDERS)
    def say(self, number: int) -> None:
        """MYE says that an order was shipped."""
        order_id = self.orders[number]
        self.said.append((self.desk.want(order_id), order_id))
        self.wanted.add(order_id)

    @rule(number=st.integers(0, 20))
    def say_again(self, number: int) -> None:
        """A message is delivered twice."""
        if self.said:
            message_id, order_id = self.said[number % len(self.said)]
            self.desk.want(order_id, message_id=message_id)

    @rule(number=ORDERS)
    def by_hand(self, number: int) -> None:
        """A person ships the same."""
        self.wanted.add(self.orders[number])
        self.desk.by_hand(self.orders[number])

    @rule(looks=st.one_of(st.none(), st.integers(0, 8)))
    def consume(self, looks: int | None) -> None:
        """A consumer runs through, or is stopped on its way."""
        with contextlib.suppress(StoppedError):
            self.desk.consume(stop=stop_after(looks)) if looks is not None else self.desk.consume()

    @rule(dies_at=st.integers(2, 16))
    def die(self, dies_at: int) -> None:
        """A consumer dies at a moment."""
        mortal = MortalDatabase(self.url, self.cipher, dies_at=dies_at)
        try:
            self.desk.consume(database=mortal)
        except Killed:
            pass
        finally:
            mortal.close()

    @rule()
    def two_hosts(self) -> None:
        """Another host goes on with what is due while the first is in the middle of a call."""
        done = False

        def before(request: httpx.Request) -> None:
            nonlocal done
            if request.url.path.endswith("/packages") and not done:
                done = True
                self.desk.retry()

        self.world.transport.before = before
        try:
            self.desk.consume()
        finally:
            self.world.transport.before = None

    @rule(kind=KINDS, operation=OPERATIONS, times=st.integers(1, 6))
    def fail(self, kind: Kind, operation: str, times: int) -> None:
        """TikTok fails, or does it and does not say so."""
        self.world.sandbox.faults.add(Fault(kind=kind, operation=operation, times=times))

    @rule(minutes=st.integers(0, 90))
    def wait(self, minutes: int) -> None:
        """Time passes, and what is due is done."""
        self.world.clock.advance(timedelta(minutes=minutes))
        self.desk.retry()

    def teardown(self) -> None:
        """All is well again: now everything has to come right."""
        self.world.sandbox.heal()
        self.desk.consume()
        for _ in range(3):
            self.world.clock.advance(timedelta(minutes=120))
            self.desk.retry()
        assert {one.order_id for one in self.desk.shipments()} == self.wanted
        assert [one.state for one in self.desk.shipments()] == ["shipped"] * len(self.wanted)
        for order_id in self.orders:
            codes = self.desk.calls(order_id)
            assert not set(codes) & set(ALREADY_SHIPPED), codes
            assert self.desk.shipped(order_id) == (order_id in self.wanted)
            assert codes.count(0) <= 1
            assert bool(self.desk.told(order_id)) == (order_id in self.wanted)
        super().teardown()


def machine(make_world: MakeWorld, url: str, cipher: TokenCipher) -> type[Parcels]:
    """Return the machine in one shop, which lives on from example to example."""
    world = make_world(SandboxOptions(products=4, regions=(REGION,)))
    world.connect()
    given = url

    class Life(Parcels):
        desk = ShipmentDesk(world=world)
        url = given

    Life.cipher = cipher
    return Life


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_each_shipment_is_taken_once_whatever_happens(
    make_world: MakeWorld, database_url: str, cipher: TokenCipher
) -> None:
    run_state_machine_as_test(
        machine(make_world, database_url, cipher),
        settings=settings(
            max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


class TestOnServers:
    """The same on PostgreSQL and RabbitMQ, a little."""

    @pytest.fixture
    def inner_broker(self, rabbit: Broker) -> Broker:
        return rabbit

    @pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
    def test_each_shipment_is_taken_once_whatever_happens(
        self, make_world: MakeWorld, database_url: str, cipher: TokenCipher
    ) -> None:
        run_state_machine_as_test(
            machine(make_world, database_url, cipher),
            settings=settings(
                max_examples=3, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )

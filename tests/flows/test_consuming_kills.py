"""`consume webhooks` cut short anywhere: each change is told once, and the newest state is the last."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mye_tiktok.db.cipher import TokenCipher
from mye_tiktok.db.database import Database, Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.jobs.consuming import consume_once
from mye_tiktok.jobs.fetching import Parts
from tests.flows.orders import bodies
from tests.flows.postbox import Postbox
from tests.flows.world import World

ORDERS = 3
Step = tuple[str, int]


class Killed(BaseException):
    """The end of a process, as far as a process can feel its end."""


class MortalDatabase(Database):
    """A connection of a process that dies with its transaction number `dies_at`: before the commit, or right after."""

    def __init__(self, url: str, cipher: TokenCipher, *, dies_at: int) -> None:
        super().__init__(url, cipher=cipher)
        self._left, self._before = dies_at // 2 + 1, dies_at % 2 == 0

    @contextmanager
    def transaction(self, *, forgettable: bool = False) -> Iterator[Session]:
        """Hand out a transaction, the last one to be cut off; the dead have none."""
        self._left -= 1
        if self._left < 0:
            raise Killed
        with super().transaction(forgettable=forgettable) as session:
            yield session
            if self._left == 0 and self._before:
                raise Killed
        if self._left == 0:
            raise Killed


@pytest.fixture
def postbox(world: World, channel: Channel) -> Postbox:
    """The events of the channel's shop."""
    return Postbox(world=world)


def consume_and_die(postbox: Postbox, url: str, cipher: TokenCipher, dies_at: int) -> None:
    """Consume in a process that dies at a moment, and let the leases of what it held run out."""
    mortal = MortalDatabase(url, cipher, dies_at=dies_at)
    world = postbox.world
    parts = Parts(
        database=mortal,
        tiktok=world.process().tiktok,
        broker=lambda: world.broker,
        queues=world.queues,
        sleep=world.clock.sleep,
    )
    try:
        consume_once(parts, world.around(), batch=2)
    except Killed:
        pass
    finally:
        mortal.close()
    world.later(timedelta(minutes=2))


steps = st.lists(
    st.tuples(st.just("move"), st.integers(0, ORDERS - 1))
    | st.tuples(st.just("happen"), st.integers(0, ORDERS - 1))
    | st.tuples(st.just("arrive"), st.integers(0, 30))
    | st.tuples(st.just("die"), st.integers(0, 20))
    | st.tuples(st.just("consume"), st.just(0))
    | st.tuples(st.just("pull"), st.just(0)),
    max_size=25,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_happens_each_change_is_told_once_and_the_newest_state_is_the_last(
    world: World, channel: Channel, postbox: Postbox, database_url: str, cipher: TokenCipher, steps: Sequence[Step]
) -> None:
    orders = [world.sandbox.place_order(status="AWAITING_SHIPMENT") for _ in range(ORDERS)]
    lives = {order_id: ["AWAITING_SHIPMENT"] for order_id in orders}
    happened = [event(postbox, order_id) for order_id in orders]
    for step, which in steps:
        if step == "move" and lives[orders[which]][-1] != "COMPLETED":
            lives[orders[which]].append(world.sandbox.advance(orders[which]))
        elif step == "happen":
            happened.append(event(postbox, orders[which]))
        elif step == "arrive":
            postbox.arrive(happened[which % len(happened)])
        elif step == "die":
            consume_and_die(postbox, database_url, cipher, which)
        elif step == "consume":
            postbox.consume(batch=2)
        elif step == "pull":
            world.fetch_orders(channel)
            world.later(timedelta(seconds=1))

    postbox.arrive(*happened, *(event(postbox, order_id) for order_id in orders))
    world.later(timedelta(hours=1))
    postbox.consume()

    assert {row.state for row in postbox.rows()} == {"handled"}
    for order_id in orders:
        messages = [body for body in bodies(world) if body["order_id"] == order_id]
        assert [body["version"] for body in messages] == list(range(1, len(messages) + 1))
        assert messages[-1]["status"] == lives[order_id][-1]
        assert is_in_order([body["status"] for body in messages], lives[order_id])


def event(postbox: Postbox, order_id: str) -> bytes:
    """Return what TikTok tells of an order at this moment."""
    return postbox.body("ORDER_STATUS_CHANGE", data={"order_id": order_id, "order_status": "whatever it says"})


def is_in_order(told: Sequence[str], lived: Sequence[str]) -> bool:
    """Tell whether what was told is what was lived, with some states left out and none told again."""
    rest = iter(lived)
    return len(set(told)) == len(told) and all(status in rest for status in told)


@pytest.mark.parametrize("dies_at", range(18))
def test_a_consumer_that_dies_at_any_commit_leaves_nothing_undone_and_nothing_twice(
    world: World, channel: Channel, postbox: Postbox, database_url: str, cipher: TokenCipher, dies_at: int
) -> None:
    orders = [world.sandbox.place_order() for _ in range(3)]
    postbox.arrive(*(event(postbox, order_id) for order_id in orders), postbox.body("PRODUCT_CREATION"))
    postbox.tell("NEW_MESSAGE")

    consume_and_die(postbox, database_url, cipher, dies_at)
    postbox.consume()

    assert {row.state for row in postbox.rows()} == {"handled"}
    told = [(row.destination, row.message.subject) for row in world.outbox()]
    assert len(told) == len(set(told)) == 5
    assert {row.state for row in world.outbox()} == {"sent"}

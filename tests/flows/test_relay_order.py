"""Whatever the broker turns down, and however often: each message arrives once, and those of a key in order."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from mye_tiktok.db import outbox
from mye_tiktok.db.tables.outbox import OutboxMessageRow
from mye_tiktok.domain.message import Message, Queue, Receipt
from mye_tiktok.jobs.outbox import backoff
from tests.flows.clock import NOON
from tests.flows.world import World

FOR_GOOD = 99
MESSAGES = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from([0, 0, 0, 1, 2, FOR_GOOD])), max_size=12
)


@pytest.fixture
def database_kind() -> str:
    """One database is enough here: the order is decided by the relay."""
    return "sqlite"


class FussyBroker:
    """A queue that turns each message down a given number of times before it takes it."""

    def __init__(self, refusals: dict[str, int]) -> None:
        self._refusals = refusals
        self.taken: list[str] = []

    def publish(self, queue: Queue, messages: Sequence[Message]) -> Sequence[Receipt]:
        """Take or turn down each message for itself, in the order given."""
        return [self._receive(message) for message in messages]

    def _receive(self, message: Message) -> Receipt:
        left = self._refusals[message.id]
        if left == 0:
            self.taken.append(message.id)
            return Receipt(message_id=message.id, outcome="confirmed")
        if left != FOR_GOOD:
            self._refusals[message.id] -= 1
        return Receipt(message_id=message.id, outcome="refused", reason="no", final=left == FOR_GOOD)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=MESSAGES, limit=st.sampled_from([None, 1, 3]))
def test_each_message_arrives_once_and_those_of_a_key_in_order(
    world: World, wanted: list[tuple[str, int]], limit: int | None
) -> None:
    messages = [
        Message(id=f"{number:02}", type="t", subject=key, time=NOON, body=b"{}", key=key)
        for number, (key, _) in enumerate(wanted)
    ]
    broker = FussyBroker({message.id: times for message, (_, times) in zip(messages, wanted, strict=True)})
    world.broker.publishing = broker.publish
    with world.database.transaction() as session:
        session.execute(delete(OutboxMessageRow))
        outbox.add(session, [("product", message) for message in messages], now=world.clock())

    for _ in range(len(messages) * 3):
        world.relay(limit=limit)
        world.clock.advance(backoff(3))

    passing = [message for message, (_, times) in zip(messages, wanted, strict=True) if times != FOR_GOOD]
    assert sorted(broker.taken) == [message.id for message in passing]
    for key in "abc":
        mine = [message.id for message in passing if message.key == key]
        assert [one for one in broker.taken if one in mine] == mine
    states = {row.message.id: row.state for row in world.outbox()}
    assert {one for one, state in states.items() if state == "parked"} == set(states) - set(broker.taken)

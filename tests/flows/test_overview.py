"""`status`: the channels, what waits, and how the jobs went."""

from datetime import timedelta

from mye_tiktok.broker.rabbitmq import RabbitBroker
from mye_tiktok.db import outbox, runs
from mye_tiktok.db.dialects import shared_time
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.run import Run
from mye_tiktok.jobs.fetching import FETCH
from mye_tiktok.jobs.overview import Overview, overview
from mye_tiktok.jobs.relaying import RELAY
from tests.flows.world import World

ABSENT = "amqp://guest:guest@127.0.0.1:1/%2F"


def look(world: World) -> Overview:
    return overview(world.database, lambda: world.broker, world.queues)


def test_an_empty_installation_has_nothing_to_tell(world: World) -> None:
    seen = look(world)

    assert (seen.channels, seen.authorizations, seen.latest, seen.problems) == ([], {}, [], [])
    assert (seen.outbox, seen.parked, seen.dead_letters) == (0, 0, 0)


def test_what_waits_and_what_is_parked_is_counted(world: World, channel: Channel) -> None:
    present, world.broker.inner = world.broker.inner, RabbitBroker(ABSENT)
    world.fetch(channel)
    world.broker.inner = present
    ids = [row.message.id for row in world.outbox()]
    with world.database.transaction() as session:
        outbox.park(session, ids[:2], error="too big")

    seen = look(world)

    assert (seen.outbox, seen.parked) == (10, 2)
    assert [one.channel_uid for one in seen.channels] == [channel.channel_uid]
    assert set(seen.authorizations) == {channel.authorization_id}


def test_a_run_on_another_host_that_fell_silent_counts_as_abandoned(world: World, channel: Channel) -> None:
    with world.database.transaction() as session:
        now = shared_time(session)
        for number, silent_for in enumerate((0, 61)):
            beat = now - timedelta(seconds=silent_for)
            runs.start(
                session,
                Run(
                    run_id=f"run-{number}",
                    job=f"job {number}",
                    channel_uid=channel.channel_uid,
                    trigger="background",
                    holder="elsewhere:1:1",
                    started_at=beat,
                    heartbeat_at=beat,
                ),
            )

    assert [(run.job, run.outcome) for run in look(world).latest] == [("job 0", "running"), ("job 1", "abandoned")]


def test_dead_letters_are_counted(world: World, channel: Channel) -> None:
    world.fetch(channel)
    consumer = world.broker.consumer(world.queue)
    delivery = consumer.receive(limit=1, wait=timedelta())[0]
    consumer.reject(delivery, reason="no product")

    assert look(world).dead_letters == 1


def test_the_latest_run_of_each_job_and_channel_is_shown(world: World, channel: Channel) -> None:
    for _ in range(3):
        world.later()
        world.fetch(channel)

    latest = look(world).latest

    assert [(run.job, run.channel_uid) for run in latest] == [(RELAY, ""), (FETCH, channel.channel_uid)]
    assert latest[1].run_id == world.runs()[0].run_id


def test_a_broker_that_is_away_is_a_problem_and_the_rest_is_shown(world: World, channel: Channel) -> None:
    world.broker.inner = RabbitBroker(ABSENT)

    seen = look(world)

    assert seen.dead_letters is None
    assert (seen.inventory, seen.shipments) == (None, None)
    assert "what waits in the queues is unknown" in seen.problems[0]
    assert len(seen.channels) == 1

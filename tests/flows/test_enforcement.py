"""What the flows' tests rely on: remote calls inside a transaction do not go unnoticed; log lines name their run."""

import logging

import httpx
import pytest

from mye_tiktok import logs
from mye_tiktok.domain.channel import Channel
from tests.flows.remote import Enforcer, WatchedBroker, WatchedTransport
from tests.flows.world import World


def test_a_call_inside_a_transaction_is_noticed(world: World) -> None:
    enforcer = Enforcer()
    transport = WatchedTransport(world.transport.inner, enforcer)
    broker = WatchedBroker(world.broker.inner, enforcer)
    request = httpx.Request("GET", "http://tiktok.test/product/202309/products/1")

    transport.handle_request(request)
    assert enforcer.violations == []

    with world.database.transaction():
        transport.handle_request(request)
        with pytest.raises(RuntimeError):
            broker.publish(world.queue, [])

    assert enforcer.violations == ["GET /product/202309/products/1", "publish"]


def test_every_line_about_a_request_names_its_run_and_channel(world: World, channel: Channel) -> None:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logs.TextFormatter().format(record))

    logger, handler = logging.getLogger("mye_tiktok.tiktok"), Lines()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        world.fetch(channel)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)

    run = world.runs()[0].run_id
    assert len(lines) == 13
    assert all(f"run={run}" in line and f"channel={channel.channel_uid}" in line for line in lines)

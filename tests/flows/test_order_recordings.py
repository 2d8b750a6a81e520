"""Orders as TikTok really sent them: every recorded one comes through the whole bridge as it is."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mye_tiktok.domain.period import Period
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.orders import bodies

SAMPLES = Path(__file__).parents[3] / "shared" / "tiktok-api" / "samples" / "responses"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded samples are not beside the repository")
def test_recorded_orders_reach_mye_unchanged(make_world: MakeWorld) -> None:
    world = make_world(SandboxOptions(load=SAMPLES))
    channel = world.connect()

    world.fetch_orders(channel, period=Period(since=datetime(2020, 1, 1, tzinfo=UTC)))
    told = {body["order_id"]: body for body in bodies(world)}
    again = world.fetch_orders(channel, period=Period(since=datetime(2020, 1, 1, tzinfo=UTC)))

    recorded = {
        order["id"]: order
        for path in sorted(SAMPLES.glob("order_list*.json"))
        for order in json.loads(path.read_text("utf-8"))["data"]["orders"]
    }
    dated = {order_id for order_id, order in recorded.items() if order.get("create_time")}
    assert dated
    assert dated <= told.keys()
    assert again.report.counts.get("queued", 0) == 0
    for order_id in dated:
        assert told[order_id]["tiktok"]["line_items"]
        assert sum(line["quantity"] for line in told[order_id]["order"]["lines"]) == len(
            told[order_id]["tiktok"]["line_items"]
        )

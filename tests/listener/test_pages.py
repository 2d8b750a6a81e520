"""What monitors see."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mye_tiktok import config
from mye_tiktok.db import orders as order_rows
from mye_tiktok.db import webhook_work
from mye_tiktok.db.orders import Keeping
from mye_tiktok.domain.order import Order
from mye_tiktok.runtime import Runtime, utc_now
from mye_tiktok.tiktok.order_parser import parse_order
from tests.db.samples import a_channel, an_authorization
from tests.listener.events import APP, order_event
from tests.listener.visitor import Visitor, delivery, page


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_it_is_alive(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_ready_and_tells_what_waits(visitor: Visitor) -> None:
    empty = visitor.get("/readyz")
    visitor.deliver(order_event(1), order_event(2))
    full = visitor.get("/readyz")

    assert (empty.status_code, empty.json()["pending"], empty.json()["oldest_seconds"]) == (200, 0, 0)
    assert (full.status_code, full.json()["pending"]) == (200, 2)


def test_it_is_not_ready_once_events_wait_too_long(settings: dict[str, str], runtime: Runtime) -> None:
    Visitor(runtime).deliver(order_event(1))
    later = Runtime(
        config.load(settings | {"WEBHOOK_BACKLOG_SECONDS": "60"}), clock=lambda: utc_now() + timedelta(seconds=61)
    )

    answer = Visitor(later).get("/readyz")
    later.close()

    assert (answer.status_code, answer.json()["status"]) == (503, "late")


def test_an_event_that_waits_for_its_next_attempt_makes_nobody_late(settings: dict[str, str], runtime: Runtime) -> None:
    Visitor(runtime).deliver(order_event(1))
    now = utc_now()
    with runtime.database.transaction() as session:
        webhook_work.claim(session, claimed_by="a", now=now, due_by=now, limit=1)
        webhook_work.postpone(
            session, [1], claimed_by="a", error="not known yet", next_attempt_at=now + timedelta(hours=1)
        )
    later = Runtime(
        config.load(settings | {"WEBHOOK_BACKLOG_SECONDS": "60"}), clock=lambda: utc_now() + timedelta(seconds=61)
    )

    answer = Visitor(later).get("/readyz")
    later.close()

    assert (answer.status_code, answer.json()["pending"], answer.json()["oldest_seconds"]) == (200, 1, 0)


def test_it_is_alive_but_not_ready_while_the_database_is_away(tmp_path: Path) -> None:
    names = {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "XDG_STATE_HOME": str(tmp_path)}
    visitor = Visitor(Runtime(config.load(names | {"APP_KEY": APP.app_key, "APP_SECRET": APP.app_secret})))

    alive, ready, figures = visitor.send(page("/healthz"), page("/readyz"), page("/metrics"))

    assert (alive.status_code, ready.status_code, figures.status_code) == (200, 503, 200)
    assert "mye_tiktok_webhook_pending" not in figures.text
    assert "mye_tiktok_webhook_up 0" in figures.text.splitlines()


def test_the_figures_are_what_happened(visitor: Visitor) -> None:
    answers = visitor.send_in_turn(
        [
            delivery(order_event(1)),
            delivery(order_event(1)),
            delivery(b"no event"),
            delivery(order_event(2), sign="forged"),
            page("/metrics"),
        ]
    )

    figures = dict(line.rsplit(" ", 1) for line in answers[-1].text.splitlines() if not line.startswith("#"))
    counted = {name.removeprefix("mye_tiktok_webhook_"): float(value) for name, value in figures.items()}
    assert answers[-1].headers["content-type"].startswith("text/plain; version=0.0.4")
    assert {name: counted[f"{name}_total"] for name in ("received", "refused", "duplicate", "unreadable")} == {
        "received": 3,
        "refused": 1,
        "duplicate": 1,
        "unreadable": 1,
    }
    assert (counted["pending"], counted["up"]) == (1, 1)
    assert counted['group_size_bucket{le="1"}'] == counted["group_size_count"] == counted["commit_seconds_count"] == 3


def an_order(hours: int, now: datetime) -> Order:
    """An order that has to be shipped in so many hours."""
    ships_by = int((now + timedelta(hours=hours)).timestamp())
    return parse_order({"id": str(hours), "status": "AWAITING_SHIPMENT", "rts_sla_time": ships_by})


def test_the_figures_tell_what_has_to_be_shipped(runtime: Runtime) -> None:
    now = utc_now()
    orders = [an_order(number, now) for number in (-1, 3, 5, 30)]
    channel = a_channel(runtime.database, an_authorization(runtime.database))
    with runtime.database.transaction() as session:
        kept = [Keeping(order=order, version=1, announced="final", read_at=now) for order in orders]
        order_rows.write(session, channel.channel_uid, kept, now=now)

    figures = dict(
        line.rsplit(" ", 1) for line in Visitor(runtime).get("/metrics").text.splitlines() if not line.startswith("#")
    )

    ours = {name.removeprefix("mye_tiktok_orders_"): float(value) for name, value in figures.items()}
    assert (ours["to_ship"], ours["late"], ours["due_soon"]) == (4, 1, 2)
    assert -3700 < ours["next_ship_by_seconds"] < -3500


def test_every_figure_is_described_once(visitor: Visitor) -> None:
    lines = visitor.get("/metrics").text.splitlines()

    described = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    values = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    parts = {name + part for name in described for part in ("", "_bucket", "_sum", "_count")}
    assert len(described) == len(set(described))
    assert values <= parts


def test_a_monitor_may_ask_for_the_head_alone(visitor: Visitor) -> None:
    assert [visitor.send(page(path, "HEAD"))[0].status_code for path in ("/healthz", "/readyz", "/metrics")] == [
        200
    ] * 3


def test_no_page_tells_a_secret(visitor: Visitor) -> None:
    shown = json.dumps([visitor.get(path).text for path in ("/", "/healthz", "/readyz", "/metrics")])

    assert APP.app_secret not in shown
    assert APP.app_key not in shown

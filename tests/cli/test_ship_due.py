"""`mye-tiktok ship due`, and the same facts in `status`."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from mye_tiktok.cli.ship_due_view import drawn, left
from mye_tiktok.db.ship_deadlines import ToShip
from mye_tiktok.domain.ship_by import ShipBy
from mye_tiktok.jobs.shipping_due import Due, DueOrder
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.order_parser import parse_order
from tests.cli.conftest import CHANNEL, Cli

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def place(sandbox: Sandbox, *hours: float) -> list[str]:
    """Place orders that have to be shipped in so many hours."""
    placed = []
    for left_over in hours:
        order_id = sandbox.place_order(status="AWAITING_SHIPMENT", count=2)
        ships_by = int((datetime.now(UTC) + timedelta(hours=left_over)).timestamp())
        sandbox.edit_order(order_id, rts_sla_time=ships_by, fulfillment_type="FULFILLMENT_BY_SELLER")
        placed.append(order_id)
    return placed


def test_what_is_due_is_listed_with_the_hours_that_are_left(cli: Cli, connected: Sandbox) -> None:
    far, near, soon = place(connected, 30, 9.5, 3.5)
    cli("orders", "fetch")

    found = cli("ship", "due", "--within", "12h", "--json").json()

    assert [one["order_id"] for one in found["orders"]] == [soon, near]
    assert {name: found[name] for name in ("waiting", "late", "due")} == {"waiting": 3, "late": 0, "due": 2}
    first = found["orders"][0]
    units = len(connected.order(soon)["line_items"])
    assert (first["channel_uid"], first["deadline"], first["late"], first["units"]) == (CHANNEL, "rts", False, units)
    assert 3.4 < first["hours_left"] <= 3.5
    assert found["next_ship_by"] == first["ship_by"]
    assert far in cli("ship", "due", "--within", "2d", "--channel", CHANNEL).out


def test_an_order_that_is_late_is_told_with_exit_code_1(cli: Cli, connected: Sandbox) -> None:
    (late,) = place(connected, -2.5)
    cli("orders", "fetch")

    outcome = cli("ship", "due")
    as_json = cli("ship", "due", "--json")

    assert (outcome.code, as_json.code) == (1, 1)
    assert "late 2h 3" in outcome.out
    assert late in outcome.out
    assert "1 late, 0 due, 1 with a deadline wait to be shipped" in outcome.err
    assert as_json.document()["orders"][0]["late"]
    assert "late to ship" in as_json.error()["message"]


def test_nothing_due_is_success(cli: Cli, connected: Sandbox) -> None:
    outcome = cli("ship", "due", "--all-channels")

    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == ""


def test_a_list_that_is_cut_says_so(cli: Cli, connected: Sandbox) -> None:
    place(connected, 1, 2, 3)
    cli("orders", "fetch")

    assert "2 not shown (--limit)" in cli("ship", "due", "--limit", "1").err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--within", "soon"), "length of time"),
        (("--watch", "--json"), "exclude each other"),
        (("--watch",), "terminal"),
        (("--channel", "nobody"), "nobody"),
        (("--channel", CHANNEL, "--all-channels"), "exclude each other"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    cli: Cli, connected: Sandbox, given: tuple[str, ...], words: str
) -> None:
    outcome = cli("ship", "due", *given)

    assert outcome.code == 2
    assert words in outcome.err


def test_status_tells_what_is_late(cli: Cli, connected: Sandbox) -> None:
    place(connected, -1, 5, 40)
    cli("orders", "fetch")

    told = cli("status", "--json").json()["to_ship"]
    check = cli("status", "--check")

    assert {name: told[name] for name in ("waiting", "late", "soon")} == {"waiting": 3, "late": 1, "soon": 1}
    assert "to ship: 3 with a deadline, 1 late, 1 due within 12 h, next at " in cli("status").out
    assert (check.code, check.out) == (1, "1 order(s) are late to ship (`mye-tiktok ship due`)\n")


def test_a_watched_terminal_shows_as_many_orders_as_fit() -> None:
    waiting = {"status": "AWAITING_SHIPMENT", "is_buyer_request_cancel": True}
    orders = tuple(
        DueOrder(
            channel_uid="[uk]",
            order=parse_order({"id": f"order-{number}", **waiting}),
            ship_by=ShipBy(at=NOON + timedelta(hours=number - 1), deadline="rts"),
        )
        for number in range(9)
    )
    found = Due(at=NOON, orders=orders, counts=ToShip(waiting=20, late=1, soon=11, next_at=NOON))
    screen = Console(width=160, record=True, force_terminal=True, color_system="standard")

    with screen.capture() as capture:
        screen.print(drawn(found, lines=9))

    lines = capture.get().splitlines()
    assert len(lines) <= 9
    assert "1 late, 11 due, 20 with a deadline wait to be shipped; 3 not shown (--limit)" in lines[0]
    assert "\x1b[31m" in lines[3]
    assert "late 1h 00m" in lines[3]
    assert "[uk]" in lines[3]
    assert "the buyer asked to cancel" in lines[3]
    assert "\x1b[31m" not in lines[4]
    assert "and 7 more" in lines[-1]


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.5, "0h 30m"), (5.25, "5h 15m"), (0, "0h 00m"), (30.5, "1d 6h"), (-0.5, "late 0h 30m"), (-49, "late 2d 1h")],
)
def test_the_time_left_is_told_as_people_say_it(hours: float, words: str) -> None:
    assert left(hours) == words

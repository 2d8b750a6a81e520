"""Stock on its way from MYE's messages to TikTok, and TikTok's answers on their way to MYE."""

import threading
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mye_tiktok.db import inventory_ledger, sold_units, stock_targets
from mye_tiktok.db.sold_units import Holding
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import never
from mye_tiktok.domain.sold import Sold
from mye_tiktok.domain.stock_guard import Limits
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.jobs.order_sales import let_go_first
from mye_tiktok.mye import contract
from mye_tiktok.sandbox.faults import Fault
from tests.flows.stock_desk import StockDesk
from tests.flows.world import World, stop_after

UPDATE, SEARCH = "update_inventory", "inventory_search"
FIRST, SECOND = "7540540950799107000", "7540540950799107001"
# products of the sandbox's catalogue: all SKUs of these lie in the first warehouse, but 5-1 in both
FIVE = {f"SKU-5-{number}": f"172900000000000500{number + 1}" for number in range(5)}
FOUR = {f"SKU-4-{number}": f"172900000000000400{number + 1}" for number in range(2)}
SKUS = {**FIVE, **FOUR, "SKU-2-0": "1729000000000002001"}
VALIDATOR = Draft202012Validator(
    contract.schema(next(kind for kind in contract.KINDS if kind.queue == "inventory-result")),
    format_checker=FormatChecker(),
)


@pytest.fixture
def desk(world: World, channel: Channel) -> StockDesk:
    """A shop whose catalogue we know, before MYE said anything."""
    world.fetch(channel)
    world.sandbox.requests.clear()
    return StockDesk(world=world)


def shown(desk: StockDesk, seller_sku: str) -> list[int]:
    """What TikTok shows, per warehouse."""
    return list(desk.world.sandbox.stock.levels(desk.world.sandbox.shops[0], SKUS[seller_sku]).values())


def say(desk: StockDesk, **quantities: int) -> None:
    """Let MYE say how many pieces there are, as in SKU_4_0=3, and take that in."""
    for name, quantity in quantities.items():
        desk.ask(name.replace("_", "-"), quantity)
    desk.consume()


def outcomes(desk: StockDesk) -> list[tuple[str, int, str]]:
    """What MYE was told, in order: SKU, pieces asked for, and what became of them; every message fits its schema."""
    answers = desk.answers()
    for answer in answers:
        VALIDATOR.validate(answer)
    return [(answer["seller_sku"], answer["asked"], answer["outcome"]) for answer in answers]


def during(desk: StockDesk, operation: str, act: Callable[[], object]) -> None:
    """Do something while TikTok works on the first call of an operation."""
    once = threading.Lock()

    def before(request: httpx.Request) -> None:
        if request.url.path.endswith(operation) and once.acquire(blocking=False):
            act()

    desk.world.transport.before = before


def test_all_skus_of_a_product_go_in_one_call_and_every_wish_has_its_answer(desk: StockDesk) -> None:
    say(desk, SKU_5_0=3, SKU_5_2=0, SKU_5_3=700, SKU_4_0=5, SKU_4_1=8)

    done = desk.push()

    assert (done.report.exit_code, done.report.counts["applied"], done.report.counts["seen"]) == (0, 5, 5)
    assert [shown(desk, name) for name in ("SKU-5-0", "SKU-5-2", "SKU-5-3", "SKU-4-0", "SKU-4-1")] == [
        [3],
        [0],
        [700],
        [5],
        [8],
    ]
    assert desk.world.asked(UPDATE) == 2
    assert {state for _, _, state in desk.wishes()} == {"applied"}
    assert sorted(outcomes(desk)) == sorted((sku, quantity, "applied") for sku, quantity, _ in desk.wishes())
    assert {answer["sent"] for answer in desk.answers() if answer["seller_sku"] == "SKU-5-0"} == {3}
    assert [row.state for row in desk.world.outbox()] == ["sent"] * len(desk.world.outbox())


def test_warehouses_that_mye_says_nothing_of_keep_tiktoks_figure(desk: StockDesk) -> None:
    before = shown(desk, "SKU-5-1")
    desk.say({"items": [{"seller_sku": "SKU-5-1", "quantity": 4, "warehouse_id": SECOND}]})
    desk.consume()

    desk.push()

    assert shown(desk, "SKU-5-1") == [before[0], 4]
    (answer,) = desk.answers()
    assert answer["warehouses"] == [
        {"warehouse_id": FIRST, "sent": before[0], "tiktok_before": before[0]},
        {"warehouse_id": SECOND, "sent": 4, "tiktok_before": before[1]},
    ]


def test_what_tiktok_shows_already_is_not_sent(desk: StockDesk) -> None:
    say(desk, SKU_4_0=shown(desk, "SKU-4-0")[0])

    done = desk.push()

    assert (desk.world.asked(UPDATE), done.report.counts["unchanged"]) == (0, 1)
    assert [outcome for _, _, outcome in outcomes(desk)] == ["unchanged"]


def test_a_correction_back_is_sent_although_tiktok_may_show_it_still(desk: StockDesk) -> None:
    for quantity in (5, 4, 5):
        say(desk, SKU_4_0=quantity)
        desk.push()
        desk.world.clock.advance(timedelta(seconds=10))

    assert desk.world.asked(UPDATE) == 3
    assert [outcome for _, _, outcome in outcomes(desk)] == ["applied"] * 3


def test_a_wish_that_comes_during_the_call_is_not_ticked_off_with_it(desk: StockDesk) -> None:
    say(desk, SKU_4_0=3)
    during(desk, "inventory/update", lambda: say(desk, SKU_4_0=2))

    desk.push()

    assert shown(desk, "SKU-4-0") == [2]
    assert outcomes(desk) == [("SKU-4-0", 3, "applied"), ("SKU-4-0", 2, "applied")]
    assert desk.world.asked(UPDATE) == 2


def test_a_wish_that_is_overtaken_during_its_call_has_one_answer_and_the_newer_one_is_sent(desk: StockDesk) -> None:
    say(desk, SKU_4_0=3)

    def speak() -> None:
        say(desk, SKU_4_0=2)
        sort_in(desk.world.database, desk.world.clock, never)

    during(desk, "inventory/update", speak)

    desk.push()

    assert shown(desk, "SKU-4-0") == [2]
    assert outcomes(desk) == [("SKU-4-0", 3, "superseded"), ("SKU-4-0", 2, "applied")]


def test_a_promotion_lock_is_waited_for_and_the_rest_of_the_product_goes_on(desk: StockDesk) -> None:
    room = desk.world.sandbox.stock.room(desk.world.sandbox.shops[0])
    room.locked.add(SKUS["SKU-4-0"])
    say(desk, SKU_4_0=1, SKU_4_1=2)

    done = desk.push()

    assert (done.report.exit_code, done.report.failures[0].code) == (1, "12052393")
    assert outcomes(desk) == [("SKU-4-1", 2, "applied")]

    room.locked.clear()
    desk.push()
    assert desk.world.asked(UPDATE) == 1  # too early
    desk.world.clock.advance(timedelta(minutes=2))
    desk.push()
    assert outcomes(desk) == [("SKU-4-1", 2, "applied"), ("SKU-4-0", 1, "applied")]


def test_what_never_passes_is_given_up_after_a_day(desk: StockDesk) -> None:
    desk.world.sandbox.stock.room(desk.world.sandbox.shops[0]).locked.add(SKUS["SKU-4-0"])
    say(desk, SKU_4_0=1)

    for _ in range(40):
        desk.push()
        desk.world.clock.advance(timedelta(hours=1))

    assert outcomes(desk) == [("SKU-4-0", 1, "failed")]
    assert desk.world.asked(UPDATE) == 28


def test_a_refusal_for_good_is_the_answer_and_is_not_tried_again(desk: StockDesk) -> None:
    desk.world.sandbox.stock.disabled.add(FIRST)
    say(desk, SKU_4_0=1)

    done = desk.push()
    desk.world.clock.advance(timedelta(days=1))
    desk.push()

    assert (done.report.exit_code, done.report.counts["rejected"], desk.world.asked(UPDATE)) == (1, 1, 1)
    (answer,) = desk.answers()
    assert (answer["outcome"], answer["code"], answer["sent"]) == ("rejected", "12052531", None)


@pytest.mark.parametrize("kind", ["bad_gateway", "lost", "drop", "timeout"])
def test_a_call_without_an_answer_is_repeated_until_tiktok_shows_the_figure(desk: StockDesk, kind: str) -> None:
    say(desk, SKU_4_0=1, SKU_2_0=2)
    desk.world.sandbox.faults.add(Fault(kind=kind, operation=UPDATE, times=7))  # type: ignore[arg-type]

    first = desk.push(workers=1)
    assert (first.report.exit_code, first.report.counts["postponed"]) == (1, 1)
    desk.world.clock.advance(timedelta(minutes=2))
    second = desk.push()

    assert second.report.exit_code == 0
    assert (shown(desk, "SKU-4-0"), shown(desk, "SKU-2-0")) == ([1], [2])
    # one that was performed and only lacked its answer is found to be there
    assert {(sku, asked) for sku, asked, _ in outcomes(desk)} == {("SKU-2-0", 2), ("SKU-4-0", 1)}
    assert {outcome for *_, outcome in outcomes(desk)} <= {"applied", "unchanged"}
    assert len(outcomes(desk)) == 2


def test_a_tiktok_that_is_away_ends_the_run(desk: StockDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mye_tiktok.jobs.push_sweep.MOST_SILENT", 2)
    say(desk, SKU_4_0=1, SKU_2_0=2, SKU_5_0=3, SKU_8_1=1, SKU_9_0=1)
    desk.world.sandbox.faults.add(Fault(kind="unavailable", operation=UPDATE))

    done = desk.push(workers=1)

    assert done.report.exit_code == 69
    assert done.report.counts["postponed"] == 2
    (channel,), now = desk.world.channels(), desk.world.clock()
    with desk.world.database.reading() as session:
        assert stock_targets.count_due(session, channel.channel_uid, now=now) == 3


def test_the_guard_stops_a_run_before_its_first_call(desk: StockDesk) -> None:
    say(desk, SKU_5_0=0, SKU_5_2=1, SKU_5_3=0, SKU_4_0=500)

    done = desk.push(limits=Limits(skus=2, percent=100))

    assert (done.report.exit_code, done.errors[0].code) == (65, "guard")
    assert "2 SKUs would be set to zero and 1 cut by more than half" in done.errors[0].message
    assert (desk.world.asked(UPDATE), outcomes(desk)) == (0, [])


def test_force_goes_on_and_is_recorded(desk: StockDesk) -> None:
    say(desk, SKU_5_0=0, SKU_5_2=1, SKU_5_3=0)

    done = desk.push(limits=Limits(skus=2, percent=100), force=True)

    assert done.report.exit_code == 0
    with desk.world.database.reading() as session:
        (approval,) = inventory_ledger.approvals(session)
    assert (approval.who, approval.why, approval.run_id) == (
        "somebody@here",
        "sale is over",
        done.report.channels[0].run_id,
    )
    assert "2 SKUs would be set to zero" in approval.summary


def test_what_comes_in_during_a_run_is_guarded_with_it(desk: StockDesk) -> None:
    say(desk, SKU_5_0=0, SKU_4_0=0)
    during(desk, "inventory/update", lambda: say(desk, SKU_5_2=0, SKU_2_0=0))

    done = desk.push(limits=Limits(skus=2, percent=100), workers=1)

    assert done.errors[0].code == "guard"
    assert shown(desk, "SKU-2-0") != [0]
    desk.push(force=True)
    assert shown(desk, "SKU-2-0") == [0]


def test_a_run_that_is_stopped_is_simply_run_again(desk: StockDesk) -> None:
    say(desk, SKU_4_0=1, SKU_2_0=2, SKU_5_0=3)

    for calls in range(1, 12):
        desk.push(workers=1, stop=stop_after(calls))
    done = desk.push()

    assert done.report.exit_code == 0
    assert sorted(outcomes(desk)) == [("SKU-2-0", 2, "applied"), ("SKU-4-0", 1, "applied"), ("SKU-5-0", 3, "applied")]


def test_of_two_runs_on_one_channel_the_second_is_turned_away(desk: StockDesk) -> None:
    say(desk, SKU_4_0=1)
    second = []
    during(desk, "inventory/update", lambda: second.append(desk.push()))

    done = desk.push()

    assert (done.report.exit_code, second[0].report.exit_code) == (0, 75)
    assert outcomes(desk) == [("SKU-4-0", 1, "applied")]


def test_what_was_just_sold_goes_before_what_is_nearly_gone_before_the_rest(desk: StockDesk) -> None:
    say(desk, SKU_4_0=501, SKU_2_0=4, SKU_5_0=401)
    desk.push()
    desk.world.later()
    now = desk.world.clock()
    say(desk, SKU_4_0=500, SKU_2_0=3, SKU_5_0=400)
    with desk.world.database.transaction() as session:
        stock_targets.heat(session, ["SKU-5-0"], now=now, until=now + timedelta(minutes=15))

    desk.push(workers=1)

    assert updated_products(desk) == [5, 2, 4]


def test_what_is_sold_while_its_plan_waits_is_planned_anew(desk: StockDesk) -> None:
    say(desk, SKU_5_0=50, SKU_4_0=40)
    during(desk, "inventory/update", lambda: sell(desk, "SKU-4-0", "SKU-5-0"))

    desk.push(workers=1)

    with desk.world.database.reading() as session:
        first, second = (
            [line.entry.sent for line in inventory_ledger.of_sku(session, sku)] for sku in ("SKU-5-0", "SKU-4-0")
        )
    assert sorted([first, second], key=len) in ([[39], [50, 49]], [[49], [40, 39]])


def sell(desk: StockDesk, *seller_skus: str) -> None:
    """Let one piece of each SKU be sold."""
    desk.world.clock.advance(timedelta(seconds=1))
    now, (channel, *_) = desk.world.clock(), desk.world.channels()
    sold = [Sold(product_id="", sku_id=SKUS[one], seller_sku=one, quantity=1) for one in seller_skus]
    with desk.world.database.transaction() as session:
        holding = Holding(order_id="577", ordered_at=now, sold=sold, is_new=True)
        sold_units.replace(session, channel.channel_uid, [holding])
        let_go_first(session, channel.channel_uid, seller_skus, now=now)


def test_every_figure_that_was_sent_stands_in_the_ledger_with_tiktoks_request(desk: StockDesk) -> None:
    before = shown(desk, "SKU-4-0")[0]
    say(desk, SKU_4_0=3)
    desk.push()

    with desk.world.database.reading() as session:
        (line,) = inventory_ledger.of_sku(session, "SKU-4-0")
    entry = line.entry
    assert (entry.wanted, entry.desired, entry.before, entry.sent, entry.outcome) == (3, 3, before, 3, "applied")
    assert line.cause == "push"
    assert line.tiktok_request_id


def test_a_shop_that_lost_its_authorization_ends_the_run_and_holds_nothing(desk: StockDesk) -> None:
    say(desk, SKU_4_0=1)
    desk.world.sandbox.faults.add(Fault(kind="shop_inactive", operation=UPDATE))

    done = desk.push()

    assert done.report.exit_code == 77
    assert outcomes(desk) == []
    channel = desk.world.channels()[0]
    assert channel.state == "parked"
    now = desk.world.clock()
    with desk.world.database.transaction() as session:
        held = stock_targets.claim(session, channel.channel_uid, claimed_by="me", now=now, until=now, limit_products=9)
    assert [target.seller_sku for target in held] == ["SKU-4-0"]


def updated_products(desk: StockDesk) -> list[int]:
    """The products that were updated, in order, by the number in their ids."""
    return [int(call.path.split("/")[4]) // 1000 % 100 for call in desk.world.sandbox.requests.records(UPDATE)]

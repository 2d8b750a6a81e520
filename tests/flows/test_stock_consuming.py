"""`consume inventory`: what MYE says of its stock is written down once, whatever is wrong or happens meanwhile."""

import string
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.message import REASON_HEADER, Broker
from mye_tiktok.domain.progress import never
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import StoppedError, UnreachableError
from mye_tiktok.jobs import stock_queue
from mye_tiktok.jobs.inventory_sorting import sort_in
from mye_tiktok.jobs.stock_consuming import consume_stock_forever
from mye_tiktok.jobs.stock_queue import StockQueue
from tests.flows.clock import NOON
from tests.flows.stock_desk import StockDesk
from tests.flows.world import World, stop_after

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
# random, for PostgreSQL packs what repeats
NAME = "".join(Random(1).choices(string.ascii_letters, k=6_000))
EARLIER = datetime(2026, 9, 30, 8, tzinfo=UTC)


@pytest.fixture(
    params=[
        ("sqlite", "embedded"),
        pytest.param(("postgresql", "rabbit"), marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ],
    ids=["embedded", "rabbitmq"],
)
def installation(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database and a broker as they are used together."""
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def database_kind(installation: tuple[str, str]) -> str:
    """The database of the installation."""
    return installation[0]


@pytest.fixture
def inner_broker(installation: tuple[str, str], request: pytest.FixtureRequest) -> Broker:
    """The broker of the installation."""
    broker: Broker = request.getfixturevalue(installation[1])
    return broker


@pytest.fixture
def desk(world: World) -> StockDesk:
    """The inventory queue."""
    return StockDesk(world=world)


def test_an_empty_queue_is_nothing_to_do(desk: StockDesk) -> None:
    report = desk.consume()

    assert (report.exit_code, report.counts) == (0, {})
    assert desk.waiting() == (0, 0)


def test_a_message_becomes_a_wish_per_item(desk: StockDesk, channel: Channel) -> None:
    desk.say(
        {
            "request_id": "erp-1",
            "occurred_at": "2026-09-30T15:00:00+07:00",
            "channel_uid": channel.channel_uid,
            "items": [
                {"seller_sku": "A", "quantity": 5, "warehouse_id": "Hall 3"},
                {"product_id": "1", "sku_id": "11", "quantity": 0},
            ],
        }
    )

    report = desk.consume()

    first, second = desk.requests()
    assert (report.exit_code, report.counts) == (0, {"seen": 1, "created": 2})
    assert (first.request_id, first.channel_uid, first.seller_sku, first.warehouse_id, first.quantity) == (
        ("erp-1", channel.channel_uid, "A", "Hall 3", 5)
    )
    assert (second.product_id, second.sku_id, second.seller_sku, second.quantity) == ("1", "11", "", 0)
    assert (first.occurred_at, first.received_at, first.state, first.origin) == (EARLIER, NOON, "pending", "queue")
    assert desk.waiting() == (0, 0)


def test_a_message_without_ids_and_time_takes_those_of_the_broker(desk: StockDesk) -> None:
    said = desk.say({"items": [{"seller_sku": "A", "quantity": 5}]}, time=EARLIER)

    desk.consume()

    assert [(one.request_id, one.occurred_at) for one in desk.requests()] == [(said, EARLIER)]


def test_a_time_that_no_wish_could_outlive_is_not_believed(desk: StockDesk) -> None:
    desk.say({"items": [{"seller_sku": "A", "quantity": 5}]}, time=datetime(9999, 1, 1, tzinfo=UTC))
    desk.ask("B", 5, occurred_at="9999-12-31T23:59:59-12:00")
    desk.ask("C", 5, occurred_at="0001-01-01T00:00:00+14:00")

    report = desk.consume()

    assert desk.wishes() == [("A", 5, "pending"), ("B", 5, "rejected"), ("C", 5, "rejected")]
    assert {one.occurred_at for one in desk.requests()} == {NOON}
    assert [failure.code for failure in report.failures] == ["invalid-time", "invalid-time"]


def test_five_four_five_are_three_wishes(desk: StockDesk) -> None:
    for quantity in (5, 4, 5):
        desk.ask("A", quantity)
    for quantity in (5, 4, 5):
        desk.world.clock.advance(timedelta(seconds=1))
        desk.ask("B", quantity, request_id="always the same")
    desk.say({"items": [{"seller_sku": "C", "quantity": quantity} for quantity in (5, 4, 5)]})

    desk.consume()

    assert [quantity for _, quantity, _ in desk.wishes()] == [5, 4, 5] * 3


def test_a_message_that_is_delivered_again_changes_nothing(desk: StockDesk) -> None:
    said = {"request_id": "erp-1", "items": [{"seller_sku": "A", "quantity": 5}, {"seller_sku": "", "quantity": 1}]}
    desk.say(said, message_id="1")
    desk.consume()
    before = desk.requests(), desk.answers()
    desk.say(said, message_id="1")

    report = desk.consume()

    assert (desk.requests(), desk.answers()) == before
    assert (report.counts["unchanged"], report.counts.get("created"), report.counts.get("queued")) == (2, None, None)


def test_the_good_items_of_a_message_are_kept_and_the_bad_ones_answered(desk: StockDesk) -> None:
    items = [
        {"seller_sku": "A", "quantity": 5},
        {"seller_sku": "B", "quantity": -2},
        {"seller_sku": "C", "quantity": "many"},
        {"seller_sku": "", "quantity": 5},
        {"product_id": "1", "quantity": 5},
        {"seller_sku": "D", "quantity": 10**30},
        "E",
        {"seller_sku": "F", "quantity": 7},
    ]
    desk.say({"request_id": "erp-1", "items": items})

    report = desk.consume()

    good = [wish for wish in desk.wishes() if wish[2] == "pending"]
    assert good == [("A", 5, "pending"), ("F", 7, "pending")]
    assert (report.exit_code, report.counts["failed"], report.counts["queued"], report.counts["sent"]) == (1, 6, 6, 6)
    answers = desk.answers()
    assert {(one["request_id"], one["outcome"], one["code"]) for one in answers} == {
        ("erp-1", "rejected", "invalid-item")
    }
    assert [(one["seller_sku"], one["asked"]) for one in answers] == [
        ("B", -2),
        ("C", None),
        ("", 5),
        ("", 5),
        ("D", None),
        ("", None),
    ]
    assert [one["message"] for one in answers[:2]] == [
        "quantity -2 is less than 0",
        "quantity 'many' is no whole number",
    ]
    assert "is too large" in str(answers[4]["message"])
    assert "mye-tiktok inventory requests --status rejected" in report.failures[0].hint
    assert len(desk.world.broker.peek(desk.world.queues["inventory-result"], limit=10)) == 6
    assert desk.waiting() == (0, 0)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not JSON", "malformed"),
        ("{}", "missing required field `items`"),
        ('{"items": []}', "length >= 1"),
        ('{"items": [{"seller_sku": "A", "quantity": 1}], "occurred_at": "yesterday"}', "occurred_at"),
        ('{"items": [{"seller_sku": "A", "quantity": 1}], "request_id": 5}', "request_id"),
        ('{"items": ' + "[" * 100_000, "recursion"),
    ],
)
def test_a_message_that_cannot_be_read_dies_with_the_reason_and_the_others_go_on(
    desk: StockDesk, body: str, reason: str
) -> None:
    desk.ask("A", 1)
    desk.say(body, message_id="bad")
    desk.ask("B", 2)

    report = desk.consume()

    assert desk.wishes() == [("A", 1, "pending"), ("B", 2, "pending")]
    [dead] = desk.world.broker.peek(desk.world.queues["inventory"], limit=5, dead=True)
    assert (dead.id, dead.body) == ("bad", body.encode())
    assert reason in dead.headers[REASON_HEADER].lower()
    assert desk.waiting() == (0, 1)
    assert (report.exit_code, report.failures[0].item, report.failures[0].code) == (1, "bad", "unreadable")


def test_a_wish_for_a_channel_that_is_not_connected_is_answered(desk: StockDesk, channel: Channel) -> None:
    desk.ask("A", 1, channel_uid="nobody")
    desk.ask("A", 2, channel_uid=channel.channel_uid)

    desk.consume()

    assert sorted(desk.wishes()) == [("A", 1, "rejected"), ("A", 2, "pending")]
    assert [(one["channel_uid"], one["code"]) for one in desk.answers()] == [("nobody", "unknown-channel")]


def test_the_limit_counts_messages_and_the_rest_stays(desk: StockDesk) -> None:
    for number in range(5):
        desk.ask(f"SKU-{number}", number)

    report = desk.consume(limit=3, batch=2)

    assert report.counts["seen"] == 3
    assert [sku for sku, _, _ in desk.wishes()] == ["SKU-0", "SKU-1", "SKU-2"]
    assert desk.consume().counts["seen"] == 2


def test_large_messages_are_written_down_a_few_at_a_time(desk: StockDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock_queue, "MOST_WISHES", 30)
    items = [{"seller_sku": f"SKU-{number}", "quantity": number} for number in range(20)]
    for _ in range(5):
        desk.say({"items": items})

    report = desk.consume()

    assert report.counts == {"seen": 5, "created": 100}


def test_a_batch_is_written_down_before_it_is_taken_off_the_queue(desk: StockDesk) -> None:
    for number in range(4):
        desk.ask(f"SKU-{number}", number)
    queue = new_queue(desk)
    take(queue, 4)
    queue.close()
    desk.ask("SKU-4", 4)
    lost = new_queue(desk, database=Database(NOWHERE))

    with pytest.raises(UnreachableError):
        lost.take(4, wait=timedelta(seconds=5))

    assert lost.stuck
    lost.close()
    assert desk.consume().counts == {"seen": 1, "created": 1}


def test_what_a_lost_database_left_in_hand_is_tried_again(desk: StockDesk) -> None:
    said = [desk.ask(f"SKU-{number}", number) for number in range(4)]
    queue = new_queue(desk, database=Database(NOWHERE))
    for _ in range(2):
        with pytest.raises(UnreachableError):
            queue.take(4, wait=timedelta(seconds=5))

    queue._database = desk.world.database

    take(queue, 4)
    assert not queue.stuck
    queue.close()
    assert [one.request_id for one in desk.requests()] == said
    assert desk.waiting() == (0, 0)


def test_a_consumer_that_stays_takes_what_comes_and_ends_with_the_signal(desk: StockDesk) -> None:
    desk.ask("A", 1)
    done: list[str] = []

    def stop() -> None:
        if done.count("then") == 2:
            raise StoppedError("stopped by SIGTERM", signal_number=15)

    with pytest.raises(StoppedError):
        consume_stock_forever(
            desk.parts(),
            desk.world.around(stop),
            idle=lambda: done.append("idle"),
            ready=lambda: done.append("ready"),
            then=lambda run: done.append("then"),
        )

    assert done == ["ready", "then", "then"]
    assert desk.wishes() == [("A", 1, "pending")]


def test_a_consumer_that_stays_says_what_it_refused(desk: StockDesk, caplog: pytest.LogCaptureFixture) -> None:
    desk.say("{")

    with pytest.raises(StoppedError):
        consume_stock_forever(desk.parts(), desk.world.around(stop_after(2)), idle=_nothing, ready=_nothing)

    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "refused" in warning
    assert "mye-tiktok dlq list inventory" in warning


def test_a_consumer_that_stays_says_where_bad_items_are_to_be_seen(
    desk: StockDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.ask("A", -1)

    with pytest.raises(StoppedError):
        consume_stock_forever(desk.parts(), desk.world.around(stop_after(2)), idle=_nothing, ready=_nothing)

    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "quantity -1 is less than 0; `mye-tiktok inventory requests --status rejected`" in warning
    assert "dlq" not in warning


def test_a_job_that_was_stopped_gives_back_what_it_had_in_hand(desk: StockDesk) -> None:
    for number in range(4):
        desk.ask(f"SKU-{number}", number)

    with pytest.raises(StoppedError):
        desk.consume(batch=1, stop=stop_after(2))

    assert len(desk.wishes()) == 2
    assert desk.consume().counts == {"seen": 2, "created": 2}


def _nothing() -> None:
    """Do nothing."""


def new_queue(desk: StockDesk, *, database: Database | None = None) -> StockQueue:
    """A process that consumes, perhaps with a database that is away."""
    parts = desk.parts()
    return StockQueue(
        database or parts.database,
        parts.broker,
        parts.queues["inventory"],
        Report(job="consume inventory"),
        batch=10,
        clock=desk.world.clock,
    )


def take(queue: StockQueue, count: int) -> None:
    """Take that many messages; a broker hands them over a few at a time."""
    while count > 0:
        seen = queue.take(count, wait=timedelta(seconds=5))
        assert seen, f"{count} more did not come"
        count -= seen


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ({"seller_sku": "x" * 255}, "pending"),
        ({"seller_sku": NAME}, "rejected"),
        ({"seller_sku": "A", "warehouse_id": NAME}, "rejected"),
        ({"product_id": NAME, "sku_id": "1"}, "rejected"),
        ({"seller_sku": "SKU-\x001-0"}, "rejected"),
        ({"seller_sku": "SKU-é😀"}, "pending"),
    ],
)
def test_a_name_that_no_database_can_keep_harms_nobody_else(
    desk: StockDesk, channel: Channel, named: dict[str, str], state: str
) -> None:
    desk.say({"items": [{**named, "quantity": 5}, {"seller_sku": "B", "quantity": 7}]})

    desk.consume()
    sort_in(desk.world.database, desk.world.clock, never)

    assert {one.quantity: one.state for one in desk.requests()} == {5: state, 7: "pending"}


@pytest.mark.parametrize("head", [{"request_id": NAME}, {"channel_uid": NAME}, {"request_id": "a\x00"}])
def test_a_message_with_such_a_name_dies_with_the_reason(desk: StockDesk, head: dict[str, str]) -> None:
    desk.say({**head, "items": [{"seller_sku": "A", "quantity": 5}]})
    desk.ask("B", 7)

    desk.consume()

    assert (desk.wishes(), desk.waiting()) == ([("B", 7, "pending")], (0, 1))

"""What an incoming order means, whatever arrives in whatever order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.channel import HOLD_POLICIES, HoldPolicy
from mye_tiktok.domain.order import Announced, Order, Recipient
from mye_tiktok.domain.order_judgement import Reading, announcement, judge, topic
from mye_tiktok.tiktok.order_parser import parse_order

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
times = st.integers(0, 3).map(lambda seconds: NOON + seconds * SECOND)


def reading(updated: datetime | None, digest: str, read: datetime) -> Reading:
    return Reading(updated_at=updated, digest=digest, read_at=read)


readings = st.builds(reading, st.none() | times, st.sampled_from("abc"), times)
# what TikTok says at a time is one thing: each state has a place in history, and was read after it came about
histories = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=6)


def held_after(arrivals: list[Reading]) -> Reading:
    held: Reading | None = None
    for one in arrivals:
        standing = judge(held, one)
        if standing in ("new", "newer"):
            held = one
        elif standing == "same" and held is not None and one.read_at > held.read_at:
            held = replace(held, read_at=one.read_at)
    assert held is not None
    return held


@given(steps=histories, data=st.data())
def test_the_last_state_stands_whatever_order_its_readings_arrive_in(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    updated, read, states = NOON, NOON, []
    for number, (until_change, until_read) in enumerate(steps):
        updated += until_change * SECOND
        read = max(read + timedelta(milliseconds=1) + until_read * SECOND, updated)
        states.append(reading(updated, f"state {number}", read))

    arrivals = data.draw(st.permutations(states + states))

    assert held_after(arrivals).digest == states[-1].digest


@given(one=readings)
def test_the_same_twice_is_no_news(one: Reading) -> None:
    assert judge(None, one) == "new"
    assert judge(one, one) == "same"


@given(held=readings, incoming=readings)
def test_an_older_state_never_undoes_a_newer_one(held: Reading, incoming: Reading) -> None:
    standing = judge(held, incoming)

    if held.updated_at and incoming.updated_at and incoming.updated_at < held.updated_at:
        assert standing in ("older", "same")
    if standing == "newer":
        assert incoming.digest != held.digest


def test_of_two_with_the_same_time_the_one_read_later_counts() -> None:
    held = reading(NOON, "a", NOON + SECOND)

    assert judge(held, reading(NOON, "b", NOON + 2 * SECOND)) == "newer"
    assert judge(held, reading(NOON, "b", NOON)) == "older"
    assert judge(held, reading(None, "b", NOON)) == "older"
    assert judge(held, reading(None, "b", NOON + 2 * SECOND)) == "newer"


LINE = {"id": "1", "sku_id": "11", "package_id": "p-1", "currency": "GBP", "sale_price": "1"}
TO = {"name": "David Kong", "region_code": "GB", "full_address": "1 High Street"}


def an_order(**fields: object) -> Order:
    return parse_order({"id": "1", "status": "IN_TRANSIT", "line_items": [LINE], "recipient_address": TO, **fields})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, an_order(), "ORDER_STATUS_CHANGE"),
        (an_order(status="UNPAID"), an_order(), "ORDER_STATUS_CHANGE"),
        (an_order(), an_order(recipient_address={**TO, "name": "Eve"}), "RECIPIENT_ADDRESS_UPDATE"),
        (an_order(), an_order(recipient_address={**TO, "name": "D*** K***"}), ""),
        (an_order(), an_order(recipient_address={}), ""),
        (an_order(recipient_address={}), an_order(), ""),
        (an_order(), an_order(line_items=[{**LINE, "tracking_number": "T1"}]), "PACKAGE_UPDATE"),
        (an_order(), an_order(packages=[{"id": "p-2"}]), "PACKAGE_UPDATE"),
        (an_order(), an_order(seller_note="fragile"), ""),
    ],
)
def test_a_change_stands_for_the_webhook_that_tells_of_it(before: Order | None, after: Order, expected: str) -> None:
    assert topic(before, after) == expected


def test_after_sales_stand_for_their_own_webhooks_unless_the_order_changed_too() -> None:
    both = frozenset(("cancellation", "return"))

    assert topic(an_order(), None, both) == "CANCELLATION_STATUS_CHANGE"  # type: ignore[arg-type]
    assert topic(an_order(), None, frozenset(("return",))) == "RETURN_STATUS_CHANGE"
    assert topic(an_order(), an_order(status="CANCELLED"), both) == "ORDER_STATUS_CHANGE"  # type: ignore[arg-type]
    assert topic(an_order(), an_order(seller_note="x"), frozenset(("return",))) == "RETURN_STATUS_CHANGE"
    assert Recipient().empty


def tells(policy: HoldPolicy, *statuses: str) -> list[str | None]:
    """What MYE is told at each of these states, and "?" where it is provisional."""
    said: list[str | None] = []
    announced: Announced = ""
    for number, status in enumerate(statuses):
        told, announced = announcement(policy, an_order(status=status), known=number > 0, announced=announced)
        said.append(told and told + ("?" if status == "ON_HOLD" else ""))
    return said


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("mark", ["created?", "updated"]),
        ("release", [None, "created"]),
        ("both", ["created?", "created"]),
    ],
)
def test_a_hold_policy_says_when_an_order_on_hold_is_told(policy: HoldPolicy, expected: list[str | None]) -> None:
    assert tells(policy, "ON_HOLD", "AWAITING_SHIPMENT") == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("mark", ["created?", "updated"]), ("release", [None, None]), ("both", ["created?", "updated"])],
)
def test_an_order_cancelled_on_hold_is_told_only_to_whom_it_was_announced(
    policy: HoldPolicy, expected: list[str | None]
) -> None:
    assert tells(policy, "ON_HOLD", "CANCELLED") == expected
    assert tells(policy, "ON_HOLD", "CANCELLED", "CANCELLED") == [*expected, expected[1]]


def test_an_order_seen_unpaid_is_told_at_once_whatever_the_policy() -> None:
    assert tells("release", "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT") == ["created", None, "updated"]
    assert tells("release", "UNPAID", "ON_HOLD", "CANCELLED") == ["created", None, "updated"]
    assert tells("mark", "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT") == ["created", "updated?", "updated"]
    assert tells("both", "UNPAID", "ON_HOLD", "AWAITING_SHIPMENT") == ["created", "updated?", "updated"]


@given(
    policy=st.sampled_from(HOLD_POLICIES),
    statuses=st.lists(st.sampled_from(["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "CANCELLED"]), min_size=1),
)
def test_who_skips_what_is_provisional_hears_of_an_order_as_new_once(policy: HoldPolicy, statuses: list[str]) -> None:
    assert tells(policy, *statuses).count("created") <= 1


def test_an_order_that_was_cancelled_before_we_saw_it_is_told() -> None:
    assert [tells(policy, "CANCELLED") for policy in HOLD_POLICIES] == [["created"]] * 3


@given(
    policy=st.sampled_from(HOLD_POLICIES),
    statuses=st.lists(st.sampled_from(["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "COMPLETED"]), min_size=1),
)
def test_mye_is_never_told_of_an_update_of_what_it_does_not_know(policy: HoldPolicy, statuses: list[str]) -> None:
    said = [one for one in tells(policy, *statuses) if one is not None]

    assert not said or said[0].startswith("created")
    assert all(after.startswith("updated") for before, after in pairwise(said) if not before.endswith("?"))

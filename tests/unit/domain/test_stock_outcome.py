"""What an update came to, warehouse by warehouse and wish by wish."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.stock import Answer, SkuPlan, Verdict, WarehousePlan
from mye_tiktok.domain.stock_outcome import MOST_ATTEMPTS, Outcome, delay, outcome_of, unanswered

CODES = st.sampled_from(["", "final", "passing"])


def warehouse(name: str, *wish_ids: int, current: int = 9, to: int = 4) -> WarehousePlan:
    return WarehousePlan(warehouse_id=name, current=current, wanted=to, to=to, rule="as told", wish_ids=wish_ids)


def plan(*warehouses: WarehousePlan, verdict: Verdict = "send", attempts: int = 0, **more: object) -> SkuPlan:
    named = {"channel_uid": "c", "product_id": "1", "sku_id": "11", "seller_sku": "S", "revision": 1, "lane": 2}
    return SkuPlan(**named, attempts=attempts, verdict=verdict, warehouses=warehouses, **more)  # type: ignore[arg-type]


def said(name: str, kind: str) -> Answer:
    return Answer(sku_id="11", warehouse_id=name, code=kind, message=kind, again=kind == "passing")


def judged(sku: SkuPlan, **kinds: str) -> Outcome:
    return outcome_of(sku, {("11", name): said(name, kind) for name, kind in kinds.items()})


def states(outcome: Outcome) -> dict[int, str]:
    return {one.wish_id: one.state for one in outcome.settled}


def test_each_wish_has_the_answer_of_its_warehouse() -> None:
    outcome = judged(plan(warehouse("A", 1), warehouse("B", 2), warehouse("C", 3)), A="", B="final", C="passing")

    assert states(outcome) == {1: "applied", 2: "rejected"}
    assert [one.outcome for one in outcome.entries] == ["applied", "rejected", "postponed"]
    assert (outcome.again, outcome.code, outcome.accepted) == (True, "passing", {"A": 4})


def test_what_may_pass_is_given_up_in_the_last_attempt() -> None:
    outcome = judged(plan(warehouse("A", 1), attempts=MOST_ATTEMPTS - 1), A="passing")

    assert states(outcome) == {1: "failed"}
    assert not outcome.again


def test_the_attempts_last_for_a_day_with_growing_delays() -> None:
    delays = [delay(number) for number in range(1, MOST_ATTEMPTS)]

    assert delays[:5] == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60)]
    assert timedelta(hours=24) <= sum(delays, timedelta()) < timedelta(hours=25)


def test_a_call_without_an_answer_leaves_every_wish_waiting() -> None:
    sku = plan(warehouse("A", 1), warehouse("B", 2))

    outcome = outcome_of(sku, unanswered([sku], code="unreachable", message="no answer"))

    assert (outcome.settled, outcome.again, outcome.accepted) == ((), True, {})


@pytest.mark.parametrize("verdict", ["unchanged", "rejected", "wait"])
def test_what_was_not_sent_is_in_no_ledger_as_sent(verdict: Verdict) -> None:
    outcome = judged(plan(warehouse("A", 1), verdict=verdict))

    assert [one.sent for one in outcome.entries if one.sent is not None] == []
    assert outcome.accepted == {}


def test_the_plan_answers_what_it_refuses_and_what_was_overtaken() -> None:
    outcome = judged(plan(warehouse("A", 1), superseded=(2,), refused={3: ("warehouse-unknown", "no X")}), A="")

    assert states(outcome) == {1: "applied", 2: "superseded", 3: "rejected"}


@given(kinds=st.lists(CODES, min_size=1, max_size=4), attempts=st.integers(0, MOST_ATTEMPTS + 2))
def test_every_wish_is_answered_once_or_waits(kinds: list[str], attempts: int) -> None:
    names = [f"W{number}" for number in range(len(kinds))]
    places = [warehouse(name, 2 * number, 2 * number + 1) for number, name in enumerate(names)]

    outcome = judged(plan(*places, attempts=attempts), **dict(zip(names, kinds, strict=True)))

    answered = [one.wish_id for one in outcome.settled]
    waiting = {
        wish
        for place, entry in zip(places, outcome.entries, strict=True)
        for wish in place.wish_ids
        if entry.outcome == "postponed"
    }
    assert len(set(answered)) == len(answered)
    assert set(answered) | waiting == set(range(2 * len(kinds)))
    assert not set(answered) & waiting
    assert outcome.again == bool(waiting)

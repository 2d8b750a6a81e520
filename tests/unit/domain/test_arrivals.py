"""How changes of orders are put down to webhooks or to the pull."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.arrivals import Seen, Told, arrivals, percentile

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATUS, ADDRESS = "ORDER_STATUS_CHANGE", "RECIPIENT_ADDRESS_UPDATE"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def seen(order_id: str, happened: float, *, topic: str = STATUS, after: float = 300, source: str = "pull") -> Seen:
    moments = {"updated_at": at(happened), "seen_at": at(happened + after)}
    return Seen(order_id=order_id, topic=topic, source=source, **moments)


def told(order_id: str, happened: float, *, topic: str = STATUS, after: float = 1) -> Told:
    return Told(order_id=order_id, topic=topic, occurred_at=at(happened), received_at=at(happened + after))


def test_a_change_that_an_event_told_of_arrived_by_webhook_although_the_pull_stored_it() -> None:
    [status] = arrivals([seen("1", 0, after=40)], [told("1", 0, after=3)])

    assert (status.topic, status.changes, status.by_webhook, status.miss_rate) == (STATUS, 1, 1, 0.0)
    assert (status.webhook_p50, status.pull_p50) == (timedelta(seconds=3), None)


def test_a_change_without_an_event_arrived_only_by_the_pull() -> None:
    [status] = arrivals([seen("1", 0, after=40)], [told("2", 0)])

    assert (status.by_webhook, status.by_pull, status.miss_rate) == (0, 1, 1.0)
    assert status.pull_p95 == timedelta(seconds=40)


def test_an_event_of_an_earlier_change_does_not_explain_a_later_one() -> None:
    [status] = arrivals([seen("1", 0), seen("1", 600)], [told("1", 0)])

    assert (status.by_webhook, status.by_pull) == (1, 1)


def test_an_event_of_a_later_change_does_not_explain_the_earlier_one_too() -> None:
    [status] = arrivals([seen("1", 0), seen("1", 600)], [told("1", 600)])

    assert (status.by_webhook, status.by_pull) == (1, 1)


def test_two_changes_seen_as_one_are_explained_by_the_later_event() -> None:
    [status] = arrivals([seen("1", 600)], [told("1", 0, after=1), told("1", 600, after=9)])

    assert status.webhook_p50 == timedelta(seconds=9)


def test_what_only_a_verification_found_was_missed_by_both() -> None:
    [status] = arrivals([seen("1", 0, source="verify"), seen("2", 0)], [told("2", 0)])

    assert (status.by_webhook, status.by_pull, status.by_verify, status.miss_rate) == (1, 0, 1, 0.5)


def test_a_change_that_an_event_of_another_topic_brought_along_arrived_by_webhook() -> None:
    [address] = arrivals([seen("1", 0, topic=ADDRESS, source="webhook", after=5)], [told("1", 0)])

    assert (address.by_webhook, address.webhook_p50) == (1, timedelta(seconds=5))


def test_every_topic_counts_for_itself() -> None:
    found = arrivals([seen("1", 0), seen("1", 0, topic=ADDRESS)], [told("1", 0, topic=ADDRESS)])

    assert [(one.topic, one.by_webhook, one.by_pull) for one in found] == [(STATUS, 0, 1), (ADDRESS, 1, 0)]


def test_a_percentile_is_the_delay_that_so_many_do_not_exceed() -> None:
    delays = [timedelta(seconds=number) for number in range(1, 21)]

    assert percentile(delays, 0.5) == timedelta(seconds=10)
    assert percentile(delays, 0.95) == timedelta(seconds=19)
    assert percentile([], 0.5) is None


CHANGES = st.lists(st.builds(seen, st.sampled_from("12"), st.integers(0, 50), topic=st.sampled_from([STATUS, ADDRESS])))
EVENTS = st.lists(st.builds(told, st.sampled_from("12"), st.integers(0, 50), topic=st.sampled_from([STATUS, ADDRESS])))


@given(CHANGES, EVENTS)
def test_every_change_counts_once_and_no_event_explains_two(changes: list[Seen], events: list[Told]) -> None:
    found = arrivals(changes, events)

    assert sum(one.changes for one in found) == len(changes)
    assert sum(one.by_webhook for one in found) <= len(events)


@given(CHANGES, st.data())
def test_when_every_change_was_told_of_none_counts_as_missed_in_whatever_order_all_arrived(
    changes: list[Seen], data: st.DataObject
) -> None:
    events = [told(one.order_id, (one.updated_at - NOON).total_seconds(), topic=one.topic) for one in changes]

    assert sum(one.by_pull for one in arrivals(changes, data.draw(st.permutations(events)))) == 0

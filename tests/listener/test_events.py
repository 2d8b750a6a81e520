"""What happens to an event: verified, written down, acknowledged."""

import httpx
import pytest

from mye_tiktok.runtime import Runtime
from tests.listener.events import counted, order_event, signature, stored
from tests.listener.visitor import Visitor, delivery


@pytest.mark.parametrize("path", ["/webhook/", "/webhook"])
def test_a_signed_event_is_written_down_before_it_is_acknowledged(
    visitor: Visitor, runtime: Runtime, path: str
) -> None:
    answer = visitor.send(delivery(order_event(1), path=path))[0]

    assert (answer.status_code, answer.content) == (200, b"")
    assert stored(runtime.database) == {order_event(1): "pending"}


@pytest.mark.parametrize("sign", ["", "0" * 64, signature(order_event(2)), signature(order_event(1)).upper(), "é"])
def test_a_forged_event_leaves_nothing_but_a_count(visitor: Visitor, runtime: Runtime, sign: str) -> None:
    answer = visitor.send(delivery(order_event(1), sign=sign))[0]

    assert (answer.status_code, answer.content) == (401, b"")
    assert stored(runtime.database) == {}
    assert counted(runtime.database) == {"refused": 1}


def test_an_event_without_a_signature_is_refused(visitor: Visitor, runtime: Runtime) -> None:
    answer = visitor.send(httpx.Request("POST", "http://listener/webhook/", content=order_event(1)))[0]

    assert (answer.status_code, stored(runtime.database)) == (401, {})


def test_a_signed_body_that_is_no_event_is_kept_for_people_to_see(visitor: Visitor, runtime: Runtime) -> None:
    assert visitor.deliver(b"\x00not json", b"", b'{"type":"?"}') == [200, 200, 200]

    assert stored(runtime.database) == dict.fromkeys([b"\x00not json", b"", b'{"type":"?"}'], "unreadable")


def test_an_event_delivered_twice_is_kept_once_and_counted(visitor: Visitor, runtime: Runtime) -> None:
    assert visitor.deliver(order_event(1), order_event(1), order_event(2)) == [200] * 3
    assert visitor.deliver(order_event(2)) == [200]

    assert set(stored(runtime.database)) == {order_event(1), order_event(2)}
    assert counted(runtime.database) == {"duplicate": 2}


def test_many_events_at_once_are_all_kept(visitor: Visitor, runtime: Runtime) -> None:
    bodies = [order_event(number) for number in range(300)]

    assert visitor.deliver(*bodies) == [200] * 300

    assert stored(runtime.database) == dict.fromkeys(bodies, "pending")


def test_a_body_larger_than_any_event_is_not_read_to_its_end(visitor: Visitor, runtime: Runtime) -> None:
    body = b"x" * (2**20 + 1)

    assert visitor.deliver(body) == [413]
    assert (stored(runtime.database), counted(runtime.database)) == ({}, {})


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/webhook/", 405), ("PUT", "/webhook", 405), ("GET", "/nothing", 404)]
)
def test_what_nobody_should_ask_is_not_answered(visitor: Visitor, method: str, path: str, status: int) -> None:
    assert visitor.send(httpx.Request(method, f"http://listener{path}"))[0].status_code == status

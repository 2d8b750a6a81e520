"""`kill -9` while orders are fetched and move on: none is lost, and each change is one message, in order."""

import random
from collections import defaultdict

import pytest

from tests.acceptance.program import Program, SandboxProcess, finished
from tests.acceptance.wire import Wire

ORDERS = 250
KILLS = 8
FETCH = ("orders", "fetch", "--json")


def killed(program: Program, wire: Wire, count: int) -> int:
    """Run the fetch and kill it when `count` bytes have passed on `wire`; returns its exit code."""
    with program.start(*FETCH) as process:
        wire.after(count, process.kill)
        code = finished(process).code
    wire.forget()
    return code


def move_on(sandbox: SandboxProcess, placed: list[str]) -> None:
    """Let a new order be placed, and those from before go one step on."""
    for order_id in placed[-4:]:
        sandbox.control("POST", "orders/advance", order_id=order_id)
    placed.append(sandbox.control("POST", "orders/place", count=2)["order_id"])


@pytest.mark.products(20)
@pytest.mark.orders(ORDERS)
def test_kills_lose_no_order_and_tell_none_twice(
    connected: Program, sandbox: SandboxProcess, tiktok_wire: Wire
) -> None:
    program = connected.having(TIKTOK_API_URL=f"http://127.0.0.1:{tiktok_wire.port}")
    die = random.Random(20261124)
    codes, placed = [], list[str]()
    for _ in range(KILLS):
        codes.append(killed(program, tiktok_wire, die.randrange(1_000, 400_000)))
        move_on(sandbox, placed)

    done = program.run(*FETCH)

    assert codes == [-9] * KILLS
    assert (done.code, done.json()["outcome"]) == (0, "ok")
    messages = program.run("queue", "peek", "order", "--limit", "10000", "--json").json()["messages"]
    assert len({message["id"] for message in messages}) == len(messages)
    told = defaultdict(list)
    for message in messages:
        told[message["subject"]].append((message["body"]["version"], message["body"]["status"]))
    assert all([version for version, _ in steps] == list(range(1, len(steps) + 1)) for steps in told.values())
    truth = sandbox.control("GET", "orders?limit=10000")["orders"]
    assert {order_id: steps[-1][1] for order_id, steps in told.items()} == {
        order["id"]: order["status"] for order in truth
    }

"""`kill -9` at twenty moments that a seed chose: nothing is lost, and no product gets a second message id."""

import contextlib
import random
import subprocess
from collections.abc import Callable

import pytest

from tests.acceptance.mailbox import FETCH, assert_each_product_has_one_message, delivered, queued, run_until_done
from tests.acceptance.program import Program, SandboxProcess, finished
from tests.acceptance.wire import Wire

KILLS = 20
KILLED = -9


def killed(program: Program, wire: Wire, count: int) -> int:
    """Run the fetch and kill it when `count` bytes have passed on `wire`; returns its exit code."""
    with program.start(*FETCH) as process:
        wire.after(count, process.kill)
        code = finished(process).code
    wire.forget()
    return code


def killed_in_time(program: Program, seconds: float) -> int:
    """Relay for so many seconds and kill it; returns its exit code."""
    with program.start("outbox", "relay", "--once") as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
        process.kill()
        return finished(process).code


@pytest.mark.postgres
@pytest.mark.rabbitmq
@pytest.mark.products(1500)
def test_twenty_kills_lose_nothing_and_send_nothing_under_a_second_id(
    serviced: Program,
    sandbox: SandboxProcess,
    tiktok_wire: Wire,
    database_wire: Wire,
    broker_wire: Wire,
    rabbitmq_url: str,
    queue: str,
) -> None:
    die = random.Random(20261123)
    # while TikTok is read and products are stored, then while the messages leave
    fetching: list[Callable[[], tuple[Wire, int]]] = [
        lambda: (tiktok_wire, die.randrange(1_000, 900_000)),
        lambda: (database_wire, die.randrange(1_000, 1_500_000)),
    ]
    plan = [die.choice(fetching)() for _ in range(KILLS - 6)]
    plan += [(broker_wire, die.randrange(500, 3_000_000)) for _ in range(6)]

    codes = [killed(serviced, wire, count) for wire, count in plan]
    done = run_until_done(serviced)

    assert codes == [KILLED] * KILLS
    assert done.json()["outcome"] == "ok"
    assert_each_product_has_one_message(delivered(rabbitmq_url, queue), sandbox.product_ids())
    backlog = serviced.run("status", "--json").json()["backlog"]
    assert (backlog["outbox"], backlog["dead_letters"]) == (0, 0)


@pytest.mark.products(300)
def test_twenty_kills_on_the_embedded_default(connected: Program, sandbox: SandboxProcess, tiktok_wire: Wire) -> None:
    program = connected.having(TIKTOK_API_URL=f"http://127.0.0.1:{tiktok_wire.port}")
    die = random.Random(20261124)

    codes = [killed(program, tiktok_wire, die.randrange(1_000, 150_000)) for _ in range(KILLS - 4)]
    assert program.having(RABBIT_URL="amqp://127.0.0.1:1").run(*FETCH).code == 0  # so that all messages wait
    codes += [killed_in_time(program, die.uniform(0.3, 1.0)) for _ in range(4)]
    run_until_done(program)

    assert codes[:-4] == [KILLED] * (KILLS - 4)
    assert_each_product_has_one_message(queued(program), sandbox.product_ids())
